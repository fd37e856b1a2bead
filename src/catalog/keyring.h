#ifndef CATALOG_KEYRING_H
#define CATALOG_KEYRING_H

#include "base/crypto.h"
#include "base/error.h"
#include "base/secret.h"

struct store_transaction;

/* Layers: a master key (32 bytes, from outside the store) seals the keyring; data keys of
 * the keyring seal values (seal.h). A keyring without its master key is sealed: what
 * needs a key is refused with 55000. Not thread-safe against keyring_unseal(); reads may
 * run on many threads once it is unsealed. */
struct keyring;

struct keyring *keyring_new(void);
void keyring_free(struct keyring **keyring);
bool keyring_is_sealed(const struct keyring *keyring);

/* Reads the key file, which must belong to us alone: a mode other than 0400 or 0600 is
 * F0000. RC_NOTFOUND without an error when the file is absent. */
enum rc keyring_read_master(const char *path, struct secret **master_out,
                            struct error *err) MUST_USE;

/* Makes the file with mode 0400 and 32 random bytes, synced with its folder; refuses one
 * that exists. */
enum rc keyring_make_master(const char *path, struct secret **master_out,
                            struct error *err) MUST_USE;

/* Makes the first data key and stores the ring; only over a store that has none. */
enum rc keyring_create(const struct secret *master, struct store_transaction *transaction,
                       struct error *err) MUST_USE;

/* Opens the stored ring with the master key. Distinct errors: RC_NOTFOUND when the store
 * has no ring; 28P01 `the master key is not the one that sealed this catalog`; XX001 for
 * a damaged ring. */
enum rc keyring_unseal(struct keyring *keyring, const struct secret *master,
                       struct store_transaction *transaction, struct error *err) MUST_USE;

/* Opens what the server starts with: reads the file, makes it when it is absent and the
 * store has no ring, and leaves the keyring sealed (RC_OK) when it is absent and there is
 * one. Edits of a new ring are in the transaction, for the caller to commit. */
enum rc keyring_start(struct keyring *keyring, const char *path,
                      struct store_transaction *transaction, struct error *err) MUST_USE;

/* Store the ring with a new active data key, or under another master key. The keyring in
 * memory is as before: the caller unseals it anew after commit. */
enum rc keyring_rotate_data_key(const struct keyring *keyring,
                                const struct secret *master,
                                struct store_transaction *transaction,
                                struct error *err) MUST_USE;
enum rc keyring_change_master(const struct keyring *keyring, const struct secret *master,
                              struct store_transaction *transaction,
                              struct error *err) MUST_USE;

/* The key to seal with, or the one with that id (0: the active one). RC_FAILED 55000 when
 * sealed, XX001 when the ring lacks it. The bytes belong to the keyring. */
enum rc keyring_data_key(const struct keyring *keyring, uint32_t id, uint32_t *id_out,
                         const uint8_t **key_out, struct error *err) MUST_USE;

#endif
