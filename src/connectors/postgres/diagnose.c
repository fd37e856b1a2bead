/* From what libpq and servers say to causes. What a server says may be in any language:
 * its SQLSTATE and the routine that raised it come first, words only decide between what
 * those leave open. */
#include "connectors/postgres/diagnose.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    SQLSTATE_LEN = 5,
    /* Bounds that libpq has, too: an answer to a start-up packet is no longer. */
    AUTHENTICATION_LEN_MIN = 8,
    AUTHENTICATION_LEN_MAX = 2000,
    ERROR_LEN_MAX = 30000,
    HEADER_LEN = 5, /* type and length of a message */
};

/* --- libpq's text ------------------------------------------------------------------ */

/* 'connection to server at "h" (127.0.0.1), port 1 failed: ' is about the held port. */
static const char *skip_address(const char *text)
{
    static const char start[] = "connection to server at ";
    static const char end[] = " failed: ";
    if (strncmp(text, start, sizeof(start) - 1) != 0)
        return text;
    const char *at = strstr(text, end);
    return at == NULL ? text : at + sizeof(end) - 1;
}

static bool is_sqlstate(const char *at)
{
    for (int i = 0; i < SQLSTATE_LEN; i++) {
        if (!isupper((unsigned char)at[i]) && !isdigit((unsigned char)at[i]))
            return false;
    }
    return at[SQLSTATE_LEN] == ':' && at[SQLSTATE_LEN + 1] == ' ';
}

/* "FATAL:  28P01: text" becomes "FATAL: text". */
static void read_first_line(const char *line, size_t len, struct postgres_words *words)
{
    const char *gap = strstr(line, ":  ");
    bool is_servers = gap != NULL && gap < line + len && is_sqlstate(gap + 3);
    if (!is_servers) {
        snprintf(words->words, sizeof(words->words), "%.*s", (int)len, line);
        return;
    }
    const char *state = gap + 3;
    const char *text = state + SQLSTATE_LEN + 2;
    snprintf(words->sqlstate, sizeof(words->sqlstate), "%.5s", state);
    snprintf(words->words, sizeof(words->words), "%.*s: %.*s", (int)(gap - line), line,
             (int)(line + len - text), text);
}

/* The last line: "LOCATION:  auth_failed, auth.c:326". */
static void read_routine(const char *text, struct postgres_words *words)
{
    const char *at = strstr(text, "\nLOCATION:  ");
    if (at == NULL)
        return;
    at += strlen("\nLOCATION:  ");
    snprintf(words->routine, sizeof(words->routine), "%.*s", (int)strcspn(at, ",\n"), at);
}

void postgres_words_read(const char *text, struct postgres_words *words_out)
{
    memset(words_out, 0, sizeof(*words_out));
    const char *line = skip_address(text);
    read_first_line(line, strcspn(line, "\n"), words_out);
    read_routine(line, words_out);
}

/* --- the first bytes --------------------------------------------------------------- */

/* A message's header; what has not come yet is believed. */
static bool has_length(struct bytes first, uint32_t min, uint32_t max)
{
    if (first.len < HEADER_LEN)
        return true;
    uint32_t len = (uint32_t)first.at[1] << 24 | (uint32_t)first.at[2] << 16 |
                   (uint32_t)first.at[3] << 8 | first.at[4];
    return len >= min && len <= max;
}

/* PostgreSQL manual, chapter 55.2.1: an authentication request, an error, or a wish for
 * another version of the protocol. */
static bool is_startup_answer(struct bytes first)
{
    switch (first.at[0]) {
    case 'R':
        return has_length(first, AUTHENTICATION_LEN_MIN, AUTHENTICATION_LEN_MAX);
    case 'E':
        return has_length(first, AUTHENTICATION_LEN_MIN, ERROR_LEN_MAX);
    case 'v':
        return has_length(first, AUTHENTICATION_LEN_MIN, AUTHENTICATION_LEN_MAX);
    default:
        return false;
    }
}

/* Chapter 55.2.11: a single byte, and nothing behind it, or an error. "SSH-2.0-" begins
 * with an S, too. */
enum postgres_answer postgres_answer_judge(struct bytes first, bool asked_for_tls)
{
    if (!asked_for_tls)
        return is_startup_answer(first) ? POSTGRES_ANSWER_FINE : POSTGRES_ANSWER_FOREIGN;
    if (first.len == 1 && first.at[0] == 'S')
        return POSTGRES_ANSWER_FINE;
    if (first.len == 1 && first.at[0] == 'N')
        return POSTGRES_ANSWER_NO_TLS;
    bool is_error = first.at[0] == 'E' && is_startup_answer(first);
    return is_error ? POSTGRES_ANSWER_FINE : POSTGRES_ANSWER_FOREIGN;
}

