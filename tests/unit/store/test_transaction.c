#include "unit/store/store_fixture.h"

static void reads_its_own_edits(void **state)
{
    struct fixture fixture;
    (void)state;

    fixture_init(&fixture);
    put_alone(&fixture, "b", "old");
    put_alone(&fixture, "d", "gone");
    struct store_transaction *writer = fixture_begin(&fixture, STORE_READ_COMMITTED);
    struct store_transaction *other = fixture_begin(&fixture, STORE_READ_COMMITTED);
    put(writer, "a", "1");
    put(writer, "b", "new");
    put(writer, "c", "");
    del(writer, "d");
    holds(writer, "a", "1");
    holds(writer, "c", "");
    holds(writer, "d", NULL);
    holds_range(writer, "", "", STORE_FORWARD, "a=1 b=new c= ");
    holds_range(writer, "", "", STORE_BACKWARD, "c= b=new a=1 ");
    holds_range(writer, "b", "c", STORE_FORWARD, "b=new ");
    holds_range(writer, "b", "c", STORE_BACKWARD, "b=new ");
    holds_range(other, "", "", STORE_FORWARD, "b=old d=gone ");
    commit(&fixture, &writer);
    holds_range(other, "", "", STORE_FORWARD, "b=old d=gone ");
    assert_int_equal(store_transaction_statement(other, &fixture.err), RC_OK);
    holds_range(other, "", "", STORE_FORWARD, "a=1 b=new c= ");
    store_transaction_abort(&other);
    fixture_fini(&fixture);
}

static void repeatable_read_keeps_its_snapshot(void **state)
{
    struct fixture fixture;
    (void)state;

    fixture_init(&fixture);
    put_alone(&fixture, "a", "1");
    struct store_transaction *reader = fixture_begin(&fixture, STORE_REPEATABLE_READ);
    put_alone(&fixture, "a", "2");
    assert_int_equal(store_transaction_statement(reader, &fixture.err), RC_OK);
    holds(reader, "a", "1");
    store_transaction_abort(&reader);
    fixture_fini(&fixture);
}

static void savepoints_nest(void **state)
{
    struct fixture fixture;
    (void)state;

    fixture_init(&fixture);
    put_alone(&fixture, "a", "0");
    struct store_transaction *writer = fixture_begin(&fixture, STORE_READ_COMMITTED);
    put(writer, "a", "1");
    struct store_mark outer = store_savepoint(writer);
    put(writer, "a", "2");
    put(writer, "b", "2");
    struct store_mark inner = store_savepoint(writer);
    del(writer, "a");
    put(writer, "c", "3");
    store_rollback_to(writer, inner);
    holds_range(writer, "", "", STORE_FORWARD, "a=2 b=2 ");
    put(writer, "a", "4");
    store_savepoint_release(writer, inner);
    put(writer, "a", "5");
    holds_range(writer, "", "", STORE_FORWARD, "a=5 b=2 ");
    store_rollback_to(writer, outer);
    holds_range(writer, "", "", STORE_FORWARD, "a=1 ");
    put(writer, "a", "6");
    store_rollback_to(writer, outer); /* it can be used again */
    commit(&fixture, &writer);
    writer = fixture_begin(&fixture, STORE_READ_COMMITTED);
    holds_range(writer, "", "", STORE_FORWARD, "a=1 ");
    store_transaction_abort(&writer);
    fixture_fini(&fixture);
}

/* Every row is written one place further, where the walk would meet it again. */
static void a_cursor_does_not_see_what_is_edited_meanwhile(void **state)
{
    struct fixture fixture;
    struct store_cursor *cursor = NULL;
    struct store_range all = {{NULL, 0}, {NULL, 0}};
    struct bytes key;
    struct bytes value;
    size_t count = 0;
    (void)state;

    fixture_init(&fixture);
    put_alone(&fixture, "a", "1");
    put_alone(&fixture, "c", "1");
    struct store_transaction *writer = fixture_begin(&fixture, STORE_READ_COMMITTED);
    put(writer, "b", "1");
    assert_int_equal(store_cursor_open(writer, all, STORE_FORWARD, &cursor, &fixture.err),
                     RC_OK);
    while (store_cursor_next(cursor, &key, &value, &fixture.err) == RC_OK) {
        char next[] = {(char)(key.at[0] + 1), '\0'};
        assert_int_equal(store_delete(writer, key, &fixture.err), RC_OK);
        put(writer, next, "2");
        assert_true(value.at[0] == '1'); /* the view has stayed */
        count++;
    }
    assert_int_equal(count, 3);
    store_cursor_close(&cursor);
    holds_range(writer, "", "", STORE_FORWARD, "d=2 ");
    store_transaction_abort(&writer);
    fixture_fini(&fixture);
}

