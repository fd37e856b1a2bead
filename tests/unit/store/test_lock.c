#include <pthread.h>

#include "unit/store/store_fixture.h"

static void count_grant(void *argument)
{
    *(int *)argument += 1;
}

static enum rc lock(struct store_transaction *transaction, const char *key,
                    enum store_lock_mode mode, enum store_lock_wait wait,
                    struct error *err)
{
    return store_lock(transaction, bytes_of_text(key), mode, wait, err);
}

static enum rc exclusive(struct store_transaction *transaction, const char *key)
{
    struct error err;
    return lock(transaction, key, STORE_LOCK_EXCLUSIVE, STORE_LOCK_WAIT, &err);
}

static enum rc shared(struct store_transaction *transaction, const char *key)
{
    struct error err;
    return lock(transaction, key, STORE_LOCK_SHARED, STORE_LOCK_WAIT, &err);
}

struct cast {
    struct fixture fixture;
    struct store_transaction *who[4];
    int told[4];
};

static void cast_init(struct cast *cast)
{
    memset(cast, 0, sizeof(*cast));
    fixture_init(&cast->fixture);
    for (size_t i = 0; i < 4; i++) {
        cast->who[i] = fixture_begin(&cast->fixture, STORE_READ_COMMITTED);
        store_lock_set_notify(cast->who[i], count_grant, &cast->told[i]);
    }
}

static void cast_fini(struct cast *cast)
{
    struct store_statistics statistics;

    for (size_t i = 0; i < 4; i++)
        store_transaction_abort(&cast->who[i]);
    assert_int_equal(
        store_statistics_read(cast->fixture.store, &statistics, &cast->fixture.err),
        RC_OK);
    assert_true(statistics.lock_count == 0);
    fixture_fini(&cast->fixture);
}

static void waiters_are_served_in_turn(void **state)
{
    struct cast cast;
    (void)state;

    cast_init(&cast);
    assert_int_equal(exclusive(cast.who[0], "k"), RC_OK);
    assert_int_equal(exclusive(cast.who[0], "k"), RC_OK); /* again */
    assert_int_equal(shared(cast.who[0], "k"), RC_OK);    /* it holds more */
    assert_int_equal(exclusive(cast.who[1], "k"), RC_WAIT);
    assert_int_equal(exclusive(cast.who[1], "k"), RC_WAIT); /* keeps its place */
    assert_int_equal(shared(cast.who[2], "k"), RC_WAIT);
    assert_int_equal(shared(cast.who[3], "k"), RC_WAIT);
    store_transaction_abort(&cast.who[0]);
    assert_int_equal(cast.told[1], 1);
    assert_int_equal(cast.told[2], 0);
    assert_false(store_lock_is_waiting(cast.who[1]));
    assert_true(store_lock_is_waiting(cast.who[2]));
    assert_int_equal(exclusive(cast.who[1], "k"), RC_OK);
    store_transaction_abort(&cast.who[1]);
    assert_true(cast.told[2] == 1 && cast.told[3] == 1); /* both share it */
    assert_int_equal(shared(cast.who[2], "k"), RC_OK);
    cast_fini(&cast);
}

static void nobody_overtakes(void **state)
{
    struct cast cast;
    (void)state;

    cast_init(&cast);
    assert_int_equal(shared(cast.who[0], "k"), RC_OK);
    assert_int_equal(exclusive(cast.who[1], "k"), RC_WAIT);
    assert_int_equal(shared(cast.who[2], "k"), RC_WAIT); /* though it could share */
    store_lock_cancel_wait(cast.who[1]);
    assert_int_equal(cast.told[2], 1);
    assert_int_equal(cast.told[1], 0);
    cast_fini(&cast);
}

static void refuses_without_waiting(void **state)
{
    struct cast cast;
    struct error err;
    (void)state;

    cast_init(&cast);
    assert_int_equal(exclusive(cast.who[0], "k"), RC_OK);
    assert_int_equal(lock(cast.who[1], "k", STORE_LOCK_SHARED, STORE_LOCK_NOWAIT, &err),
                     RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_LOCK_NOT_AVAILABLE);
    assert_int_equal(lock(cast.who[1], "k", STORE_LOCK_SHARED, STORE_LOCK_SKIP, &err),
                     RC_NOTFOUND);
    assert_int_equal(lock(cast.who[1], "j", STORE_LOCK_SHARED, STORE_LOCK_NOWAIT, &err),
                     RC_OK);
    cast_fini(&cast);
}

