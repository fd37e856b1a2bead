/* date, time, timetz, timestamp, timestamptz: their text and binary forms. */
#include "base/reader.h"
#include "sql/types/datetime.h"
#include "sql/types/methods.h"

static bool print_infinite(int64_t number, int64_t highest, struct buffer *out)
{
    if (number != highest && number != -highest - 1)
        return false;
    buffer_add_text(out, number > 0 ? "infinity" : "-infinity");
    return true;
}

static enum rc date_input(const struct type *type, const struct type_context *context,
                          struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    struct datetime_input input;
    TRY(datetime_parse(context, "date", text, &input, err));
    int64_t days = 0;
    switch (input.word) {
    case DATETIME_INFINITY:
        days = INT32_MAX;
        break;
    case DATETIME_MINUS_INFINITY:
        days = INT32_MIN;
        break;
    case DATETIME_EPOCH:
        days = -DATETIME_UNIX_DAYS;
        break;
    case DATETIME_NOW:
        days = datetime_floor(context->transaction_time +
                                  datetime_zone(context, context->transaction_time) *
                                      DATETIME_SECOND,
                              DATETIME_DAY);
        break;
    default:
        if (!input.has_date)
            return error_set(err, SQLSTATE_INVALID_DATETIME_FORMAT,
                             "invalid input syntax for type date: \"%.*s\"",
                             BYTES_PRINT(text));
        days = datetime_days(input.year, input.month, input.day);
        if (days < DATETIME_DATE_MIN || days >= DATETIME_DATE_END)
            return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                             "date out of range: \"%.*s\"", BYTES_PRINT(text));
        break;
    }
    out->int32 = (int32_t)days;
    return RC_OK;
}

static void date_output(const struct type *type, const struct type_context *context,
                        union datum datum, struct buffer *out)
{
    (void)type;
    if (!print_infinite(datum.int32, INT32_MAX, out))
        datetime_print_days(context, datum.int32, out);
}

static enum rc date_receive(const struct type *type, const struct type_context *context,
                            struct bytes bytes, union datum *out, struct error *err)
{
    TRY(int4_methods.receive(type, context, bytes, out, err));
    int32_t days = out->int32;
    if (!datetime_date_is_infinite(days) &&
        (days < DATETIME_DATE_MIN || days >= DATETIME_DATE_END))
        return datetime_range("date", err);
    return RC_OK;
}

static void date_send(const struct type *type, const struct type_context *context,
                      union datum datum, struct buffer *out)
{
    int4_methods.send(type, context, datum, out);
}

static int date_compare(const struct type *type, union datum a, union datum b)
{
    return int4_methods.compare(type, a, b);
}

static uint64_t date_hash(const struct type *type, union datum datum)
{
    return int4_methods.hash(type, datum);
}

const struct type_methods date_methods = {
    TYPE_STORAGE_INT32, date_input,   date_output, date_receive,
    date_send,          date_compare, date_hash,
};

/* A time may stand alone or behind a date, which is then dropped. */
static enum rc time_read(const struct type_context *context, const char *title,
                         struct bytes text, struct datetime_input *input,
                         struct error *err)
{
    TRY(datetime_parse(context, title, text, input, err));
    if (input->word == DATETIME_NOW) {
        int64_t now = context->transaction_time;
        input->zone = datetime_zone(context, now);
        now += input->zone * DATETIME_SECOND;
        input->time = now - datetime_floor(now, DATETIME_DAY) * DATETIME_DAY;
        return RC_OK;
    }
    if (input->word == DATETIME_PLAIN && input->has_time) {
        if (!input->has_zone && !input->has_date)
            input->zone = datetime_zone(context, context->transaction_time);
        return RC_OK;
    }
    return error_set(err, SQLSTATE_INVALID_DATETIME_FORMAT,
                     "invalid input syntax for type %s: \"%.*s\"", title,
                     BYTES_PRINT(text));
}

static enum rc time_input(const struct type *type, const struct type_context *context,
                          struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    struct datetime_input input;
    TRY(time_read(context, "time", text, &input, err));
    out->int64 = input.time;
    return RC_OK;
}

static void time_output(const struct type *type, const struct type_context *context,
                        union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    datetime_print_time(datum.int64, out);
}

static enum rc check_time(int64_t time, struct error *err)
{
    return time < 0 || time > DATETIME_DAY ? datetime_range("time", err) : RC_OK;
}

static enum rc time_receive(const struct type *type, const struct type_context *context,
                            struct bytes bytes, union datum *out, struct error *err)
{
    TRY(int8_methods.receive(type, context, bytes, out, err));
    return check_time(out->int64, err);
}

static void number_send(const struct type *type, const struct type_context *context,
                        union datum datum, struct buffer *out)
{
    int8_methods.send(type, context, datum, out);
}

static int number_compare(const struct type *type, union datum a, union datum b)
{
    return int8_methods.compare(type, a, b);
}

static uint64_t number_hash(const struct type *type, union datum datum)
{
    return int8_methods.hash(type, datum);
}

const struct type_methods time_methods = {
    TYPE_STORAGE_INT64, time_input,     time_output, time_receive,
    number_send,        number_compare, number_hash,
};