/* --- causes ------------------------------------------------------------------------ */

static bool says(const struct postgres_words *words, const char *part)
{
    return strcasestr(words->words, part) != NULL;
}

/* A target that refuses our certificate says so in an alert. */
static bool is_certificate_alert(const struct postgres_words *words)
{
    return says(words, "alert") &&
           (says(words, "certificate") || says(words, "unknown ca"));
}

/* libpq reads its files before the handshake. */
static enum stage_cause file_cause(const struct postgres_words *words)
{
    if (says(words, "root certificate"))
        return STAGE_CAUSE_TLS_AUTHORITY_BAD;
    if (says(words, "certificate") || says(words, "private key"))
        return STAGE_CAUSE_CLIENT_CERTIFICATE_BAD;
    return STAGE_CAUSE_TLS_FAILED;
}

enum stage_cause postgres_tls_cause(const struct postgres_words *words,
                                    const struct tls_peer *peer)
{
    if (peer == NULL)
        return file_cause(words);
    if (peer->fault == STREAM_TLS_FAULT_EXPIRED)
        return STAGE_CAUSE_TLS_EXPIRED;
    if (peer->fault != STREAM_TLS_FAULT_NONE)
        return STAGE_CAUSE_TLS_UNTRUSTED;
    if (is_certificate_alert(words))
        return STAGE_CAUSE_CLIENT_CERTIFICATE_BAD;
    /* OpenSSL is content: what is left to refuse for libpq is the name. */
    return peer->is_handshaken ? STAGE_CAUSE_TLS_NAME_MISMATCH : STAGE_CAUSE_TLS_FAILED;
}

/* PostgreSQL, and what managed services and poolers put before it. */
static bool wants_tls(const struct postgres_words *words)
{
    return says(words, "no encryption") || says(words, "SSL off") ||
           says(words, "SSL connection is required") || says(words, "SSL required");
}

/* 28000 stands for four things. */
static enum stage_cause authorization_cause(const struct postgres_words *words,
                                            const struct postgres_login_state *state)
{
    if (says(words, "certificate"))
        return STAGE_CAUSE_CLIENT_CERTIFICATE_BAD;
    if (strcmp(words->routine, "InitializeSessionUserId") == 0)
        return STAGE_CAUSE_USER_UNKNOWN;
    if (!state->uses_tls && wants_tls(words))
        return STAGE_CAUSE_TLS_REQUIRED;
    return STAGE_CAUSE_NO_ENTRY;
}

static const struct {
    char sqlstate[6];
    enum stage_cause cause;
} states[] = {
    {"28P01", STAGE_CAUSE_PASSWORD_WRONG},
    {"3D000", STAGE_CAUSE_DATABASE_MISSING},
    {"42501", STAGE_CAUSE_DATABASE_FORBIDDEN},
    {"55000", STAGE_CAUSE_DATABASE_FORBIDDEN}, /* datallowconn is off */
    {"53300", STAGE_CAUSE_TOO_MANY_CONNECTIONS},
    {"57P01", STAGE_CAUSE_STARTING_UP},
    {"57P02", STAGE_CAUSE_STARTING_UP},
    {"57P03", STAGE_CAUSE_STARTING_UP},
};

/* libpq's own words. */
static enum stage_cause client_cause(const struct postgres_words *words,
                                     const struct postgres_login_state *state)
{
    if (state->needs_password)
        return STAGE_CAUSE_PASSWORD_MISSING;
    if (is_certificate_alert(words))
        return STAGE_CAUSE_CLIENT_CERTIFICATE_BAD;
    if (says(words, "not supported"))
        return STAGE_CAUSE_METHOD_UNSUPPORTED;
    if (says(words, "closed the connection"))
        return STAGE_CAUSE_TARGET_CLOSED;
    return STAGE_CAUSE_LOGIN_FAILED;
}

enum stage_cause postgres_login_cause(const struct postgres_words *words,
                                      const struct postgres_login_state *state)
{
    if (words->sqlstate[0] == '\0')
        return client_cause(words, state);
    for (size_t i = 0; i < ARRAY_COUNT(states); i++) {
        if (strcmp(states[i].sqlstate, words->sqlstate) == 0)
            return states[i].cause;
    }
    if (strcmp(words->sqlstate, "28000") == 0)
        return authorization_cause(words, state);
    return !state->uses_tls && wants_tls(words) ? STAGE_CAUSE_TLS_REQUIRED
                                                : STAGE_CAUSE_LOGIN_FAILED;
}
