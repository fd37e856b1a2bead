/* pg_catalog (PostgreSQL 15, chapter 53): what our objects can fill. Owner of all that is
 * built in is mz_system. */
#include "catalog/relation_base.h"

static const struct system_relation relation_postgres_relations[] = {
    VIEW(pg_catalog, pg_am, 2601,
         COLUMNS(COLUMN(oid, OID), COLUMN(amname, NAME), COLUMN(amhandler, REGPROC),
                 COLUMN(amtype, CHAR)),
         "SELECT a.oid, a.amname, a.handler::regproc AS amhandler, a.amtype"
         " FROM (VALUES (2::oid, 'heap'::name, 3::oid, 't'::\"char\"), (403::oid,"
         " 'btree'::name, 330::oid, 'i'::\"char\")) AS a (oid, amname, handler,"
         " amtype)"),
    VIEW(pg_catalog, pg_class, 1259,
         COLUMNS(COLUMN(oid, OID), COLUMN(relname, NAME), COLUMN(relnamespace, OID),
                 COLUMN(reltype, OID), COLUMN(reloftype, OID), COLUMN(relowner, OID),
                 COLUMN(relam, OID), COLUMN(relfilenode, OID), COLUMN(reltablespace, OID),
                 COLUMN(relpages, INT4), COLUMN(reltuples, FLOAT4),
                 COLUMN(relallvisible, INT4), COLUMN(reltoastrelid, OID),
                 COLUMN(relhasindex, BOOL), COLUMN(relisshared, BOOL),
                 COLUMN(relpersistence, CHAR), COLUMN(relkind, CHAR),
                 COLUMN(relnatts, INT2), COLUMN(relchecks, INT2),
                 COLUMN(relhasrules, BOOL), COLUMN(relhastriggers, BOOL),
                 COLUMN(relhassubclass, BOOL), COLUMN(relrowsecurity, BOOL),
                 COLUMN(relforcerowsecurity, BOOL), COLUMN(relispopulated, BOOL),
                 COLUMN(relreplident, CHAR), COLUMN(relispartition, BOOL),
                 COLUMN(relrewrite, OID), COLUMN(relfrozenxid, XID),
                 COLUMN(relminmxid, XID), NULLABLE(relacl, ACL_ARRAY),
                 NULLABLE(reloptions, TEXT_ARRAY), NULLABLE(relpartbound, NODE_TREE)),
         "SELECT r.oid, r.name::name AS relname, r.schema_oid AS relnamespace,"
         " 0::oid AS reltype, 0::oid AS reloftype, r.owner_oid AS relowner,"
         " CASE r.kind WHEN 'r' THEN 2::oid WHEN 'i' THEN 403::oid ELSE 0::oid END AS "
         "relam,"
         " 0::oid AS relfilenode, 0::oid AS reltablespace, 0 AS relpages,"
         " (-1)::float4 AS reltuples, 0 AS relallvisible, 0::oid AS reltoastrelid,"
         " r.has_index AS relhasindex, false AS relisshared,"
         " r.persistence AS relpersistence, r.kind AS relkind,"
         " r.column_count AS relnatts, r.check_count AS relchecks,"
         " r.kind = 'v' AS relhasrules, r.has_foreign_key AS relhastriggers,"
         " false AS relhassubclass, false AS relrowsecurity,"
         " false AS relforcerowsecurity, true AS relispopulated,"
         " CASE WHEN r.kind = 'r' AND r.oid >= 20000::oid THEN 'd'::\"char\" ELSE "
         "'n'::\"char\" END AS relreplident, false AS relispartition,"
         " 0::oid AS relrewrite, 0::oid AS relfrozenxid, 0::oid AS relminmxid,"
         " NULL::aclitem[] AS relacl, NULL::text[] AS reloptions,"
         " NULL::pg_node_tree AS relpartbound"
         " FROM mz_internal.base_relations r"),
    VIEW(pg_catalog, pg_attribute, 1249,
         COLUMNS(COLUMN(attrelid, OID), COLUMN(attname, NAME), COLUMN(atttypid, OID),
                 COLUMN(attstattarget, INT4), COLUMN(attlen, INT2), COLUMN(attnum, INT2),
                 COLUMN(attndims, INT4), COLUMN(attcacheoff, INT4),
                 COLUMN(atttypmod, INT4), COLUMN(attbyval, BOOL), COLUMN(attalign, CHAR),
                 COLUMN(attstorage, CHAR), COLUMN(attcompression, CHAR),
                 COLUMN(attnotnull, BOOL), COLUMN(atthasdef, BOOL),
                 COLUMN(atthasmissing, BOOL), COLUMN(attidentity, CHAR),
                 COLUMN(attgenerated, CHAR), COLUMN(attisdropped, BOOL),
                 COLUMN(attislocal, BOOL), COLUMN(attinhcount, INT4),
                 COLUMN(attcollation, OID), NULLABLE(attacl, ACL_ARRAY),
                 NULLABLE(attoptions, TEXT_ARRAY), NULLABLE(attfdwoptions, TEXT_ARRAY),
                 NULLABLE(attmissingval, ANYARRAY)),
         "SELECT c.relation_oid AS attrelid, c.name::name AS attname,"
         " c.type_oid AS atttypid, -1 AS attstattarget, t.length AS attlen,"
         " c.number AS attnum,"
         " CASE WHEN t.category = 'A' AND t.length = -1 THEN 1 ELSE 0 END AS"
         " attndims, -1 AS attcacheoff, c.type_modifier AS atttypmod,"
         " t.by_value AS attbyval, t.alignment AS attalign,"
         " t.storage AS attstorage, ''::\"char\" AS attcompression,"
         " NOT c.is_nullable AS attnotnull, c.default_sql IS NOT NULL AS atthasdef,"
         " false AS atthasmissing, c.identity AS attidentity,"
         " c.generated AS attgenerated, false AS attisdropped,"
         " true AS attislocal, 0 AS attinhcount, t.collation_oid AS attcollation,"
         " NULL::aclitem[] AS attacl, NULL::text[] AS attoptions,"
         " NULL::text[] AS attfdwoptions, NULL::text[] AS attmissingval"
         " FROM mz_internal.base_columns c"
         " JOIN mz_internal.base_types t ON t.oid = c.type_oid"),
    VIEW(pg_catalog, pg_type, 1247,
         COLUMNS(
             COLUMN(oid, OID), COLUMN(typname, NAME), COLUMN(typnamespace, OID),
             COLUMN(typowner, OID), COLUMN(typlen, INT2), COLUMN(typbyval, BOOL),
             COLUMN(typtype, CHAR), COLUMN(typcategory, CHAR),
             COLUMN(typispreferred, BOOL), COLUMN(typisdefined, BOOL),
             COLUMN(typdelim, CHAR), COLUMN(typrelid, OID), COLUMN(typsubscript, REGPROC),
             COLUMN(typelem, OID), COLUMN(typarray, OID), COLUMN(typinput, REGPROC),
             COLUMN(typoutput, REGPROC), COLUMN(typreceive, REGPROC),
             COLUMN(typsend, REGPROC), COLUMN(typmodin, REGPROC),
             COLUMN(typmodout, REGPROC), COLUMN(typanalyze, REGPROC),
             COLUMN(typalign, CHAR), COLUMN(typstorage, CHAR), COLUMN(typnotnull, BOOL),
             COLUMN(typbasetype, OID), COLUMN(typtypmod, INT4), COLUMN(typndims, INT4),
             COLUMN(typcollation, OID), NULLABLE(typdefaultbin, NODE_TREE),
             NULLABLE(typdefault, TEXT), NULLABLE(typacl, ACL_ARRAY)),
         "SELECT t.oid, t.name::name AS typname,"
         " CASE WHEN t.oid < 16384::oid THEN 11::oid ELSE 16656::oid END AS"
         " typnamespace, 16661::oid AS typowner, t.length AS typlen,"
         " t.by_value AS typbyval, t.kind AS typtype, t.category AS typcategory,"
         " t.is_preferred AS typispreferred, true AS typisdefined,"
         " ','::\"char\" AS typdelim, 0::oid AS typrelid,"
         " t.subscript_oid::regproc AS typsubscript, t.element_oid AS typelem,"
         " t.array_oid AS typarray, t.input_oid::regproc AS typinput,"
         " t.output_oid::regproc AS typoutput,"
         " t.receive_oid::regproc AS typreceive, t.send_oid::regproc AS typsend,"
         " t.modifier_input_oid::regproc AS typmodin,"
         " t.modifier_output_oid::regproc AS typmodout, 0::regproc AS typanalyze,"
         " t.alignment AS typalign, t.storage AS typstorage, false AS typnotnull,"
         " 0::oid AS typbasetype, -1 AS typtypmod, 0 AS typndims,"
         " t.collation_oid AS typcollation, NULL::pg_node_tree AS typdefaultbin,"
         " NULL::text AS typdefault, NULL::aclitem[] AS typacl"
         " FROM mz_internal.base_types t"),
    VIEW(pg_catalog, pg_proc, 1255,
         COLUMNS(COLUMN(oid, OID), COLUMN(proname, NAME), COLUMN(pronamespace, OID),
                 COLUMN(proowner, OID), COLUMN(prolang, OID), COLUMN(procost, FLOAT4),
                 COLUMN(prorows, FLOAT4), COLUMN(provariadic, OID),
                 COLUMN(prosupport, REGPROC), COLUMN(prokind, CHAR),
                 COLUMN(prosecdef, BOOL), COLUMN(proleakproof, BOOL),
                 COLUMN(proisstrict, BOOL), COLUMN(proretset, BOOL),
                 COLUMN(provolatile, CHAR), COLUMN(proparallel, CHAR),
                 COLUMN(pronargs, INT2), COLUMN(pronargdefaults, INT2),
                 COLUMN(prorettype, OID), COLUMN(proargtypes, OIDVECTOR),
                 NULLABLE(proallargtypes, OID_ARRAY), NULLABLE(proargmodes, CHAR_ARRAY),
                 NULLABLE(proargnames, TEXT_ARRAY), NULLABLE(proargdefaults, NODE_TREE),
                 NULLABLE(protrftypes, OID_ARRAY), COLUMN(prosrc, TEXT),
                 NULLABLE(probin, TEXT), NULLABLE(prosqlbody, NODE_TREE),
                 NULLABLE(proconfig, TEXT_ARRAY), NULLABLE(proacl, ACL_ARRAY)),
         "SELECT f.oid, f.name::name AS proname,"
         " CASE WHEN f.oid < 16384::oid THEN 11::oid ELSE 16656::oid END AS"
         " pronamespace, 16661::oid AS proowner, 12::oid AS prolang,"
         " 1::float4 AS procost,"
         " CASE WHEN f.returns_set THEN 1000::float4 ELSE 0::float4 END AS"
         " prorows, f.variadic_oid AS provariadic, 0::regproc AS prosupport,"
         " f.kind AS prokind, false AS prosecdef, false AS proleakproof,"
         " f.is_strict AS proisstrict, f.returns_set AS proretset,"
         " f.volatility AS provolatile, 's'::\"char\" AS proparallel,"
         " f.argument_count AS pronargs, 0::int2 AS pronargdefaults,"
         " f.result_oid AS prorettype, f.argument_oids AS proargtypes,"
         " NULL::oid[] AS proallargtypes, NULL::\"char\"[] AS proargmodes,"
         " NULL::text[] AS proargnames, NULL::pg_node_tree AS proargdefaults,"
         " NULL::oid[] AS protrftypes, f.name AS prosrc, NULL::text AS probin,"
         " NULL::pg_node_tree AS prosqlbody, NULL::text[] AS proconfig,"
         " NULL::aclitem[] AS proacl"
         " FROM mz_internal.base_functions f"),
    VIEW(pg_catalog, pg_operator, 2617,
         COLUMNS(COLUMN(oid, OID), COLUMN(oprname, NAME), COLUMN(oprnamespace, OID),
                 COLUMN(oprowner, OID), COLUMN(oprkind, CHAR), COLUMN(oprcanmerge, BOOL),
                 COLUMN(oprcanhash, BOOL), COLUMN(oprleft, OID), COLUMN(oprright, OID),
                 COLUMN(oprresult, OID), COLUMN(oprcom, OID), COLUMN(oprnegate, OID),
                 COLUMN(oprcode, REGPROC), COLUMN(oprrest, REGPROC),
                 COLUMN(oprjoin, REGPROC)),
         "SELECT o.oid, o.name::name AS oprname,"
         " CASE WHEN o.oid < 16384::oid THEN 11::oid ELSE 16656::oid END AS"
         " oprnamespace, 16661::oid AS oprowner, o.kind AS oprkind,"
         " false AS oprcanmerge, false AS oprcanhash, o.left_oid AS oprleft,"
         " o.right_oid AS oprright, o.result_oid AS oprresult,"
         " o.commutator_oid AS oprcom, o.negator_oid AS oprnegate,"
         " o.function_oid::regproc AS oprcode, 0::regproc AS oprrest,"
         " 0::regproc AS oprjoin"
         " FROM mz_internal.base_operators o"),
    VIEW(pg_catalog, pg_cast, 2605,
         COLUMNS(COLUMN(oid, OID), COLUMN(castsource, OID), COLUMN(casttarget, OID),
                 COLUMN(castfunc, OID), COLUMN(castcontext, CHAR),
                 COLUMN(castmethod, CHAR)),
         "SELECT c.oid, c.source_oid AS castsource, c.target_oid AS casttarget,"
         " c.function_oid AS castfunc, c.context AS castcontext,"
         " c.method AS castmethod"
         " FROM mz_internal.base_casts c"),
    VIEW(pg_catalog, pg_aggregate, 2600,
         COLUMNS(COLUMN(aggfnoid, REGPROC), COLUMN(aggkind, CHAR),
                 COLUMN(aggnumdirectargs, INT2), COLUMN(aggtransfn, REGPROC),
                 COLUMN(aggfinalfn, REGPROC), COLUMN(aggcombinefn, REGPROC),
                 COLUMN(aggserialfn, REGPROC), COLUMN(aggdeserialfn, REGPROC),
                 COLUMN(aggmtransfn, REGPROC), COLUMN(aggminvtransfn, REGPROC),
                 COLUMN(aggmfinalfn, REGPROC), COLUMN(aggfinalextra, BOOL),
                 COLUMN(aggmfinalextra, BOOL), COLUMN(aggfinalmodify, CHAR),
                 COLUMN(aggmfinalmodify, CHAR), COLUMN(aggsortop, OID),
                 COLUMN(aggtranstype, OID), COLUMN(aggtransspace, INT4),
                 COLUMN(aggmtranstype, OID), COLUMN(aggmtransspace, INT4),
                 NULLABLE(agginitval, TEXT), NULLABLE(aggminitval, TEXT)),
         "SELECT f.oid::regproc AS aggfnoid, 'n'::\"char\" AS aggkind,"
         " 0::int2 AS aggnumdirectargs, 0::regproc AS aggtransfn,"
         " 0::regproc AS aggfinalfn, 0::regproc AS aggcombinefn,"
         " 0::regproc AS aggserialfn, 0::regproc AS aggdeserialfn,"
         " 0::regproc AS aggmtransfn, 0::regproc AS aggminvtransfn,"
         " 0::regproc AS aggmfinalfn, false AS aggfinalextra,"
         " false AS aggmfinalextra, 'r'::\"char\" AS aggfinalmodify,"
         " 'r'::\"char\" AS aggmfinalmodify, 0::oid AS aggsortop,"
         " 0::oid AS aggtranstype, 0 AS aggtransspace, 0::oid AS aggmtranstype,"
         " 0 AS aggmtransspace, NULL::text AS agginitval,"
         " NULL::text AS aggminitval"
         " FROM mz_internal.base_functions f"
         " WHERE f.kind = 'a'"),
    VIEW(pg_catalog, pg_collation, 3456,
         COLUMNS(COLUMN(oid, OID), COLUMN(collname, NAME), COLUMN(collnamespace, OID),
                 COLUMN(collowner, OID), COLUMN(collprovider, CHAR),
                 COLUMN(collisdeterministic, BOOL), COLUMN(collencoding, INT4),
                 NULLABLE(collcollate, TEXT), NULLABLE(collctype, TEXT),
                 NULLABLE(colliculocale, TEXT), NULLABLE(collversion, TEXT)),
         "SELECT c.oid, c.name AS collname, 11::oid AS collnamespace,"
         " 16661::oid AS collowner, c.provider AS collprovider,"
         " true AS collisdeterministic, c.encoding AS collencoding,"
         " c.locale AS collcollate, c.locale AS collctype,"
         " NULL::text AS colliculocale, NULL::text AS collversion"
         " FROM (VALUES (100::oid, 'default'::name, 'd'::\"char\", -1,"
         " NULL::text), (950::oid, 'C'::name, 'c'::\"char\", -1, 'C'::text),"
         " (951::oid, 'POSIX'::name, 'c'::\"char\", -1, 'POSIX'::text)) AS c (oid,"
         " name, provider, encoding, locale)"),
    VIEW(pg_catalog, pg_language, 2612,
         COLUMNS(COLUMN(oid, OID), COLUMN(lanname, NAME), COLUMN(lanowner, OID),
                 COLUMN(lanispl, BOOL), COLUMN(lanpltrusted, BOOL),
                 COLUMN(lanplcallfoid, OID), COLUMN(laninline, OID),
                 COLUMN(lanvalidator, OID), NULLABLE(lanacl, ACL_ARRAY)),
         "SELECT l.oid, l.name AS lanname, 16661::oid AS lanowner,"
         " false AS lanispl, l.trusted AS lanpltrusted, 0::oid AS lanplcallfoid,"
         " 0::oid AS laninline, l.validator AS lanvalidator,"
         " NULL::aclitem[] AS lanacl"
         " FROM (VALUES (12::oid, 'internal'::name, false, 2246::oid), (14::oid,"
         " 'sql'::name, true, 2248::oid)) AS l (oid, name, trusted, validator)"),
    VIEW(pg_catalog, pg_tablespace, 1213,
         COLUMNS(COLUMN(oid, OID), COLUMN(spcname, NAME), COLUMN(spcowner, OID),
                 NULLABLE(spcacl, ACL_ARRAY), NULLABLE(spcoptions, TEXT_ARRAY)),
         "SELECT t.oid, t.name AS spcname, 16661::oid AS spcowner,"
         " NULL::aclitem[] AS spcacl, NULL::text[] AS spcoptions"
         " FROM (VALUES (1663::oid, 'pg_default'::name), (1664::oid,"
         " 'pg_global'::name)) AS t (oid, name)"),
    VIEW(pg_catalog, pg_database, 1262,
         COLUMNS(COLUMN(oid, OID), COLUMN(datname, NAME), COLUMN(datdba, OID),
                 COLUMN(encoding, INT4), COLUMN(datlocprovider, CHAR),
                 COLUMN(datistemplate, BOOL), COLUMN(datallowconn, BOOL),
                 COLUMN(datconnlimit, INT4), COLUMN(datfrozenxid, XID),
                 COLUMN(datminmxid, XID), COLUMN(dattablespace, OID),
                 COLUMN(datcollate, TEXT), COLUMN(datctype, TEXT),
                 NULLABLE(daticulocale, TEXT), NULLABLE(datcollversion, TEXT),
                 NULLABLE(datacl, ACL_ARRAY)),
         "SELECT d.oid, d.name::name AS datname, r.oid AS datdba, 6 AS encoding,"
         " 'c'::\"char\" AS datlocprovider, false AS datistemplate,"
         " true AS datallowconn, -1 AS datconnlimit, 0::oid AS datfrozenxid,"
         " 0::oid AS datminmxid, 1663::oid AS dattablespace,"
         " 'C'::text AS datcollate, 'C'::text AS datctype,"
         " NULL::text AS daticulocale, NULL::text AS datcollversion,"
         " NULL::aclitem[] AS datacl"
         " FROM mz_catalog.mz_databases d"
         " JOIN mz_internal.base_roles r ON r.id = d.owner_id"),
    VIEW(pg_catalog, pg_namespace, 2615,
         COLUMNS(COLUMN(oid, OID), COLUMN(nspname, NAME), COLUMN(nspowner, OID),
                 NULLABLE(nspacl, ACL_ARRAY)),
         "SELECT s.oid, s.name::name AS nspname, r.oid AS nspowner,"
         " NULL::aclitem[] AS nspacl"
         " FROM mz_catalog.mz_schemas s"
         " JOIN mz_internal.base_roles r ON r.id = s.owner_id"
         " LEFT JOIN mz_catalog.mz_databases d ON d.id = s.database_id"
         " WHERE s.database_id IS NULL OR d.name = current_database()"),
    VIEW(pg_catalog, pg_authid, 1260,
         COLUMNS(COLUMN(oid, OID), COLUMN(rolname, NAME), COLUMN(rolsuper, BOOL),
                 COLUMN(rolinherit, BOOL), COLUMN(rolcreaterole, BOOL),
                 COLUMN(rolcreatedb, BOOL), COLUMN(rolcanlogin, BOOL),
                 COLUMN(rolreplication, BOOL), COLUMN(rolbypassrls, BOOL),
                 COLUMN(rolconnlimit, INT4), NULLABLE(rolpassword, TEXT),
                 NULLABLE(rolvaliduntil, TIMESTAMPTZ)),
         "SELECT oid, name::name AS rolname, is_superuser AS rolsuper,"
         " inherit AS rolinherit,"
         " can_create_role OR is_superuser AS rolcreaterole,"
         " can_create_database OR is_superuser AS rolcreatedb,"
         " can_login AS rolcanlogin, false AS rolreplication,"
         " false AS rolbypassrls, -1 AS rolconnlimit, NULL::text AS rolpassword,"
         " NULL::timestamptz AS rolvaliduntil"
         " FROM mz_internal.base_roles"),
    VIEW(pg_catalog, pg_roles, 12000,
         COLUMNS(NULLABLE(rolname, NAME), NULLABLE(rolsuper, BOOL),
                 NULLABLE(rolinherit, BOOL), NULLABLE(rolcreaterole, BOOL),
                 NULLABLE(rolcreatedb, BOOL), NULLABLE(rolcanlogin, BOOL),
                 NULLABLE(rolreplication, BOOL), NULLABLE(rolconnlimit, INT4),
                 NULLABLE(rolpassword, TEXT), NULLABLE(rolvaliduntil, TIMESTAMPTZ),
                 NULLABLE(rolbypassrls, BOOL), NULLABLE(rolconfig, TEXT_ARRAY),
                 NULLABLE(oid, OID)),
         "SELECT name::name AS rolname, is_superuser AS rolsuper,"
         " inherit AS rolinherit,"
         " can_create_role OR is_superuser AS rolcreaterole,"
         " can_create_database OR is_superuser AS rolcreatedb,"
         " can_login AS rolcanlogin, false AS rolreplication, -1 AS rolconnlimit,"
         " '********'::text AS rolpassword, NULL::timestamptz AS rolvaliduntil,"
         " false AS rolbypassrls, NULL::text[] AS rolconfig, oid"
         " FROM mz_internal.base_roles"),
    VIEW(pg_catalog, pg_user, 12014,
         COLUMNS(NULLABLE(usename, NAME), NULLABLE(usesysid, OID),
                 NULLABLE(usecreatedb, BOOL), NULLABLE(usesuper, BOOL),
                 NULLABLE(userepl, BOOL), NULLABLE(usebypassrls, BOOL),
                 NULLABLE(passwd, TEXT), NULLABLE(valuntil, TIMESTAMPTZ),
                 NULLABLE(useconfig, TEXT_ARRAY)),
         "SELECT name::name AS usename, oid AS usesysid,"
         " can_create_database OR is_superuser AS usecreatedb,"
         " is_superuser AS usesuper, false AS userepl, false AS usebypassrls,"
         " '********'::text AS passwd, NULL::timestamptz AS valuntil,"
         " NULL::text[] AS useconfig"
         " FROM mz_internal.base_roles"
         " WHERE can_login"),
    VIEW(pg_catalog, pg_shadow, 12005,
         COLUMNS(NULLABLE(usename, NAME), NULLABLE(usesysid, OID),
                 NULLABLE(usecreatedb, BOOL), NULLABLE(usesuper, BOOL),
                 NULLABLE(userepl, BOOL), NULLABLE(usebypassrls, BOOL),
                 NULLABLE(passwd, TEXT), NULLABLE(valuntil, TIMESTAMPTZ),
                 NULLABLE(useconfig, TEXT_ARRAY)),
         "SELECT name::name AS usename, oid AS usesysid,"
         " can_create_database OR is_superuser AS usecreatedb,"
         " is_superuser AS usesuper, false AS userepl, false AS usebypassrls,"
         " NULL::text AS passwd, NULL::timestamptz AS valuntil,"
         " NULL::text[] AS useconfig"
         " FROM mz_internal.base_roles"
         " WHERE can_login"),
    VIEW(pg_catalog, pg_group, 12010,
         COLUMNS(NULLABLE(groname, NAME), NULLABLE(grosysid, OID),
                 NULLABLE(grolist, OID_ARRAY)),
         "SELECT name::name AS groname, oid AS grosysid, '{}'::oid[] AS grolist"
         " FROM mz_internal.base_roles"
         " WHERE NOT can_login"),
    VIEW(pg_catalog, pg_description, 2609,
         COLUMNS(COLUMN(objoid, OID), COLUMN(classoid, OID), COLUMN(objsubid, INT4),
                 COLUMN(description, TEXT)),
         "SELECT c.object_oid AS objoid,"
         " CASE WHEN c.object_type = 'schema' THEN 2615::oid ELSE 1259::oid END AS"
         " classoid, coalesce(c.object_sub_id, 0) AS objsubid,"
         " c.comment AS description"
         " FROM mz_internal.base_comments c"
         " WHERE c.object_type NOT IN ('database', 'role', 'secret', 'connection')"),
    VIEW(pg_catalog, pg_shdescription, 2396,
         COLUMNS(COLUMN(objoid, OID), COLUMN(classoid, OID), COLUMN(description, TEXT)),
         "SELECT c.object_oid AS objoid,"
         " CASE WHEN c.object_type = 'database' THEN 1262::oid ELSE 1260::oid END"
         " AS classoid, c.comment AS description"
         " FROM mz_internal.base_comments c"
         " WHERE c.object_type IN ('database', 'role')"),
    VIEW(pg_catalog, pg_settings, 12104,
         COLUMNS(NULLABLE(name, TEXT), NULLABLE(setting, TEXT), NULLABLE(unit, TEXT),
                 NULLABLE(category, TEXT), NULLABLE(short_desc, TEXT),
                 NULLABLE(extra_desc, TEXT), NULLABLE(context, TEXT),
                 NULLABLE(vartype, TEXT), NULLABLE(source, TEXT), NULLABLE(min_val, TEXT),
                 NULLABLE(max_val, TEXT), NULLABLE(enumvals, TEXT_ARRAY),
                 NULLABLE(boot_val, TEXT), NULLABLE(reset_val, TEXT),
                 NULLABLE(sourcefile, TEXT), NULLABLE(sourceline, INT4),
                 NULLABLE(pending_restart, BOOL)),
         "SELECT s.name, s.setting, s.unit, s.category,"
         " s.description AS short_desc, NULL::text AS extra_desc, s.context,"
         " s.kind AS vartype, s.source, s.lowest AS min_val, s.highest AS max_val,"
         " s.choices AS enumvals, s.boot_value AS boot_val,"
         " s.reset_value AS reset_val, NULL::text AS sourcefile,"
         " NULL::int4 AS sourceline, false AS pending_restart"
         " FROM mz_internal.base_settings s"),
    VIEW(
        pg_catalog, pg_tables, 12033,
        COLUMNS(NULLABLE(schemaname, NAME), NULLABLE(tablename, NAME),
                NULLABLE(tableowner, NAME), NULLABLE(tablespace, NAME),
                NULLABLE(hasindexes, BOOL), NULLABLE(hasrules, BOOL),
                NULLABLE(hastriggers, BOOL), NULLABLE(rowsecurity, BOOL)),
        "SELECT r.schema_name::name AS schemaname, r.name::name AS tablename,"
        " o.name::name AS tableowner, NULL::name AS tablespace,"
        " r.has_index AS hasindexes, false AS hasrules, r.has_foreign_key AS hastriggers,"
        " false AS rowsecurity"
        " FROM mz_internal.base_relations r"
        " JOIN mz_internal.base_roles o ON o.id = r.owner_id"
        " WHERE r.kind IN ('r', 'p')"),
    VIEW(pg_catalog, pg_views, 12028,
         COLUMNS(NULLABLE(schemaname, NAME), NULLABLE(viewname, NAME),
                 NULLABLE(viewowner, NAME), NULLABLE(definition, TEXT)),
         "SELECT r.schema_name::name AS schemaname, r.name::name AS viewname,"
         " o.name::name AS viewowner, r.definition"
         " FROM mz_internal.base_relations r"
         " JOIN mz_internal.base_roles o ON o.id = r.owner_id"
         " WHERE r.kind = 'v'"),
    VIEW(pg_catalog, pg_matviews, 12038,
         COLUMNS(NULLABLE(schemaname, NAME), NULLABLE(matviewname, NAME),
                 NULLABLE(matviewowner, NAME), NULLABLE(tablespace, NAME),
                 NULLABLE(hasindexes, BOOL), NULLABLE(ispopulated, BOOL),
                 NULLABLE(definition, TEXT)),
         "SELECT r.schema_name::name AS schemaname, r.name::name AS matviewname,"
         " o.name::name AS matviewowner, NULL::name AS tablespace,"
         " false AS hasindexes, true AS ispopulated, r.definition"
         " FROM mz_internal.base_relations r"
         " JOIN mz_internal.base_roles o ON o.id = r.owner_id"
         " WHERE r.kind = 'm'"),
    VIEW(pg_catalog, pg_indexes, 12043,
         COLUMNS(NULLABLE(schemaname, NAME), NULLABLE(tablename, NAME),
                 NULLABLE(indexname, NAME), NULLABLE(tablespace, NAME),
                 NULLABLE(indexdef, TEXT)),
         "SELECT n.nspname AS schemaname, c.relname AS tablename,"
         " i.relname AS indexname, NULL::name AS tablespace,"
         " pg_get_indexdef(i.oid) AS indexdef"
         " FROM pg_catalog.pg_index x"
         " JOIN pg_catalog.pg_class c ON c.oid = x.indrelid"
         " JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid"
         " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"),
    VIEW(pg_catalog, pg_sequences, 12048,
         COLUMNS(NULLABLE(schemaname, NAME), NULLABLE(sequencename, NAME),
                 NULLABLE(sequenceowner, NAME), NULLABLE(data_type, REGTYPE),
                 NULLABLE(start_value, INT8), NULLABLE(min_value, INT8),
                 NULLABLE(max_value, INT8), NULLABLE(increment_by, INT8),
                 NULLABLE(cycle, BOOL), NULLABLE(cache_size, INT8),
                 NULLABLE(last_value, INT8)),
         "SELECT n.nspname AS schemaname, c.relname AS sequencename,"
         " r.rolname AS sequenceowner, s.seqtypid::regtype AS data_type,"
         " s.seqstart AS start_value, s.seqmin AS min_value,"
         " s.seqmax AS max_value, s.seqincrement AS increment_by,"
         " s.seqcycle AS cycle, s.seqcache AS cache_size, NULL::int8 AS last_value"
         " FROM pg_catalog.pg_sequence s"
         " JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid"
         " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
         " JOIN pg_catalog.pg_roles r ON r.oid = c.relowner"),
};
RELATION_TABLE(relation_postgres);
