#ifndef SQL_COMMAND_COMMAND_INTERNAL_H
#define SQL_COMMAND_COMMAND_INTERNAL_H

#include "catalog/dependency.h"
#include "sql/command/command.h"

struct command_notice {
    enum command_severity severity;
    enum sqlstate state;
    const char *message;
    const char *hint; /* NULL: none */
};

/* What the files of this folder share. One statement at a time; everything made lives in
 * the statement's arena. */
struct command {
    const struct command_context *context;
    struct arena *arena;
    struct store_transaction *transaction;
    const struct ast_statement *statement;
    struct command_result *result;
    struct command_notice *notices;
    size_t notice_count;
};

/* name.c: names of objects, and who may do what with them. */

/* "a.b" as it was written. */
const char *command_written_name(struct command *command, const struct ast_name *name);

/* The item; an error when there is none, or it is of another kind (OBJECT_KIND_COUNT:
 * any). */
enum rc command_find_item(struct command *command, const struct ast_name *name,
                          enum object_kind kind, struct catalog_object **object_out,
                          struct error *err) MUST_USE;
/* The same for IF EXISTS: absence is a NOTICE, and *object_out NULL. */
enum rc command_find_item_if_exists(struct command *command, const struct ast_name *name,
                                    enum object_kind kind,
                                    struct catalog_object **object_out,
                                    struct error *err) MUST_USE;
/* [database.]schema; a database or a role by its name alone. */
enum rc command_find_schema(struct command *command, const struct ast_name *name,
                            struct catalog_object **object_out,
                            struct error *err) MUST_USE;
enum rc command_find_single(struct command *command, const struct ast_name *name,
                            enum object_kind kind, struct catalog_object **object_out,
                            struct error *err) MUST_USE;
/* `connection "x" does not exist, skipping`. */
void command_notice_absent(struct command *command, const struct ast_name *name,
                           enum object_kind kind);
/* `connection "x" already exists, skipping`. */
void command_notice_exists(struct command *command, const char *name,
                           enum object_kind kind);

/* Where CREATE puts the name; needs CREATE on the schema. *exists_out: the name is taken
 * there and IF NOT EXISTS was written (otherwise a taken name is the error). */
struct command_place {
    struct catalog_object *schema;
    const char *name;
    bool exists;
};
enum rc command_find_place(struct command *command, const struct ast_name *name,
                           bool if_not_exists, struct command_place *place_out,
                           struct error *err) MUST_USE;

/* The parts of an object's full name: database, schema, name; those it has. */
enum rc command_name_parts(struct store_transaction *transaction, struct arena *arena,
                           const struct catalog_object *object, struct ast_name *name_out,
                           struct error *err) MUST_USE;
/* The same joined by dots, without quotes, for messages. */
enum rc command_full_name(struct command *command, const struct catalog_object *object,
                          const char **text_out, struct error *err) MUST_USE;

/* 42501 in Materialize's words. A superuser passes everywhere. */
enum rc command_require_privilege(struct command *command,
                                  const struct catalog_object *object,
                                  enum privilege privilege, struct error *err) MUST_USE;
enum rc command_require_owner(struct command *command,
                              const struct catalog_object *object,
                              struct error *err) MUST_USE;
/* The server's own objects do not change. */
enum rc command_require_user_object(const struct catalog_object *object,
                                    struct error *err) MUST_USE;

/* The owner's privileges of a new secret or connection. */
struct record_privileges command_owner_privileges(struct command *command,
                                                  struct catalog_id owner);

/* The references of an object as they stand, and the object with them stored again. */
enum rc command_update(struct command *command, struct catalog_object *object,
                       struct error *err) MUST_USE;
/* RENAME TO and OWNER TO, for items. */
enum rc command_rename(struct command *command, struct catalog_object *object,
                       const char *name, struct error *err) MUST_USE;
enum rc command_change_owner(struct command *command, struct catalog_object *object,
                             const char *role, struct error *err) MUST_USE;

/* The notice is sent once the statement has gone well: one that waits for a lock or a
 * probe is run again. */
void command_notice(struct command *command, enum command_severity severity,
                    enum sqlstate state, const char *message, const char *hint);

/* rows.c: results of one or many rows of text. */
struct bound_columns command_text_columns(struct arena *arena, const char *const *names,
                                          size_t count);
/* Adds a row; NULL texts are NULL. `texts` has as many as there are columns. */
void command_add_row(struct command *command, const char *const *texts);

/* option.c: options as written, as a kind reads them, and as they are stored. */

