#ifndef PGWIRE_EXTENDED_H
#define PGWIRE_EXTENDED_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/reader.h"
#include "pgwire/query.h"

/* The extended query protocol: Parse, Bind, Describe, Execute, Close and their answers.
 * Parsed structs are views into the message; all counts and lengths in them have been
 * checked, so that walking them cannot fail. A malformed message is an error of the
 * statement (08P01, PostgreSQL's texts), not of the session.
 * Source: PostgreSQL 15 manual, 55.2.3 and 55.7. */

enum pgwire_format { PGWIRE_FORMAT_TEXT = 0, PGWIRE_FORMAT_BINARY = 1 };

struct pgwire_parse {
    const char *name; /* "" is the unnamed statement */
    struct pgwire_query query;
    uint16_t type_count;
    struct bytes types; /* see pgwire_parse_type() */
};

struct pgwire_bind {
    const char *portal;    /* "" is the unnamed portal */
    const char *statement; /* "" is the unnamed statement */
    uint16_t format_count; /* 0, 1 or value_count */
    struct bytes formats;
    uint16_t value_count;
    struct bytes values; /* see pgwire_bind_next() */
    uint16_t result_format_count;
    struct bytes result_formats; /* see pgwire_bind_result_format() */
};

struct pgwire_value {
    bool is_null;
    enum pgwire_format format;
    struct bytes bytes; /* empty when is_null */
};

/* A place among the values of a Bind; make it with pgwire_bind_first(). */
struct pgwire_bind_cursor {
    const struct pgwire_bind *bind;
    struct reader reader;
    uint16_t index; /* of the next value, from 0 */
};

/* What Describe and Close are about. */
enum pgwire_target_kind {
    PGWIRE_TARGET_STATEMENT = 'S',
    PGWIRE_TARGET_PORTAL = 'P',
};

struct pgwire_target {
    enum pgwire_target_kind kind;
    const char *name;
};

struct pgwire_execute {
    const char *portal;
    int32_t max_rows; /* 0: all; never negative */
};

enum rc pgwire_parse_parse(struct bytes body, struct pgwire_parse *parse_out,
                           struct error *err) MUST_USE;
enum rc pgwire_bind_parse(struct bytes body, struct pgwire_bind *bind_out,
                          struct error *err) MUST_USE;
enum rc pgwire_describe_parse(struct bytes body, struct pgwire_target *target_out,
                              struct error *err) MUST_USE;
enum rc pgwire_execute_parse(struct bytes body, struct pgwire_execute *execute_out,
                             struct error *err) MUST_USE;
enum rc pgwire_close_parse(struct bytes body, struct pgwire_target *target_out,
                           struct error *err) MUST_USE;

/* The type OID given for parameter `index` (from 0, below type_count); 0: not given. */
uint32_t pgwire_parse_type(const struct pgwire_parse *parse, uint16_t index);

struct pgwire_bind_cursor pgwire_bind_first(const struct pgwire_bind *bind);
bool pgwire_bind_next(struct pgwire_bind_cursor *cursor, struct pgwire_value *value_out);

/* Checks that need the prepared statement: 08P01 when it has another number of
 * parameters, or of result columns than the message has result formats. The second is for
 * statements that return rows only; PostgreSQL lets formats for no rows pass. */
enum rc pgwire_bind_check_values(const struct pgwire_bind *bind, int parameter_count,
                                 struct error *err) MUST_USE;
enum rc pgwire_bind_check_results(const struct pgwire_bind *bind, int column_count,
                                  struct error *err) MUST_USE;

/* The format asked for result column `column`, from 0. Check the results first. */
enum pgwire_format pgwire_bind_result_format(const struct pgwire_bind *bind, int column);

void pgwire_write_parse_complete(struct buffer *out);
void pgwire_write_bind_complete(struct buffer *out);
void pgwire_write_close_complete(struct buffer *out);
void pgwire_write_no_data(struct buffer *out);
void pgwire_write_portal_suspended(struct buffer *out);
void pgwire_write_parameter_description(struct buffer *out, const uint32_t *type_oids,
                                        uint16_t count);

#endif
