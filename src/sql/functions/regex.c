/* Regular expressions on PCRE2; ~, ~*, !~ and !~*. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "sql/functions/regex.h"

#include <pcre2.h>

enum { MATCH_LIMIT = 1000000, DEPTH_LIMIT = 10000, LONGEST_WORKSPACE = 1000 };

struct regex {
    struct bytes pattern; /* as written */
    struct regex_flags flags;
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
    bool alternatives; /* the longest must be looked for */
};

enum rc regex_flags_read(struct bytes text, struct regex_flags *out, struct error *err)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.at[i]) {
        case 'g':
            out->global = true;
            break;
        case 'i':
            out->any_case = true;
            break;
        case 'c':
            out->any_case = false;
            break;
        case 'n':
        case 'm':
            out->lines = true;
            break;
        case 's':
            out->lines = false;
            break;
        case 'p':
            out->dot_stops = true;
            break;
        case 'w':
            out->line_marks = true;
            break;
        case 'q':
            out->literal = true;
            break;
        case 'x':
            out->expanded = true;
            break;
        case 't':
        case 'e':
        case 'b':
            break;
        default: {
            struct bytes rest = bytes_of(text.at + i, text.len - i);
            return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                             "invalid regular expression option: \"%.*s\"",
                             BYTES_PRINT(implementation_take(rest, 1)));
        }
        }
    }
    return RC_OK;
}

/* \u1234 and \U12345678. False: not that. */
static bool convert_code_point(struct bytes rest, size_t *taken, struct buffer *out)
{
    size_t digits = rest.at[1] == 'u' ? 4 : rest.at[1] == 'U' ? 8 : 0;
    if (digits == 0 || rest.len < digits + 2)
        return false;
    buffer_printf(out, "\\x{%.*s}", (int)digits, (const char *)rest.at + 2);
    *taken = digits + 2;
    return true;
}

static void convert(struct bytes pattern, struct buffer *out)
{
    static const struct {
        char from;
        const char *to;
    } escapes[] = {
        {'m', "\\b(?=\\w)"}, {'M', "\\b(?<=\\w)"}, {'y', "\\b"},
        {'Y', "\\B"},        {'Z', "\\z"},         {'B', "\\\\"},
    };
    for (size_t i = 0; i < pattern.len;) {
        const char *to = NULL;
        bool escape = pattern.at[i] == '\\' && i + 1 < pattern.len;
        size_t taken = escape ? 2 : 1;
        struct bytes rest = bytes_of(pattern.at + i, pattern.len - i);
        for (size_t at = 0; escape && at < ARRAY_COUNT(escapes); at++) {
            if (pattern.at[i + 1] == (uint8_t)escapes[at].from)
                to = escapes[at].to;
        }
        if (to != NULL)
            buffer_add_text(out, to);
        else if (!escape || !convert_code_point(rest, &taken, out))
            buffer_add(out, bytes_of(rest.at, taken));
        i += taken;
    }
}

/* PostgreSQL's words where it knows the same mistake. */
static enum rc compile_error(int code, struct error *err)
{
    static const struct {
        int code;
        const char *text;
    } texts[] = {
        {PCRE2_ERROR_END_BACKSLASH, "invalid escape \\ sequence"},
        {PCRE2_ERROR_UNKNOWN_ESCAPE, "invalid escape \\ sequence"},
        {PCRE2_ERROR_QUANTIFIER_OUT_OF_ORDER, "invalid repetition count(s)"},
        {PCRE2_ERROR_QUANTIFIER_TOO_BIG, "invalid repetition count(s)"},
        {PCRE2_ERROR_MISSING_SQUARE_BRACKET, "brackets [] not balanced"},
        {PCRE2_ERROR_CLASS_RANGE_ORDER, "invalid character range"},
        {PCRE2_ERROR_QUANTIFIER_INVALID, "quantifier operand invalid"},
        {PCRE2_ERROR_MISSING_CLOSING_PARENTHESIS, "parentheses () not balanced"},
        {PCRE2_ERROR_UNMATCHED_CLOSING_PARENTHESIS, "parentheses () not balanced"},
        {PCRE2_ERROR_UNKNOWN_POSIX_CLASS, "invalid character class"},
        {PCRE2_ERROR_BAD_SUBPATTERN_REFERENCE, "invalid backreference number"},
    };
    PCRE2_UCHAR message[128] = {0};
    (void)pcre2_get_error_message(code, message, sizeof(message));
    const char *text = (const char *)message;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        if (texts[i].code == code)
            text = texts[i].text;
    }
    return error_set(err, SQLSTATE_INVALID_REGULAR_EXPRESSION,
                     "invalid regular expression: %s", text);
}

