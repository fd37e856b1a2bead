#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "base/memory.h"
#include "store/check.h"
#include "store/writer_internal.h"
#include "unit/store/store_fixture.h"

/* ---- conditions ---- */

static void expectations_are_tested_at_commit(void **state)
{
    struct fixture fixture;
    struct bytes a = bytes_of_text("a");
    (void)state;

    fixture_init(&fixture);
    struct store_transaction *first = fixture_begin(&fixture, STORE_READ_COMMITTED);
    struct store_transaction *second = fixture_begin(&fixture, STORE_READ_COMMITTED);
    struct store_transaction *third = fixture_begin(&fixture, STORE_READ_COMMITTED);
    assert_int_equal(store_expect_absent(first, a, &fixture.err), RC_OK);
    assert_int_equal(store_expect_absent(second, a, &fixture.err), RC_OK);
    assert_int_equal(store_expect_unchanged(third, a, &fixture.err), RC_OK);
    put(first, "a", "1");
    put(second, "b", "1");
    put(third, "c", "1");
    commit(&fixture, &first);
    commit_fails(&fixture, &second, SQLSTATE_SERIALIZATION_FAILURE);
    commit_fails(&fixture, &third, SQLSTATE_SERIALIZATION_FAILURE);
    first = fixture_begin(&fixture, STORE_READ_COMMITTED);
    second = fixture_begin(&fixture, STORE_READ_COMMITTED);
    assert_int_equal(store_expect_unchanged(first, a, &fixture.err), RC_OK);
    assert_int_equal(store_expect_unchanged(second, a, &fixture.err), RC_OK);
    put(first, "a", "2");
    commit(&fixture, &first);
    commit_fails(&fixture, &second, SQLSTATE_SERIALIZATION_FAILURE); /* no edits */
    first = fixture_begin(&fixture, STORE_READ_COMMITTED);
    holds_range(first, "", "", STORE_FORWARD, "a=2 ");
    store_transaction_abort(&first);
    fixture_fini(&fixture);
}

static void a_rollback_drops_expectations(void **state)
{
    struct fixture fixture;
    (void)state;

    fixture_init(&fixture);
    put_alone(&fixture, "a", "1");
    struct store_transaction *writer = fixture_begin(&fixture, STORE_READ_COMMITTED);
    struct store_mark mark = store_savepoint(writer);
    assert_int_equal(store_expect_absent(writer, bytes_of_text("a"), &fixture.err),
                     RC_OK);
    store_rollback_to(writer, mark);
    put(writer, "b", "1");
    commit(&fixture, &writer);
    fixture_fini(&fixture);
}

static void repeatable_read_refuses_changed_keys(void **state)
{
    struct fixture fixture;
    (void)state;

    fixture_init(&fixture);
    put_alone(&fixture, "a", "1");
    put_alone(&fixture, "b", "1");
    struct store_transaction *late = fixture_begin(&fixture, STORE_REPEATABLE_READ);
    struct store_transaction *fine = fixture_begin(&fixture, STORE_REPEATABLE_READ);
    struct store_transaction *blind =
        store_transaction_begin(fixture.store, STORE_REPEATABLE_READ);
    put(blind, "a", "blind");
    put_alone(&fixture, "a", "2");
    put(late, "a", "3");
    put(fine, "b", "3");
    commit_fails(&fixture, &late, SQLSTATE_SERIALIZATION_FAILURE);
    commit_fails(&fixture, &blind, SQLSTATE_SERIALIZATION_FAILURE);
    commit(&fixture, &fine);
    fixture_fini(&fixture);
}

/* Each reads what the other writes: alone each would be right, together they are not. */
static void write_skew(struct fixture *fixture, enum store_isolation isolation,
                       bool is_allowed)
{
    struct store_transaction *first = fixture_begin(fixture, isolation);
    struct store_transaction *second = fixture_begin(fixture, isolation);

    holds(first, "sa", "on");
    holds(second, "sb", "on");
    put(first, "sb", "off");
    put(second, "sa", "off");
    commit(fixture, &first);
    if (is_allowed)
        commit(fixture, &second);
    else
        commit_fails(fixture, &second, SQLSTATE_SERIALIZATION_FAILURE);
}