static void finds_circles(void **state)
{
    struct cast cast;
    struct error err;
    (void)state;

    cast_init(&cast);
    assert_int_equal(exclusive(cast.who[0], "a"), RC_OK);
    assert_int_equal(exclusive(cast.who[1], "b"), RC_OK);
    assert_int_equal(exclusive(cast.who[2], "c"), RC_OK);
    assert_int_equal(exclusive(cast.who[0], "b"), RC_WAIT);
    assert_int_equal(exclusive(cast.who[1], "c"), RC_WAIT);
    assert_int_equal(exclusive(cast.who[3], "a"), RC_WAIT); /* waits, closes nothing */
    assert_int_equal(lock(cast.who[2], "a", STORE_LOCK_SHARED, STORE_LOCK_WAIT, &err),
                     RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_DEADLOCK_DETECTED);
    assert_string_equal(err.message, "deadlock detected");
    assert_false(store_lock_is_waiting(cast.who[2]));
    store_transaction_abort(&cast.who[2]); /* its victim's end sets the others free */
    assert_int_equal(cast.told[1], 1);
    store_transaction_abort(&cast.who[1]);
    assert_int_equal(cast.told[0], 1);
    cast_fini(&cast);
}

static void two_who_raise_one_lock_are_a_circle(void **state)
{
    struct cast cast;
    struct error err;
    (void)state;

    cast_init(&cast);
    assert_int_equal(shared(cast.who[0], "k"), RC_OK);
    assert_int_equal(shared(cast.who[1], "k"), RC_OK);
    assert_int_equal(exclusive(cast.who[2], "k"), RC_WAIT);
    assert_int_equal(exclusive(cast.who[0], "k"), RC_WAIT);
    assert_int_equal(lock(cast.who[1], "k", STORE_LOCK_EXCLUSIVE, STORE_LOCK_WAIT, &err),
                     RC_FAILED);
    assert_int_equal(err.state, SQLSTATE_DEADLOCK_DETECTED);
    store_transaction_abort(&cast.who[1]);
    assert_int_equal(cast.told[0], 1); /* before the one that came earlier */
    assert_int_equal(cast.told[2], 0);
    cast_fini(&cast);
}

static void a_wait_ends_with_its_transaction(void **state)
{
    struct cast cast;
    (void)state;

    cast_init(&cast);
    assert_int_equal(exclusive(cast.who[0], "k"), RC_OK);
    assert_int_equal(exclusive(cast.who[1], "k"), RC_WAIT);
    store_transaction_abort(&cast.who[1]);
    store_transaction_abort(&cast.who[0]);
    assert_int_equal(cast.told[1], 0);
    assert_int_equal(exclusive(cast.who[2], "k"), RC_OK);
    cast_fini(&cast);
}

static void a_commit_under_the_lock_makes_the_statement_run_again(void **state)
{
    struct cast cast;
    (void)state;

    cast_init(&cast);
    assert_int_equal(exclusive(cast.who[0], "row"), RC_OK);
    put(cast.who[0], "row", "1");
    commit(&cast.fixture, &cast.who[0]);
    /* The snapshot of the second is older than that commit. */
    assert_int_equal(exclusive(cast.who[1], "row"), RC_AGAIN);
    assert_int_equal(store_transaction_statement(cast.who[1], &cast.fixture.err), RC_OK);
    assert_int_equal(exclusive(cast.who[1], "row"), RC_OK);
    holds(cast.who[1], "row", "1");
    cast_fini(&cast);
}

static void above_read_committed_it_fails(void **state)
{
    struct cast cast;
    (void)state;

    cast_init(&cast);
    struct store_transaction *late = fixture_begin(&cast.fixture, STORE_REPEATABLE_READ);
    assert_int_equal(exclusive(cast.who[0], "row"), RC_OK);
    assert_int_equal(exclusive(late, "row"), RC_WAIT);
    put(cast.who[0], "row", "1");
    commit(&cast.fixture, &cast.who[0]);
    assert_int_equal(
        lock(late, "row", STORE_LOCK_EXCLUSIVE, STORE_LOCK_WAIT, &cast.fixture.err),
        RC_FAILED);
    assert_int_equal(cast.fixture.err.state, SQLSTATE_SERIALIZATION_FAILURE);
    assert_string_equal(cast.fixture.err.message,
                        "could not serialize access due to concurrent update");
    store_transaction_abort(&late);
    cast_fini(&cast);
}

static void locks_are_limited(void **state)
{
    struct fixture fixture;
    struct store_options options = fixture_options;
    (void)state;

    fixture_path(&fixture);
    options.lock_limit = 2;
    fixture_open(&fixture, &options);
    struct store_transaction *greedy = fixture_begin(&fixture, STORE_READ_COMMITTED);
    assert_int_equal(exclusive(greedy, "a"), RC_OK);
    assert_int_equal(exclusive(greedy, "b"), RC_OK);
    assert_int_equal(
        lock(greedy, "c", STORE_LOCK_EXCLUSIVE, STORE_LOCK_WAIT, &fixture.err),
        RC_FAILED);
    assert_int_equal(fixture.err.state, SQLSTATE_OUT_OF_MEMORY);
    store_transaction_abort(&greedy);
    fixture_fini(&fixture);
}

/* ---- threads: each adds to two of a few cells, in any order ---- */