static void a_cursor_survives_rollback_and_statement(void **state)
{
    struct fixture fixture;
    struct store_cursor *cursor = NULL;
    struct bytes key;
    struct bytes value;
    (void)state;

    fixture_init(&fixture);
    put_alone(&fixture, "pa", "1");
    put_alone(&fixture, "pd", "1");
    struct store_transaction *writer = fixture_begin(&fixture, STORE_READ_COMMITTED);
    struct store_mark mark = store_savepoint(writer);
    put(writer, "pb", "2");
    put(writer, "pc", "2");
    assert_int_equal(store_cursor_open_prefix(writer, bytes_of_text("p"), STORE_FORWARD,
                                              &cursor, &fixture.err),
                     RC_OK);
    assert_int_equal(store_cursor_next(cursor, &key, &value, &fixture.err), RC_OK);
    store_rollback_to(writer, mark);
    put_alone(&fixture, "pa5", "3");
    assert_int_equal(store_transaction_statement(writer, &fixture.err), RC_OK);
    assert_true(bytes_equal(key, bytes_of_text("pa")));
    assert_int_equal(store_cursor_next(cursor, &key, &value, &fixture.err), RC_OK);
    assert_true(bytes_equal(key, bytes_of_text("pd")));
    assert_int_equal(store_cursor_next(cursor, &key, &value, &fixture.err), RC_NOTFOUND);
    assert_int_equal(store_cursor_next(cursor, &key, &value, &fixture.err), RC_NOTFOUND);
    store_cursor_close(&cursor);
    holds_range(writer, "p", "q", STORE_FORWARD, "pa=1 pa5=3 pd=1 ");
    store_transaction_abort(&writer);
    fixture_fini(&fixture);
}

/* The edit that the cursor stands before is undone; one beyond it is not. */
static void a_cursor_finds_its_place_after_a_rollback(void **state)
{
    struct fixture fixture;
    struct store_cursor *cursor = NULL;
    struct bytes key;
    struct bytes value;
    (void)state;

    fixture_init(&fixture);
    put_alone(&fixture, "pd", "1");
    struct store_transaction *writer = fixture_begin(&fixture, STORE_READ_COMMITTED);
    put(writer, "pa", "2");
    struct store_mark mark = store_savepoint(writer);
    put(writer, "pb", "2");
    put(writer, "pc", "2");
    assert_int_equal(store_cursor_open_prefix(writer, bytes_of_text("p"), STORE_BACKWARD,
                                              &cursor, &fixture.err),
                     RC_OK);
    assert_int_equal(store_cursor_next(cursor, &key, &value, &fixture.err), RC_OK);
    assert_true(bytes_equal(key, bytes_of_text("pd")));
    store_rollback_to(writer, mark);
    assert_int_equal(store_cursor_next(cursor, &key, &value, &fixture.err), RC_OK);
    assert_true(bytes_equal(key, bytes_of_text("pa")));
    assert_int_equal(store_cursor_next(cursor, &key, &value, &fixture.err), RC_NOTFOUND);
    store_cursor_close(&cursor);
    store_transaction_abort(&writer);
    fixture_fini(&fixture);
}

static void edits_end_at_the_limit(void **state)
{
    struct fixture fixture;
    static const uint8_t block[64 * 1024];
    enum rc rc = RC_OK;
    (void)state;

    fixture_init(&fixture);
    struct store_transaction *writer = fixture_begin(&fixture, STORE_READ_COMMITTED);
    struct store_mark mark = store_savepoint(writer);
    for (unsigned i = 0; i < 100 && rc == RC_OK; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%u", i);
        rc = store_put(writer, bytes_of_text(key), bytes_of(block, sizeof(block)),
                       &fixture.err);
    }
    assert_int_equal(rc, RC_LIMIT);
    assert_int_equal(fixture.err.state, SQLSTATE_OUT_OF_MEMORY);
    store_rollback_to(writer, mark);
    assert_int_equal(store_transaction_statement(writer, &fixture.err), RC_OK);
    put(writer, "a", "1");
    commit(&fixture, &writer);
    fixture_fini(&fixture);
}

