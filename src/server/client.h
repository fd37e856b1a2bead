#ifndef SERVER_CLIENT_H
#define SERVER_CLIENT_H

#include "loop/stream.h"
#include "server/session.h"

/* One connection of a client: its stream, PostgreSQL's messages on it, and the session
 * behind them. Belongs to one session loop. */
struct client;

/* A loop with its clients. All functions but session_loop_accept(), session_loop_drain()
 * and session_loop_count() belong to the thread that starts and ends the server. */
struct session_loop;

enum rc session_loop_new(struct server *server, struct session_loop **loop_out,
                         struct error *err) MUST_USE;
enum rc session_loop_start(struct session_loop *loop, struct error *err) MUST_USE;

/* Takes a connected descriptor. From any thread. */
void session_loop_accept(struct session_loop *loop, int descriptor, const char *peer);

/* Says goodbye to idle clients now, in a transaction or not, to the others once their
 * message is answered (`at_once`: to all, and cancels what they run). From any thread. */
void session_loop_drain(struct session_loop *loop, bool at_once);
size_t session_loop_count(const struct session_loop *loop);

/* One turn in the caller's thread, once the loop's own was stopped. */
void session_loop_turn(struct session_loop *loop, struct ms wait_at_most);

/* Stops the thread; then frees what is left of the clients. Clears; accepts NULL. */
void session_loop_stop(struct session_loop *loop);
void session_loop_free(struct session_loop **loop);

#endif
