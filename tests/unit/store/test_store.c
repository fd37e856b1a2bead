#include <fcntl.h>
#include <sys/stat.h>

#include "store/check.h"
#include "store/counter.h"
#include "unit/store/store_fixture.h"

static void makes_a_store_and_finds_it_again(void **state)
{
    struct fixture fixture;
    uint8_t id[STORE_CLUSTER_ID_LEN];
    struct stat found;
    (void)state;

    fixture_init(&fixture);
    assert_int_equal(store_format_version(fixture.store), 1);
    memcpy(id, store_cluster_id(fixture.store).at, sizeof(id));
    put_alone(&fixture, "a", "1");
    uint64_t epoch = store_epoch(fixture.store);
    fixture_reopen(&fixture);
    assert_memory_equal(id, store_cluster_id(fixture.store).at, sizeof(id));
    assert_true(store_epoch(fixture.store) == epoch);
    assert_true(store_space_epoch(fixture.store, 'a') == epoch);
    struct store_transaction *transaction = fixture_begin(&fixture, STORE_READ_COMMITTED);
    holds(transaction, "a", "1");
    store_transaction_abort(&transaction);
    assert_int_equal(stat(fixture.path, &found), 0);
    fixture_fini(&fixture);
}

static void refuses_a_second_opening(void **state)
{
    struct fixture fixture;
    struct store *second = NULL;
    (void)state;

    fixture_init(&fixture);
    assert_int_equal(store_open(fixture.path, NULL, &second, &fixture.err), RC_FAILED);
    assert_int_equal(fixture.err.state, SQLSTATE_OBJECT_IN_USE);
    assert_non_null(strstr(fixture.err.hint, "PID"));
    assert_null(second);
    fixture_fini(&fixture);
}

static void refuses_what_is_not_there(void **state)
{
    struct store *store = NULL;
    struct store_options options = {.must_exist = true};
    struct error err;
    (void)state;

    assert_int_equal(store_open("/nonexistent/store", &options, &store, &err), RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_IO_ERROR);
    assert_int_equal(store_open("/nonexistent/store", NULL, &store, &err), RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_IO_ERROR);
}

static enum rc add_key(struct store_transaction *transaction, struct error *err)
{
    return store_put(transaction, bytes_of_text("upgraded"), bytes_of_text("yes"), err);
}

static enum rc break_down(struct store_transaction *transaction, struct error *err)
{
    TRY(store_put(transaction, bytes_of_text("half"), bytes_of_text("yes"), err));
    return error_set(err, SQLSTATE_DATA_CORRUPTED, "cannot");
}

static void upgrades_step_by_step(void **state)
{
    static const struct store_upgrade good[] = {{"add a key", add_key}};
    static const struct store_upgrade bad[] = {{"add a key", add_key},
                                               {"break", break_down}};
    struct store_options options = fixture_options;
    struct fixture fixture;
    (void)state;

    fixture_init(&fixture);
    put_alone(&fixture, "a", "1");
    store_close(&fixture.store);
    options.upgrades = bad;
    options.upgrade_count = 2;
    assert_int_equal(store_open(fixture.path, &options, &fixture.store, &fixture.err),
                     RC_FAILED);
    assert_int_equal(fixture.err.state, SQLSTATE_DATA_CORRUPTED);
    options.upgrades = good;
    options.upgrade_count = 1;
    options.must_be_current = true; /* the first step has stayed */
    fixture_open(&fixture, &options);
    assert_int_equal(store_format_version(fixture.store), 2);
    struct store_transaction *transaction = fixture_begin(&fixture, STORE_READ_COMMITTED);
    holds(transaction, "upgraded", "yes");
    holds(transaction, "half", NULL);
    store_transaction_abort(&transaction);
    store_close(&fixture.store);
    assert_int_equal(
        store_open(fixture.path, &fixture_options, &fixture.store, &fixture.err),
        RC_FAILED);
    assert_int_equal(fixture.err.state, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE);
    fixture_fini(&fixture);
}