enum { CELLS = 4, ADDERS = 4, ROUNDS = 150 };

struct adder {
    struct fixture *fixture;
    pthread_t thread;
    uint64_t seed;
    int added;
    pthread_mutex_t mutex;
    pthread_cond_t granted;
    bool is_granted;
};

static void wake_adder(void *argument)
{
    struct adder *adder = argument;

    pthread_mutex_lock(&adder->mutex);
    adder->is_granted = true;
    pthread_cond_signal(&adder->granted);
    pthread_mutex_unlock(&adder->mutex);
}

/* RC_OK, or RC_FAILED for a circle. Waits as a session would, with a new snapshot. */
static enum rc get_lock(struct adder *adder, struct store_transaction *transaction,
                        struct bytes key)
{
    struct error err;
    enum rc rc = RC_AGAIN;

    while (rc == RC_AGAIN || rc == RC_WAIT) {
        rc = store_lock(transaction, key, STORE_LOCK_EXCLUSIVE, STORE_LOCK_WAIT, &err);
        pthread_mutex_lock(&adder->mutex);
        while (rc == RC_WAIT && !adder->is_granted)
            pthread_cond_wait(&adder->granted, &adder->mutex);
        adder->is_granted = false;
        pthread_mutex_unlock(&adder->mutex);
        if (rc != RC_OK && store_transaction_statement(transaction, &err) != RC_OK)
            return RC_FAILED;
    }
    return rc;
}

static enum rc add_one(struct adder *adder, struct store_transaction *transaction)
{
    char key[] = {'c', (char)('0' + unit_random(&adder->seed) % CELLS)};
    struct bytes name = bytes_of(key, sizeof(key));
    struct bytes value = {0};
    struct error err;
    int number = 0;

    TRY(get_lock(adder, transaction, name));
    if (store_get(transaction, name, &value, &err) == RC_OK)
        memcpy(&number, value.at, sizeof(number));
    number++;
    return store_put(transaction, name, bytes_of(&number, sizeof(number)), &err);
}

static void *add_work(void *argument)
{
    struct adder *adder = argument;
    struct error err;

    for (int i = 0; i < ROUNDS; i++) {
        struct store_transaction *transaction =
            store_transaction_begin(adder->fixture->store, STORE_READ_COMMITTED);
        store_lock_set_notify(transaction, wake_adder, adder);
        if (store_transaction_statement(transaction, &err) != RC_OK ||
            add_one(adder, transaction) != RC_OK ||
            add_one(adder, transaction) != RC_OK) {
            store_transaction_abort(&transaction);
            continue;
        }
        if (store_commit_wait(&transaction, &err) == RC_OK)
            adder->added += 2;
    }
    return NULL;
}

static int sum_of_cells(struct fixture *fixture)
{
    struct store_transaction *reader = fixture_begin(fixture, STORE_READ_COMMITTED);
    int sum = 0;

    for (int cell = 0; cell < CELLS; cell++) {
        char key[] = {'c', (char)('0' + cell)};
        struct bytes value;
        int number = 0;
        if (store_get(reader, bytes_of(key, sizeof(key)), &value, &fixture->err) == RC_OK)
            memcpy(&number, value.at, sizeof(number));
        sum += number;
    }
    store_transaction_abort(&reader);
    return sum;
}

static void no_addition_is_lost_between_threads(void **state)
{
    struct fixture fixture;
    static struct adder adders[ADDERS];
    uint64_t seed = unit_seed();
    int added = 0;
    (void)state;

    fixture_init(&fixture);
    for (size_t i = 0; i < ADDERS; i++) {
        adders[i] = (struct adder){.fixture = &fixture, .seed = seed + i + 1};
        pthread_mutex_init(&adders[i].mutex, NULL);
        pthread_cond_init(&adders[i].granted, NULL);
        assert_int_equal(pthread_create(&adders[i].thread, NULL, add_work, &adders[i]),
                         0);
    }
    for (size_t i = 0; i < ADDERS; i++) {
        pthread_join(adders[i].thread, NULL);
        added += adders[i].added;
        pthread_mutex_destroy(&adders[i].mutex);
        pthread_cond_destroy(&adders[i].granted);
    }
    assert_true(added > 0);
    assert_int_equal(sum_of_cells(&fixture), added);
    fixture_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiters_are_served_in_turn),
        cmocka_unit_test(nobody_overtakes),
        cmocka_unit_test(refuses_without_waiting),
        cmocka_unit_test(finds_circles),
        cmocka_unit_test(two_who_raise_one_lock_are_a_circle),
        cmocka_unit_test(a_wait_ends_with_its_transaction),
        cmocka_unit_test(a_commit_under_the_lock_makes_the_statement_run_again),
        cmocka_unit_test(above_read_committed_it_fails),
        cmocka_unit_test(locks_are_limited),
        cmocka_unit_test(no_addition_is_lost_between_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
