#ifndef SERVER_SESSION_COMMAND_H
#define SERVER_SESSION_COMMAND_H

#include "server/session_internal.h"

/* What a session holds besides its transaction: prepared statements, cursors,
 * notifications, a COPY under way. Part of session_internal.h. */

/* session_prepare.c: prepared statements by name; "" is the unnamed one. */
struct prepared *session_find_statement(const struct session *session, const char *name);
enum rc session_require_statement(const struct session *session, const char *name,
                                  struct prepared **prepared_out,
                                  struct error *err) MUST_USE;
enum rc session_check_new_statement(const struct session *session, const char *name,
                                    struct error *err) MUST_USE;
/* Takes the reference over. */
void session_keep_statement(struct session *session, const char *name,
                            struct prepared *prepared, bool from_sql);
void session_count_use(struct session *session, const char *name);
void session_close_statement(struct session *session, const char *name);
void session_drop_statements(struct session *session);
enum rc session_current_statement(struct session *session, struct prepared *prepared,
                                  struct prepared **current_out,
                                  struct error *err) MUST_USE;
/* The portal of the statement that EXECUTE names, with its arguments. */
enum rc session_open_execute(struct session *session, const char *name,
                             const struct prepared *outer, struct portal **portal_out,
                             struct error *err) MUST_USE;
enum rc session_run_prepare(struct session *session, struct portal *portal,
                            struct error *err) MUST_USE;
enum rc session_run_deallocate(struct session *session, struct portal *portal,
                               struct error *err) MUST_USE;

/* session_cursor.c: portals by name, cursors among them. */
struct portal *session_find_portal(const struct session *session, const char *name);
/* The list owns it; one of the same name is closed. */
void session_keep_portal(struct session *session, struct portal *portal);
void session_close_portal(struct session *session, const char *name);
void session_close_portals(struct session *session); /* all */
void session_close_all_but(struct session *session, struct portal *running);
/* Those that were made inside of so many savepoints; held ones stay. */
void session_drop_portals(struct session *session, size_t depth);
/* RELEASE: none is inside of more savepoints than there are. */
void session_flatten_portals(struct session *session);
/* COMMIT: those WITH HOLD are held from now on, the others go. */
void session_hold_portals(struct session *session);
enum rc session_run_declare(struct session *session, struct portal *portal,
                            struct error *err) MUST_USE;
enum rc session_run_fetch(struct session *session, struct portal *portal,
                          struct error *err) MUST_USE;
enum rc session_run_close(struct session *session, struct portal *portal,
                          struct error *err) MUST_USE;
void session_describe_fetch(const struct session *session, struct prepared *prepared);
void session_format_fetch(const struct session *session, struct portal *portal);

/* session_command.c: statements of kind SESSION. */
bool session_in_block(const struct session *session);
bool session_command_needs_snapshot(const struct ast_statement *statement);
enum rc session_run_command(struct session *session, struct portal *portal,
                            struct error *err) MUST_USE;

/* session_notify.c */
enum rc session_run_notify(struct session *session, struct portal *portal,
                           struct error *err) MUST_USE;
void session_forget_notifies(struct session *session, size_t down_to);
void session_send_notifies(struct session *session);
void session_stop_listening(struct session *session);

/* session_copy.c: the portal of a COPY: for TO, one of its query. */
enum rc session_open_copy(struct session *session, const char *name,
                          struct prepared *outer, struct portal **portal_out,
                          struct error *err) MUST_USE;

/* session_copy_in.c: COPY FROM STDIN. begin() answers with CopyInResponse; step() goes on
 * with what has come. RC_OK: it wants more data, waits for a lock, or is done. */
enum rc session_begin_copy(struct session *session, struct error *err) MUST_USE;
enum rc session_take_copy(struct session *session, const struct pgwire_event *event,
                          struct error *err) MUST_USE;
enum rc session_step_copy(struct session *session, bool on_loop,
                          enum session_step *step_out, struct error *err) MUST_USE;
bool session_copy_wants_data(const struct session *session);
void session_free_copy(struct session_copy **copy);

/* session_rows.c: pg_prepared_statements, pg_cursors. */
enum rc session_own_rows(const struct session *session,
                         const struct system_relation *relation,
                         const struct system_scan *scan, bool *is_known_out,
                         struct error *err) MUST_USE;

#endif
