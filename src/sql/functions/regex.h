#ifndef SQL_FUNCTIONS_REGEX_H
#define SQL_FUNCTIONS_REGEX_H

#include "sql/functions/implementation.h"

/* Regular expressions on PCRE2, kept compiled from one row of a call to the next. What
 * PostgreSQL's advanced regular expressions (manual, chapter 9.7.3) write otherwise is
 * converted; alternatives yield the longest match, as there. */

enum { REGEX_GROUPS_MAX = 64 };

struct regex_flags {
    bool any_case;
    bool lines;      /* ^ and $ match at lines, . stops there */
    bool dot_stops;  /* only . stops at a line's end */
    bool line_marks; /* only ^ and $ match at lines */
    bool literal;
    bool expanded;
    bool global;
};

/* Byte offsets; start SIZE_MAX: the group took no part. Group 0 is the whole match. */
struct regex_match {
    size_t group_count; /* groups of the pattern, without group 0 */
    size_t starts[REGEX_GROUPS_MAX];
    size_t ends[REGEX_GROUPS_MAX];
};

struct regex;

/* 22023 "invalid regular expression option: "y"". */
enum rc regex_flags_read(struct bytes text, struct regex_flags *out, struct error *err);

/* The pattern, compiled when it is not the one of the row before. 2201B. */
enum rc regex_get(struct call *call, struct bytes pattern,
                  const struct regex_flags *flags, struct regex **out, struct error *err);

/* The first match from byte `from` on; *found_out false: none. */
enum rc regex_search(struct regex *regex, struct bytes text, size_t from,
                     struct regex_match *out, bool *found_out, struct error *err);

#endif