/* "***=", "***:" and "(?inq)" in front of the pattern change the flags. */
static enum rc take_director(struct bytes *pattern, struct regex_flags *flags,
                             struct error *err)
{
    bool literal = bytes_has_prefix(*pattern, bytes_of_text("***="));
    if (literal || bytes_has_prefix(*pattern, bytes_of_text("***:"))) {
        *pattern = bytes_of(pattern->at + 4, pattern->len - 4);
        flags->literal = literal;
    }
    if (!bytes_has_prefix(*pattern, bytes_of_text("(?")))
        return RC_OK;
    size_t end = 2;
    while (end < pattern->len && pattern->at[end] >= 'a' && pattern->at[end] <= 'z')
        end++;
    if (end == 2 || end == pattern->len || pattern->at[end] != ')')
        return RC_OK;
    if (regex_flags_read(bytes_of(pattern->at + 2, end - 2), flags, err) != RC_OK)
        return error_set(err, SQLSTATE_INVALID_REGULAR_EXPRESSION,
                         "invalid regular expression: invalid embedded option");
    *pattern = bytes_of(pattern->at + end + 1, pattern->len - end - 1);
    return RC_OK;
}

static uint32_t options_of(const struct regex_flags *flags)
{
    uint32_t options = PCRE2_UTF | PCRE2_NO_UTF_CHECK;
    options |= flags->any_case ? PCRE2_CASELESS : 0;
    if (flags->literal)
        return options | PCRE2_LITERAL;
    options |= PCRE2_UCP | PCRE2_DOLLAR_ENDONLY;
    options |= flags->lines || flags->dot_stops ? 0 : PCRE2_DOTALL;
    options |= flags->lines || flags->line_marks ? PCRE2_MULTILINE : 0;
    options |= flags->expanded ? PCRE2_EXTENDED : 0;
    return options;
}

/* Alternatives without anything lazy: PostgreSQL takes the longest match then. */
static bool wants_longest(struct bytes pattern)
{
    bool any = false;
    for (size_t i = 0; i < pattern.len; i++) {
        uint8_t byte = pattern.at[i];
        uint8_t next = i + 1 < pattern.len ? pattern.at[i + 1] : 0;
        any = any || byte == '|';
        if (next == '?' && (byte == '*' || byte == '+' || byte == '?' || byte == '}'))
            return false;
    }
    return any;
}

static void drop_code(struct regex *regex)
{
    pcre2_match_data_free(regex->data);
    pcre2_code_free(regex->code);
    regex->data = NULL;
    regex->code = NULL;
}

static void release(void *argument)
{
    struct regex *regex = argument;
    drop_code(regex);
    pcre2_match_context_free(regex->limits);
}

static enum rc compile(struct regex *regex, struct bytes pattern,
                       struct regex_flags flags, struct error *err)
{
    struct buffer text;
    int code = 0;
    PCRE2_SIZE at = 0;
    TRY(take_director(&pattern, &flags, err));
    buffer_init(&text, TYPE_VALUE_MAX);
    if (flags.literal)
        buffer_add(&text, pattern);
    else
        convert(pattern, &text);
    struct bytes bytes = buffer_bytes(&text);
    regex->code =
        pcre2_compile(bytes.at, bytes.len, options_of(&flags), &code, &at, NULL);
    buffer_fini(&text);
    if (regex->code == NULL)
        return compile_error(code, err);
    regex->data = pcre2_match_data_create_from_pattern(regex->code, NULL);
    regex->alternatives = !flags.literal && wants_longest(pattern);
    return RC_OK;
}

static bool same_flags(const struct regex_flags *a, const struct regex_flags *b)
{
    return a->any_case == b->any_case && a->lines == b->lines &&
           a->dot_stops == b->dot_stops && a->line_marks == b->line_marks &&
           a->literal == b->literal && a->expanded == b->expanded;
}

