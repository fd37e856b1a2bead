#ifndef STORE_WRITER_INTERNAL_H
#define STORE_WRITER_INTERNAL_H

#include "store/environment_internal.h"
#include "store/writer.h"

/* Starts the thread. 53000 when the system has none. */
enum rc writer_start(struct store *store, struct error *err) MUST_USE;

/* Lands what is queued, ends the thread. Accepts a store without one. */
void writer_stop(struct store *store);

/* Tests hold the writer between two groups, so that a group fills up. */
void writer_pause_for_test(struct store *store, bool is_paused);

#endif
