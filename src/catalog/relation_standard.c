/* information_schema (PostgreSQL 15, chapter 37). Its domains are written as the types
 * under them. Nobody is kept from reading a definition. */
#include "catalog/relation_base.h"

static const struct system_relation relation_standard_relations[] = {
    VIEW(information_schema, information_schema_catalog_name, 13227,
         COLUMNS(NULLABLE(catalog_name, NAME)),
         "SELECT current_database() AS catalog_name"),
    VIEW(information_schema, schemata, 13382,
         COLUMNS(NULLABLE(catalog_name, NAME), NULLABLE(schema_name, NAME),
                 NULLABLE(schema_owner, NAME),
                 NULLABLE(default_character_set_catalog, NAME),
                 NULLABLE(default_character_set_schema, NAME),
                 NULLABLE(default_character_set_name, NAME), NULLABLE(sql_path, VARCHAR)),
         "SELECT current_database() AS catalog_name, s.name::name AS schema_name,"
         " r.name::name AS schema_owner,"
         " NULL::name AS default_character_set_catalog,"
         " NULL::name AS default_character_set_schema,"
         " NULL::name AS default_character_set_name, NULL::varchar AS sql_path"
         " FROM mz_catalog.mz_schemas s"
         " JOIN mz_internal.base_roles r ON r.id = s.owner_id"
         " LEFT JOIN mz_catalog.mz_databases d ON d.id = s.database_id"
         " WHERE s.database_id IS NULL OR d.name = current_database()"),
    VIEW(information_schema, tables, 13425,
         COLUMNS(NULLABLE(table_catalog, NAME), NULLABLE(table_schema, NAME),
                 NULLABLE(table_name, NAME), NULLABLE(table_type, VARCHAR),
                 NULLABLE(self_referencing_column_name, NAME),
                 NULLABLE(reference_generation, VARCHAR),
                 NULLABLE(user_defined_type_catalog, NAME),
                 NULLABLE(user_defined_type_schema, NAME),
                 NULLABLE(user_defined_type_name, NAME),
                 NULLABLE(is_insertable_into, VARCHAR), NULLABLE(is_typed, VARCHAR),
                 NULLABLE(commit_action, VARCHAR)),
         "SELECT current_database() AS table_catalog, n.nspname AS table_schema,"
         " c.relname AS table_name,"
         " CASE c.relkind WHEN 'v' THEN 'VIEW'::varchar ELSE 'BASE TABLE'::varchar"
         " END AS table_type, NULL::name AS self_referencing_column_name,"
         " NULL::varchar AS reference_generation,"
         " NULL::name AS user_defined_type_catalog,"
         " NULL::name AS user_defined_type_schema,"
         " NULL::name AS user_defined_type_name,"
         " 'NO'::varchar AS is_insertable_into, 'NO'::varchar AS is_typed,"
         " NULL::varchar AS commit_action"
         " FROM pg_catalog.pg_class c"
         " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
         " WHERE c.relkind IN ('r', 'v', 'f', 'p')"),
    VIEW(information_schema, views, 13483,
         COLUMNS(NULLABLE(table_catalog, NAME), NULLABLE(table_schema, NAME),
                 NULLABLE(table_name, NAME), NULLABLE(view_definition, VARCHAR),
                 NULLABLE(check_option, VARCHAR), NULLABLE(is_updatable, VARCHAR),
                 NULLABLE(is_insertable_into, VARCHAR),
                 NULLABLE(is_trigger_updatable, VARCHAR),
                 NULLABLE(is_trigger_deletable, VARCHAR),
                 NULLABLE(is_trigger_insertable_into, VARCHAR)),
         "SELECT current_database() AS table_catalog,"
         " r.schema_name::name AS table_schema, r.name::name AS table_name,"
         " r.definition::varchar AS view_definition,"
         " 'NONE'::varchar AS check_option, 'NO'::varchar AS is_updatable,"
         " 'NO'::varchar AS is_insertable_into,"
         " 'NO'::varchar AS is_trigger_updatable,"
         " 'NO'::varchar AS is_trigger_deletable,"
         " 'NO'::varchar AS is_trigger_insertable_into"
         " FROM mz_internal.base_relations r"
         " WHERE r.kind = 'v'"),
    VIEW(information_schema, columns, 13295,
         COLUMNS(
             NULLABLE(table_catalog, NAME), NULLABLE(table_schema, NAME),
             NULLABLE(table_name, NAME), NULLABLE(column_name, NAME),
             NULLABLE(ordinal_position, INT4), NULLABLE(column_default, VARCHAR),
             NULLABLE(is_nullable, VARCHAR), NULLABLE(data_type, VARCHAR),
             NULLABLE(character_maximum_length, INT4),
             NULLABLE(character_octet_length, INT4), NULLABLE(numeric_precision, INT4),
             NULLABLE(numeric_precision_radix, INT4), NULLABLE(numeric_scale, INT4),
             NULLABLE(datetime_precision, INT4), NULLABLE(interval_type, VARCHAR),
             NULLABLE(interval_precision, INT4), NULLABLE(character_set_catalog, NAME),
             NULLABLE(character_set_schema, NAME), NULLABLE(character_set_name, NAME),
             NULLABLE(collation_catalog, NAME), NULLABLE(collation_schema, NAME),
             NULLABLE(collation_name, NAME), NULLABLE(domain_catalog, NAME),
             NULLABLE(domain_schema, NAME), NULLABLE(domain_name, NAME),
             NULLABLE(udt_catalog, NAME), NULLABLE(udt_schema, NAME),
             NULLABLE(udt_name, NAME), NULLABLE(scope_catalog, NAME),
             NULLABLE(scope_schema, NAME), NULLABLE(scope_name, NAME),
             NULLABLE(maximum_cardinality, INT4), NULLABLE(dtd_identifier, NAME),
             NULLABLE(is_self_referencing, VARCHAR), NULLABLE(is_identity, VARCHAR),
             NULLABLE(identity_generation, VARCHAR), NULLABLE(identity_start, VARCHAR),
             NULLABLE(identity_increment, VARCHAR), NULLABLE(identity_maximum, VARCHAR),
             NULLABLE(identity_minimum, VARCHAR), NULLABLE(identity_cycle, VARCHAR),
             NULLABLE(is_generated, VARCHAR), NULLABLE(generation_expression, VARCHAR),
             NULLABLE(is_updatable, VARCHAR)),
         "SELECT current_database() AS table_catalog,"
         " r.schema_name::name AS table_schema, r.name::name AS table_name,"
         " a.name::name AS column_name, a.number::int4 AS ordinal_position,"
         " CASE WHEN a.generated = '' THEN pg_get_expr(a.default_sql::pg_node_tree, "
         "a.relation_oid)::varchar ELSE NULL::varchar END AS column_default,"
         " CASE WHEN a.is_nullable THEN 'YES'::varchar ELSE 'NO'::varchar END AS"
         " is_nullable,"
         " CASE WHEN t.category = 'A' AND t.length = -1 AND t.subscript_oid ="
         " 6179::oid THEN 'ARRAY'::varchar ELSE t.title::varchar END AS data_type,"
         " CASE WHEN a.type_oid IN (1042::oid, 1043::oid) AND a.type_modifier <>"
         " -1 THEN a.type_modifier - 4 ELSE NULL::int4 END AS"
         " character_maximum_length,"
         " CASE WHEN a.type_oid IN (25::oid, 1042::oid, 1043::oid) THEN CASE WHEN"
         " a.type_modifier = -1 OR a.type_oid = 25::oid THEN 1073741824 ELSE"
         " (a.type_modifier - 4) * 4 END ELSE NULL::int4 END AS"
         " character_octet_length,"
         " CASE a.type_oid WHEN 21::oid THEN 16 WHEN 23::oid THEN 32 WHEN 20::oid"
         " THEN 64 WHEN 700::oid THEN 24 WHEN 701::oid THEN 53 WHEN 1700::oid THEN"
         " CASE WHEN a.type_modifier = -1 THEN NULL::int4 ELSE (a.type_modifier -"
         " 4) / 65536 END ELSE NULL::int4 END AS numeric_precision,"
         " CASE WHEN a.type_oid IN (20::oid, 21::oid, 23::oid, 700::oid, 701::oid)"
         " THEN 2 WHEN a.type_oid = 1700::oid THEN 10 ELSE NULL::int4 END AS"
         " numeric_precision_radix,"
         " CASE WHEN a.type_oid IN (20::oid, 21::oid, 23::oid) THEN 0 WHEN"
         " a.type_oid = 1700::oid AND a.type_modifier <> -1 THEN (a.type_modifier"
         " - 4) % 2048 ELSE NULL::int4 END AS numeric_scale,"
         " CASE WHEN a.type_oid = 1082::oid THEN 0 WHEN a.type_oid IN (1083::oid,"
         " 1114::oid, 1184::oid, 1186::oid, 1266::oid) THEN CASE WHEN"
         " a.type_modifier = -1 THEN 6 ELSE a.type_modifier END ELSE NULL::int4"
         " END AS datetime_precision, NULL::varchar AS interval_type,"
         " NULL::int4 AS interval_precision, NULL::name AS character_set_catalog,"
         " NULL::name AS character_set_schema, NULL::name AS character_set_name,"
         " NULL::name AS collation_catalog, NULL::name AS collation_schema,"
         " NULL::name AS collation_name, NULL::name AS domain_catalog,"
         " NULL::name AS domain_schema, NULL::name AS domain_name,"
         " current_database() AS udt_catalog,"
         " CASE WHEN t.oid < 16384::oid THEN 'pg_catalog'::name ELSE"
         " 'mz_catalog'::name END AS udt_schema, t.name::name AS udt_name,"
         " NULL::name AS scope_catalog, NULL::name AS scope_schema,"
         " NULL::name AS scope_name, NULL::int4 AS maximum_cardinality,"
         " a.number::text::name AS dtd_identifier,"
         " 'NO'::varchar AS is_self_referencing,"
         " CASE WHEN a.identity <> '' THEN 'YES'::varchar ELSE 'NO'::varchar END AS "
         "is_identity,"
         " CASE a.identity WHEN 'a' THEN 'ALWAYS'::varchar WHEN 'd' THEN 'BY "
         "DEFAULT'::varchar ELSE NULL::varchar END AS identity_generation, NULL::varchar "
         "AS identity_start,"
         " NULL::varchar AS identity_increment, NULL::varchar AS identity_maximum,"
         " NULL::varchar AS identity_minimum, 'NO'::varchar AS identity_cycle,"
         " CASE WHEN a.generated <> '' THEN 'ALWAYS'::varchar ELSE 'NEVER'::varchar END "
         "AS is_generated,"
         " CASE WHEN a.generated <> '' THEN pg_get_expr(a.default_sql::pg_node_tree, "
         "a.relation_oid)::varchar ELSE NULL::varchar END AS generation_expression, "
         "'NO'::varchar AS is_updatable"
         " FROM mz_internal.base_columns a"
         " JOIN mz_internal.base_relations r ON r.oid = a.relation_oid"
         " JOIN mz_internal.base_types t ON t.oid = a.type_oid"
         " WHERE r.kind IN ('r', 'v', 'f', 'p')"),
    VIEW(information_schema, table_constraints, 13411,
         COLUMNS(NULLABLE(constraint_catalog, NAME), NULLABLE(constraint_schema, NAME),
                 NULLABLE(constraint_name, NAME), NULLABLE(table_catalog, NAME),
                 NULLABLE(table_schema, NAME), NULLABLE(table_name, NAME),
                 NULLABLE(constraint_type, VARCHAR), NULLABLE(is_deferrable, VARCHAR),
                 NULLABLE(initially_deferred, VARCHAR), NULLABLE(enforced, VARCHAR),
                 NULLABLE(nulls_distinct, VARCHAR)),
         "SELECT current_database() AS constraint_catalog,"
         " n.nspname AS constraint_schema, k.conname AS constraint_name,"
         " current_database() AS table_catalog, n.nspname AS table_schema,"
         " c.relname AS table_name,"
         " CASE k.contype WHEN 'c' THEN 'CHECK'::varchar WHEN 'f' THEN 'FOREIGN"
         " KEY'::varchar WHEN 'p' THEN 'PRIMARY KEY'::varchar ELSE"
         " 'UNIQUE'::varchar END AS constraint_type,"
         " CASE WHEN k.condeferrable THEN 'YES'::varchar ELSE 'NO'::varchar END AS"
         " is_deferrable,"
         " CASE WHEN k.condeferred THEN 'YES'::varchar ELSE 'NO'::varchar END AS"
         " initially_deferred, 'YES'::varchar AS enforced,"
         " NULL::varchar AS nulls_distinct"
         " FROM pg_catalog.pg_constraint k"
         " JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
         " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
         " WHERE k.contype IN ('c', 'f', 'p', 'u')"),
    VIEW(information_schema, key_column_usage, 13329,
         COLUMNS(NULLABLE(constraint_catalog, NAME), NULLABLE(constraint_schema, NAME),
                 NULLABLE(constraint_name, NAME), NULLABLE(table_catalog, NAME),
                 NULLABLE(table_schema, NAME), NULLABLE(table_name, NAME),
                 NULLABLE(column_name, NAME), NULLABLE(ordinal_position, INT4),
                 NULLABLE(position_in_unique_constraint, INT4)),
         "SELECT current_database() AS constraint_catalog,"
         " n.nspname AS constraint_schema, k.conname AS constraint_name,"
         " current_database() AS table_catalog, n.nspname AS table_schema,"
         " c.relname AS table_name, a.attname AS column_name,"
         " array_position(k.conkey, a.attnum) AS ordinal_position,"
         " CASE WHEN k.contype = 'f' THEN array_position(k.conkey, a.attnum) ELSE"
         " NULL::int4 END AS position_in_unique_constraint"
         " FROM pg_catalog.pg_constraint k"
         " JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
         " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
         " JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum"
         " = ANY (k.conkey)"
         " WHERE k.contype IN ('f', 'p', 'u')"),
    VIEW(information_schema, constraint_column_usage, 13300,
         COLUMNS(NULLABLE(table_catalog, NAME), NULLABLE(table_schema, NAME),
                 NULLABLE(table_name, NAME), NULLABLE(column_name, NAME),
                 NULLABLE(constraint_catalog, NAME), NULLABLE(constraint_schema, NAME),
                 NULLABLE(constraint_name, NAME)),
         "SELECT current_database() AS table_catalog, n.nspname AS table_schema,"
         " c.relname AS table_name, a.attname AS column_name,"
         " current_database() AS constraint_catalog,"
         " n.nspname AS constraint_schema, k.conname AS constraint_name"
         " FROM pg_catalog.pg_constraint k"
         " JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
         " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
         " JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum"
         " = ANY (k.conkey)"
         " WHERE k.contype IN ('c', 'p', 'u')"),
    VIEW(information_schema, referential_constraints, 13339,
         COLUMNS(NULLABLE(constraint_catalog, NAME), NULLABLE(constraint_schema, NAME),
                 NULLABLE(constraint_name, NAME),
                 NULLABLE(unique_constraint_catalog, NAME),
                 NULLABLE(unique_constraint_schema, NAME),
                 NULLABLE(unique_constraint_name, NAME), NULLABLE(match_option, VARCHAR),
                 NULLABLE(update_rule, VARCHAR), NULLABLE(delete_rule, VARCHAR)),
         "SELECT current_database() AS constraint_catalog,"
         " n.nspname AS constraint_schema, k.conname AS constraint_name,"
         " CASE WHEN m.nspname IS NULL THEN NULL::name ELSE current_database() END"
         " AS unique_constraint_catalog, m.nspname AS unique_constraint_schema,"
         " u.conname AS unique_constraint_name,"
         " CASE k.confmatchtype WHEN 'f' THEN 'FULL'::varchar WHEN 'p' THEN"
         " 'PARTIAL'::varchar ELSE 'NONE'::varchar END AS match_option,"
         " CASE k.confupdtype WHEN 'c' THEN 'CASCADE'::varchar WHEN 'n' THEN 'SET"
         " NULL'::varchar WHEN 'd' THEN 'SET DEFAULT'::varchar WHEN 'r' THEN"
         " 'RESTRICT'::varchar ELSE 'NO ACTION'::varchar END AS update_rule,"
         " CASE k.confdeltype WHEN 'c' THEN 'CASCADE'::varchar WHEN 'n' THEN 'SET"
         " NULL'::varchar WHEN 'd' THEN 'SET DEFAULT'::varchar WHEN 'r' THEN"
         " 'RESTRICT'::varchar ELSE 'NO ACTION'::varchar END AS delete_rule"
         " FROM pg_catalog.pg_constraint k"
         " JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace"
         " LEFT JOIN pg_catalog.pg_constraint u ON u.conrelid = k.confrelid AND"
         " u.conindid = k.conindid AND u.contype IN ('p', 'u')"
         " LEFT JOIN pg_catalog.pg_namespace m ON m.oid = u.connamespace"
         " WHERE k.contype = 'f'"),
    VIEW(information_schema, check_constraints, 13260,
         COLUMNS(NULLABLE(constraint_catalog, NAME), NULLABLE(constraint_schema, NAME),
                 NULLABLE(constraint_name, NAME), NULLABLE(check_clause, VARCHAR)),
         "SELECT current_database() AS constraint_catalog,"
         " n.nspname AS constraint_schema, k.conname AS constraint_name,"
         " pg_get_expr(k.conbin, k.conrelid)::varchar AS check_clause"
         " FROM pg_catalog.pg_constraint k"
         " JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace"
         " WHERE k.contype = 'c'"),
    VIEW(information_schema, routines, 13377,
         COLUMNS(
             NULLABLE(specific_catalog, NAME), NULLABLE(specific_schema, NAME),
             NULLABLE(specific_name, NAME), NULLABLE(routine_catalog, NAME),
             NULLABLE(routine_schema, NAME), NULLABLE(routine_name, NAME),
             NULLABLE(routine_type, VARCHAR), NULLABLE(module_catalog, NAME),
             NULLABLE(module_schema, NAME), NULLABLE(module_name, NAME),
             NULLABLE(udt_catalog, NAME), NULLABLE(udt_schema, NAME),
             NULLABLE(udt_name, NAME), NULLABLE(data_type, VARCHAR),
             NULLABLE(character_maximum_length, INT4),
             NULLABLE(character_octet_length, INT4),
             NULLABLE(character_set_catalog, NAME), NULLABLE(character_set_schema, NAME),
             NULLABLE(character_set_name, NAME), NULLABLE(collation_catalog, NAME),
             NULLABLE(collation_schema, NAME), NULLABLE(collation_name, NAME),
             NULLABLE(numeric_precision, INT4), NULLABLE(numeric_precision_radix, INT4),
             NULLABLE(numeric_scale, INT4), NULLABLE(datetime_precision, INT4),
             NULLABLE(interval_type, VARCHAR), NULLABLE(interval_precision, INT4),
             NULLABLE(type_udt_catalog, NAME), NULLABLE(type_udt_schema, NAME),
             NULLABLE(type_udt_name, NAME), NULLABLE(scope_catalog, NAME),
             NULLABLE(scope_schema, NAME), NULLABLE(scope_name, NAME),
             NULLABLE(maximum_cardinality, INT4), NULLABLE(dtd_identifier, NAME),
             NULLABLE(routine_body, VARCHAR), NULLABLE(routine_definition, VARCHAR),
             NULLABLE(external_name, VARCHAR), NULLABLE(external_language, VARCHAR),
             NULLABLE(parameter_style, VARCHAR), NULLABLE(is_deterministic, VARCHAR),
             NULLABLE(sql_data_access, VARCHAR), NULLABLE(is_null_call, VARCHAR),
             NULLABLE(sql_path, VARCHAR), NULLABLE(schema_level_routine, VARCHAR),
             NULLABLE(max_dynamic_result_sets, INT4),
             NULLABLE(is_user_defined_cast, VARCHAR),
             NULLABLE(is_implicitly_invocable, VARCHAR), NULLABLE(security_type, VARCHAR),
             NULLABLE(to_sql_specific_catalog, NAME),
             NULLABLE(to_sql_specific_schema, NAME), NULLABLE(to_sql_specific_name, NAME),
             NULLABLE(as_locator, VARCHAR), NULLABLE(created, TIMESTAMPTZ),
             NULLABLE(last_altered, TIMESTAMPTZ), NULLABLE(new_savepoint_level, VARCHAR),
             NULLABLE(is_udt_dependent, VARCHAR),
             NULLABLE(result_cast_from_data_type, VARCHAR),
             NULLABLE(result_cast_as_locator, VARCHAR),
             NULLABLE(result_cast_char_max_length, INT4),
             NULLABLE(result_cast_char_octet_length, INT4),
             NULLABLE(result_cast_char_set_catalog, NAME),
             NULLABLE(result_cast_char_set_schema, NAME),
             NULLABLE(result_cast_char_set_name, NAME),
             NULLABLE(result_cast_collation_catalog, NAME),
             NULLABLE(result_cast_collation_schema, NAME),
             NULLABLE(result_cast_collation_name, NAME),
             NULLABLE(result_cast_numeric_precision, INT4),
             NULLABLE(result_cast_numeric_precision_radix, INT4),
             NULLABLE(result_cast_numeric_scale, INT4),
             NULLABLE(result_cast_datetime_precision, INT4),
             NULLABLE(result_cast_interval_type, VARCHAR),
             NULLABLE(result_cast_interval_precision, INT4),
             NULLABLE(result_cast_type_udt_catalog, NAME),
             NULLABLE(result_cast_type_udt_schema, NAME),
             NULLABLE(result_cast_type_udt_name, NAME),
             NULLABLE(result_cast_scope_catalog, NAME),
             NULLABLE(result_cast_scope_schema, NAME),
             NULLABLE(result_cast_scope_name, NAME),
             NULLABLE(result_cast_maximum_cardinality, INT4),
             NULLABLE(result_cast_dtd_identifier, NAME)),
         "SELECT current_database() AS specific_catalog,"
         " n.nspname AS specific_schema,"
         " (p.proname::text || '_'::text || p.oid::text)::name AS specific_name,"
         " current_database() AS routine_catalog, n.nspname AS routine_schema,"
         " p.proname AS routine_name,"
         " CASE p.prokind WHEN 'f' THEN 'FUNCTION'::varchar ELSE"
         " 'PROCEDURE'::varchar END AS routine_type, NULL::name AS module_catalog,"
         " NULL::name AS module_schema, NULL::name AS module_name,"
         " NULL::name AS udt_catalog, NULL::name AS udt_schema,"
         " NULL::name AS udt_name,"
         " CASE WHEN t.category = 'A' AND t.length = -1 AND t.subscript_oid ="
         " 6179::oid THEN 'ARRAY'::varchar ELSE t.title::varchar END AS data_type,"
         " NULL::int4 AS character_maximum_length,"
         " NULL::int4 AS character_octet_length,"
         " NULL::name AS character_set_catalog,"
         " NULL::name AS character_set_schema, NULL::name AS character_set_name,"
         " NULL::name AS collation_catalog, NULL::name AS collation_schema,"
         " NULL::name AS collation_name, NULL::int4 AS numeric_precision,"
         " NULL::int4 AS numeric_precision_radix, NULL::int4 AS numeric_scale,"
         " NULL::int4 AS datetime_precision, NULL::varchar AS interval_type,"
         " NULL::int4 AS interval_precision,"
         " current_database() AS type_udt_catalog,"
         " CASE WHEN t.oid < 16384::oid THEN 'pg_catalog'::name ELSE"
         " 'mz_catalog'::name END AS type_udt_schema,"
         " t.name::name AS type_udt_name, NULL::name AS scope_catalog,"
         " NULL::name AS scope_schema, NULL::name AS scope_name,"
         " NULL::int4 AS maximum_cardinality, '0'::name AS dtd_identifier,"
         " 'EXTERNAL'::varchar AS routine_body,"
         " NULL::varchar AS routine_definition,"
         " p.prosrc::varchar AS external_name,"
         " 'INTERNAL'::varchar AS external_language,"
         " 'GENERAL'::varchar AS parameter_style,"
         " CASE WHEN p.provolatile = 'i' THEN 'YES'::varchar ELSE 'NO'::varchar"
         " END AS is_deterministic, 'MODIFIES'::varchar AS sql_data_access,"
         " CASE WHEN p.proisstrict THEN 'YES'::varchar ELSE 'NO'::varchar END AS"
         " is_null_call, NULL::varchar AS sql_path,"
         " 'YES'::varchar AS schema_level_routine, 0 AS max_dynamic_result_sets,"
         " NULL::varchar AS is_user_defined_cast,"
         " NULL::varchar AS is_implicitly_invocable,"
         " 'INVOKER'::varchar AS security_type,"
         " NULL::name AS to_sql_specific_catalog,"
         " NULL::name AS to_sql_specific_schema,"
         " NULL::name AS to_sql_specific_name, 'NO'::varchar AS as_locator,"
         " NULL::timestamptz AS created, NULL::timestamptz AS last_altered,"
         " NULL::varchar AS new_savepoint_level,"
         " 'NO'::varchar AS is_udt_dependent,"
         " NULL::varchar AS result_cast_from_data_type,"
         " NULL::varchar AS result_cast_as_locator,"
         " NULL::int4 AS result_cast_char_max_length,"
         " NULL::int4 AS result_cast_char_octet_length,"
         " NULL::name AS result_cast_char_set_catalog,"
         " NULL::name AS result_cast_char_set_schema,"
         " NULL::name AS result_cast_char_set_name,"
         " NULL::name AS result_cast_collation_catalog,"
         " NULL::name AS result_cast_collation_schema,"
         " NULL::name AS result_cast_collation_name,"
         " NULL::int4 AS result_cast_numeric_precision,"
         " NULL::int4 AS result_cast_numeric_precision_radix,"
         " NULL::int4 AS result_cast_numeric_scale,"
         " NULL::int4 AS result_cast_datetime_precision,"
         " NULL::varchar AS result_cast_interval_type,"
         " NULL::int4 AS result_cast_interval_precision,"
         " NULL::name AS result_cast_type_udt_catalog,"
         " NULL::name AS result_cast_type_udt_schema,"
         " NULL::name AS result_cast_type_udt_name,"
         " NULL::name AS result_cast_scope_catalog,"
         " NULL::name AS result_cast_scope_schema,"
         " NULL::name AS result_cast_scope_name,"
         " NULL::int4 AS result_cast_maximum_cardinality,"
         " NULL::name AS result_cast_dtd_identifier"
         " FROM pg_catalog.pg_proc p"
         " JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
         " JOIN mz_internal.base_types t ON t.oid = p.prorettype"
         " WHERE p.prokind IN ('f', 'p')"),
    VIEW(information_schema, enabled_roles, 13325, COLUMNS(NULLABLE(role_name, NAME)),
         "SELECT name::name AS role_name"
         " FROM mz_internal.base_roles"),
    VIEW(information_schema, applicable_roles, 13236,
         COLUMNS(NULLABLE(grantee, NAME), NULLABLE(role_name, NAME),
                 NULLABLE(is_grantable, VARCHAR)),
         "SELECT g.rolname AS grantee, r.rolname AS role_name,"
         " CASE WHEN m.admin_option THEN 'YES'::varchar ELSE 'NO'::varchar END AS"
         " is_grantable"
         " FROM pg_catalog.pg_auth_members m"
         " JOIN pg_catalog.pg_authid g ON g.oid = m.member"
         " JOIN pg_catalog.pg_authid r ON r.oid = m.roleid"),
    VIEW(information_schema, administrable_role_authorizations, 13241,
         COLUMNS(NULLABLE(grantee, NAME), NULLABLE(role_name, NAME),
                 NULLABLE(is_grantable, VARCHAR)),
         "SELECT grantee, role_name, is_grantable"
         " FROM information_schema.applicable_roles"
         " WHERE is_grantable = 'YES'"),
    VIEW(information_schema, table_privileges, 13416,
         COLUMNS(NULLABLE(grantor, NAME), NULLABLE(grantee, NAME),
                 NULLABLE(table_catalog, NAME), NULLABLE(table_schema, NAME),
                 NULLABLE(table_name, NAME), NULLABLE(privilege_type, VARCHAR),
                 NULLABLE(is_grantable, VARCHAR), NULLABLE(with_hierarchy, VARCHAR)),
         "SELECT o.name::name AS grantor, 'PUBLIC'::name AS grantee,"
         " current_database() AS table_catalog,"
         " r.schema_name::name AS table_schema, r.name::name AS table_name,"
         " 'SELECT'::varchar AS privilege_type, 'NO'::varchar AS is_grantable,"
         " 'YES'::varchar AS with_hierarchy"
         " FROM mz_internal.base_relations r"
         " JOIN mz_internal.base_roles o ON o.id = r.owner_id"),
    VIEW(information_schema, role_table_grants, 13421,
         COLUMNS(NULLABLE(grantor, NAME), NULLABLE(grantee, NAME),
                 NULLABLE(table_catalog, NAME), NULLABLE(table_schema, NAME),
                 NULLABLE(table_name, NAME), NULLABLE(privilege_type, VARCHAR),
                 NULLABLE(is_grantable, VARCHAR), NULLABLE(with_hierarchy, VARCHAR)),
         "SELECT o.name::name AS grantor, 'PUBLIC'::name AS grantee,"
         " current_database() AS table_catalog,"
         " r.schema_name::name AS table_schema, r.name::name AS table_name,"
         " 'SELECT'::varchar AS privilege_type, 'NO'::varchar AS is_grantable,"
         " 'YES'::varchar AS with_hierarchy"
         " FROM mz_internal.base_relations r"
         " JOIN mz_internal.base_roles o ON o.id = r.owner_id"),
    VIEW(information_schema, character_sets, 13250,
         COLUMNS(NULLABLE(character_set_catalog, NAME),
                 NULLABLE(character_set_schema, NAME), NULLABLE(character_set_name, NAME),
                 NULLABLE(character_repertoire, NAME), NULLABLE(form_of_use, NAME),
                 NULLABLE(default_collate_catalog, NAME),
                 NULLABLE(default_collate_schema, NAME),
                 NULLABLE(default_collate_name, NAME)),
         "SELECT NULL::name AS character_set_catalog,"
         " NULL::name AS character_set_schema, 'UTF8'::name AS character_set_name,"
         " 'UCS'::name AS character_repertoire, 'UTF8'::name AS form_of_use,"
         " current_database() AS default_collate_catalog,"
         " 'pg_catalog'::name AS default_collate_schema,"
         " 'C'::name AS default_collate_name"),
};
RELATION_TABLE(relation_standard);
