/* Runs one sqllogictest file on a server and says which records failed.
 *
 *   sqllogic-runner [options] FILE
 *
 *   --conninfo TEXT   libpq's connection string
 *   --label NAME      a name that skipif and onlyif know; may be repeated
 *   --extended        sends each statement through the extended protocol
 *   --show N          failures printed in full (20); all are counted
 *   --timeout MS      statement_timeout of the sessions (0: the server's own)
 *   --progress        prints "PROGRESS lines-read lines records" while it runs
 *
 * The last line is "RESULT passed failed skipped statements queries seconds". The status
 * is 0 when nothing failed, 1 when a record did, 2 when the file or the server cannot be
 * had. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "script.h"
#include "values.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <libpq-fe.h>
#include <pcre2.h>

enum {
    MAX_LABELS = 16,
    MAX_SESSIONS = 32,
    SHOWN_LINES = 12,
    LABEL_BUCKETS = 4096,
    GRACE_SECONDS = 5
};

struct options {
    const char *conninfo;
    char *labels[MAX_LABELS + 1];
    int label_count;
    bool is_extended, shows_progress;
    long show, timeout;
};

struct session {
    char *name; /* "" for the first */
    PGconn *connection;
};

/* What the queries of one label gave first. */
struct labelled {
    struct labelled *next;
    int line;
    char digest[DIGEST_TEXT];
    char name[];
};

