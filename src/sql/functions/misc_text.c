/* Digests, counts of NULLs, bits of bytea, Unicode's normal forms, intervals from parts.
 */
#include <math.h>

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/ascii.h"
#include "base/crypto.h"
#include "sql/functions/implementation.h"
#include "sql/types/datetime.h"

static enum rc digest(struct call *call, enum crypto_sha2 kind, struct bytes data,
                      struct value *result)
{
    uint8_t out[CRYPTO_SHA512_LEN];
    size_t len = crypto_sha2(kind, data, out);
    result->datum.bytes = arena_bytes(call->arena, bytes_of(out, len));
    return RC_OK;
}

FUNCTION_ROW(sha224)
{
    (void)err;
    return digest(call, CRYPTO_SHA224, arguments[0].datum.bytes, result);
}

FUNCTION_ROW(sha384)
{
    (void)err;
    return digest(call, CRYPTO_SHA384, arguments[0].datum.bytes, result);
}

FUNCTION_ROW(sha512)
{
    (void)err;
    return digest(call, CRYPTO_SHA512, arguments[0].datum.bytes, result);
}

static int32_t count_nulls(const struct call *call, const struct value *arguments,
                           bool null)
{
    int32_t count = 0;
    for (size_t i = 0; i < call->argument_count; i++)
        count += arguments[i].null == null ? 1 : 0;
    return count;
}

FUNCTION_ROW(num_nulls)
{
    (void)err;
    result->datum.int32 = count_nulls(call, arguments, true);
    return RC_OK;
}

FUNCTION_ROW(num_nonnulls)
{
    (void)err;
    result->datum.int32 = count_nulls(call, arguments, false);
    return RC_OK;
}

/* --- bits of bytea, counted from the lowest of the first byte --------------------- */

static enum rc check_bit(struct bytes bytes, int64_t at, struct error *err)
{
    int64_t last = (int64_t)bytes.len * 8 - 1;
    if (at >= 0 && at <= last)
        return RC_OK;
    return error_set(err, SQLSTATE_ARRAY_SUBSCRIPT_ERROR,
                     "index %lld out of valid range, 0..%lld", (long long)at,
                     (long long)last);
}

FUNCTION_ROW(set_bit)
{
    struct bytes bytes = arguments[0].datum.bytes;
    int64_t at = arguments[1].datum.int64;
    int32_t bit = arguments[2].datum.int32;
    TRY(check_bit(bytes, at, err));
    if (bit != 0 && bit != 1)
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE, "new bit must be 0 or 1");
    uint8_t *copy = ARENA_ARRAY(call->arena, uint8_t, bytes.len);
    memcpy(copy, bytes.at, bytes.len);
    uint8_t mask = (uint8_t)(1U << (at % 8));
    copy[at / 8] = (uint8_t)(bit == 1 ? copy[at / 8] | mask : copy[at / 8] & ~mask);
    result->datum.bytes = bytes_of(copy, bytes.len);
    return RC_OK;
}

FUNCTION_ROW(bit_count)
{
    (void)call;
    (void)err;
    struct bytes bytes = arguments[0].datum.bytes;
    for (size_t i = 0; i < bytes.len; i++)
        result->datum.int64 += __builtin_popcount(bytes.at[i]);
    return RC_OK;
}

/* --- normal forms ----------------------------------------------------------------- */

static enum rc normalizer(const struct call *call, const struct value *arguments,
                          const UNormalizer2 **out, struct error *err)
{
    UErrorCode status = U_ZERO_ERROR;
    struct bytes form =
        call->argument_count > 1 ? arguments[1].datum.bytes : bytes_of_text("NFC");
    *out = NULL;
    if (ascii_is_word(form, "nfc"))
        *out = unorm2_getNFCInstance(&status);
    else if (ascii_is_word(form, "nfd"))
        *out = unorm2_getNFDInstance(&status);
    else if (ascii_is_word(form, "nfkc"))
        *out = unorm2_getNFKCInstance(&status);
    else if (ascii_is_word(form, "nfkd"))
        *out = unorm2_getNFKDInstance(&status);
    else
        return error_set(err, SQLSTATE_INVALID_PARAMETER_VALUE,
                         "invalid normalization form: %.*s", BYTES_PRINT(form));
    return U_SUCCESS(status)
               ? RC_OK
               : error_set(err, SQLSTATE_INTERNAL_ERROR, "no data for normalization");
}

static UChar *to_utf16(struct call *call, struct bytes text, int32_t *len)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar *wide = ARENA_ARRAY(call->arena, UChar, text.len + 1);
    u_strFromUTF8(wide, (int32_t)text.len + 1, len, (const char *)text.at,
                  (int32_t)text.len, &status);
    return wide;
}

FUNCTION_ROW(normalize)
{
    const UNormalizer2 *form = NULL;
    UErrorCode status = U_ZERO_ERROR;
    int32_t len = 0;
    struct bytes text = arguments[0].datum.bytes;
    TRY(normalizer(call, arguments, &form, err));
    UChar *wide = to_utf16(call, text, &len);
    int32_t room = len * 18 + 1; /* no character grows more (UAX 15) */
    UChar *normal = ARENA_ARRAY(call->arena, UChar, (size_t)room);
    int32_t normal_len = unorm2_normalize(form, wide, len, normal, room, &status);
    char *out = ARENA_ARRAY(call->arena, char, (size_t)normal_len * 3 + 1);
    int32_t out_len = 0;
    u_strToUTF8(out, normal_len * 3 + 1, &out_len, normal, normal_len, &status);
    if (U_FAILURE(status))
        return error_set(err, SQLSTATE_INTERNAL_ERROR, "normalization failed");
    result->datum.bytes = bytes_of(out, (size_t)out_len);
    return RC_OK;
}

FUNCTION_ROW(is_normalized)
{
    const UNormalizer2 *form = NULL;
    UErrorCode status = U_ZERO_ERROR;
    int32_t len = 0;
    TRY(normalizer(call, arguments, &form, err));
    UChar *wide = to_utf16(call, arguments[0].datum.bytes, &len);
    result->datum.boolean = unorm2_isNormalized(form, wide, len, &status) != 0;
    return RC_OK;
}

/* make_interval(years, months, weeks, days, hours, mins, secs); all may be left out. */
FUNCTION_ROW(make_interval)
{
    int64_t parts[6] = {0};
    double seconds = 0;
    for (size_t i = 0; i < 6 && i < call->argument_count; i++)
        parts[i] = arguments[i].datum.int32;
    if (call->argument_count > 6)
        seconds = arguments[6].datum.float8;
    /* Months and days wrap around silently, as PostgreSQL's do. */
    int32_t months = (int32_t)(uint32_t)(parts[0] * 12 + parts[1]);
    int32_t days = (int32_t)(uint32_t)(parts[2] * 7 + parts[3]);
    int64_t time = parts[4] * DATETIME_HOUR + parts[5] * DATETIME_MINUTE;
    double rest = rint(seconds * 1e6);
    if (!isfinite(seconds) || fabs(rest) >= 0x1p63 ||
        __builtin_add_overflow(time, (int64_t)rest, &time))
        return datetime_range("interval", err);
    result->datum.interval = (struct datum_interval){time, days, months};
    return RC_OK;
}