static void counts_reader_slots(void **state)
{
    struct fixture fixture;
    struct store_transaction *held[16];
    struct store_statistics statistics;
    (void)state;

    fixture_init(&fixture);
    for (size_t i = 0; i < ARRAY_COUNT(held); i++)
        held[i] = fixture_begin(&fixture, STORE_REPEATABLE_READ);
    struct store_transaction *late =
        store_transaction_begin(fixture.store, STORE_READ_COMMITTED);
    assert_int_equal(store_transaction_statement(late, &fixture.err), RC_FAILED);
    assert_int_equal(fixture.err.state, SQLSTATE_TOO_MANY_CONNECTIONS);
    store_transaction_idle(held[0]); /* keeps its snapshot: REPEATABLE READ */
    assert_int_equal(store_transaction_statement(late, &fixture.err), RC_FAILED);
    store_transaction_abort(&held[0]);
    assert_int_equal(store_transaction_statement(late, &fixture.err), RC_OK);
    store_transaction_idle(late);
    assert_int_equal(store_statistics_read(fixture.store, &statistics, &fixture.err),
                     RC_OK);
    assert_int_equal(statistics.snapshot_count, 15);
    assert_int_equal(statistics.snapshot_limit, 16);
    assert_true(statistics.entry_count == 1 && statistics.page_count > 2);
    store_transaction_abort(&late);
    for (size_t i = 1; i < ARRAY_COUNT(held); i++)
        store_transaction_abort(&held[i]);
    fixture_fini(&fixture);
}

struct seen {
    size_t count;
    uint64_t transaction_id;
    uint64_t epoch;
};

static void see(void *argument, uint64_t transaction_id, uint64_t epoch, int64_t age_us)
{
    struct seen *seen = argument;

    assert_true(age_us >= 0);
    seen->count++;
    seen->transaction_id = transaction_id;
    seen->epoch = epoch;
}

static void lists_snapshots(void **state)
{
    struct fixture fixture;
    struct seen seen = {0};
    (void)state;

    fixture_init(&fixture);
    struct store_transaction *held = fixture_begin(&fixture, STORE_REPEATABLE_READ);
    uint64_t epoch = store_epoch(fixture.store);
    put_alone(&fixture, "a", "1");
    store_each_snapshot(fixture.store, see, &seen);
    assert_int_equal(seen.count, 1);
    assert_true(seen.transaction_id == store_transaction_id(held));
    assert_true(seen.epoch == epoch && store_epoch(fixture.store) == epoch + 1);
    store_transaction_abort(&held);
    fixture_fini(&fixture);
}

static void tells_what_may_be_cached(void **state)
{
    struct fixture fixture;
    (void)state;

    fixture_init(&fixture);
    put_alone(&fixture, "a", "1");
    struct store_transaction *reader = fixture_begin(&fixture, STORE_REPEATABLE_READ);
    uint64_t epoch = store_transaction_epoch(reader, 'a');
    assert_true(epoch != 0 && epoch == store_space_epoch(fixture.store, 'a'));
    put_alone(&fixture, "b", "1"); /* another space */
    assert_true(store_transaction_epoch(reader, 'a') == epoch);
    assert_true(store_transaction_epoch(reader, 'b') == 0); /* older than the change */
    struct store_mark mark = store_savepoint(reader);
    put(reader, "a2", "1");
    assert_true(store_transaction_epoch(reader, 'a') == 0); /* its own edit */
    store_rollback_to(reader, mark);
    assert_true(store_transaction_epoch(reader, 'a') == epoch);
    put_alone(&fixture, "a", "2");
    assert_true(store_transaction_epoch(reader, 'a') == 0);
    store_transaction_abort(&reader);
    reader = fixture_begin(&fixture, STORE_READ_COMMITTED);
    assert_true(store_transaction_epoch(reader, 'a') == store_epoch(fixture.store));
    store_transaction_abort(&reader);
    fixture_fini(&fixture);
}

static uint64_t take(struct store_transaction *transaction, const char *name)
{
    struct error err;
    uint64_t number = 0;

    assert_int_equal(store_next_id(transaction, name, &number, &err), RC_OK);
    return number;
}

