#ifndef CATALOG_SEAL_H
#define CATALOG_SEAL_H

#include "base/buffer.h"
#include "catalog/keyring.h"
#include "catalog/record.h"

/* Sealed bytes: format (u8), algorithm (u8: 1 = AES-256-GCM), key id (u32), version
 * (u64), salt (32), nonce (12), check value (32), ciphertext and tag, SHA-256 of all
 * before. The subkeys come from the key by HKDF-SHA-256 (RFC 5869) with the salt. The
 * check value is an HMAC of context and header under a subkey of its own and is compared
 * first: a record whose checksum holds but whose check value differs was sealed by
 * another key or belongs to another place. Associated data is the whole context and
 * header. */
struct seal_place {
    uint8_t cluster[16];
    struct catalog_id id;
    uint32_t slot;    /* 0: a secret's value; 1, 2: private keys; SEAL_SLOT_KEYRING */
    uint64_t version; /* of the value; goes up by one with each change */
};

enum { SEAL_SLOT_VALUE = 0, SEAL_SLOT_KEYRING = 0xffff, SEAL_VALUE_MAX = 524288 };

enum seal_result { SEAL_OPENED, SEAL_WRONG_KEY, SEAL_DAMAGED };

/* The primitives, with the key given. Opening writes into a secret that is made here;
 * `result_out` says which of the two failures RC_FAILED is. */
enum rc seal_bytes(const uint8_t key[CRYPTO_KEY_LEN], uint32_t key_id,
                   const struct seal_place *place, struct bytes plain,
                   struct buffer *out) MUST_USE;
enum rc seal_open(const uint8_t key[CRYPTO_KEY_LEN], const struct seal_place *place,
                  struct bytes sealed, struct secret **plain_out,
                  enum seal_result *result_out, struct error *err) MUST_USE;

/* Whether lengths, format and checksum hold; needs no key. */
bool seal_is_well_formed(struct bytes sealed, uint32_t *key_id_out,
                         uint64_t *version_out);

/* Seals a value as the next version of the object's slot and stores it in the
 * transaction. 54000 past SEAL_VALUE_MAX bytes; 55000 when the keyring is sealed. */
enum rc catalog_seal(const struct keyring *keyring, struct store_transaction *transaction,
                     struct catalog_id id, uint32_t slot, struct bytes value,
                     struct error *err) MUST_USE;

/* Opens a stored value; the caller frees the secret. RC_NOTFOUND when there is none. */
enum rc catalog_unseal(const struct keyring *keyring,
                       struct store_transaction *transaction, struct catalog_id id,
                       uint32_t slot, struct secret **value_out,
                       struct error *err) MUST_USE;

/* Binds the place to the store's cluster id (store.h). */
void seal_place_bind(struct seal_place *place, struct store_transaction *transaction);

#endif