struct run {
    struct options options;
    struct session sessions[MAX_SESSIONS];
    int session_count;
    struct labelled *labels[LABEL_BUCKETS];
    long passed, failed, skipped, statements, queries;
    double started, reported;
};

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void print_block(const char *title, const char *text)
{
    printf("    %s\n", title);
    int lines = 0;
    while (*text != '\0' && lines++ < 60) {
        size_t length = strcspn(text, "\n");
        printf("        %.*s\n", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void show_expected(const struct record *record)
{
    printf("    expected\n");
    for (size_t i = 0; i < record->line_count && i < SHOWN_LINES; i++)
        printf("        %s\n", record->lines[i]);
    if (record->line_count > SHOWN_LINES)
        printf("        ...\n");
}

static void fail(struct run *run, const struct record *record, const char *reason,
                 const PGresult *result)
{
    run->failed++;
    if (run->options.show > 0 && run->failed > run->options.show)
        return;
    printf("FAIL %s:%d: %s\n", record->path, record->line, reason);
    print_block("statement", record->sql.bytes);
    if (result != NULL && PQresultStatus(result) == PGRES_TUPLES_OK) {
        struct text shown = {0};
        text_clear(&shown);
        show_expected(record);
        values_show(record, result, SHOWN_LINES, &shown);
        print_block("got", shown.bytes);
        text_free(&shown);
    }
}

static void ignore_notice(void *context, const char *message)
{
    (void)context;
    (void)message;
}

static PGconn *open_connection(const struct run *run)
{
    PGconn *connection = PQconnectdb(run->options.conninfo);
    if (PQstatus(connection) != CONNECTION_OK) {
        fprintf(stderr, "sqllogic-runner: %s", PQerrorMessage(connection));
        PQfinish(connection);
        return NULL;
    }
    PQsetNoticeProcessor(connection, ignore_notice, NULL);
    if (run->options.timeout > 0) {
        char sql[64];
        snprintf(sql, sizeof sql, "SET statement_timeout = %ld", run->options.timeout);
        PQclear(PQexec(connection, sql));
    }
    return connection;
}

/* NULL when the server takes no more. A lost connection is made anew, so that one crash
 * does not fail all records that follow. */
static PGconn *session_of(struct run *run, const char *name)
{
    struct session *session = NULL;
    name = name != NULL ? name : "";
    for (int i = 0; i < run->session_count && session == NULL; i++)
        if (strcmp(run->sessions[i].name, name) == 0)
            session = &run->sessions[i];
    if (session == NULL && run->session_count < MAX_SESSIONS) {
        session = &run->sessions[run->session_count++];
        session->name = must_allocate(NULL, strlen(name) + 1);
        strcpy(session->name, name);
    }
    if (session == NULL)
        return NULL;
    if (session->connection != NULL && PQstatus(session->connection) != CONNECTION_OK) {
        PQfinish(session->connection);
        session->connection = NULL;
    }
    if (session->connection == NULL)
        session->connection = open_connection(run);
    return session->connection;
}

/* False when the server says nothing for longer than its own time-out and some more. */
static bool has_answered(const struct run *run, PGconn *connection)
{
    double end = seconds_now() + (double)run->options.timeout / 1000 + GRACE_SECONDS;
    while (PQisBusy(connection)) {
        struct pollfd watched = {.fd = PQsocket(connection), .events = POLLIN};
        if (poll(&watched, 1, 1000) < 0 && errno != EINTR)
            return false;
        if (watched.revents != 0 && !PQconsumeInput(connection))
            return true; /* libpq makes an error of it */
        if (run->options.timeout > 0 && seconds_now() > end)
            return false;
    }
    return true;
}

/* Rows of COPY are not compared, only taken off the wire. */
static void end_copy(PGconn *connection, ExecStatusType status)
{
    char *row = NULL;
    if (status == PGRES_COPY_IN)
        PQputCopyEnd(connection, NULL);
    while (status == PGRES_COPY_OUT && PQgetCopyData(connection, &row, 0) > 0)
        PQfreemem(row);
}

/* The last result, as PQexec has it; NULL when the server gave none in time. */
static PGresult *execute(const struct run *run, PGconn *connection, const char *sql)
{
    PGresult *last = NULL;
    int is_sent = run->options.is_extended
                      ? PQsendQueryParams(connection, sql, 0, NULL, NULL, NULL, NULL, 0)
                      : PQsendQuery(connection, sql);
    if (!is_sent)
        return PQmakeEmptyPGresult(connection, PGRES_FATAL_ERROR);
    for (;;) {
        if (!has_answered(run, connection)) {
            PQclear(last);
            return NULL;
        }
        PGresult *result = PQgetResult(connection);
        if (result == NULL)
            return last;
        end_copy(connection, PQresultStatus(result));
        PQclear(last);
        last = result;
    }
}

static bool is_error(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
           status != PGRES_EMPTY_QUERY;
}

static bool regex_matches(const char *pattern, const char *text)
{
    int number;
    PCRE2_SIZE offset;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                                     PCRE2_UTF, &number, &offset, NULL);
    if (code == NULL)
        return strstr(text, pattern) != NULL;
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
    int found = pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, 0, data, NULL);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    return found > 0;
}

/* "(23505)" is a SQLSTATE; a literal text is the message or a part of it. */
static bool error_matches(const struct record *record, const PGresult *result)
{
    const char *pattern = record->pattern.bytes;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    size_t length = record->pattern.length;
    if (state == NULL || message == NULL)
        return length == 0;
    if (record->message.length > 0 && strcmp(record->message.bytes, message) != 0)
        return false;
    if (length == 0)
        return true;
    if (length == 7 && pattern[0] == '(' && pattern[6] == ')')
        return strncmp(pattern + 1, state, 5) == 0;
    struct text full = {0};
    text_add_string(&full, "db error: ERROR: ");
    text_add_string(&full, message);
    bool is_match = record->is_pattern_literal ? strstr(full.bytes, pattern) != NULL
                                               : regex_matches(pattern, full.bytes);
    text_free(&full);
    return is_match;
}

static void fail_with_message(struct run *run, const struct record *record,
                              const char *words, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    struct text reason = {0};
    text_add_string(&reason, words);
    text_add_string(&reason, state != NULL ? state : "");
    text_add_string(&reason, " ");
    text_add_string(&reason, PQresultErrorMessage(result));
    for (size_t i = 0; i < reason.length; i++)
        if (reason.bytes[i] == '\n')
            reason.bytes[i] = ' ';
    fail(run, record, reason.bytes, NULL);
    text_free(&reason);
}

static unsigned hash_of(const char *name)
{
    unsigned hash = 5381;
    while (*name != '\0')
        hash = hash * 33 + (unsigned char)*name++;
    return hash % LABEL_BUCKETS;
}

/* Queries of one label must give the same. Returns the line of one that did not, or 0. */
static int label_breach(struct run *run, const struct record *record, const char *digest)
{
    struct labelled **bucket = &run->labels[hash_of(record->label)];
    for (struct labelled *known = *bucket; known != NULL; known = known->next)
        if (strcmp(known->name, record->label) == 0)
            return strcmp(known->digest, digest) == 0 ? 0 : known->line;
    struct labelled *added =
        must_allocate(NULL, sizeof *added + strlen(record->label) + 1);
    added->next = *bucket;
    added->line = record->line;
    memcpy(added->digest, digest, DIGEST_TEXT);
    strcpy(added->name, record->label);
    *bucket = added;
    return 0;
}

static void check_rows(struct run *run, const struct record *record,
                       const PGresult *result)
{
    char digest[DIGEST_TEXT] = "";
    char reason[128];
    size_t letters = strlen(record->types);
    if (letters > 0 && letters != (size_t)PQnfields(result)) {
        snprintf(reason, sizeof reason, "%d columns for %zu type letters",
                 PQnfields(result), letters);
        fail(run, record, reason, result);
        return;
    }
    if (!values_match(record, result, digest)) {
        fail(run, record, "other values", result);
        return;
    }
    int line = record->label != NULL ? label_breach(run, record, digest) : 0;
    if (line != 0) {
        snprintf(reason, sizeof reason, "other values than label %.40s had at line %d",
                 record->label, line);
        fail(run, record, reason, result);
        return;
    }
    run->passed++;
}

static void check_statement(struct run *run, const struct record *record,
                            PGresult *result)
{
    char reason[96];
    long long count = strtoll(PQcmdTuples(result), NULL, 10);
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQcmdTuples(result)[0] == '\0')
        count = PQntuples(result);
    if (record->outcome == OUTCOME_COUNT && count != record->count) {
        snprintf(reason, sizeof reason, "%lld rows, not %lld", count, record->count);
        fail(run, record, reason, NULL);
        return;
    }
    run->passed++;
}

