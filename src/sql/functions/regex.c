/* ~, ~*, !~ and !~* on PCRE2. What PostgreSQL's advanced regular expressions write
 * otherwise is converted: \m \M \y \Y \A \Z, and "***=" (literal) and "***:" in front. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "sql/functions/implementation.h"

enum { MATCH_LIMIT = 1000000, DEPTH_LIMIT = 10000 };

static void convert(struct bytes pattern, struct buffer *out)
{
    static const struct {
        char from;
        const char *to;
    } escapes[] = {
        {'m', "\\b(?=\\w)"}, {'M', "\\b(?<=\\w)"}, {'y', "\\b"},
        {'Y', "\\B"},        {'Z', "\\z"},
    };
    for (size_t i = 0; i < pattern.len; i++) {
        const char *to = NULL;
        bool escape = pattern.at[i] == '\\' && i + 1 < pattern.len;
        for (size_t at = 0; escape && at < ARRAY_COUNT(escapes); at++) {
            if (pattern.at[i + 1] == (uint8_t)escapes[at].from)
                to = escapes[at].to;
        }
        if (to != NULL)
            buffer_add_text(out, to);
        else
            buffer_add(out, bytes_of(pattern.at + i, escape ? 2 : 1));
        i += escape ? 1 : 0;
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

static enum rc compile(struct bytes pattern, bool any_case, pcre2_code **out,
                       struct error *err)
{
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY |
                       (any_case ? PCRE2_CASELESS : 0);
    struct buffer text;
    buffer_init(&text, TYPE_VALUE_MAX);
    bool literal = bytes_has_prefix(pattern, bytes_of_text("***="));
    if (literal || bytes_has_prefix(pattern, bytes_of_text("***:")))
        pattern = bytes_of(pattern.at + 4, pattern.len - 4);
    if (literal) {
        options = PCRE2_UTF | PCRE2_LITERAL | (any_case ? PCRE2_CASELESS : 0);
        buffer_add(&text, pattern);
    } else {
        convert(pattern, &text);
    }
    int code = 0;
    PCRE2_SIZE at = 0;
    struct bytes bytes = buffer_bytes(&text);
    *out = pcre2_compile(bytes.at, bytes.len, options, &code, &at, NULL);
    buffer_fini(&text);
    if (*out != NULL)
        return RC_OK;
    return compile_error(code, err);
}

static enum rc match(const pcre2_code *code, struct bytes text, bool *out,
                     struct error *err)
{
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    (void)pcre2_set_match_limit(limits, MATCH_LIMIT);
    (void)pcre2_set_depth_limit(limits, DEPTH_LIMIT);
    int rc = pcre2_match(code, text.at, text.len, 0, 0, data, limits);
    pcre2_match_context_free(limits);
    pcre2_match_data_free(data);
    *out = rc >= 0;
    if (rc >= 0 || rc == PCRE2_ERROR_NOMATCH)
        return RC_OK;
    return error_set(err, SQLSTATE_INVALID_REGULAR_EXPRESSION,
                     "regular expression failed: regular expression is too complex");
}

static enum rc test(const struct value *arguments, bool any_case, bool wanted,
                    struct value *result, struct error *err)
{
    pcre2_code *code = NULL;
    TRY(compile(arguments[1].datum.bytes, any_case, &code, err));
    bool found = false;
    enum rc rc = match(code, arguments[0].datum.bytes, &found, err);
    pcre2_code_free(code);
    result->datum.boolean = found == wanted;
    return rc;
}

#define REGEX(name, any_case, wanted)                                                    \
    FUNCTION_ROW(name)                                                                   \
    {                                                                                    \
        (void)call;                                                                      \
        return test(arguments, any_case, wanted, result, err);                           \
    }

REGEX(regex, false, true)
REGEX(regex_not, false, false)
REGEX(regex_case, true, true)
REGEX(regex_case_not, true, false)