/* Fills in the option that takes the role's name when it is missing; NULL: nothing was
 * missing. At most one of a kind does. */
const struct option_value *command_default_options(struct command *command,
                                                   const struct connection_kind *kind,
                                                   struct option_set *set);

/* Names are looked up and values read; twice given and unknown options are refused. What
 * the kind checks as a whole is not checked. */
enum rc command_read_options(struct command *command, const struct connection_kind *kind,
                             const struct ast_option_written_list *written,
                             struct option_set *set_out, struct error *err) MUST_USE;
/* WITH (VALIDATE [= b]). */
enum rc command_read_with(struct command *command,
                          const struct ast_option_written_list *with, bool *validate,
                          struct error *err) MUST_USE;
struct record_options options_to_record(struct arena *arena,
                                        const struct option_set *set);
/* Into the order of the kind's table. */
void options_sort(struct option_set *set);
/* XX001 for an option that the kind does not know. */
enum rc options_from_record(struct arena *arena, const struct connection_kind *kind,
                            const struct record_options *record,
                            struct option_set *set_out, struct error *err) MUST_USE;
/* Ids of all secrets and connections that the options name. */
struct catalog_ids options_references(struct arena *arena, const struct option_set *set);
/* USAGE on each, and on its schema. */
enum rc command_require_references(struct command *command, const struct catalog_ids *ids,
                                   struct error *err) MUST_USE;

/* hostkey.c: the rows that the option HOST KEY makes. */
struct command_host_keys {
    struct catalog_hostkey *rows; /* without the connection's id */
    size_t count;
};

/* NULL text: none. */
enum rc command_read_host_keys(struct command *command, const char *text,
                               struct command_host_keys *keys_out,
                               struct error *err) MUST_USE;
enum rc command_store_host_keys(struct command *command, struct catalog_id connection,
                                const struct command_host_keys *keys,
                                struct error *err) MUST_USE;
/* Removes every row of the connection. */
enum rc command_forget_host_keys(struct command *command, struct catalog_id connection,
                                 struct error *err) MUST_USE;

/* connection.c */

/* Asks for the probe of a connection as it would be; nothing of it has to be stored yet.
 * `keys`: the host keys that it would have; NULL: those that are stored. */
enum rc command_ask_probe(struct command *command, const struct catalog_object *object,
                          const struct command_host_keys *keys,
                          struct error *err) MUST_USE;
/* The same for a connection that has to work: 55000 when its secrets cannot be opened. */
enum rc command_ask_validation(struct command *command,
                               const struct catalog_object *object,
                               const struct command_host_keys *keys,
                               struct error *err) MUST_USE;
/* Stores a new key pair as number 1 or 2 of the object; fills its public key only. */
enum rc command_new_key(struct command *command, struct catalog_object *object,
                        uint32_t number, struct error *err) MUST_USE;
/* The kind of a stored connection; 0A000 when this server lacks it. */
enum rc command_kind_of(struct command *command, const struct catalog_object *object,
                        const struct connection_kind **kind_out,
                        struct error *err) MUST_USE;
/* `b is not an SSH connection` for kinds without key pairs. */
enum rc command_require_key_pairs(const struct catalog_object *object,
                                  const struct connection_kind *kind,
                                  struct error *err) MUST_USE;

/* The statements. */
enum rc command_create_secret(struct command *command, struct error *err) MUST_USE;
enum rc command_alter_secret(struct command *command, struct error *err) MUST_USE;
enum rc command_create_connection(struct command *command, struct error *err) MUST_USE;
enum rc command_alter_connection(struct command *command, struct error *err) MUST_USE;
enum rc command_validate_connection(struct command *command, struct error *err) MUST_USE;
enum rc command_explain_connection(struct command *command, struct error *err) MUST_USE;
enum rc command_drop(struct command *command, struct error *err) MUST_USE;
enum rc command_show_create(struct command *command, struct error *err) MUST_USE;
enum rc command_comment(struct command *command, struct error *err) MUST_USE;
enum rc command_set(struct command *command, struct error *err) MUST_USE;
enum rc command_reset(struct command *command, struct error *err) MUST_USE;
enum rc command_show(struct command *command, struct error *err) MUST_USE;
enum rc command_discard(struct command *command, struct error *err) MUST_USE;

/* Columns of the statements that yield rows. */
struct bound_columns command_show_columns(struct arena *arena,
                                          const struct ast_show *show);
struct bound_columns command_show_create_columns(struct arena *arena);
struct bound_columns command_explain_columns(struct arena *arena);

#endif