static void check(struct run *run, const struct record *record, PGresult *result)
{
    if (record->outcome == OUTCOME_ERROR) {
        if (!is_error(result))
            fail(run, record, "no error", result);
        else if (!error_matches(record, result))
            fail_with_message(run, record, "another error: ", result);
        else
            run->passed++;
    } else if (is_error(result))
        fail_with_message(run, record, "error ", result);
    else if (record->kind == RECORD_STATEMENT)
        check_statement(run, record, result);
    else
        check_rows(run, record, result);
}

static void drop_session(struct run *run, PGconn *connection)
{
    for (int i = 0; i < run->session_count; i++)
        if (run->sessions[i].connection == connection)
            run->sessions[i].connection = NULL;
    PQfinish(connection);
}

static void run_sql(struct run *run, const struct record *record)
{
    PGconn *connection = session_of(run, record->connection);
    if (connection == NULL) {
        fail(run, record, "no connection", NULL);
        return;
    }
    run->statements += record->kind == RECORD_STATEMENT;
    run->queries += record->kind == RECORD_QUERY;
    PGresult *result = execute(run, connection, record->sql.bytes);
    if (result == NULL) {
        fail(run, record, "the server does not answer", NULL);
        drop_session(run, connection);
        return;
    }
    check(run, record, result);
    PQclear(result);
}

static void show_progress(struct run *run, const struct script *script)
{
    double now = seconds_now();
    if (!run->options.shows_progress || now < run->reported + 0.5)
        return;
    int read, all;
    script_progress(script, &read, &all);
    printf("PROGRESS %d %d %ld\n", read, all, run->passed + run->failed);
    fflush(stdout);
    run->reported = now;
}

static void run_script(struct run *run, struct script *script)
{
    for (;;) {
        const struct record *record = script_next(script);
        if (record->kind == RECORD_END)
            return;
        show_progress(run, script);
        if (record->is_skipped) {
            run->skipped += record->kind != RECORD_HALT;
            continue;
        }
        if (record->kind == RECORD_HALT)
            return;
        if (record->kind == RECORD_SLEEP)
            nanosleep(
                &(struct timespec){record->count / 1000, record->count % 1000 * 1000000},
                NULL);
        else if (record->kind == RECORD_UNKNOWN)
            fail(run, record, "this directive is not known", NULL);
        else
            run_sql(run, record);
    }
}

static void end_run(struct run *run)
{
    printf("RESULT %ld %ld %ld %ld %ld %.3f\n", run->passed, run->failed, run->skipped,
           run->statements, run->queries, seconds_now() - run->started);
    for (int i = 0; i < run->session_count; i++) {
        PQfinish(run->sessions[i].connection);
        free(run->sessions[i].name);
    }
    for (int i = 0; i < LABEL_BUCKETS; i++) {
        for (struct labelled *known = run->labels[i], *next; known != NULL;
             known = next) {
            next = known->next;
            free(known);
        }
    }
}

static bool parse_options(int count, char **words, struct options *options)
{
    static const struct option known[] = {{"conninfo", required_argument, NULL, 'c'},
                                          {"label", required_argument, NULL, 'l'},
                                          {"extended", no_argument, NULL, 'e'},
                                          {"show", required_argument, NULL, 's'},
                                          {"timeout", required_argument, NULL, 't'},
                                          {"progress", no_argument, NULL, 'p'},
                                          {NULL, 0, NULL, 0}};
    *options = (struct options){.conninfo = "", .show = 20};
    int option;
    while ((option = getopt_long(count, words, "", known, NULL)) != -1) {
        if (option == 'c')
            options->conninfo = optarg;
        else if (option == 'l' && options->label_count < MAX_LABELS)
            options->labels[options->label_count++] = optarg;
        else if (option == 'e')
            options->is_extended = true;
        else if (option == 's')
            options->show = strtol(optarg, NULL, 10);
        else if (option == 't')
            options->timeout = strtol(optarg, NULL, 10);
        else if (option == 'p')
            options->shows_progress = true;
        else
            return false;
    }
    return optind == count - 1;
}

int main(int count, char **words)
{
    struct run run = {.started = seconds_now()};
    if (!parse_options(count, words, &run.options)) {
        fputs("usage: sqllogic-runner [--conninfo TEXT] [--label NAME]... [--extended] "
              "[--show N] [--timeout MS] [--progress] FILE\n",
              stderr);
        return 2;
    }
    struct script *script = script_open(words[optind], run.options.labels);
    if (script == NULL) {
        fprintf(stderr, "sqllogic-runner: %s: %s\n", words[optind], strerror(errno));
        return 2;
    }
    bool is_connected = session_of(&run, NULL) != NULL;
    if (is_connected)
        run_script(&run, script);
    script_close(script);
    end_run(&run);
    return !is_connected ? 2 : run.failed > 0;
}
