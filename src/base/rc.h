#ifndef BASE_RC_H
#define BASE_RC_H

/* What a fallible function says. Three kinds of trouble are never mixed: our own bug
 * (ASSERT, the process ends), the world's failure (RC_FAILED and friends), and "not yet"
 * (RC_AGAIN, RC_WAIT), which is no failure and is never logged. */
enum rc {
    RC_OK = 0,
    RC_AGAIN,    /* nothing is wrong: come back when there is more input or time */
    RC_WAIT,     /* a lock is held by somebody else: a waiter has been registered */
    RC_EOF,      /* the peer, or the data, has come to its orderly end */
    RC_NOTFOUND, /* the key or the object is absent */
    RC_LIMIT,    /* a limit that we set was passed */
    RC_FAILED,   /* details are in the struct error that was passed in */
};

const char *rc_name(enum rc rc);

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_at, first_at)                                                 \
    __attribute__((format(printf, format_at, first_at)))

/* The one macro with a hidden return: passes every result but RC_OK on to the caller. */
#define TRY(call)                                                                        \
    do {                                                                                 \
        enum rc try_rc_ = (call);                                                        \
        if (try_rc_ != RC_OK)                                                            \
            return try_rc_;                                                              \
    } while (0)

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