static void long_keys_are_refused(void **state)
{
    struct fixture fixture;
    static const char key[STORE_KEY_MAX + 1] = {'k'};
    struct bytes value;
    (void)state;

    fixture_init(&fixture);
    struct store_transaction *writer = fixture_begin(&fixture, STORE_READ_COMMITTED);
    assert_int_equal(
        store_put(writer, bytes_of(key, STORE_KEY_MAX), bytes_of("", 0), &fixture.err),
        RC_OK);
    assert_int_equal(
        store_put(writer, bytes_of(key, sizeof(key)), bytes_of("", 0), &fixture.err),
        RC_FAILED);
    assert_int_equal(fixture.err.state, SQLSTATE_PROGRAM_LIMIT_EXCEEDED);
    commit(&fixture, &writer);
    writer = fixture_begin(&fixture, STORE_READ_COMMITTED);
    assert_int_equal(
        store_get(writer, bytes_of(key, STORE_KEY_MAX), &value, &fixture.err), RC_OK);
    store_transaction_abort(&writer);
    fixture_fini(&fixture);
}

/* ---- against a model: 128 keys, each a number or absent ---- */

enum { MODEL_KEYS = 128, MODEL_MARKS = 6, MODEL_STEPS = 6000 };

struct model {
    int values[MODEL_KEYS]; /* -1: absent */
};

struct play {
    struct fixture fixture;
    struct store_transaction *transaction;
    struct model now;
    struct model committed;
    struct model saved[MODEL_MARKS];
    struct store_mark marks[MODEL_MARKS];
    size_t mark_count;
    struct store_cursor *cursor;
    struct model cursor_model; /* what the cursor must show */
    int cursor_at;
    enum store_direction direction;
    uint64_t seed;
};

/* Keys of different lengths, in the order of their number. */
static struct bytes model_key(int number, char text[16])
{
    int len = snprintf(text, 16, number % 2 == 0 ? "m%03d" : "m%03dxyz", number);
    return bytes_of(text, (size_t)len);
}

static void compare_point(struct play *play)
{
    char text[16];
    int number = (int)(unit_random(&play->seed) % MODEL_KEYS);
    struct bytes value;
    enum rc rc =
        store_get(play->transaction, model_key(number, text), &value, &play->fixture.err);
    int expected = play->now.values[number];

    assert_int_equal(rc, expected < 0 ? RC_NOTFOUND : RC_OK);
    if (rc == RC_OK) {
        assert_int_equal(value.len, sizeof(int));
        assert_memory_equal(value.at, &expected, sizeof(int));
    }
}

static void edit_point(struct play *play)
{
    char text[16];
    int number = (int)(unit_random(&play->seed) % MODEL_KEYS);
    bool is_delete = unit_random(&play->seed) % 3 == 0;
    int value = is_delete ? -1 : (int)(unit_random(&play->seed) % 100000);
    struct bytes key = model_key(number, text);

    enum rc rc = is_delete
                     ? store_delete(play->transaction, key, &play->fixture.err)
                     : store_put(play->transaction, key, bytes_of(&value, sizeof(value)),
                                 &play->fixture.err);
    assert_int_equal(rc, RC_OK);
    play->now.values[number] = value;
}

static int step_model(const struct play *play)
{
    int step = play->direction == STORE_FORWARD ? 1 : -1;
    int at = play->cursor_at;

    while (at >= 0 && at < MODEL_KEYS && play->cursor_model.values[at] < 0)
        at += step;
    return at;
}

static void step_cursor(struct play *play)
{
    char text[16];
    struct bytes key;
    struct bytes value;
    int at = step_model(play);
    enum rc rc = store_cursor_next(play->cursor, &key, &value, &play->fixture.err);

    if (at < 0 || at >= MODEL_KEYS) {
        assert_int_equal(rc, RC_NOTFOUND);
        store_cursor_close(&play->cursor);
        return;
    }
    assert_int_equal(rc, RC_OK);
    assert_true(bytes_equal(key, model_key(at, text)));
    assert_memory_equal(value.at, &play->cursor_model.values[at], sizeof(int));
    play->cursor_at = play->direction == STORE_FORWARD ? at + 1 : at - 1;
}

