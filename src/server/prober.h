#ifndef SERVER_PROBER_H
#define SERVER_PROBER_H

#include "server/server.h"

/* Walks the stages of a connection for VALIDATE, CREATE ... WITH (VALIDATE) and EXPLAIN
 * CONNECTION, in threads of its own: bastion first, then the target. */
struct prober;

/* One stage as EXPLAIN CONNECTION shows it. "" where there is nothing to say. */
struct probe_row {
    const char *hop;
    const char *stage;
    const char *address;
    int64_t time_us; /* -1: not walked */
    const char *found;
    const char *verdict;
    const char *cause;
    const char *remedy;
    const char *command; /* that repeats it outside */
};

struct probe_outcome {
    struct arena *arena; /* of all texts */
    bool has_failed;
    struct error error; /* when it has */
    struct probe_row *rows;
    size_t row_count;
};
void probe_outcome_free(struct probe_outcome **outcome);

enum rc prober_new(struct server *server, struct prober **prober_out,
                   struct error *err) MUST_USE;
/* Waits for what runs. Clears; accepts NULL. */
void prober_free(struct prober **prober);

/* `probe` and `cancelled` live until `done`, which comes exactly once, from any thread;
 * the outcome is the callee's. The secrets of the definition are released here. */
struct probe_job {
    struct command_probe *probe;
    const atomic_int *cancelled; /* an SQLSTATE once it is not 0 */
    void (*done)(void *argument, struct probe_outcome *outcome);
    void *argument;
};
void prober_start(struct prober *prober, const struct probe_job *job);

/* Whether the bastion takes this key (1 or 2) of the tunnel, as committed. True also when
 * nobody can tell within three seconds. Blocks: executors only. */
bool prober_knows_key(struct prober *prober, const char *connection_id, int key);

/* Columns of EXPLAIN CONNECTION are command_columns()'; this makes a row of values. */
const struct value **probe_outcome_values(struct arena *arena,
                                          const struct probe_outcome *outcome);

#endif