static void serializable_validates_what_was_read(void **state)
{
    struct fixture fixture;
    (void)state;

    fixture_init(&fixture);
    put_alone(&fixture, "sa", "on");
    put_alone(&fixture, "sb", "on");
    write_skew(&fixture, STORE_REPEATABLE_READ, true);
    put_alone(&fixture, "sa", "on");
    put_alone(&fixture, "sb", "on");
    write_skew(&fixture, STORE_SERIALIZABLE, false);
    fixture_fini(&fixture);
}

static struct store_transaction *scan_first(struct fixture *fixture, const char *lower,
                                            const char *upper,
                                            enum store_direction direction)
{
    struct store_transaction *reader = fixture_begin(fixture, STORE_SERIALIZABLE);
    struct store_range range = {bytes_of_text(lower), bytes_of_text(upper)};
    struct store_cursor *cursor = NULL;
    struct bytes key;

    assert_int_equal(store_cursor_open(reader, range, direction, &cursor, &fixture->err),
                     RC_OK);
    assert_int_equal(store_cursor_next(cursor, &key, NULL, &fixture->err), RC_OK);
    store_cursor_close(&cursor);
    put(reader, "z", "1");
    return reader;
}

static void serializable_sees_phantoms_where_it_has_read(void **state)
{
    struct fixture fixture;
    (void)state;

    fixture_init(&fixture);
    put_alone(&fixture, "p3", "1");
    put_alone(&fixture, "p7", "1");
    struct store_transaction *whole = fixture_begin(&fixture, STORE_SERIALIZABLE);
    holds_range(whole, "p1", "p9", STORE_FORWARD, "p3=1 p7=1 ");
    put(whole, "y", "1");
    struct store_transaction *up = scan_first(&fixture, "p1", "p9", STORE_FORWARD);
    struct store_transaction *down = scan_first(&fixture, "p1", "p9", STORE_BACKWARD);
    put_alone(&fixture, "p5", "1");
    commit_fails(&fixture, &whole, SQLSTATE_SERIALIZATION_FAILURE);
    commit(&fixture, &up); /* it had read no further than p3 */
    store_transaction_abort(&down);
    up = scan_first(&fixture, "p1", "p9", STORE_FORWARD);
    put_alone(&fixture, "p2", "1");
    commit_fails(&fixture, &up, SQLSTATE_SERIALIZATION_FAILURE);
    /* Reading alone, it is right as of its snapshot. */
    whole = fixture_begin(&fixture, STORE_SERIALIZABLE);
    holds(whole, "p2", "1");
    put_alone(&fixture, "p2", "2");
    commit(&fixture, &whole);
    fixture_fini(&fixture);
}

/* ---- groups ---- */

struct result {
    pthread_mutex_t *mutex;
    pthread_cond_t *changed;
    int *open_count;
    enum rc rc;
    enum sqlstate state;
};

static void keep_result(void *argument, enum rc rc, const struct error *err)
{
    struct result *result = argument;

    pthread_mutex_lock(result->mutex);
    result->rc = rc;
    result->state = err->state;
    *result->open_count -= 1;
    pthread_cond_signal(result->changed);
    pthread_mutex_unlock(result->mutex);
}

enum { GROUP = 8 };

struct group_test {
    struct fixture fixture;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int open_count;
    struct result results[GROUP];
};

static void group_init(struct group_test *test, const struct store_options *options)
{
    memset(test, 0, sizeof(*test));
    fixture_path(&test->fixture);
    fixture_open(&test->fixture, options);
    pthread_mutex_init(&test->mutex, NULL);
    pthread_cond_init(&test->changed, NULL);
}

