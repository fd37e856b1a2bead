/* regexp_match() and its family (manual, chapter 9.7.3). */
#include "base/utf8.h"
#include "sql/functions/regex.h"
#include "sql/types/array.h"

static struct bytes piece(struct bytes text, size_t start, size_t end)
{
    return bytes_of(text.at + start, end - start);
}

/* The character behind byte `at`; past the end of the text one further. */
static size_t step(struct bytes text, size_t at)
{
    if (at >= text.len)
        return at + 1;
    return at + implementation_take(piece(text, at, text.len), 1).len;
}

/* Opens pattern (argument 1) with the flags of argument `at`, if the call has it. */
static enum rc open_regex(struct call *call, const struct value *arguments, size_t at,
                          struct regex_flags *flags, struct regex **out,
                          struct error *err)
{
    *flags = (struct regex_flags){0};
    if (call->argument_count > at)
        TRY(regex_flags_read(arguments[at].datum.bytes, flags, err));
    return regex_get(call, arguments[1].datum.bytes, flags, out, err);
}

static enum rc refuse_global(struct call *call, const struct regex_flags *flags,
                             const char *hint, struct error *err)
{
    if (!flags->global)
        return RC_OK;
    (void)error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                    "%s() does not support the \"global\" option", call->function->name);
    return hint == NULL ? RC_FAILED : error_hint(err, "%s", hint);
}

/* The groups of a match as text[]; the whole match where there are none. */
static struct bytes groups_of(struct call *call, struct bytes text,
                              const struct regex_match *match)
{
    struct value items[REGEX_GROUPS_MAX] = {{.null = false}};
    size_t first = match->group_count > 0 ? 1 : 0;
    size_t count = match->group_count > 0 ? match->group_count : 1;
    for (size_t i = 0; i < count; i++) {
        size_t group = first + i;
        items[i].null = match->starts[group] == SIZE_MAX;
        if (!items[i].null)
            items[i].datum.bytes = piece(text, match->starts[group], match->ends[group]);
    }
    return array_build_list(call->arena, type_find_oid(TYPE_TEXT), items, count);
}

FUNCTION_ROW(regexp_match)
{
    struct regex_flags flags;
    struct regex *regex = NULL;
    struct regex_match match;
    bool found = false;
    struct bytes text = arguments[0].datum.bytes;
    TRY(open_regex(call, arguments, 2, &flags, &regex, err));
    TRY(refuse_global(call, &flags, "Use the regexp_matches function instead.", err));
    TRY(regex_search(regex, text, 0, &match, &found, err));
    result->null = !found;
    if (found)
        result->datum.bytes = groups_of(call, text, &match);
    return RC_OK;
}

static enum rc first_group(struct call *call, struct bytes text, struct bytes pattern,
                           struct value *result, struct error *err)
{
    const struct regex_flags flags = {0};
    struct regex *regex = NULL;
    struct regex_match match;
    bool found = false;
    TRY(regex_get(call, pattern, &flags, &regex, err));
    TRY(regex_search(regex, text, 0, &match, &found, err));
    size_t group = found && match.group_count > 0 ? 1 : 0;
    result->null = !found || match.starts[group] == SIZE_MAX;
    if (!result->null)
        result->datum.bytes = piece(text, match.starts[group], match.ends[group]);
    return RC_OK;
}

FUNCTION_ROW(substring_regex)
{
    return first_group(call, arguments[0].datum.bytes, arguments[1].datum.bytes, result,
                       err);
}

FUNCTION_ROW(substring_similar)
{
    struct value pattern = {0};
    struct call conversion = *call;
    conversion.argument_count = 2;
    TRY(implementation_similar(&conversion, arguments + 1, true, &pattern, err));
    return first_group(call, arguments[0].datum.bytes, pattern.datum.bytes, result, err);
}

