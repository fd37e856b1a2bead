/* Views of mz_catalog and mz_internal, with the columns of Materialize. Ids of what is
 * built in are s and the OID. */
#include "catalog/relation_base.h"

static const struct system_relation relation_materialize_relations[] = {
    VIEW(mz_catalog, mz_roles, 16720,
         COLUMNS(COLUMN(id, TEXT), COLUMN(oid, OID), COLUMN(name, TEXT),
                 COLUMN(inherit, BOOL), NULLABLE(rolcanlogin, BOOL),
                 NULLABLE(rolsuper, BOOL)),
         "SELECT id, oid, name, inherit, can_login AS rolcanlogin,"
         " is_superuser AS rolsuper"
         " FROM mz_internal.base_roles"),
    VIEW(mz_internal, mz_comments, 16766,
         COLUMNS(COLUMN(id, TEXT), COLUMN(object_type, TEXT),
                 NULLABLE(object_sub_id, INT4), COLUMN(comment, TEXT)),
         "SELECT id, object_type, object_sub_id, comment"
         " FROM mz_internal.base_comments"),
    VIEW(mz_catalog, mz_objects, 16774,
         COLUMNS(COLUMN(id, TEXT), COLUMN(oid, OID), COLUMN(schema_id, TEXT),
                 COLUMN(name, TEXT), COLUMN(type, TEXT), COLUMN(owner_id, TEXT),
                 NULLABLE(cluster_id, TEXT), COLUMN(privileges, PRIVILEGES)),
         "SELECT id, oid, schema_id, name, type, owner_id, cluster_id, privileges"
         " FROM mz_internal.base_items"
         " UNION ALL SELECT id, oid, schema_id, name, type, owner_id, NULL::text,"
         " privileges"
         " FROM mz_internal.base_relations"
         " UNION ALL SELECT 's' || t.oid::text, t.oid,"
         " CASE WHEN t.oid < 16384::oid THEN 's2'::text ELSE 's1'::text END,"
         " t.name, 'type'::text, 's1'::text, NULL::text,"
         " '{p=U/s1,s1=U/s1}'::mz_aclitem[]"
         " FROM mz_internal.base_types t"
         " UNION ALL SELECT 's' || f.oid::text, f.oid,"
         " CASE WHEN f.oid < 16384::oid THEN 's2'::text ELSE 's1'::text END,"
         " f.name, 'function'::text, 's1'::text, NULL::text,"
         " '{p=U/s1,s1=U/s1}'::mz_aclitem[]"
         " FROM mz_internal.base_functions f"),
    VIEW(mz_catalog, mz_relations, 16772,
         COLUMNS(COLUMN(id, TEXT), COLUMN(oid, OID), COLUMN(schema_id, TEXT),
                 COLUMN(name, TEXT), COLUMN(type, TEXT), COLUMN(owner_id, TEXT),
                 NULLABLE(cluster_id, TEXT), COLUMN(privileges, PRIVILEGES)),
         "SELECT id, oid, schema_id, name, type, owner_id,"
         " NULL::text AS cluster_id, privileges"
         " FROM mz_internal.base_relations"
         " WHERE type IN ('table', 'source', 'view', 'materialized-view')"),
    VIEW(mz_catalog, mz_columns, 16704,
         COLUMNS(COLUMN(id, TEXT), COLUMN(name, TEXT), COLUMN(position, UINT8),
                 COLUMN(nullable, BOOL), COLUMN(type, TEXT), NULLABLE(default, TEXT),
                 COLUMN(type_oid, OID), COLUMN(type_mod, INT4)),
         "SELECT c.relation_id AS id, c.name, c.number::uint8 AS position,"
         " c.is_nullable AS nullable, t.title AS type,"
         " pg_get_expr(c.default_sql::pg_node_tree, c.relation_oid) AS \"default\","
         " c.type_oid, c.type_modifier AS type_mod"
         " FROM mz_internal.base_columns c"
         " JOIN mz_internal.base_types t ON t.oid = c.type_oid"),
    VIEW(mz_catalog, mz_types, 16714,
         COLUMNS(COLUMN(id, TEXT), COLUMN(oid, OID), COLUMN(schema_id, TEXT),
                 COLUMN(name, TEXT), COLUMN(category, TEXT), COLUMN(owner_id, TEXT),
                 COLUMN(privileges, PRIVILEGES), NULLABLE(create_sql, TEXT),
                 NULLABLE(redacted_create_sql, TEXT)),
         "SELECT 's' || t.oid::text AS id, t.oid,"
         " CASE WHEN t.oid < 16384::oid THEN 's2'::text ELSE 's1'::text END AS"
         " schema_id, t.name,"
         " CASE t.category WHEN 'A' THEN 'array'::text WHEN 'B' THEN"
         " 'boolean'::text WHEN 'C' THEN 'composite'::text WHEN 'D' THEN"
         " 'date-time'::text WHEN 'E' THEN 'enum'::text WHEN 'G' THEN"
         " 'geometric'::text WHEN 'I' THEN 'network-address'::text WHEN 'N' THEN"
         " 'numeric'::text WHEN 'P' THEN 'pseudo'::text WHEN 'R' THEN"
         " 'range'::text WHEN 'S' THEN 'string'::text WHEN 'T' THEN"
         " 'timespan'::text WHEN 'U' THEN 'user-defined'::text WHEN 'V' THEN"
         " 'bit-string'::text ELSE 'unknown'::text END AS category,"
         " 's1'::text AS owner_id, '{p=U/s1,s1=U/s1}'::mz_aclitem[] AS privileges,"
         " NULL::text AS create_sql, NULL::text AS redacted_create_sql"
         " FROM mz_internal.base_types t"),
    VIEW(mz_catalog, mz_array_types, 16716,
         COLUMNS(COLUMN(id, TEXT), COLUMN(element_id, TEXT)),
         "SELECT 's' || oid::text AS id, 's' || element_oid::text AS element_id"
         " FROM mz_internal.base_types"
         " WHERE category = 'A' AND length = -1"),
    VIEW(mz_catalog, mz_base_types, 16717, COLUMNS(COLUMN(id, TEXT)),
         "SELECT 's' || oid::text AS id"
         " FROM mz_internal.base_types"
         " WHERE kind = 'b' AND category <> 'A'"),
    VIEW(mz_catalog, mz_pseudo_types, 16722, COLUMNS(COLUMN(id, TEXT)),
         "SELECT 's' || oid::text AS id"
         " FROM mz_internal.base_types"
         " WHERE kind = 'p'"),
    VIEW(mz_catalog, mz_functions, 16723,
         COLUMNS(COLUMN(id, TEXT), COLUMN(oid, OID), COLUMN(schema_id, TEXT),
                 COLUMN(name, TEXT), COLUMN(argument_type_ids, TEXT_ARRAY),
                 NULLABLE(variadic_argument_type_id, TEXT),
                 NULLABLE(return_type_id, TEXT), COLUMN(returns_set, BOOL),
                 COLUMN(owner_id, TEXT)),
         "SELECT 's' || f.oid::text AS id, f.oid,"
         " CASE WHEN f.oid < 16384::oid THEN 's2'::text ELSE 's1'::text END AS"
         " schema_id, f.name, f.argument_ids AS argument_type_ids,"
         " CASE WHEN f.variadic_oid = 0::oid THEN NULL::text ELSE 's' ||"
         " f.variadic_oid::text END AS variadic_argument_type_id,"
         " 's' || f.result_oid::text AS return_type_id, f.returns_set,"
         " 's1'::text AS owner_id"
         " FROM mz_internal.base_functions f"),
    VIEW(mz_catalog, mz_operators, 16724,
         COLUMNS(COLUMN(oid, OID), COLUMN(name, TEXT),
                 COLUMN(argument_type_ids, TEXT_ARRAY), NULLABLE(return_type_id, TEXT)),
         "SELECT o.oid, o.name, o.argument_ids AS argument_type_ids,"
         " 's' || o.result_oid::text AS return_type_id"
         " FROM mz_internal.base_operators o"),
    VIEW(mz_catalog, mz_tables, 16707,
         COLUMNS(COLUMN(id, TEXT), COLUMN(oid, OID), COLUMN(schema_id, TEXT),
                 COLUMN(name, TEXT), COLUMN(owner_id, TEXT),
                 COLUMN(privileges, PRIVILEGES), NULLABLE(create_sql, TEXT),
                 NULLABLE(redacted_create_sql, TEXT), NULLABLE(source_id, TEXT)),
         "SELECT id, oid, schema_id, name, owner_id, privileges,"
         " NULL::text AS create_sql, NULL::text AS redacted_create_sql,"
         " NULL::text AS source_id"
         " FROM mz_internal.base_relations"
         " WHERE type = 'table'"),
    VIEW(mz_catalog, mz_views, 16712,
         COLUMNS(COLUMN(id, TEXT), COLUMN(oid, OID), COLUMN(schema_id, TEXT),
                 COLUMN(name, TEXT), COLUMN(definition, TEXT), COLUMN(owner_id, TEXT),
                 COLUMN(privileges, PRIVILEGES), NULLABLE(create_sql, TEXT),
                 NULLABLE(redacted_create_sql, TEXT)),
         "SELECT id, oid, schema_id, name, definition, owner_id, privileges,"
         " NULL::text AS create_sql, NULL::text AS redacted_create_sql"
         " FROM mz_internal.base_relations"
         " WHERE type = 'view'"),
    VIEW(mz_internal, mz_object_fully_qualified_names, 16775,
         COLUMNS(COLUMN(id, TEXT), COLUMN(name, TEXT), COLUMN(object_type, TEXT),
                 COLUMN(schema_id, TEXT), COLUMN(schema_name, TEXT),
                 NULLABLE(database_id, TEXT), NULLABLE(database_name, TEXT),
                 NULLABLE(cluster_id, TEXT)),
         "SELECT o.id, o.name, o.type AS object_type, s.id AS schema_id,"
         " s.name AS schema_name, d.id AS database_id, d.name AS database_name,"
         " o.cluster_id"
         " FROM mz_catalog.mz_objects o"
         " JOIN mz_catalog.mz_schemas s ON s.id = o.schema_id"
         " LEFT JOIN mz_catalog.mz_databases d ON d.id = s.database_id"),
};
RELATION_TABLE(relation_materialize);