static void group_send(struct group_test *test, size_t at,
                       struct store_transaction **transaction)
{
    test->results[at] = (struct result){.mutex = &test->mutex,
                                        .changed = &test->changed,
                                        .open_count = &test->open_count};
    pthread_mutex_lock(&test->mutex);
    test->open_count++;
    pthread_mutex_unlock(&test->mutex);
    store_commit(transaction, keep_result, &test->results[at]);
    assert_null(*transaction);
}

static void group_wait(struct group_test *test)
{
    pthread_mutex_lock(&test->mutex);
    while (test->open_count > 0)
        pthread_cond_wait(&test->changed, &test->mutex);
    pthread_mutex_unlock(&test->mutex);
}

static void group_fini(struct group_test *test)
{
    fixture_fini(&test->fixture);
    pthread_mutex_destroy(&test->mutex);
    pthread_cond_destroy(&test->changed);
}

static void waiting_commits_share_one_sync(void **state)
{
    struct group_test test;
    struct store_statistics before;
    struct store_statistics after;
    (void)state;

    group_init(&test, &fixture_options);
    struct fixture *fixture = &test.fixture;
    assert_int_equal(store_statistics_read(fixture->store, &before, &fixture->err),
                     RC_OK);
    writer_pause_for_test(fixture->store, true);
    for (size_t i = 0; i < GROUP; i++) {
        struct store_transaction *writer = fixture_begin(fixture, STORE_READ_COMMITTED);
        char key[] = {'g', (char)('a' + i), '\0'};
        put(writer, key, "1");
        /* All want "one" to be absent, and make it: only the first can have it. */
        if (i >= GROUP - 3) {
            assert_int_equal(
                store_expect_absent(writer, bytes_of_text("one"), &fixture->err), RC_OK);
            put(writer, "one", "1");
        }
        group_send(&test, i, &writer);
    }
    writer_pause_for_test(fixture->store, false);
    group_wait(&test);
    for (size_t i = 0; i < GROUP; i++)
        assert_int_equal(test.results[i].rc, i < GROUP - 2 ? RC_OK : RC_FAILED);
    assert_int_equal(test.results[GROUP - 1].state, SQLSTATE_SERIALIZATION_FAILURE);
    assert_int_equal(store_statistics_read(fixture->store, &after, &fixture->err), RC_OK);
    assert_true(after.write_count - before.write_count == 1);
    assert_true(after.commit_count - before.commit_count == GROUP - 2);
    struct store_transaction *reader = fixture_begin(fixture, STORE_READ_COMMITTED);
    holds_range(reader, "g", "h", STORE_FORWARD, "ga=1 gb=1 gc=1 gd=1 ge=1 gf=1 ");
    store_transaction_abort(&reader);
    group_fini(&test);
}

static void one_that_is_too_large_takes_no_other_with_it(void **state)
{
    struct group_test test;
    struct store_options options = fixture_options;
    size_t size = (size_t)700 * 1024;
    uint8_t *block = mem_alloc(size);
    (void)state;

    options.map_size = (size_t)512 * 1024;
    group_init(&test, &options);
    struct fixture *fixture = &test.fixture;
    writer_pause_for_test(fixture->store, true);
    for (size_t i = 0; i < 4; i++) {
        struct store_transaction *writer = fixture_begin(fixture, STORE_READ_COMMITTED);
        char key[] = {'s', (char)('a' + i), '\0'};
        put(writer, key, "1");
        if (i == 1)
            assert_int_equal(store_put(writer, bytes_of_text("big"),
                                       bytes_of(block, size), &fixture->err),
                             RC_OK);
        group_send(&test, i, &writer);
    }
    writer_pause_for_test(fixture->store, false);
    group_wait(&test);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(test.results[i].rc, i == 1 ? RC_FAILED : RC_OK);
    assert_int_equal(test.results[1].state, SQLSTATE_DISK_FULL);
    struct store_transaction *reader = fixture_begin(fixture, STORE_READ_COMMITTED);
    holds_range(reader, "s", "t", STORE_FORWARD, "sa=1 sc=1 sd=1 ");
    assert_true(store_transaction_epoch(reader, 's') != 0);
    store_transaction_abort(&reader);
    put_alone(fixture, "more", "1");
    group_fini(&test);
    mem_free(block);
}