static enum rc timetz_input(const struct type *type, const struct type_context *context,
                            struct bytes text, union datum *out, struct error *err)
{
    (void)type;
    struct datetime_input input;
    TRY(time_read(context, "time with time zone", text, &input, err));
    out->interval = (struct datum_interval){input.time, 0, -input.zone};
    return RC_OK;
}

static void timetz_output(const struct type *type, const struct type_context *context,
                          union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    datetime_print_time(datum.interval.microseconds, out);
    datetime_print_zone(-datum.interval.months, out);
}

static enum rc timetz_receive(const struct type *type, const struct type_context *context,
                              struct bytes bytes, union datum *out, struct error *err)
{
    (void)type;
    (void)context;
    struct reader reader = reader_of(bytes);
    int64_t time = (int64_t)reader_u64(&reader);
    int32_t zone = (int32_t)reader_u32(&reader);
    if (!reader_done(&reader))
        return type_invalid_binary(err);
    out->interval = (struct datum_interval){time, 0, zone};
    if (zone <= -16 * 3600 || zone >= 16 * 3600)
        return error_set(err, SQLSTATE_INVALID_TIME_ZONE_DISPLACEMENT_VALUE,
                         "time zone displacement out of range");
    return check_time(time, err);
}

static void timetz_send(const struct type *type, const struct type_context *context,
                        union datum datum, struct buffer *out)
{
    (void)type;
    (void)context;
    buffer_add_u64(out, (uint64_t)datum.interval.microseconds);
    buffer_add_u32(out, (uint32_t)datum.interval.months);
}

/* By the instant, then by the zone. */
static int timetz_compare(const struct type *type, union datum a, union datum b)
{
    (void)type;
    int64_t x = a.interval.microseconds + a.interval.months * DATETIME_SECOND;
    int64_t y = b.interval.microseconds + b.interval.months * DATETIME_SECOND;
    if (x != y)
        return x < y ? -1 : 1;
    int32_t left = a.interval.months;
    int32_t right = b.interval.months;
    return left < right ? -1 : left > right ? 1 : 0;
}

static uint64_t timetz_hash(const struct type *type, union datum datum)
{
    (void)type;
    return methods_hash_number((uint64_t)datum.interval.microseconds ^
                               ((uint64_t)(uint32_t)datum.interval.months << 40));
}

const struct type_methods timetz_methods = {
    TYPE_STORAGE_INTERVAL, timetz_input,   timetz_output, timetz_receive,
    timetz_send,           timetz_compare, timetz_hash,
};

static enum rc timestamp_input(const struct type *type,
                               const struct type_context *context, struct bytes text,
                               union datum *out, struct error *err)
{
    bool zoned = type->oid == TYPE_TIMESTAMPTZ;
    struct datetime_input input;
    const char *title = zoned ? "timestamp with time zone" : "timestamp";
    TRY(datetime_parse(context, title, text, &input, err));
    int64_t zone = 0;
    switch (input.word) {
    case DATETIME_INFINITY:
        out->int64 = INT64_MAX;
        return RC_OK;
    case DATETIME_MINUS_INFINITY:
        out->int64 = INT64_MIN;
        return RC_OK;
    case DATETIME_EPOCH:
        out->int64 = -DATETIME_UNIX_DAYS * DATETIME_DAY;
        return RC_OK;
    case DATETIME_NOW:
        out->int64 = context->transaction_time;
        zone = zoned ? 0 : datetime_zone(context, out->int64);
        out->int64 += zone * DATETIME_SECOND;
        return RC_OK;
    default:
        break;
    }
    if (!input.has_date)
        return error_set(err, SQLSTATE_INVALID_DATETIME_FORMAT,
                         "invalid input syntax for type %s: \"%.*s\"", title,
                         BYTES_PRINT(text));
    int64_t days = datetime_days(input.year, input.month, input.day);
    zone = zoned ? input.zone : 0;
    if (input.year < -4714 || input.year > 294277 ||
        days >= DATETIME_TIMESTAMP_END / DATETIME_DAY + 1 ||
        __builtin_add_overflow(days * DATETIME_DAY, input.time - zone * DATETIME_SECOND,
                               &out->int64) ||
        !datetime_is_valid(out->int64))
        return error_set(err, SQLSTATE_DATETIME_FIELD_OVERFLOW,
                         "timestamp out of range: \"%.*s\"", BYTES_PRINT(text));
    return RC_OK;
}

static void timestamp_output(const struct type *type, const struct type_context *context,
                             union datum datum, struct buffer *out)
{
    if (!print_infinite(datum.int64, INT64_MAX, out))
        datetime_print_timestamp(context, datum.int64, type->oid == TYPE_TIMESTAMPTZ,
                                 out);
}

static enum rc timestamp_receive(const struct type *type,
                                 const struct type_context *context, struct bytes bytes,
                                 union datum *out, struct error *err)
{
    TRY(int8_methods.receive(type, context, bytes, out, err));
    return datetime_is_valid(out->int64) ? RC_OK : datetime_range("timestamp", err);
}

const struct type_methods timestamp_methods = {
    TYPE_STORAGE_INT64, timestamp_input, timestamp_output, timestamp_receive,
    number_send,        number_compare,  number_hash,
};

const struct type_methods timestamptz_methods = {
    TYPE_STORAGE_INT64, timestamp_input, timestamp_output, timestamp_receive,
    number_send,        number_compare,  number_hash,
};
