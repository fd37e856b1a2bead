/* Names, wording and remedies of all that can go wrong on the way to a target. */
#include "base/stage.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"

static const char *const stage_names[STAGE_COUNT] = {
    [STAGE_NONE] = "none",
    [STAGE_RESOLVE] = "resolve",
    [STAGE_CONNECT] = "connect",
    [STAGE_BANNER] = "banner",
    [STAGE_KEY_EXCHANGE] = "key exchange",
    [STAGE_HOST_KEY] = "host key",
    [STAGE_LOGIN] = "login",
    [STAGE_FORWARD] = "forward",
    [STAGE_CARRY] = "carry",
    [STAGE_ANSWER] = "answer",
    [STAGE_TLS] = "tls",
    [STAGE_TARGET_LOGIN] = "target login",
    [STAGE_SETTINGS] = "settings",
};

static const struct {
    const char *name;
    const char *text;
    const char *remedy;
} causes[STAGE_CAUSE_COUNT] = {
#define X(identifier, name, text, remedy)                                                \
    [STAGE_CAUSE_##identifier] = {(name), (text), (remedy)},
#include "base/stage_causes.def"
#undef X
};

static const char *const verdict_names[] = {
    [STAGE_VERDICT_OK] = "ok",
    [STAGE_VERDICT_WARNING] = "warning",
    [STAGE_VERDICT_FAILED] = "failed",
};

const char *stage_name(enum stage stage)
{
    ASSERT(stage >= 0 && stage < STAGE_COUNT);
    return stage_names[stage];
}

const char *stage_cause_name(enum stage_cause cause)
{
    ASSERT(cause >= 0 && cause < STAGE_CAUSE_COUNT);
    return causes[cause].name;
}

const char *stage_cause_text(enum stage_cause cause)
{
    ASSERT(cause >= 0 && cause < STAGE_CAUSE_COUNT);
    return causes[cause].text;
}

bool stage_cause_is_refusal(enum stage_cause cause)
{
    switch (cause) {
    case STAGE_CAUSE_NO_COMMON_ALGORITHM:
    case STAGE_CAUSE_HOST_KEY_CHANGED:
    case STAGE_CAUSE_HOST_KEY_UNTRUSTED:
    case STAGE_CAUSE_LOGIN_REFUSED:
    case STAGE_CAUSE_LOGIN_NO_PUBLICKEY:
    case STAGE_CAUSE_LOGIN_INCOMPLETE:
    case STAGE_CAUSE_KEYS_SEALED:
    case STAGE_CAUSE_SECRET_SEALED:
    case STAGE_CAUSE_TLS_UNTRUSTED:
    case STAGE_CAUSE_TLS_NAME_MISMATCH:
    case STAGE_CAUSE_PASSWORD_WRONG:
    case STAGE_CAUSE_PASSWORD_MISSING:
    case STAGE_CAUSE_USER_UNKNOWN:
    case STAGE_CAUSE_NO_ENTRY:
    case STAGE_CAUSE_HOST_BLOCKED:
    case STAGE_CAUSE_HOST_NOT_ALLOWED:
    case STAGE_CAUSE_ACCOUNT_LOCKED:
    case STAGE_CAUSE_PASSWORD_EXPIRED:
    case STAGE_CAUSE_PASSWORD_IN_CLEAR:
        return true;
    default:
        return false;
    }
}

const char *stage_verdict_name(enum stage_verdict verdict)
{
    ASSERT(verdict >= 0 && (size_t)verdict < ARRAY_COUNT(verdict_names));
    return verdict_names[verdict];
}

/* Peers choose these words: they must neither move a cursor nor forge a line. */
static void copy_words(char *out, size_t size, const char *words)
{
    size_t len = 0;
    for (; words[len] != '\0' && len + 1 < size; len++) {
        unsigned char c = (unsigned char)words[len];
        out[len] = (char)(c < 0x20 || c >= 0x7F ? '?' : c);
        if (c == '\r' || c == '\n' || c == '\t')
            out[len] = ' ';
    }
    while (len > 0 && out[len - 1] == ' ')
        len--;
    out[len] = '\0';
}

void stage_failure_set(struct stage_failure *failure, enum stage stage,
                       enum stage_cause cause, const char *words)
{
    memset(failure, 0, sizeof(*failure));
    failure->stage = stage;
    failure->cause = cause;
    failure->at_wall_us = clock_wall_us();
    copy_words(failure->words, sizeof(failure->words), words == NULL ? "" : words);
}

const char *stage_failure_remedy(const struct stage_failure *failure)
{
    return failure->remedy[0] != '\0' ? failure->remedy : causes[failure->cause].remedy;
}

static const char *tunnel_prefix(enum stage stage)
{
    switch (stage) {
    case STAGE_RESOLVE:
        return "";
    case STAGE_FORWARD:
        return "failed to open SSH tunnel: ";
    case STAGE_CARRY:
        return "SSH tunnel was cut: ";
    default:
        return "failed to connect to the remote host: ";
    }
}

void stage_tunnel_message(const struct stage_failure *failure, char *out, size_t size)
{
    bool has_words = failure->words[0] != '\0';
    snprintf(out, size, "%s%s", tunnel_prefix(failure->stage),
             has_words ? failure->words : causes[failure->cause].text);
}

struct stage_record *stage_trace_add(struct stage_trace *trace, const char *hop,
                                     enum stage stage, const char *address)
{
    if (trace->count < ARRAY_COUNT(trace->records))
        trace->count++;
    struct stage_record *record = &trace->records[trace->count - 1];
    memset(record, 0, sizeof(*record));
    record->stage = stage;
    snprintf(record->hop, sizeof(record->hop), "%s", hop);
    snprintf(record->address, sizeof(record->address), "%s", address);
    return record;
}

void stage_record_found(struct stage_record *record, const char *found)
{
    copy_words(record->found, sizeof(record->found), found);
}

void stage_record_fail(struct stage_record *record, const struct stage_failure *failure)
{
    record->verdict = STAGE_VERDICT_FAILED;
    record->cause = failure->cause;
    snprintf(record->remedy, sizeof(record->remedy), "%s", stage_failure_remedy(failure));
    if (record->found[0] == '\0')
        stage_record_found(record, failure->words);
}