enum rc regex_get(struct call *call, struct bytes pattern,
                  const struct regex_flags *flags, struct regex **out, struct error *err)
{
    struct regex *regex = call->memory;
    if (regex == NULL) {
        regex = ARENA_NEW(call->arena, struct regex);
        regex->limits = pcre2_match_context_create(NULL);
        (void)pcre2_set_match_limit(regex->limits, MATCH_LIMIT);
        (void)pcre2_set_depth_limit(regex->limits, DEPTH_LIMIT);
        arena_on_reset(call->arena, release, regex);
        call->memory = regex;
    }
    *out = regex;
    if (regex->code != NULL && bytes_equal(regex->pattern, pattern) &&
        same_flags(&regex->flags, flags))
        return RC_OK;
    drop_code(regex);
    regex->pattern = arena_bytes(call->arena, pattern);
    regex->flags = *flags;
    return compile(regex, pattern, *flags, err);
}

/* The same match, prolonged as far as any alternative allows. */
static void prolong(struct regex *regex, struct bytes text)
{
    const PCRE2_SIZE *pairs = pcre2_get_ovector_pointer(regex->data);
    size_t start = pairs[0];
    size_t end = pairs[1];
    int workspace[LONGEST_WORKSPACE];
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int rc = pcre2_dfa_match(regex->code, text.at, text.len, start,
                             PCRE2_ANCHORED | PCRE2_NO_UTF_CHECK, data, regex->limits,
                             workspace, LONGEST_WORKSPACE);
    size_t longest = rc >= 0 ? pcre2_get_ovector_pointer(data)[1] : end;
    pcre2_match_data_free(data);
    if (longest <= end)
        return;
    uint32_t options = PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NO_UTF_CHECK;
    if (pcre2_match(regex->code, text.at, longest, start, options, regex->data,
                    regex->limits) < 0)
        (void)pcre2_match(regex->code, text.at, text.len, start, PCRE2_NO_UTF_CHECK,
                          regex->data, regex->limits);
}

enum rc regex_search(struct regex *regex, struct bytes text, size_t from,
                     struct regex_match *out, bool *found_out, struct error *err)
{
    int rc = pcre2_match(regex->code, text.at, text.len, from, PCRE2_NO_UTF_CHECK,
                         regex->data, regex->limits);
    *found_out = rc >= 0;
    if (rc == PCRE2_ERROR_NOMATCH)
        return RC_OK;
    if (rc < 0)
        return error_set(err, SQLSTATE_INVALID_REGULAR_EXPRESSION,
                         "regular expression failed: regular expression is too complex");
    if (out == NULL)
        return RC_OK;
    if (regex->alternatives)
        prolong(regex, text);
    const PCRE2_SIZE *pairs = pcre2_get_ovector_pointer(regex->data);
    size_t count = pcre2_get_ovector_count(regex->data);
    count = count > REGEX_GROUPS_MAX ? REGEX_GROUPS_MAX : count;
    out->group_count = count - 1;
    for (size_t i = 0; i < count; i++) {
        out->starts[i] = pairs[2 * i] == PCRE2_UNSET ? SIZE_MAX : pairs[2 * i];
        out->ends[i] = pairs[2 * i + 1];
    }
    return RC_OK;
}

static enum rc test(struct call *call, const struct value *arguments, bool any_case,
                    struct value *result, struct error *err)
{
    struct regex_flags flags = {.any_case = any_case};
    struct regex *regex = NULL;
    bool found = false;
    bool wanted = result->datum.boolean;
    TRY(regex_get(call, arguments[1].datum.bytes, &flags, &regex, err));
    TRY(regex_search(regex, arguments[0].datum.bytes, 0, NULL, &found, err));
    result->datum.boolean = found == wanted;
    return RC_OK;
}

#define REGEX(name, any_case, wanted)                                                    \
    FUNCTION_ROW(name)                                                                   \
    {                                                                                    \
        result->datum.boolean = wanted;                                                  \
        return test(call, arguments, any_case, result, err);                             \
    }

REGEX(regex, false, true)
REGEX(regex_not, false, false)
REGEX(regex_case, true, true)
REGEX(regex_case_not, true, false)
