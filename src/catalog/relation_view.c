#include "catalog/relation_base.h"

/* Views over the base relations: schema, name, OID, query. Their columns follow from the
 * query. PostgreSQL 15, chapter 54, for pg_catalog; Materialize's SHOW columns for
 * mz_internal. */
#define VIEW(schema, name, oid, sql)                                                     \
    {                                                                                    \
        schema, name, oid, NULL, 0, NULL, sql                                            \
    }

const struct system_relation relation_view_table[] = {
    VIEW("mz_catalog", "mz_relations", 16772,
         "SELECT id, oid, schema_id, name, type, owner_id, cluster_id, privileges"
         " FROM mz_catalog.mz_objects"
         " WHERE type IN ('table', 'source', 'view', 'materialized-view')"),
    VIEW("mz_internal", "mz_object_fully_qualified_names", 16775,
         "SELECT o.id, o.name, o.type AS object_type, s.id AS schema_id,"
         " s.name AS schema_name, d.id AS database_id, d.name AS database_name,"
         " o.cluster_id"
         " FROM mz_catalog.mz_objects o"
         " JOIN mz_catalog.mz_schemas s ON s.id = o.schema_id"
         " LEFT JOIN mz_catalog.mz_databases d ON d.id = s.database_id"),
    VIEW("mz_internal", "mz_show_databases", 0,
         "SELECT d.id, d.name, coalesce(c.comment, '') AS comment"
         " FROM mz_catalog.mz_databases d"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = d.id"
         " AND c.object_type = 'database' AND c.object_sub_id IS NULL"),
    VIEW("mz_internal", "mz_show_schemas", 0,
         "SELECT s.id, s.database_id, s.name, coalesce(c.comment, '') AS comment"
         " FROM mz_catalog.mz_schemas s"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = s.id"
         " AND c.object_type = 'schema' AND c.object_sub_id IS NULL"),
    VIEW("mz_internal", "mz_show_roles", 0,
         "SELECT r.id, r.name, coalesce(c.comment, '') AS comment"
         " FROM mz_catalog.mz_roles r"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = r.id"
         " AND c.object_type = 'role' AND c.object_sub_id IS NULL"
         " WHERE r.id NOT LIKE 's%'"),
    VIEW("mz_internal", "mz_show_secrets", 0,
         "SELECT s.id, s.schema_id, s.name, coalesce(c.comment, '') AS comment"
         " FROM mz_catalog.mz_secrets s"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = s.id"
         " AND c.object_type = 'secret' AND c.object_sub_id IS NULL"),
    VIEW("mz_internal", "mz_show_connections", 0,
         "SELECT n.id, n.schema_id, n.name, n.type, coalesce(c.comment, '') AS comment"
         " FROM mz_catalog.mz_connections n"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = n.id"
         " AND c.object_type = 'connection' AND c.object_sub_id IS NULL"),
    VIEW("mz_internal", "mz_show_all_objects", 0,
         "SELECT o.id, o.schema_id, o.name, o.type, coalesce(c.comment, '') AS comment"
         " FROM mz_catalog.mz_objects o"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = o.id"
         " AND c.object_type = o.type AND c.object_sub_id IS NULL"),
    VIEW("pg_catalog", "pg_database", 16797,
         "SELECT d.oid, d.name::name AS datname, r.oid AS datdba, 6 AS encoding,"
         " 'c'::\"char\" AS datlocprovider, false AS datistemplate,"
         " true AS datallowconn, -1 AS datconnlimit, 'C' AS datcollate,"
         " 'C' AS datctype, NULL::text AS daticulocale, NULL::text[] AS datacl"
         " FROM mz_catalog.mz_databases d"
         " JOIN mz_catalog.mz_roles r ON r.id = d.owner_id"),
    VIEW("pg_catalog", "pg_namespace", 16794,
         "SELECT s.oid, s.name::name AS nspname, r.oid AS nspowner,"
         " NULL::text[] AS nspacl"
         " FROM mz_catalog.mz_schemas s"
         " JOIN mz_catalog.mz_roles r ON r.id = s.owner_id"),
    VIEW("pg_catalog", "pg_roles", 16850,
         "SELECT oid, name::name AS rolname, rolsuper, inherit AS rolinherit,"
         " rolsuper AS rolcreaterole, rolsuper AS rolcreatedb, rolcanlogin,"
         " false AS rolreplication, -1 AS rolconnlimit, '********' AS rolpassword,"
         " NULL::timestamptz AS rolvaliduntil, false AS rolbypassrls,"
         " NULL::text[] AS rolconfig"
         " FROM mz_catalog.mz_roles"),
    VIEW("information_schema", "schemata", 16860,
         "SELECT d.name AS catalog_name, s.name AS schema_name,"
         " r.name AS schema_owner"
         " FROM mz_catalog.mz_schemas s"
         " JOIN mz_catalog.mz_roles r ON r.id = s.owner_id"
         " LEFT JOIN mz_catalog.mz_databases d ON d.id = s.database_id"),
};
const size_t relation_view_count = ARRAY_COUNT(relation_view_table);
