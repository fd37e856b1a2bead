#ifndef SQL_TYPES_METHODS_H
#define SQL_TYPES_METHODS_H

#include "sql/types/type.h"

/* The representations; each file of this folder defines its own. */
extern const struct type_methods boolean_methods;
extern const struct type_methods character_methods; /* "char" */
extern const struct type_methods int2_methods;
extern const struct type_methods int4_methods;
extern const struct type_methods int8_methods;
extern const struct type_methods uint8_methods;
extern const struct type_methods oid_methods;
extern const struct type_methods reg_methods;
extern const struct type_methods float4_methods;
extern const struct type_methods float8_methods;
extern const struct type_methods numeric_methods;
extern const struct type_methods text_methods;
extern const struct type_methods name_methods;
extern const struct type_methods bytea_methods;
extern const struct type_methods array_methods;
extern const struct type_methods vector_methods; /* int2vector, oidvector */
extern const struct type_methods date_methods;
extern const struct type_methods time_methods;
extern const struct type_methods timetz_methods;
extern const struct type_methods timestamp_methods;
extern const struct type_methods timestamptz_methods;
extern const struct type_methods interval_methods;
extern const struct type_methods json_methods;
extern const struct type_methods jsonb_methods;
extern const struct type_methods uuid_methods;
extern const struct type_methods bpchar_methods;
extern const struct type_methods void_methods;
extern const struct type_methods pseudo_methods;
extern const struct type_methods record_methods;

/* White space as C's isspace() in the C locale has it. */
static inline bool methods_is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static inline struct bytes methods_trim(struct bytes text)
{
    while (text.len > 0 && methods_is_space(text.at[0])) {
        text.at++;
        text.len--;
    }
    while (text.len > 0 && methods_is_space(text.at[text.len - 1]))
        text.len--;
    return text;
}

/* A scrambled number; bytes go through hash_bytes(). */
uint64_t methods_hash_number(uint64_t number);

/* Whole number from text without bounds but int64's; false: not a number, *range_out
 * true: a number outside. */
bool methods_parse_int64(struct bytes text, int64_t *out, bool *range_out);

#endif
