/* What a source needs of the server: logical log, senders, slots, the right to replicate.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connectors/postgres/probe_internal.h"

/* As many as Materialize asks for: one to stream, one for a snapshot. */
enum { SLOTS_NEEDED = 2 };

enum column {
    COLUMN_WAL_LEVEL,
    COLUMN_SENDERS,
    COLUMN_SENDERS_USED,
    COLUMN_SLOTS,
    COLUMN_SLOTS_USED,
    COLUMN_MAY_REPLICATE,
    COLUMN_COUNT,
};

/* Reads only, and needs no privilege. Some managed services grant replication by a role
 * instead of the attribute. */
static const char query[] =
    "SELECT current_setting('wal_level'), current_setting('max_wal_senders'), "
    "(SELECT count(*) FROM pg_catalog.pg_stat_replication), "
    "current_setting('max_replication_slots'), "
    "(SELECT count(*) FROM pg_catalog.pg_replication_slots), "
    "EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = current_user "
    "AND (r.rolsuper OR r.rolreplication)) "
    "OR EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = 'rds_replication' "
    "AND pg_has_role(r.oid, 'member'))";

/* --- the query --------------------------------------------------------------------- */

static bool fail_query(struct walk *walk)
{
    struct postgres_words words;
    walk_words(walk, PQerrorMessage(walk->pg), &words);
    return walk_fail_words(walk, &words, STAGE_CAUSE_QUERY_FAILED);
}

static bool send_query(struct walk *walk)
{
    if (PQsetnonblocking(walk->pg, 1) != 0 || PQsendQuery(walk->pg, query) == 0)
        return fail_query(walk);
    int state = PQflush(walk->pg);
    while (state == 1) {
        if (!walk_await(walk, POLLIN | POLLOUT))
            return false;
        if (PQconsumeInput(walk->pg) == 0)
            return fail_query(walk);
        state = PQflush(walk->pg);
    }
    return state == 0 || fail_query(walk);
}

static bool ask_server(struct walk *walk, PGresult **result_out)
{
    if (!send_query(walk))
        return false;
    while (PQisBusy(walk->pg)) {
        if (!walk_await(walk, POLLIN))
            return false;
        if (PQconsumeInput(walk->pg) == 0)
            return fail_query(walk);
    }
    PGresult *result = PQgetResult(walk->pg);
    *result_out = result;
    return (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
            PQnfields(result) == COLUMN_COUNT) ||
           fail_query(walk);
}

static long number_at(const PGresult *result, enum column column)
{
    return strtol(PQgetvalue(result, 0, (int)column), NULL, 10);
}

/* --- one judgement each ------------------------------------------------------------ */

static bool judge_wal_level(struct walk *walk, const PGresult *result)
{
    const char *level = PQgetvalue(result, 0, COLUMN_WAL_LEVEL);
    char text[STAGE_WORDS_MAX];
    snprintf(text, sizeof(text), "wal_level = %s", level);
    walk_done(walk, text);
    if (strcmp(level, "logical") == 0)
        return true;
    snprintf(text, sizeof(text), "server must have wal_level >= logical, but has %s",
             level);
    return walk_fail(walk, STAGE_CAUSE_WAL_LEVEL_TOO_LOW, text);
}

/* A stage that is well enough to go on. */
static void warn(struct walk *walk, enum stage_cause cause)
{
    struct stage_failure failure;
    stage_failure_set(&failure, STAGE_SETTINGS, cause, NULL);
    stage_record_fail(walk->record, &failure);
    walk->record->verdict = STAGE_VERDICT_WARNING;
}

static bool judge_senders(struct walk *walk, const PGresult *result)
{
    long max = number_at(result, COLUMN_SENDERS);
    long used = number_at(result, COLUMN_SENDERS_USED);
    char found[STAGE_FOUND_MAX];
    snprintf(found, sizeof(found), "max_wal_senders = %ld, %ld in use", max, used);
    walk_begin(walk, STAGE_SETTINGS);
    walk_done(walk, found);
    if (max < 1)
        return walk_fail(walk, STAGE_CAUSE_SENDERS_DISABLED,
                         "replication disabled on server");
    if (used >= max)
        warn(walk, STAGE_CAUSE_NO_SENDER_FREE);
    return true;
}

static bool judge_slots(struct walk *walk, const PGresult *result)
{
    long max = number_at(result, COLUMN_SLOTS);
    long used = number_at(result, COLUMN_SLOTS_USED);
    char found[STAGE_FOUND_MAX];
    snprintf(found, sizeof(found), "max_replication_slots = %ld, %ld in use", max, used);
    walk_begin(walk, STAGE_SETTINGS);
    walk_done(walk, found);
    if (max - used >= SLOTS_NEEDED)
        return true;
    walk_fail(walk, STAGE_CAUSE_NO_SLOT_FREE,
              "PostgreSQL server has insufficient number of replication slots available");
    snprintf(walk->failure.explanation, sizeof(walk->failure.explanation),
             "executing this statement requires %d replication slots", SLOTS_NEEDED);
    return false;
}

static void judge_right(struct walk *walk, const PGresult *result)
{
    bool may_replicate = PQgetvalue(result, 0, COLUMN_MAY_REPLICATE)[0] == 't';
    walk_begin(walk, STAGE_SETTINGS);
    walk_done(walk, may_replicate ? "the user may replicate"
                                  : "the user has no REPLICATION attribute");
    if (!may_replicate)
        warn(walk, STAGE_CAUSE_NOT_PERMITTED);
}

bool walk_settings(struct walk *walk)
{
    PGresult *result = NULL;
    walk_begin(walk, STAGE_SETTINGS);
    bool is_well = ask_server(walk, &result) && judge_wal_level(walk, result) &&
                   judge_senders(walk, result) && judge_slots(walk, result);
    if (is_well)
        judge_right(walk, result);
    PQclear(result);
    return is_well;
}
