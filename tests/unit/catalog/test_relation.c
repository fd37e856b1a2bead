/* What is written down about the system relations is sane. */
#include "catalog/relation.h"
#include "sql/types/type.h"
#include "support/unit.h"

enum { RELATIONS_MAX = 1000, NAME_MAX_BYTES = 63, FIRST_USER_OID = 20000 };

static const char *const schemas[] = {"pg_catalog", "information_schema", "mz_catalog",
                                      "mz_internal"};

static void names_and_oids_are_unique(void **state)
{
    const struct system_relation *relation = NULL;
    const struct system_relation *other = NULL;
    size_t count = 0;

    (void)state;
    for (; (relation = system_relation_at(count)) != NULL; count++) {
        assert_in_range(relation->oid, 1, FIRST_USER_OID - 1);
        assert_true(strlen(relation->name) <= NAME_MAX_BYTES);
        assert_ptr_equal(system_relation_find(relation->schema, relation->name),
                         relation);
        for (size_t i = 0; i < count; i++) {
            other = system_relation_at(i);
            if (other->oid == relation->oid)
                fail_msg("%s and %s have OID %u", other->name, relation->name,
                         relation->oid);
        }
    }
    assert_in_range(count, 150, RELATIONS_MAX);
    assert_null(system_relation_at(count + 1));
    assert_null(system_relation_find("pg_catalog", "mz_connections"));
    assert_null(system_relation_find("mz_catalog", "no such relation"));
}

static void oids_and_ids_of_types_differ(void **state)
{
    const struct system_relation *relation = NULL;

    (void)state;
    for (size_t i = 0; (relation = system_relation_at(i)) != NULL; i++)
        assert_null(type_find_oid(relation->oid)); /* both make ids of the form s<OID> */
}

static void base_relations_come_first(void **state)
{
    const struct system_relation *relation = NULL;
    bool seen_view = false;

    (void)state;
    for (size_t i = 0; (relation = system_relation_at(i)) != NULL; i++) {
        bool is_view = relation->kind == SYSTEM_RELATION_VIEW;

        assert_int_equal(relation->rows != NULL, relation->kind == SYSTEM_RELATION_BASE);
        assert_int_equal(relation->view_sql != NULL, is_view);
        assert_true(is_view || !seen_view);
        seen_view = seen_view || is_view;
    }
}

static void schemas_are_the_catalogs(void **state)
{
    const struct system_relation *relation = NULL;

    (void)state;
    for (size_t i = 0; (relation = system_relation_at(i)) != NULL; i++) {
        size_t at = 0;

        while (at < ARRAY_COUNT(schemas) && strcmp(schemas[at], relation->schema) != 0)
            at++;
        assert_true(at < ARRAY_COUNT(schemas));
    }
}

static void columns_are_sane(void **state)
{
    const struct system_relation *relation = NULL;

    (void)state;
    for (size_t i = 0; (relation = system_relation_at(i)) != NULL; i++) {
        assert_true(relation->column_count > 0);
        for (size_t j = 0; j < relation->column_count; j++) {
            const struct type *type = type_find_oid(relation->columns[j].type_oid);

            assert_non_null(type);
            assert_int_equal(type->kind, 'b'); /* a type that has values */
            for (size_t k = 0; k < j; k++)
                if (strcmp(relation->columns[j].name, relation->columns[k].name) == 0)
                    fail_msg("%s has %s twice", relation->name,
                             relation->columns[j].name);
        }
    }
}

/* `at` is what follows "schema." in a query. */
static bool names_a_relation(const char *at, const char *schema)
{
    char name[NAME_MAX_BYTES + 1];
    size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_");

    assert_in_range(len, 1, NAME_MAX_BYTES);
    memcpy(name, at, len);
    name[len] = '\0';
    return system_relation_find(schema, name) != NULL;
}

static void views_stand_over_relations_that_exist(void **state)
{
    const struct system_relation *relation = NULL;

    (void)state;
    for (size_t i = 0; (relation = system_relation_at(i)) != NULL; i++) {
        size_t count = 0;

        if (relation->kind != SYSTEM_RELATION_VIEW)
            continue;
        for (size_t j = 0; j < ARRAY_COUNT(schemas); j++) {
            const char *at = relation->view_sql;
            size_t len = strlen(schemas[j]);

            for (; (at = strstr(at, schemas[j])) != NULL; at += len) {
                if (at[len] != '.')
                    continue;
                if (!names_a_relation(at + len + 1, schemas[j]))
                    fail_msg("%s names what is not: %s", relation->name, at);
                count++;
            }
        }
        assert_true(count > 0 || strstr(relation->view_sql, "FROM (VALUES") != NULL ||
                    strstr(relation->view_sql, "FROM") == NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_oids_are_unique),
        cmocka_unit_test(oids_and_ids_of_types_differ),
        cmocka_unit_test(base_relations_come_first),
        cmocka_unit_test(schemas_are_the_catalogs),
        cmocka_unit_test(columns_are_sane),
        cmocka_unit_test(views_stand_over_relations_that_exist),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
