/* COPY FROM in text and CSV: where a line ends, and where the data does. */
#include "base/error.h"
#include "sql/exec/copy_read_internal.h"
#include "sql/types/type.h"

/* What a byte of the input does to the search. */
enum found { FOUND_NOTHING, FOUND_LINE, FOUND_END, FOUND_SHORT, FOUND_ERROR };

struct search {
    struct copy_reader *reader;
    struct bytes input;
    size_t at;
    size_t line_len; /* FOUND_LINE */
    size_t ending;   /* bytes of its end */
    struct error *err;
};

static bool is_csv(const struct search *search)
{
    return search->reader->source.options->format == COPY_CSV;
}

/* False when the bytes are not there yet. */
static bool has(const struct search *search, size_t count)
{
    return search->at + count <= search->input.len;
}

static char byte_at(const struct search *search, size_t offset)
{
    return has(search, offset + 1) ? (char)search->input.at[search->at + offset] : '\0';
}

static enum found bad(struct search *search, const char *text)
{
    (void)error_set(search->err, SQLSTATE_BAD_COPY_FILE_FORMAT, "%s", text);
    return FOUND_ERROR;
}

static enum found literal(struct search *search, bool is_return)
{
    bad(search, is_return ? (is_csv(search) ? "unquoted carriage return found in data"
                                            : "literal carriage return found in data")
                          : (is_csv(search) ? "unquoted newline found in data"
                                            : "literal newline found in data"));
    if (is_csv(search))
        (void)error_hint(search->err, "Use quoted CSV field to represent %s.",
                         is_return ? "carriage return" : "newline");
    else
        (void)error_hint(search->err, "Use \"%s\" to represent %s.",
                         is_return ? "\\r" : "\\n",
                         is_return ? "carriage return" : "newline");
    return FOUND_ERROR;
}

static enum found line_ends(struct search *search, size_t ending)
{
    search->line_len = search->at;
    search->ending = ending;
    return FOUND_LINE;
}

static enum found on_return(struct search *search)
{
    enum copy_newline *newline = &search->reader->newline;

    if (*newline == NEWLINE_LF)
        return literal(search, true);
    if (*newline == NEWLINE_CR)
        return line_ends(search, 1);
    if (!has(search, 2) && !search->reader->is_finished)
        return FOUND_SHORT;
    if (byte_at(search, 1) == '\n') {
        *newline = NEWLINE_CRLF;
        return line_ends(search, 2);
    }
    if (*newline == NEWLINE_CRLF)
        return literal(search, true);
    *newline = NEWLINE_CR;
    return line_ends(search, 1);
}

static enum found on_newline(struct search *search)
{
    enum copy_newline *newline = &search->reader->newline;

    if (*newline == NEWLINE_CR || *newline == NEWLINE_CRLF)
        return literal(search, false);
    *newline = NEWLINE_LF;
    return line_ends(search, 1);
}

/* What stands behind `\.`, at offset 2: the end of a line of the same kind as before. */
static enum found on_marker(struct search *search)
{
    enum copy_newline newline = search->reader->newline;
    bool is_finished = search->reader->is_finished;
    char next;

    if (!has(search, 3))
        return is_finished ? FOUND_END : FOUND_SHORT;
    next = byte_at(search, 2);
    if (newline == NEWLINE_CRLF && next == '\r' && !has(search, 4) && !is_finished)
        return FOUND_SHORT;
    if (next != '\r' && next != '\n')
        return is_csv(search) ? FOUND_NOTHING : bad(search, "end-of-copy marker corrupt");
    if (newline == NEWLINE_CRLF && next == '\n')
        return is_csv(search) ? FOUND_NOTHING
                              : bad(search, "end-of-copy marker does not match previous "
                                            "newline style");
    if (newline == NEWLINE_CRLF && byte_at(search, 3) != '\n')
        return is_csv(search) ? FOUND_NOTHING : bad(search, "end-of-copy marker corrupt");
    if ((newline == NEWLINE_LF && next != '\n') ||
        (newline == NEWLINE_CR && next != '\r'))
        return bad(search, "end-of-copy marker does not match previous newline style");
    return FOUND_END;
}

/* A backslash takes the next byte with it; with a dot it ends the data. */
static enum found on_backslash(struct search *search)
{
    enum found found;

    if (is_csv(search) && search->at != 0)
        return FOUND_NOTHING;
    if (!has(search, 2))
        return search->reader->is_finished ? FOUND_NOTHING : FOUND_SHORT;
    if (byte_at(search, 1) == '.') {
        found = on_marker(search);
        if (found == FOUND_END && search->at > 0) {
            /* What stands before the marker is a line still; the marker comes again. */
            return line_ends(search, 0);
        }
        return found;
    }
    search->at += !is_csv(search);
    return FOUND_NOTHING;
}

static void follow_quotes(struct search *search, char c)
{
    struct copy_reader *reader = search->reader;
    char quote = reader->source.options->quote;
    char escape = reader->source.options->escape;
    bool escapes = escape != quote;

    if (escapes && reader->in_quote && c == escape)
        reader->was_escape = !reader->was_escape;
    if (c == quote && !reader->was_escape)
        reader->in_quote = !reader->in_quote;
    if (!escapes || c != escape)
        reader->was_escape = false;
    if (reader->in_quote && c == (reader->newline == NEWLINE_LF ? '\n' : '\r'))
        reader->line_number++;
}

static enum found look_at(struct search *search, char c)
{
    bool is_plain = !is_csv(search) || !search->reader->in_quote;

    if (c == '\r' && is_plain)
        return on_return(search);
    if (c == '\n' && is_plain)
        return on_newline(search);
    if (c == '\\' && is_plain)
        return on_backslash(search);
    return FOUND_NOTHING;
}

static enum found find_end(struct search *search)
{
    enum found found = FOUND_NOTHING;

    while (search->at < search->input.len) {
        char c = (char)search->input.at[search->at];
        bool in_quote = search->reader->in_quote, was_escape = search->reader->was_escape;
        uint64_t number = search->reader->line_number;
        if (is_csv(search))
            follow_quotes(search, c);
        found = look_at(search, c);
        if (found == FOUND_SHORT) { /* the byte is looked at again */
            search->reader->in_quote = in_quote;
            search->reader->was_escape = was_escape;
            search->reader->line_number = number;
        }
        if (found != FOUND_NOTHING)
            return found;
        search->at++;
    }
    return FOUND_SHORT;
}

static enum rc take_line(struct copy_reader *reader, const struct search *search,
                         struct error *err)
{
    reader->line = bytes_of(search->input.at, search->line_len);
    reader->taken = search->line_len + search->ending;
    reader->line_number++;
    reader->scanned = 0;
    reader->in_quote = false;
    reader->was_escape = false;
    return type_check_text(reader->line, err);
}

enum rc copy_read_line(struct copy_reader *reader, struct error *err)
{
    struct search search = {.reader = reader,
                            .input = buffer_bytes(&reader->input),
                            .at = reader->scanned,
                            .err = err};
    enum found found = find_end(&search);

    if (found == FOUND_ERROR) {
        reader->line_number++; /* its text is not known yet */
        return RC_FAILED;
    }
    if (found == FOUND_LINE)
        return take_line(reader, &search, err);
    if (found == FOUND_END) {
        reader->is_over = true;
        return RC_EOF;
    }
    reader->scanned = search.at;
    if (!reader->is_finished)
        return RC_AGAIN;
    if (search.input.len == 0) {
        reader->is_over = true;
        return RC_EOF;
    }
    search.line_len = search.input.len;
    search.ending = 0;
    return take_line(reader, &search, err);
}