/* A limit of the process stands in for the disk's. A write that it takes only in part is
 * an I/O error to LMDB. */
static void a_full_disk_stops_writing_and_not_reading(void **state)
{
    struct fixture fixture;
    struct rlimit limit;
    enum rc rc = RC_OK;
    static const uint8_t block[40000] = {'x'};
    (void)state;

    fixture_init(&fixture);
    put_alone(&fixture, "a", "1");
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit tight = {.rlim_cur = (rlim_t)256 * 1024, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    for (char at = 'a'; at <= 'z' && rc == RC_OK; at++) {
        char key[] = {'k', at};
        struct store_transaction *writer = fixture_begin(&fixture, STORE_READ_COMMITTED);
        assert_int_equal(store_put(writer, bytes_of(key, sizeof(key)),
                                   bytes_of(block, sizeof(block)), &fixture.err),
                         RC_OK);
        rc = store_commit_wait(&writer, &fixture.err);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(rc, RC_FAILED);
    assert_true(fixture.err.state == SQLSTATE_DISK_FULL ||
                fixture.err.state == SQLSTATE_IO_ERROR);
    struct store_transaction *reader = fixture_begin(&fixture, STORE_READ_COMMITTED);
    holds(reader, "a", "1");
    store_transaction_abort(&reader);
    put_alone(&fixture, "a", "2"); /* there is room again */
    fixture_fini(&fixture);
}

static void nothing_to_write_ends_at_once(void **state)
{
    struct group_test test;
    (void)state;

    group_init(&test, &fixture_options);
    struct store_transaction *empty = fixture_begin(&test.fixture, STORE_SERIALIZABLE);
    writer_pause_for_test(test.fixture.store, true);
    group_send(&test, 0, &empty);
    assert_int_equal(test.open_count, 0);
    assert_int_equal(test.results[0].rc, RC_OK);
    writer_pause_for_test(test.fixture.store, false);
    group_fini(&test);
}

/* LMDB writes nothing then, and its number does not grow: ours must not either. */
static void removing_what_is_absent_changes_no_epoch(void **state)
{
    struct fixture fixture;
    struct bytes key = bytes_of_text("a");
    (void)state;

    fixture_init(&fixture);
    uint64_t epoch = store_epoch(fixture.store);
    struct store_transaction *writer = fixture_begin(&fixture, STORE_READ_COMMITTED);
    assert_int_equal(
        store_lock(writer, key, STORE_LOCK_EXCLUSIVE, STORE_LOCK_WAIT, &fixture.err),
        RC_OK);
    del(writer, "a");
    commit(&fixture, &writer);
    assert_true(store_epoch(fixture.store) == epoch);
    writer = fixture_begin(&fixture, STORE_SERIALIZABLE);
    assert_true(store_transaction_snapshot(writer) == epoch);
    assert_true(store_transaction_epoch(writer, 'a') == epoch);
    assert_int_equal(
        store_lock(writer, key, STORE_LOCK_EXCLUSIVE, STORE_LOCK_WAIT, &fixture.err),
        RC_OK);
    holds(writer, "a", NULL);
    put(writer, "b", "1");
    commit(&fixture, &writer);
    assert_true(store_epoch(fixture.store) == epoch + 1);
    fixture_fini(&fixture);
}

/* Closing waits for what was handed over. */
static void closing_lands_the_queue(void **state)
{
    struct group_test test;
    (void)state;

    group_init(&test, &fixture_options);
    for (size_t i = 0; i < GROUP; i++) {
        struct store_transaction *writer =
            fixture_begin(&test.fixture, STORE_READ_COMMITTED);
        char key[] = {'g', (char)('a' + i), '\0'};
        put(writer, key, "1");
        group_send(&test, i, &writer);
    }
    fixture_reopen(&test.fixture);
    assert_int_equal(test.open_count, 0);
    struct store_transaction *reader = fixture_begin(&test.fixture, STORE_READ_COMMITTED);
    holds_range(reader, "g", "h", STORE_FORWARD,
                "ga=1 gb=1 gc=1 gd=1 ge=1 gf=1 gg=1 gh=1 ");
    store_transaction_abort(&reader);
    group_fini(&test);
}

/* ---- threads ---- */

enum { MOVERS = 3, MOVES = 120, ACCOUNTS = 5, START = 100 };

struct mover {
    struct fixture *fixture;
    pthread_t thread;
    uint64_t seed;
    int moved;
    int refused;
    bool is_wrong;
};

static struct bytes account_key(char key[2], uint64_t number)
{
    key[0] = 'A';
    key[1] = (char)('0' + number);
    return bytes_of(key, 2);
}

static int read_account(struct store_transaction *transaction, uint64_t number)
{
    char key[2];
    struct bytes value;
    struct error err;
    int amount = 0;

    if (store_get(transaction, account_key(key, number), &value, &err) == RC_OK)
        memcpy(&amount, value.at, sizeof(amount));
    return amount;
}

static void write_account(struct store_transaction *transaction, uint64_t number,
                          int amount)
{
    char key[2];
    struct error err;

    if (store_put(transaction, account_key(key, number),
                  bytes_of(&amount, sizeof(amount)), &err) != RC_OK)
        abort();
}

static int total(struct store_transaction *transaction)
{
    int sum = 0;

    for (uint64_t i = 0; i < ACCOUNTS; i++)
        sum += read_account(transaction, i);
    return sum;
}

static void *move_work(void *argument)
{
    struct mover *mover = argument;
    struct error err;

    for (int i = 0; i < MOVES; i++) {
        struct store_transaction *transaction = store_transaction_begin(
            mover->fixture->store,
            i % 2 == 0 ? STORE_REPEATABLE_READ : STORE_SERIALIZABLE);
        uint64_t from = unit_random(&mover->seed) % ACCOUNTS;
        uint64_t to = (from + 1 + unit_random(&mover->seed) % (ACCOUNTS - 1)) % ACCOUNTS;
        if (total(transaction) != ACCOUNTS * START)
            mover->is_wrong = true;
        write_account(transaction, from, read_account(transaction, from) - 1);
        write_account(transaction, to, read_account(transaction, to) + 1);
        enum rc rc = store_commit_wait(&transaction, &err);
        mover->moved += rc == RC_OK;
        mover->refused += rc == RC_FAILED && err.state == SQLSTATE_SERIALIZATION_FAILURE;
    }
    return NULL;
}

static void sums_hold_between_threads(void **state)
{
    struct fixture fixture;
    struct mover movers[MOVERS];
    uint64_t seed = unit_seed();
    (void)state;

    fixture_init(&fixture);
    struct store_transaction *transaction = fixture_begin(&fixture, STORE_READ_COMMITTED);
    for (uint64_t i = 0; i < ACCOUNTS; i++)
        write_account(transaction, i, START);
    commit(&fixture, &transaction);
    for (size_t i = 0; i < MOVERS; i++) {
        movers[i] = (struct mover){.fixture = &fixture, .seed = seed + i + 1};
        assert_int_equal(pthread_create(&movers[i].thread, NULL, move_work, &movers[i]),
                         0);
    }
    for (size_t i = 0; i < MOVERS; i++) {
        pthread_join(movers[i].thread, NULL);
        assert_false(movers[i].is_wrong);
        assert_int_equal(movers[i].moved + movers[i].refused, MOVES);
        assert_true(movers[i].moved > 0);
    }
    transaction = fixture_begin(&fixture, STORE_READ_COMMITTED);
    assert_int_equal(total(transaction), ACCOUNTS * START);
    store_transaction_abort(&transaction);
    fixture_fini(&fixture);
}

/* ---- kill -9 ---- */

enum { CRASH_ROUNDS = 50 };

/* Commits pairs of keys that carry one number, and tells each number once it is told. */
static void commit_until_killed(const char *path, uint32_t number, int report)
{
    struct store *store = NULL;
    struct error err;

    if (store_open(path, &fixture_options, &store, &err) != RC_OK)
        _exit(1);
    for (;; number++) {
        char key[32];
        struct store_transaction *transaction =
            store_transaction_begin(store, STORE_READ_COMMITTED);
        (void)snprintf(key, sizeof(key), "n%010u", number);
        put(transaction, key, "1");
        key[0] = 'p';
        put(transaction, key, "1");
        if (store_commit_wait(&transaction, &err) != RC_OK ||
            write(report, &number, sizeof(number)) != sizeof(number))
            _exit(1);
    }
}

/* The last number that the child acknowledged; `next` when it came to none. */
static uint32_t run_and_kill(const char *path, uint32_t next, uint64_t wait_us)
{
    int ends[2];
    uint32_t number = 0;
    uint32_t last = next - 1;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fflush(NULL), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        commit_until_killed(path, next, ends[1]);
    }
    close(ends[1]);
    /* The child lives at least up to its first commit, and dies anywhere after it. */
    if (read(ends[0], &number, sizeof(number)) == sizeof(number))
        last = number;
    struct timespec wait = {.tv_nsec = (long)wait_us * 1000};
    nanosleep(&wait, NULL);
    kill(child, SIGKILL);
    while (read(ends[0], &number, sizeof(number)) == sizeof(number))
        last = number;
    close(ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return last;
}

/* All up to `last` are there, at most one more, and pairs are whole. Returns the count.
 */
static uint32_t verify(struct fixture *fixture, uint32_t last)
{
    struct store_transaction *reader = fixture_begin(fixture, STORE_READ_COMMITTED);
    struct store_cursor *cursor = NULL;
    struct bytes key;
    uint32_t count = 0;

    assert_int_equal(store_cursor_open_prefix(reader, bytes_of_text("n"), STORE_FORWARD,
                                              &cursor, &fixture->err),
                     RC_OK);
    while (store_cursor_next(cursor, &key, NULL, &fixture->err) == RC_OK) {
        char name[32];
        (void)snprintf(name, sizeof(name), "n%010u", ++count);
        assert_true(bytes_equal(key, bytes_of_text(name)));
        name[0] = 'p';
        holds(reader, name, "1");
    }
    store_cursor_close(&cursor);
    store_transaction_abort(&reader);
    assert_true(count == last || count == last + 1);
    return count;
}

static void acknowledged_commits_survive_kill(void **state)
{
    struct fixture fixture;
    struct store_check check = {.options = &fixture_options};
    uint64_t seed = unit_seed();
    uint32_t count = 0;
    size_t faults = 0;
    (void)state;

    fixture_path(&fixture);
    for (int i = 0; i < CRASH_ROUNDS; i++) {
        uint32_t last = run_and_kill(fixture.path, count + 1, unit_random(&seed) % 3000);
        assert_true(last >= count + 1);
        fixture_open(&fixture, &fixture_options);
        count = verify(&fixture, last);
        store_close(&fixture.store);
        assert_int_equal(store_check_run(fixture.path, &check, &faults, &fixture.err),
                         RC_OK);
        assert_int_equal(faults, 0);
    }
    fixture_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acknowledged_commits_survive_kill),
        cmocka_unit_test(expectations_are_tested_at_commit),
        cmocka_unit_test(a_rollback_drops_expectations),
        cmocka_unit_test(repeatable_read_refuses_changed_keys),
        cmocka_unit_test(serializable_validates_what_was_read),
        cmocka_unit_test(serializable_sees_phantoms_where_it_has_read),
        cmocka_unit_test(waiting_commits_share_one_sync),
        cmocka_unit_test(one_that_is_too_large_takes_no_other_with_it),
        cmocka_unit_test(a_full_disk_stops_writing_and_not_reading),
        cmocka_unit_test(nothing_to_write_ends_at_once),
        cmocka_unit_test(removing_what_is_absent_changes_no_epoch),
        cmocka_unit_test(closing_lands_the_queue),
        cmocka_unit_test(sums_hold_between_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
