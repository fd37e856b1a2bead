/* server/cache: what is found again, and what goes first. */

#include "base/error.h"
#include "server/cache.h"
#include "support/unit.h"

/* A statement that is understood without a catalog. */
static struct prepared *make(const char *text)
{
    struct parsed_text *parsed = NULL;
    struct prepared *prepared = NULL;
    struct bind_surroundings surroundings = {0};
    struct prepared_request request = {0};
    struct error err;

    error_clear(&err);
    assert_int_equal(parsed_text_new(bytes_of_text(text), &parsed, &err), RC_OK);
    request.source.parsed = parsed;
    request.source.statement = parsed->statements.items[0];
    assert_int_equal(prepared_new(&request, &surroundings, &prepared, &err), RC_OK);
    parsed_text_unref(&parsed);
    return prepared;
}

static bool has(struct statement_cache *cache, const char *text, uint64_t path)
{
    struct prepared *found = statement_cache_find(cache, bytes_of_text(text), path);
    bool is_there = found != NULL;

    prepared_unref(&found);
    return is_there;
}

static void put(struct statement_cache *cache, const char *text, uint64_t path)
{
    struct prepared *prepared = make("BEGIN");

    statement_cache_put(cache, bytes_of_text(text), path, prepared);
    prepared_unref(&prepared);
}

static void text_and_path_are_the_key(void **state)
{
    struct statement_cache *cache = statement_cache_new();

    (void)state;
    put(cache, "a", 1);
    assert_true(has(cache, "a", 1));
    assert_false(has(cache, "a", 2));
    assert_false(has(cache, "b", 1));
    put(cache, "a", 1); /* replaces */
    assert_true(has(cache, "a", 1));
    statement_cache_free(&cache);
}

static void the_least_lately_used_goes(void **state)
{
    struct statement_cache *cache = statement_cache_new();
    char text[32];

    (void)state;
    for (int i = 0; i < STATEMENT_CACHE_ENTRIES; i++) {
        snprintf(text, sizeof text, "statement %d", i);
        put(cache, text, 1);
    }
    assert_true(has(cache, "statement 0", 1)); /* used now */
    put(cache, "one more", 1);
    assert_true(has(cache, "statement 0", 1));
    assert_false(has(cache, "statement 1", 1));
    assert_true(has(cache, "one more", 1));
    statement_cache_free(&cache);
}

static void long_texts_are_not_kept(void **state)
{
    struct statement_cache *cache = statement_cache_new();
    char text[STATEMENT_CACHE_TEXT_MAX + 2];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    put(cache, text, 1);
    assert_false(has(cache, text, 1));
    statement_cache_free(&cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_path_are_the_key),
        cmocka_unit_test(the_least_lately_used_goes),
        cmocka_unit_test(long_texts_are_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