static void walk_some(struct play *play)
{
    char lower[16];
    char upper[16];
    int from = (int)(unit_random(&play->seed) % MODEL_KEYS);
    int to = from + (int)(unit_random(&play->seed) % (uint64_t)(MODEL_KEYS - from));

    if (play->cursor == NULL) {
        struct store_range range = {model_key(from, lower), model_key(to, upper)};
        play->direction =
            unit_random(&play->seed) % 2 == 0 ? STORE_FORWARD : STORE_BACKWARD;
        assert_int_equal(store_cursor_open(play->transaction, range, play->direction,
                                           &play->cursor, &play->fixture.err),
                         RC_OK);
        play->cursor_model = play->now;
        for (int i = 0; i < MODEL_KEYS; i++)
            if (i < from || i >= to)
                play->cursor_model.values[i] = -1;
        play->cursor_at = play->direction == STORE_FORWARD ? from : to - 1;
    }
    for (uint64_t i = unit_random(&play->seed) % 20; i > 0 && play->cursor != NULL; i--)
        step_cursor(play);
}

static void use_marks(struct play *play)
{
    uint64_t choice = unit_random(&play->seed) % 4;

    if (choice < 2 && play->mark_count < MODEL_MARKS) {
        play->saved[play->mark_count] = play->now;
        play->marks[play->mark_count++] = store_savepoint(play->transaction);
    } else if (choice == 2 && play->mark_count > 0) {
        store_savepoint_release(play->transaction, play->marks[--play->mark_count]);
    } else if (play->mark_count > 0) {
        size_t to = unit_random(&play->seed) % play->mark_count;
        store_cursor_close(&play->cursor); /* it might show what is undone */
        store_rollback_to(play->transaction, play->marks[to]);
        play->now = play->saved[to];
        play->mark_count = to + 1;
    }
}

static void begin_or_end(struct play *play)
{
    uint64_t choice = unit_random(&play->seed) % 8;

    if (choice > 3) {
        if (choice > 5)
            assert_int_equal(
                store_transaction_statement(play->transaction, &play->fixture.err),
                RC_OK);
        return;
    }
    store_cursor_close(&play->cursor);
    if (choice == 0) {
        store_transaction_abort(&play->transaction);
    } else {
        commit(&play->fixture, &play->transaction);
        play->committed = play->now;
    }
    play->now = play->committed;
    play->mark_count = 0;
    play->transaction = fixture_begin(
        &play->fixture, choice % 2 == 0 ? STORE_READ_COMMITTED : STORE_SERIALIZABLE);
}

static void any_sequence_agrees_with_a_model(void **state)
{
    struct play play = {.seed = unit_seed()};
    (void)state;

    fixture_init(&play.fixture);
    for (int i = 0; i < MODEL_KEYS; i++)
        play.now.values[i] = -1;
    play.committed = play.now;
    play.transaction = fixture_begin(&play.fixture, STORE_READ_COMMITTED);
    for (unsigned i = 0; i < MODEL_STEPS; i++) {
        uint64_t choice = unit_random(&play.seed) % 100;
        if (choice < 50)
            edit_point(&play);
        else if (choice < 70)
            compare_point(&play);
        else if (choice < 88)
            walk_some(&play);
        else if (choice < 97)
            use_marks(&play);
        else
            begin_or_end(&play);
    }
    store_cursor_close(&play.cursor);
    store_transaction_abort(&play.transaction);
    fixture_fini(&play.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_its_own_edits),
        cmocka_unit_test(repeatable_read_keeps_its_snapshot),
        cmocka_unit_test(savepoints_nest),
        cmocka_unit_test(a_cursor_does_not_see_what_is_edited_meanwhile),
        cmocka_unit_test(a_cursor_survives_rollback_and_statement),
        cmocka_unit_test(a_cursor_finds_its_place_after_a_rollback),
        cmocka_unit_test(edits_end_at_the_limit),
        cmocka_unit_test(long_keys_are_refused),
        cmocka_unit_test(any_sequence_agrees_with_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
