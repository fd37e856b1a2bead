#include "server/check_command.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/secret.h"
#include "catalog/check.h"
#include "catalog/keyring.h"
#include "server/config.h"
#include "store/check.h"

struct checking {
    const struct config *config;
    struct keyring *keyring;
};

static void report(void *argument, const char *fault)
{
    (void)argument;
    puts(fault);
}

/* Sealed values are verified too when the master key is at hand. */
static enum rc unseal(const struct checking *checking,
                      struct store_transaction *transaction, struct error *err)
{
    struct secret *master = NULL;
    enum rc rc = keyring_read_master(checking->config->master_key_file, &master, err);

    if (rc == RC_NOTFOUND)
        return RC_OK;
    if (rc == RC_OK)
        rc = keyring_unseal(checking->keyring, master, transaction, err);
    secret_free(&master);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc finish(void *argument, struct store_transaction *transaction,
                      store_check_report *tell, void *tell_argument, struct error *err)
{
    const struct checking *checking = (const struct checking *)argument;
    size_t fault_count = 0;

    TRY(unseal(checking, transaction, err));
    return catalog_check(transaction, checking->keyring, tell, tell_argument,
                         &fault_count, err);
}

int check_command(const struct config *config)
{
    struct checking checking = {config, keyring_new()};
    struct store_check_hook hook = {.argument = &checking, .finish = finish};
    struct store_check check = {.hooks = &hook, .hook_count = 1, .report = report};
    struct error err;
    size_t fault_count = 0;
    enum rc rc;

    error_clear(&err);
    rc = store_check_run(config->data_dir, &check, &fault_count, &err);
    keyring_free(&checking.keyring);
    if (rc != RC_OK) {
        fprintf(stderr, "culvert: %s\n", err.message);
        return 2;
    }
    if (fault_count == 0)
        printf("%s: no faults found\n", config->data_dir);
    else
        printf("%s: %zu faults\n", config->data_dir, fault_count);
    return fault_count == 0 ? 0 : 1;
}
