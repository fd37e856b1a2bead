#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include "store/store.h"
#include "store/transaction.h"

/* Tells of one fault, in one line of text. */
typedef void store_check_report(void *argument, const char *fault);

/* Whoever knows what is in the store adds a hook. Each function may be NULL. A function
 * that finds a fault reports it and returns RC_OK; RC_FAILED ends the check. */
struct store_check_hook {
    void *argument;
    /* Once for each key of the spaces first_space to last_space, in key order. */
    uint8_t first_space;
    uint8_t last_space;
    enum rc (*visit)(void *argument, struct bytes key, struct bytes value,
                     store_check_report *report, void *report_argument);
    /* Once at the end, with a transaction to look things up. */
    enum rc (*finish)(void *argument, struct store_transaction *transaction,
                      store_check_report *report, void *report_argument,
                      struct error *err);
};

struct store_check {
    const struct store_options *options; /* may be NULL; nothing is created or upgraded */
    const struct store_check_hook *hooks;
    size_t hook_count;
    store_check_report *report;
    void *report_argument;
};

/* Opens the store at `path`, alone (55006), and walks all of it: the reserved record,
 * every page that holds a key, key lengths and order, the number of keys, the page
 * account (used and free pages make up the file). RC_FAILED when it could not be read to
 * its end; *fault_count_out counts reports otherwise. LMDB has no page checksums: a page
 * damaged inside a value is found by the hooks or not at all. */
enum rc store_check_run(const char *path, const struct store_check *check,
                        size_t *fault_count_out, struct error *err) MUST_USE;

#endif