/* The replacement with \1 to \9, \& and \\ filled in. */
static void add_replacement(struct bytes text, struct bytes replacement,
                            const struct regex_match *match, struct buffer *out)
{
    for (size_t i = 0; i < replacement.len; i++) {
        uint8_t byte = replacement.at[i];
        uint8_t next = i + 1 < replacement.len ? replacement.at[i + 1] : 0;
        bool digit = next >= '1' && next <= '9';
        if (byte != '\\' || (!digit && next != '&' && next != '\\')) {
            buffer_add_u8(out, byte);
            continue;
        }
        i++;
        if (next == '\\') {
            buffer_add_u8(out, '\\');
            continue;
        }
        size_t group = digit ? (size_t)(next - '0') : 0;
        if (group <= match->group_count && match->starts[group] != SIZE_MAX)
            buffer_add(out, piece(text, match->starts[group], match->ends[group]));
    }
}

static enum rc bad_number(const char *name, int32_t number, struct error *err)
{
    return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                     "invalid value for parameter \"%s\": %d", name, number);
}

/* Where a search from character `start` begins; past the end there is no match. */
static size_t offset_of(struct bytes text, int32_t start)
{
    size_t count = utf8_count(text);
    if ((size_t)start > count + 1)
        return SIZE_MAX;
    return implementation_take(text, (size_t)start - 1).len;
}

struct replacing {
    struct bytes text;
    struct bytes replacement;
    size_t from;
    int32_t number; /* which match; 0: all */
};

static enum rc replace_matches(struct regex *regex, const struct replacing *replacing,
                               struct buffer *out, struct error *err)
{
    struct bytes text = replacing->text;
    size_t copied = 0;
    size_t at = replacing->from;
    int32_t seen = 0;
    while (at <= text.len && !buffer_failed(out)) {
        struct regex_match match;
        bool found = false;
        TRY(regex_search(regex, text, at, &match, &found, err));
        if (!found)
            break;
        bool taken = replacing->number == 0 || ++seen == replacing->number;
        if (taken) {
            buffer_add(out, piece(text, copied, match.starts[0]));
            add_replacement(text, replacing->replacement, &match, out);
            copied = match.ends[0];
        }
        if (taken && replacing->number > 0)
            break;
        at = match.ends[0] == match.starts[0] ? step(text, match.ends[0]) : match.ends[0];
    }
    buffer_add(out, piece(text, copied, text.len));
    return RC_OK;
}

/* (text, pattern, replacement [, flags]) or (..., start [, number [, flags]]). */
FUNCTION_ROW(regexp_replace)
{
    bool positioned =
        call->argument_count > 3 && call->argument_types[3]->oid == TYPE_INT4;
    struct regex_flags flags;
    struct regex *regex = NULL;
    struct replacing replacing = {arguments[0].datum.bytes, arguments[2].datum.bytes, 0,
                                  1};
    bool numbered = positioned && call->argument_count > 4;
    if (positioned && arguments[3].datum.int32 <= 0)
        return bad_number("start", arguments[3].datum.int32, err);
    if (numbered && arguments[4].datum.int32 < 0)
        return bad_number("n", arguments[4].datum.int32, err);
    TRY(open_regex(call, arguments, positioned ? 5 : 3, &flags, &regex, err));
    if (positioned)
        replacing.from = offset_of(replacing.text, arguments[3].datum.int32);
    if (numbered)
        replacing.number = arguments[4].datum.int32;
    if (flags.global && !numbered)
        replacing.number = 0;
    struct buffer out;
    buffer_init(&out, TYPE_VALUE_MAX);
    enum rc rc = replace_matches(regex, &replacing, &out, err);
    if (rc != RC_OK) {
        buffer_fini(&out);
        return rc;
    }
    return implementation_text(call, &out, result, err);
}

FUNCTION_ROW(regexp_like)
{
    struct regex_flags flags;
    struct regex *regex = NULL;
    TRY(open_regex(call, arguments, 2, &flags, &regex, err));
    TRY(refuse_global(call, &flags, NULL, err));
    return regex_search(regex, arguments[0].datum.bytes, 0, NULL, &result->datum.boolean,
                        err);
}

