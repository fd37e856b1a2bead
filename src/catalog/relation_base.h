#ifndef CATALOG_RELATION_BASE_H
#define CATALOG_RELATION_BASE_H

#include "catalog/relation.h"

/* How the system relations are written down: tables of COLUMNS(COLUMN(name, type), ...),
 * where NULLABLE is a column that may be NULL. Types are RELATION_TYPE_*. */
enum {
    RELATION_TYPE_BOOL = 16,
    RELATION_TYPE_BYTEA = 17,
    RELATION_TYPE_CHAR = 18,
    RELATION_TYPE_NAME = 19,
    RELATION_TYPE_INT8 = 20,
    RELATION_TYPE_INT2 = 21,
    RELATION_TYPE_INT2VECTOR = 22,
    RELATION_TYPE_INT4 = 23,
    RELATION_TYPE_REGPROC = 24,
    RELATION_TYPE_TEXT = 25,
    RELATION_TYPE_OID = 26,
    RELATION_TYPE_OIDVECTOR = 30,
    RELATION_TYPE_NODE_TREE = 194,
    RELATION_TYPE_FLOAT4 = 700,
    RELATION_TYPE_FLOAT8 = 701,
    RELATION_TYPE_CHAR_ARRAY = 1002,
    RELATION_TYPE_NAME_ARRAY = 1003,
    RELATION_TYPE_INT2_ARRAY = 1005,
    RELATION_TYPE_TEXT_ARRAY = 1009,
    RELATION_TYPE_FLOAT4_ARRAY = 1021,
    RELATION_TYPE_FLOAT8_ARRAY = 1022,
    RELATION_TYPE_OID_ARRAY = 1028,
    RELATION_TYPE_ACL_ARRAY = 1034,
    RELATION_TYPE_VARCHAR = 1043,
    RELATION_TYPE_TIMESTAMPTZ = 1184,
    RELATION_TYPE_NUMERIC = 1700,
    RELATION_TYPE_REGTYPE = 2206,
    RELATION_TYPE_REGTYPE_ARRAY = 2211,
    RELATION_TYPE_UINT8 = 16464,
    RELATION_TYPE_PRIVILEGES = 16567, /* mz_aclitem[] */

    /* Types that src/sql/types lacks, and what stands for them. */
    RELATION_TYPE_XID = 26,
    RELATION_TYPE_LSN = 25,
    RELATION_TYPE_INET = 25,
    RELATION_TYPE_INTERVAL = 25,
    RELATION_TYPE_JSONB = 25,
    RELATION_TYPE_UUID = 25,
    RELATION_TYPE_UINT4 = 20,
    RELATION_TYPE_MZ_TIMESTAMP = 16464,
    RELATION_TYPE_ANYARRAY = 1009,
};

#define COLUMN(name, type)                                                               \
    {                                                                                    \
#name, RELATION_TYPE_##type, false                                               \
    }
#define NULLABLE(name, type)                                                             \
    {                                                                                    \
#name, RELATION_TYPE_##type, true                                                \
    }
#define COLUMNS(...)                                                                     \
    (const struct system_column[]){__VA_ARGS__},                                         \
        ARRAY_COUNT(((const struct system_column[]){__VA_ARGS__}))
#define BASE(schema, name, oid, columns, rows)                                           \
    {                                                                                    \
        SYSTEM_RELATION_BASE, #schema, #name, oid, columns, rows, NULL                   \
    }
#define LIVE(schema, name, oid, columns)                                                 \
    {                                                                                    \
        SYSTEM_RELATION_LIVE, #schema, #name, oid, columns, NULL, NULL                   \
    }
#define VIEW(schema, name, oid, columns, sql)                                            \
    {                                                                                    \
        SYSTEM_RELATION_VIEW, #schema, #name, oid, columns, NULL, sql                    \
    }
/* What no object of ours can fill. */
#define EMPTY(schema, name, oid, columns)                                                \
    {                                                                                    \
        SYSTEM_RELATION_BASE, #schema, #name, oid, columns, relation_no_rows, NULL       \
    }

struct relation_table {
    const struct system_relation *relations;
    size_t count;
};

#define RELATION_TABLE(name)                                                             \
    const struct relation_table name = {name##_relations, ARRAY_COUNT(name##_relations)}

extern const struct relation_table relation_objects;     /* rows of objects */
extern const struct relation_table relation_self;        /* relations and columns */
extern const struct relation_table relation_tables;      /* users' relations */
extern const struct relation_table relation_live;        /* LIVE ones */
extern const struct relation_table relation_empty;       /* without rows */
extern const struct relation_table relation_materialize; /* views of mz_* */
extern const struct relation_table relation_shown;       /* mz_internal.mz_show_* */
extern const struct relation_table relation_postgres;    /* views of pg_catalog */
extern const struct relation_table relation_standard;    /* information_schema */

enum rc relation_no_rows(const struct system_scan *scan, struct error *err);

#endif
