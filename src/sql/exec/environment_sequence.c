/* nextval(), currval(), setval(), lastval(). */
#include <inttypes.h>

#include "base/memory.h"
#include "catalog/sequence.h"
#include "sql/exec/environment_internal.h"

void sequence_memory_clear(struct sequence_memory *memory)
{
    mem_free(memory->items);
    *memory = (struct sequence_memory){NULL, 0, 0, 0};
}

static struct sequence_seen *find_seen(const struct sequence_memory *memory, uint32_t oid)
{
    for (size_t i = 0; memory != NULL && i < memory->count; i++) {
        if (memory->items[i].oid == oid)
            return &memory->items[i];
    }
    return NULL;
}

static void remember(struct sequence_memory *memory, uint32_t oid, int64_t value,
                     bool is_last)
{
    struct sequence_seen *seen = find_seen(memory, oid);
    if (memory == NULL)
        return;
    if (seen == NULL) {
        if (memory->count == memory->room) {
            memory->room = memory->room * 2 + 4;
            memory->items =
                mem_resize(memory->items, memory->room * sizeof *memory->items);
        }
        seen = &memory->items[memory->count++];
        seen->oid = oid;
    }
    seen->value = value;
    if (is_last)
        memory->last_oid = oid;
}

static enum rc find_sequence(struct session_environment *session, struct call *call,
                             const struct value *argument,
                             struct catalog_object **object_out, struct error *err)
{
    struct environment_item item = {0};
    uint32_t oid = argument->datum.oid;
    enum rc rc = environment_item_by_oid(session, oid, call->arena, &item, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_UNDEFINED_TABLE,
                         "could not open relation with OID %" PRIu32, oid);
    TRY(rc);
    if (item.object == NULL || item.object->kind != OBJECT_KIND_SEQUENCE)
        return error_set(err, SQLSTATE_WRONG_OBJECT_TYPE, "\"%s\" is not a sequence",
                         item.name);
    *object_out = item.object;
    return RC_OK;
}

static enum rc check_writable(const struct session_environment *session,
                              const struct call *call, struct error *err)
{
    if (!settings_is_on(session->settings, SETTING_transaction_read_only))
        return RC_OK;
    return error_set(err, SQLSTATE_READ_ONLY_SQL_TRANSACTION,
                     "cannot execute %s() in a read-only transaction",
                     call->function->name);
}

enum rc environment_sequence_next(struct session_environment *session,
                                  const struct catalog_object *object, int64_t *value_out,
                                  struct error *err)
{
    TRY(catalog_sequence_next(session->transaction, object, value_out, err));
    remember(session->sequences, object->oid, *value_out, true);
    return RC_OK;
}

ENVIRONMENT_ROW(nextval)
{
    struct catalog_object *object = NULL;
    TRY(find_sequence(session, call, &arguments[0], &object, err));
    TRY(check_writable(session, call, err));
    return environment_sequence_next(session, object, &result->datum.int64, err);
}

ENVIRONMENT_ROW(currval)
{
    struct catalog_object *object = NULL;
    TRY(find_sequence(session, call, &arguments[0], &object, err));
    const struct sequence_seen *seen = find_seen(session->sequences, object->oid);
    if (seen == NULL)
        return error_set(err, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "currval of sequence \"%s\" is not yet defined in this session",
                         object->name);
    result->datum.int64 = seen->value;
    return RC_OK;
}

ENVIRONMENT_ROW(lastval)
{
    const struct sequence_memory *memory = session->sequences;
    struct environment_item item = {0};
    enum rc rc = RC_NOTFOUND;
    (void)arguments;
    if (memory != NULL && memory->last_oid != 0)
        rc = environment_item_by_oid(session, memory->last_oid, call->arena, &item, err);
    if (rc == RC_NOTFOUND)
        return error_set(err, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "lastval is not yet defined in this session");
    TRY(rc);
    result->datum.int64 = find_seen(memory, memory->last_oid)->value;
    return RC_OK;
}

ENVIRONMENT_ROW(setval)
{
    struct catalog_object *object = NULL;
    int64_t value = arguments[1].datum.int64;
    bool is_called = call->argument_count < 3 || arguments[2].datum.boolean;
    TRY(find_sequence(session, call, &arguments[0], &object, err));
    TRY(check_writable(session, call, err));
    if (value < object->sequence.minimum || value > object->sequence.maximum)
        return error_set(
            err, SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE,
            "setval: value %" PRId64 " is out of bounds for sequence \"%s\" (%" PRId64
            "..%" PRId64 ")",
            value, object->name, object->sequence.minimum, object->sequence.maximum);
    TRY(catalog_sequence_start(session->transaction, &object->sequence, value, is_called,
                               err));
    if (is_called)
        remember(session->sequences, object->oid, value, false);
    result->datum.int64 = value;
    return RC_OK;
}

ENVIRONMENT_ROW(pg_sequence_last_value)
{
    struct catalog_object *object = NULL;
    bool is_called = false;
    TRY(find_sequence(session, call, &arguments[0], &object, err));
    TRY(catalog_sequence_read(session->transaction, &object->sequence,
                              &result->datum.int64, &is_called, err));
    result->null = !is_called;
    return RC_OK;
}