/* The parameters that regexp_count, _instr and _substr share. */
struct counting {
    struct bytes text;
    size_t from;
    int32_t number;
    int32_t group;
    size_t flags_at; /* the argument that holds the flags */
};

static enum rc read_start(const struct call *call, const struct value *arguments,
                          struct counting *out, struct error *err)
{
    *out = (struct counting){.text = arguments[0].datum.bytes, .number = 1};
    if (call->argument_count < 3)
        return RC_OK;
    int32_t start = arguments[2].datum.int32;
    if (start <= 0)
        return bad_number("start", start, err);
    out->from = offset_of(out->text, start);
    return RC_OK;
}

/* Match number `number`, 0 for all; counts those seen. */
static enum rc find_number(struct regex *regex, const struct counting *counting,
                           struct regex_match *match, int32_t *count, struct error *err)
{
    size_t at = counting->from;
    *count = 0;
    while (at <= counting->text.len) {
        bool found = false;
        TRY(regex_search(regex, counting->text, at, match, &found, err));
        if (!found)
            return RC_OK;
        if (++*count == counting->number)
            return RC_OK;
        bool empty = match->starts[0] == match->ends[0];
        at = empty ? step(counting->text, match->ends[0]) : match->ends[0];
    }
    return RC_OK;
}

FUNCTION_ROW(regexp_count)
{
    struct regex_flags flags;
    struct regex *regex = NULL;
    struct regex_match match;
    struct counting counting;
    TRY(read_start(call, arguments, &counting, err));
    TRY(open_regex(call, arguments, 3, &flags, &regex, err));
    TRY(refuse_global(call, &flags, NULL, err));
    counting.number = 0;
    return find_number(regex, &counting, &match, &result->datum.int32, err);
}

static enum rc read_number(const struct call *call, const struct value *arguments,
                           size_t group_at, struct counting *out, struct error *err)
{
    TRY(read_start(call, arguments, out, err));
    if (call->argument_count > 3)
        out->number = arguments[3].datum.int32;
    if (out->number <= 0)
        return bad_number("n", out->number, err);
    if (call->argument_count > group_at)
        out->group = arguments[group_at].datum.int32;
    return out->group < 0 ? bad_number("subexpr", out->group, err) : RC_OK;
}

/* The place of the wanted group; *found_out false: there is none. */
static enum rc find_group(struct call *call, const struct value *arguments,
                          const struct counting *counting, struct regex_match *match,
                          bool *found_out, struct error *err)
{
    struct regex_flags flags;
    struct regex *regex = NULL;
    int32_t count = 0;
    TRY(open_regex(call, arguments, counting->flags_at, &flags, &regex, err));
    TRY(refuse_global(call, &flags, NULL, err));
    TRY(find_number(regex, counting, match, &count, err));
    *found_out = count == counting->number &&
                 (size_t)counting->group <= match->group_count &&
                 match->starts[counting->group] != SIZE_MAX;
    return RC_OK;
}

FUNCTION_ROW(regexp_substr)
{
    struct counting counting;
    struct regex_match match;
    bool found = false;
    TRY(read_number(call, arguments, 5, &counting, err));
    counting.flags_at = 4;
    TRY(find_group(call, arguments, &counting, &match, &found, err));
    result->null = !found;
    if (found)
        result->datum.bytes = piece(counting.text, match.starts[counting.group],
                                    match.ends[counting.group]);
    return RC_OK;
}

