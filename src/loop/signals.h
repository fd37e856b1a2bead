#ifndef LOOP_SIGNALS_H
#define LOOP_SIGNALS_H

#include "base/rc.h"

struct error;
struct loop;
struct signals;

/* Makes SIGTERM, SIGINT and SIGHUP events of a loop, and ignores SIGPIPE. They are
 * blocked for the calling thread and all that it starts later: so this comes before any
 * other thread, and once per process. Programs that the process starts inherit both; who
 * starts one unblocks them in the child.
 *
 * on_signal() gets the number; signals that came several times in one turn may come once.
 */
enum rc signals_open(struct loop *loop, void (*on_signal)(void *argument, int number),
                     void *argument, struct signals **signals_out,
                     struct error *err) MUST_USE;

/* Signals stay blocked and SIGPIPE ignored: a late one does no harm. Not from
 * on_signal(). Clears the pointer; accepts NULL. */
void signals_close(struct signals **signals);

#endif
