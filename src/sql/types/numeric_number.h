#ifndef SQL_TYPES_NUMERIC_NUMBER_H
#define SQL_TYPES_NUMERIC_NUMBER_H

#include <gmp.h>

#include "sql/types/numeric.h"

/* The unpacked form of a NUMERIC: only for the numeric*.c files. */

enum number_kind {
    NUMBER_POSITIVE,
    NUMBER_NEGATIVE,
    NUMBER_NAN,
    NUMBER_INFINITE,
    NUMBER_INFINITE_NEGATIVE,
};

struct number {
    enum number_kind kind;
    int scale;
    mpz_t magnitude; /* signed */
};

/* Each opened or initialized number must be closed. */
void number_open(struct number *number, struct bytes packed);
void number_init(struct number *number, enum number_kind kind);
void number_close(struct number *number);
struct bytes number_pack(struct arena *arena, const struct number *number);

void number_rescale(struct number *number, int scale, enum numeric_rounding rounding);
/* Decimal digits of the magnitude; 0 for zero. */
int number_digits(const struct number *number);
/* 22003 when there are too many digits before the point. */
enum rc number_check(const struct number *number, struct error *err);

#endif