/* (text, pattern, start, number, end, flags, group) */
FUNCTION_ROW(regexp_instr)
{
    struct counting counting;
    struct regex_match match;
    bool found = false;
    int32_t end = call->argument_count > 4 ? arguments[4].datum.int32 : 0;
    enum rc rc = read_number(call, arguments, 6, &counting, err);
    /* The end is checked before the group, which is read last. */
    bool group_is_bad = rc != RC_OK && call->argument_count > 6 &&
                        arguments[6].datum.int32 < 0 && arguments[2].datum.int32 > 0 &&
                        arguments[3].datum.int32 > 0;
    if ((rc == RC_OK || group_is_bad) && end != 0 && end != 1)
        return bad_number("endoption", end, err);
    TRY(rc);
    counting.flags_at = 5;
    TRY(find_group(call, arguments, &counting, &match, &found, err));
    if (found) {
        size_t at = end == 1 ? match.ends[counting.group] : match.starts[counting.group];
        result->datum.int32 = (int32_t)utf8_count(piece(counting.text, 0, at)) + 1;
    }
    return RC_OK;
}

/* A walk over all matches, or over what stands between them. */
struct walk {
    bool started;
    bool ended;
    struct regex *regex;
    struct regex_flags flags;
    size_t at;      /* the next search */
    size_t between; /* end of the match before */
};

static enum rc matches_next(struct call *call, void *state, const struct value *arguments,
                            struct value *result, struct error *err)
{
    struct walk *walk = state;
    struct bytes text = arguments[0].datum.bytes;
    struct regex_match match;
    bool found = false;
    if (!walk->started)
        TRY(open_regex(call, arguments, 2, &walk->flags, &walk->regex, err));
    walk->started = true;
    if (walk->ended || walk->at > text.len)
        return RC_EOF;
    TRY(regex_search(walk->regex, text, walk->at, &match, &found, err));
    if (!found)
        return RC_EOF;
    bool empty = match.starts[0] == match.ends[0];
    walk->at = empty ? step(text, match.ends[0]) : match.ends[0];
    walk->ended = !walk->flags.global;
    *result = (struct value){0};
    result->datum.bytes = groups_of(call, text, &match);
    return RC_OK;
}

const struct set_function set_regexp_matches = {sizeof(struct walk), matches_next};

/* The next piece; empty matches at the ends of the text or right behind another match do
 * not split. */
static enum rc next_piece(struct walk *walk, struct bytes text, struct bytes *out,
                          struct error *err)
{
    while (walk->at <= text.len) {
        struct regex_match match;
        bool found = false;
        TRY(regex_search(walk->regex, text, walk->at, &match, &found, err));
        if (!found)
            break;
        size_t start = match.starts[0];
        size_t end = match.ends[0];
        walk->at = start == end ? step(text, end) : end;
        if (start == end && (start == 0 || start == text.len || start == walk->between))
            continue;
        *out = piece(text, walk->between, start);
        walk->between = end;
        return RC_OK;
    }
    *out = piece(text, walk->between, text.len);
    walk->ended = true;
    return RC_OK;
}

static enum rc split_next(struct call *call, void *state, const struct value *arguments,
                          struct value *result, struct error *err)
{
    struct walk *walk = state;
    if (!walk->started) {
        TRY(open_regex(call, arguments, 2, &walk->flags, &walk->regex, err));
        TRY(refuse_global(call, &walk->flags, NULL, err));
    }
    walk->started = true;
    if (walk->ended)
        return RC_EOF;
    *result = (struct value){0};
    return next_piece(walk, arguments[0].datum.bytes, &result->datum.bytes, err);
}

const struct set_function set_regexp_split_to_table = {sizeof(struct walk), split_next};

FUNCTION_ROW(regexp_split_to_array)
{
    struct walk walk = {0};
    struct bytes text = arguments[0].datum.bytes;
    struct value *items = ARENA_ARRAY(call->arena, struct value, text.len + 2);
    size_t count = 0;
    TRY(open_regex(call, arguments, 2, &walk.flags, &walk.regex, err));
    TRY(refuse_global(call, &walk.flags, NULL, err));
    while (!walk.ended)
        TRY(next_piece(&walk, text, &items[count++].datum.bytes, err));
    result->datum.bytes =
        array_build_list(call->arena, type_find_oid(TYPE_TEXT), items, count);
    return RC_OK;
}
