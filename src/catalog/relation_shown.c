/* mz_internal.mz_show_*: what stands behind the SHOW statements of Materialize, with
 * its columns. */
#include "catalog/relation_base.h"

static const struct system_relation relation_shown_relations[] = {
    VIEW(mz_internal, mz_show_databases, 17100,
         COLUMNS(COLUMN(id, TEXT), COLUMN(name, TEXT), COLUMN(comment, TEXT)),
         "SELECT d.id, d.name, coalesce(c.comment, ''::text) AS comment"
         " FROM mz_catalog.mz_databases d"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = d.id AND c.object_type ="
         " 'database' AND c.object_sub_id IS NULL"),
    VIEW(mz_internal, mz_show_schemas, 17101,
         COLUMNS(COLUMN(id, TEXT), NULLABLE(database_id, TEXT), COLUMN(name, TEXT),
                 COLUMN(comment, TEXT)),
         "SELECT s.id, s.database_id, s.name,"
         " coalesce(c.comment, ''::text) AS comment"
         " FROM mz_catalog.mz_schemas s"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = s.id AND c.object_type ="
         " 'schema' AND c.object_sub_id IS NULL"),
    VIEW(mz_internal, mz_show_roles, 17102,
         COLUMNS(COLUMN(id, TEXT), COLUMN(name, TEXT), COLUMN(comment, TEXT)),
         "SELECT r.id, r.name, coalesce(c.comment, ''::text) AS comment"
         " FROM mz_internal.base_roles r"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = r.id AND c.object_type ="
         " 'role' AND c.object_sub_id IS NULL"
         " WHERE r.id NOT LIKE 's%'"),
    VIEW(mz_internal, mz_show_secrets, 17103,
         COLUMNS(COLUMN(id, TEXT), COLUMN(schema_id, TEXT), COLUMN(name, TEXT),
                 COLUMN(comment, TEXT)),
         "SELECT s.id, s.schema_id, s.name,"
         " coalesce(c.comment, ''::text) AS comment"
         " FROM mz_catalog.mz_secrets s"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = s.id AND c.object_type ="
         " 'secret' AND c.object_sub_id IS NULL"),
    VIEW(mz_internal, mz_show_connections, 17104,
         COLUMNS(COLUMN(id, TEXT), COLUMN(schema_id, TEXT), COLUMN(name, TEXT),
                 COLUMN(type, TEXT), COLUMN(comment, TEXT)),
         "SELECT n.id, n.schema_id, n.name, n.type,"
         " coalesce(c.comment, ''::text) AS comment"
         " FROM mz_catalog.mz_connections n"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = n.id AND c.object_type ="
         " 'connection' AND c.object_sub_id IS NULL"),
    VIEW(mz_internal, mz_show_all_objects, 17105,
         COLUMNS(COLUMN(id, TEXT), COLUMN(schema_id, TEXT), COLUMN(name, TEXT),
                 COLUMN(type, TEXT), COLUMN(comment, TEXT)),
         "SELECT o.id, o.schema_id, o.name, o.type,"
         " coalesce(c.comment, ''::text) AS comment"
         " FROM mz_catalog.mz_objects o"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = o.id AND c.object_type ="
         " o.type AND c.object_sub_id IS NULL"),
    VIEW(mz_internal, mz_show_tables, 17106,
         COLUMNS(COLUMN(id, TEXT), COLUMN(schema_id, TEXT), COLUMN(name, TEXT),
                 COLUMN(comment, TEXT), NULLABLE(source_id, TEXT)),
         "SELECT t.id, t.schema_id, t.name,"
         " coalesce(c.comment, ''::text) AS comment, t.source_id"
         " FROM mz_catalog.mz_tables t"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = t.id AND c.object_type ="
         " 'table' AND c.object_sub_id IS NULL"),
    VIEW(mz_internal, mz_show_views, 17107,
         COLUMNS(COLUMN(id, TEXT), COLUMN(schema_id, TEXT), COLUMN(name, TEXT),
                 COLUMN(comment, TEXT)),
         "SELECT v.id, v.schema_id, v.name,"
         " coalesce(c.comment, ''::text) AS comment"
         " FROM mz_catalog.mz_views v"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = v.id AND c.object_type ="
         " 'view' AND c.object_sub_id IS NULL"),
    VIEW(mz_internal, mz_show_types, 17108,
         COLUMNS(COLUMN(id, TEXT), COLUMN(schema_id, TEXT), COLUMN(name, TEXT),
                 COLUMN(comment, TEXT)),
         "SELECT t.id, t.schema_id, t.name,"
         " coalesce(c.comment, ''::text) AS comment"
         " FROM mz_catalog.mz_types t"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = t.id AND c.object_type ="
         " 'type' AND c.object_sub_id IS NULL"),
    VIEW(mz_internal, mz_show_materialized_views, 17109,
         COLUMNS(COLUMN(id, TEXT), COLUMN(schema_id, TEXT), COLUMN(name, TEXT),
                 NULLABLE(cluster, TEXT), NULLABLE(cluster_id, TEXT),
                 COLUMN(comment, TEXT)),
         "SELECT v.id, v.schema_id, v.name, k.name AS cluster, v.cluster_id,"
         " coalesce(c.comment, ''::text) AS comment"
         " FROM mz_catalog.mz_materialized_views v"
         " LEFT JOIN mz_catalog.mz_clusters k ON k.id = v.cluster_id"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = v.id AND c.object_type ="
         " 'materialized-view' AND c.object_sub_id IS NULL"),
    VIEW(mz_internal, mz_show_sources, 17110,
         COLUMNS(COLUMN(id, TEXT), COLUMN(schema_id, TEXT), COLUMN(name, TEXT),
                 COLUMN(type, TEXT), NULLABLE(cluster, TEXT), NULLABLE(cluster_id, TEXT),
                 COLUMN(comment, TEXT)),
         "SELECT s.id, s.schema_id, s.name, s.type, k.name AS cluster,"
         " s.cluster_id, coalesce(c.comment, ''::text) AS comment"
         " FROM mz_catalog.mz_sources s"
         " LEFT JOIN mz_catalog.mz_clusters k ON k.id = s.cluster_id"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = s.id AND c.object_type ="
         " 'source' AND c.object_sub_id IS NULL"),
    VIEW(mz_internal, mz_show_sinks, 17111,
         COLUMNS(COLUMN(id, TEXT), COLUMN(schema_id, TEXT), COLUMN(name, TEXT),
                 COLUMN(type, TEXT), NULLABLE(cluster, TEXT), NULLABLE(cluster_id, TEXT),
                 COLUMN(comment, TEXT)),
         "SELECT s.id, s.schema_id, s.name, s.type, k.name AS cluster,"
         " s.cluster_id, coalesce(c.comment, ''::text) AS comment"
         " FROM mz_catalog.mz_sinks s"
         " LEFT JOIN mz_catalog.mz_clusters k ON k.id = s.cluster_id"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = s.id AND c.object_type ="
         " 'sink' AND c.object_sub_id IS NULL"),
    VIEW(mz_internal, mz_show_indexes, 17112,
         COLUMNS(COLUMN(id, TEXT), COLUMN(name, TEXT), COLUMN(on, TEXT),
                 COLUMN(schema_id, TEXT), NULLABLE(cluster, TEXT),
                 NULLABLE(cluster_id, TEXT), NULLABLE(key, TEXT_ARRAY),
                 COLUMN(comment, TEXT)),
         "SELECT i.id, i.name, o.name AS \"on\", o.schema_id, k.name AS cluster,"
         " i.cluster_id, NULL::text[] AS \"key\","
         " coalesce(c.comment, ''::text) AS comment"
         " FROM mz_catalog.mz_indexes i"
         " JOIN mz_catalog.mz_objects o ON o.id = i.on_id"
         " LEFT JOIN mz_catalog.mz_clusters k ON k.id = i.cluster_id"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = i.id AND c.object_type ="
         " 'index' AND c.object_sub_id IS NULL"),
    VIEW(mz_internal, mz_show_columns, 17113,
         COLUMNS(COLUMN(id, TEXT), COLUMN(name, TEXT), COLUMN(nullable, BOOL),
                 COLUMN(type, TEXT), COLUMN(position, UINT8), COLUMN(comment, TEXT)),
         "SELECT l.id, l.name, l.nullable, l.type, l.position,"
         " coalesce(c.comment, ''::text) AS comment"
         " FROM mz_catalog.mz_columns l"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = l.id AND c.object_type <>"
         " 'schema' AND c.object_sub_id::uint8 = l.position"),
    VIEW(mz_internal, mz_show_clusters, 17114,
         COLUMNS(COLUMN(id, TEXT), COLUMN(name, TEXT), NULLABLE(replicas, TEXT),
                 COLUMN(comment, TEXT)),
         "SELECT k.id, k.name, NULL::text AS replicas,"
         " coalesce(c.comment, ''::text) AS comment"
         " FROM mz_catalog.mz_clusters k"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = k.id AND c.object_type ="
         " 'cluster' AND c.object_sub_id IS NULL"),
    VIEW(mz_internal, mz_show_cluster_replicas, 17115,
         COLUMNS(COLUMN(cluster, TEXT), COLUMN(replica, TEXT), COLUMN(replica_id, TEXT),
                 NULLABLE(size, TEXT), COLUMN(ready, BOOL), COLUMN(comment, TEXT)),
         "SELECT k.name AS cluster, r.name AS replica, r.id AS replica_id, r.size,"
         " true AS ready, coalesce(c.comment, ''::text) AS comment"
         " FROM mz_catalog.mz_cluster_replicas r"
         " JOIN mz_catalog.mz_clusters k ON k.id = r.cluster_id"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = r.id AND c.object_type ="
         " 'cluster-replica' AND c.object_sub_id IS NULL"),
    VIEW(mz_internal, mz_show_network_policies, 17116,
         COLUMNS(COLUMN(id, TEXT), COLUMN(name, TEXT), NULLABLE(rules, TEXT),
                 COLUMN(comment, TEXT)),
         "SELECT p.id, p.name, NULL::text AS rules,"
         " coalesce(c.comment, ''::text) AS comment"
         " FROM mz_internal.mz_network_policies p"
         " LEFT JOIN mz_internal.mz_comments c ON c.id = p.id AND c.object_type ="
         " 'network-policy' AND c.object_sub_id IS NULL"),
    VIEW(mz_internal, mz_show_role_members, 17117,
         COLUMNS(COLUMN(role, TEXT), COLUMN(member, TEXT), COLUMN(grantor, TEXT)),
         "SELECT r.name AS role, m.name AS member, g.name AS grantor"
         " FROM mz_catalog.mz_role_members x"
         " JOIN mz_internal.base_roles r ON r.id = x.role_id"
         " JOIN mz_internal.base_roles m ON m.id = x.member"
         " JOIN mz_internal.base_roles g ON g.id = x.grantor"),
    VIEW(mz_internal, mz_show_default_privileges, 17118,
         COLUMNS(COLUMN(object_owner, TEXT), NULLABLE(database, TEXT),
                 NULLABLE(schema, TEXT), COLUMN(object_type, TEXT), COLUMN(grantee, TEXT),
                 COLUMN(privilege_type, TEXT)),
         "SELECT o.name AS object_owner, d.name AS database, s.name AS schema,"
         " x.object_type, g.name AS grantee, x.privileges AS privilege_type"
         " FROM mz_catalog.mz_default_privileges x"
         " JOIN mz_internal.base_roles o ON o.id = x.role_id"
         " JOIN mz_internal.base_roles g ON g.id = x.grantee"
         " LEFT JOIN mz_catalog.mz_databases d ON d.id = x.database_id"
         " LEFT JOIN mz_catalog.mz_schemas s ON s.id = x.schema_id"),
    VIEW(mz_internal, mz_show_database_privileges, 17119,
         COLUMNS(COLUMN(grantor, TEXT), COLUMN(grantee, TEXT), NULLABLE(database, TEXT),
                 NULLABLE(schema, TEXT), COLUMN(name, TEXT), COLUMN(object_type, TEXT),
                 COLUMN(privilege_type, TEXT)),
         "SELECT a.name AS grantor,"
         " CASE WHEN p.grantee_id = 'p' THEN 'PUBLIC'::text ELSE b.name END AS"
         " grantee, NULL::text AS database, NULL::text AS schema, d.name,"
         " p.object_type, p.privilege_type"
         " FROM mz_internal.base_privileges p"
         " JOIN mz_internal.base_roles a ON a.id = p.grantor_id"
         " LEFT JOIN mz_internal.base_roles b ON b.id = p.grantee_id"
         " JOIN mz_catalog.mz_databases d ON d.id = p.object_id"
         " WHERE p.object_type = 'database'"),
    VIEW(mz_internal, mz_show_schema_privileges, 17120,
         COLUMNS(COLUMN(grantor, TEXT), COLUMN(grantee, TEXT), NULLABLE(database, TEXT),
                 NULLABLE(schema, TEXT), COLUMN(name, TEXT), COLUMN(object_type, TEXT),
                 COLUMN(privilege_type, TEXT)),
         "SELECT a.name AS grantor,"
         " CASE WHEN p.grantee_id = 'p' THEN 'PUBLIC'::text ELSE b.name END AS"
         " grantee, d.name AS database, NULL::text AS schema, s.name,"
         " p.object_type, p.privilege_type"
         " FROM mz_internal.base_privileges p"
         " JOIN mz_internal.base_roles a ON a.id = p.grantor_id"
         " LEFT JOIN mz_internal.base_roles b ON b.id = p.grantee_id"
         " JOIN mz_catalog.mz_schemas s ON s.id = p.object_id"
         " LEFT JOIN mz_catalog.mz_databases d ON d.id = s.database_id"
         " WHERE p.object_type = 'schema'"),
    VIEW(mz_internal, mz_show_object_privileges, 17121,
         COLUMNS(COLUMN(grantor, TEXT), COLUMN(grantee, TEXT), NULLABLE(database, TEXT),
                 NULLABLE(schema, TEXT), COLUMN(name, TEXT), COLUMN(object_type, TEXT),
                 COLUMN(privilege_type, TEXT)),
         "SELECT a.name AS grantor,"
         " CASE WHEN p.grantee_id = 'p' THEN 'PUBLIC'::text ELSE b.name END AS"
         " grantee, d.name AS database, s.name AS schema, o.name, p.object_type,"
         " p.privilege_type"
         " FROM mz_internal.base_privileges p"
         " JOIN mz_internal.base_roles a ON a.id = p.grantor_id"
         " LEFT JOIN mz_internal.base_roles b ON b.id = p.grantee_id"
         " JOIN mz_internal.base_items o ON o.id = p.object_id"
         " JOIN mz_catalog.mz_schemas s ON s.id = o.schema_id"
         " LEFT JOIN mz_catalog.mz_databases d ON d.id = s.database_id"
         " WHERE p.object_type NOT IN ('database', 'schema')"),
    VIEW(mz_internal, mz_show_all_privileges, 17122,
         COLUMNS(COLUMN(grantor, TEXT), COLUMN(grantee, TEXT), NULLABLE(database, TEXT),
                 NULLABLE(schema, TEXT), COLUMN(name, TEXT), COLUMN(object_type, TEXT),
                 COLUMN(privilege_type, TEXT)),
         "SELECT grantor, grantee, database, schema, name, object_type,"
         " privilege_type"
         " FROM mz_internal.mz_show_database_privileges"
         " UNION ALL SELECT grantor, grantee, database, schema, name, object_type,"
         " privilege_type"
         " FROM mz_internal.mz_show_schema_privileges"
         " UNION ALL SELECT grantor, grantee, database, schema, name, object_type,"
         " privilege_type"
         " FROM mz_internal.mz_show_object_privileges"),
    VIEW(mz_internal, mz_show_my_database_privileges, 17123,
         COLUMNS(COLUMN(grantor, TEXT), COLUMN(grantee, TEXT), NULLABLE(database, TEXT),
                 NULLABLE(schema, TEXT), COLUMN(name, TEXT), COLUMN(object_type, TEXT),
                 COLUMN(privilege_type, TEXT)),
         "SELECT grantor, grantee, database, schema, name, object_type,"
         " privilege_type"
         " FROM mz_internal.mz_show_database_privileges"
         " WHERE grantee = 'PUBLIC' OR grantee = current_user"),
    VIEW(mz_internal, mz_show_my_schema_privileges, 17124,
         COLUMNS(COLUMN(grantor, TEXT), COLUMN(grantee, TEXT), NULLABLE(database, TEXT),
                 NULLABLE(schema, TEXT), COLUMN(name, TEXT), COLUMN(object_type, TEXT),
                 COLUMN(privilege_type, TEXT)),
         "SELECT grantor, grantee, database, schema, name, object_type,"
         " privilege_type"
         " FROM mz_internal.mz_show_schema_privileges"
         " WHERE grantee = 'PUBLIC' OR grantee = current_user"),
    VIEW(mz_internal, mz_show_my_object_privileges, 17125,
         COLUMNS(COLUMN(grantor, TEXT), COLUMN(grantee, TEXT), NULLABLE(database, TEXT),
                 NULLABLE(schema, TEXT), COLUMN(name, TEXT), COLUMN(object_type, TEXT),
                 COLUMN(privilege_type, TEXT)),
         "SELECT grantor, grantee, database, schema, name, object_type,"
         " privilege_type"
         " FROM mz_internal.mz_show_object_privileges"
         " WHERE grantee = 'PUBLIC' OR grantee = current_user"),
    VIEW(mz_internal, mz_show_all_my_privileges, 17126,
         COLUMNS(COLUMN(grantor, TEXT), COLUMN(grantee, TEXT), NULLABLE(database, TEXT),
                 NULLABLE(schema, TEXT), COLUMN(name, TEXT), COLUMN(object_type, TEXT),
                 COLUMN(privilege_type, TEXT)),
         "SELECT grantor, grantee, database, schema, name, object_type,"
         " privilege_type"
         " FROM mz_internal.mz_show_all_privileges"
         " WHERE grantee = 'PUBLIC' OR grantee = current_user"),
    VIEW(mz_internal, mz_show_my_role_members, 17127,
         COLUMNS(COLUMN(role, TEXT), COLUMN(member, TEXT), COLUMN(grantor, TEXT)),
         "SELECT role, member, grantor"
         " FROM mz_internal.mz_show_role_members"
         " WHERE member = current_user"),
};
RELATION_TABLE(relation_shown);