static void counters_never_repeat_what_was_committed(void **state)
{
    struct fixture fixture;
    (void)state;

    fixture_init(&fixture);
    struct store_transaction *first = fixture_begin(&fixture, STORE_REPEATABLE_READ);
    struct store_transaction *second = fixture_begin(&fixture, STORE_REPEATABLE_READ);
    assert_true(take(first, "object") == 1);
    assert_true(take(second, "object") == 2);
    assert_true(take(first, "other") == 1);
    put(first, "a", "1");
    put(second, "b", "2");
    commit(&fixture, &second); /* the later number lands first */
    commit(&fixture, &first);
    struct store_transaction *lost = fixture_begin(&fixture, STORE_READ_COMMITTED);
    assert_true(take(lost, "object") == 3);
    store_transaction_abort(&lost);
    struct store_transaction *third = fixture_begin(&fixture, STORE_READ_COMMITTED);
    assert_true(take(third, "object") == 4);
    store_transaction_abort(&third);
    fixture_reopen(&fixture);
    third = fixture_begin(&fixture, STORE_READ_COMMITTED);
    assert_true(take(third, "object") == 3); /* nobody has used it */
    assert_true(take(third, "other") == 2);
    put(third, "c", "3");
    commit(&fixture, &third);
    fixture_reopen(&fixture);
    third = fixture_begin(&fixture, STORE_READ_COMMITTED);
    assert_true(take(third, "object") == 4);
    store_transaction_abort(&third);
    fixture_fini(&fixture);
}

static enum rc count_visit(void *argument, struct bytes key, struct bytes value,
                           store_check_report *report, void *report_argument)
{
    (void)value;
    *(size_t *)argument += 1;
    if (key.len == 4)
        report(report_argument, "four");
    return RC_OK;
}

static enum rc look_up(void *argument, struct store_transaction *transaction,
                       store_check_report *report, void *report_argument,
                       struct error *err)
{
    struct bytes value;
    (void)argument;

    if (store_get(transaction, bytes_of_text("k1"), &value, err) != RC_OK)
        report(report_argument, "k1 is missing");
    return RC_OK;
}

static void check_walks_everything(void **state)
{
    struct fixture fixture;
    size_t visited = 0;
    size_t faults = 0;
    struct store_check_hook hook = {&visited, 'k', 'k', count_visit, look_up};
    struct store_check check = {
        .options = &fixture_options, .hooks = &hook, .hook_count = 1};
    static const char big[20000] = {'x'};
    (void)state;

    fixture_init(&fixture);
    for (unsigned i = 1; i < 1000; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%u", i);
        put_alone(&fixture, key, i % 7 == 0 ? "" : key);
    }
    struct store_transaction *transaction = fixture_begin(&fixture, STORE_READ_COMMITTED);
    assert_int_equal(store_put(transaction, bytes_of_text("big"),
                               bytes_of(big, sizeof(big)), &fixture.err),
                     RC_OK);
    (void)take(transaction, "counter");
    commit(&fixture, &transaction);
    assert_int_equal(store_check_run(fixture.path, &check, &faults, &fixture.err),
                     RC_FAILED); /* it is open */
    assert_int_equal(fixture.err.state, SQLSTATE_OBJECT_IN_USE);
    store_close(&fixture.store);
    assert_int_equal(store_check_run(fixture.path, &check, &faults, &fixture.err), RC_OK);
    assert_int_equal(visited, 999);
    assert_int_equal(faults, 900); /* k100 to k999, by the hook; none of the store's */
    fixture_fini(&fixture);
}

static void check_finds_a_spoilt_file(void **state)
{
    struct fixture fixture;
    size_t faults = 0;
    struct store_check check = {.options = &fixture_options};
    char file[128];
    (void)state;

    fixture_init(&fixture);
    put_alone(&fixture, "a", "1");
    store_close(&fixture.store);
    (void)snprintf(file, sizeof(file), "%s/data.mdb", fixture.path);
    int data = open(file, O_RDWR);
    assert_true(data >= 0);
    static const uint8_t junk[8192] = {0xEE};
    assert_int_equal(pwrite(data, junk, sizeof(junk), 0), sizeof(junk));
    close(data);
    assert_int_equal(store_check_run(fixture.path, &check, &faults, &fixture.err),
                     RC_FAILED);
    assert_int_equal(fixture.err.state, SQLSTATE_DATA_CORRUPTED);
    fixture_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_a_store_and_finds_it_again),
        cmocka_unit_test(refuses_a_second_opening),
        cmocka_unit_test(refuses_what_is_not_there),
        cmocka_unit_test(upgrades_step_by_step),
        cmocka_unit_test(counts_reader_slots),
        cmocka_unit_test(lists_snapshots),
        cmocka_unit_test(tells_what_may_be_cached),
        cmocka_unit_test(counters_never_repeat_what_was_committed),
        cmocka_unit_test(check_walks_everything),
        cmocka_unit_test(check_finds_a_spoilt_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
