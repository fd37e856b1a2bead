/* The bytes of a row. A row tells the length of each of its values itself, so columns
 * that were dropped are passed over without knowing their types. */
#include "sql/exec/heap_internal.h"

/* What the four bits of a column say. */
enum {
    CODE_NULL = 0,
    CODE_1 = 1,
    CODE_2 = 2,
    CODE_4 = 3,
    CODE_8 = 4,
    CODE_16 = 5,
    CODE_LONG = 6,  /* the length stands before the bytes, seven bits a byte */
    CODE_SHORT = 8, /* and more: that many bytes less 8 */
    SHORT_MAX = 7,
};

static const uint8_t lengths[16] = {0, 1, 2, 4, 8, 16, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7};

void heap_decoder_init(struct heap_decoder *decoder, struct arena *arena,
                       const struct table *table, struct heap_wanted wanted)
{
    decoder->targets = ARENA_ARRAY(arena, uint16_t, table->stored_count + 1);
    decoder->storages = ARENA_ARRAY(arena, uint8_t, table->stored_count + 1);
    decoder->number_count = 0;
    decoder->row_id = HEAP_NO_TARGET;
    for (size_t i = 0; i < table->stored_count; i++)
        decoder->targets[i] = HEAP_NO_TARGET;
    for (size_t i = 0; i < wanted.count; i++) {
        if (wanted.places[i] >= table->column_count) {
            decoder->row_id = (uint16_t)i;
            continue;
        }
        const struct table_column *column = &table->columns[wanted.places[i]];
        decoder->targets[column->number - 1] = (uint16_t)i;
        decoder->storages[column->number - 1] = (uint8_t)column->type->methods->storage;
        if (column->number > decoder->number_count)
            decoder->number_count = column->number;
    }
}

static uint64_t load_unsigned(const uint8_t *at, size_t len)
{
    uint8_t one = 0;
    uint16_t two = 0;
    uint32_t four = 0;
    uint64_t eight = 0;
    switch (len) {
    case 1:
        memcpy(&one, at, 1);
        return one;
    case 2:
        memcpy(&two, at, 2);
        return two;
    case 4:
        memcpy(&four, at, 4);
        return four;
    case 8:
        memcpy(&eight, at, 8);
        return eight;
    default:
        return 0;
    }
}

static int64_t load_signed(const uint8_t *at, size_t len)
{
    uint64_t number = load_unsigned(at, len);
    switch (len) {
    case 1:
        return (int8_t)number;
    case 2:
        return (int16_t)number;
    case 4:
        return (int32_t)number;
    default:
        return (int64_t)number;
    }
}

/* False: the length is none that the type has. */
static bool load(enum type_storage storage, const uint8_t *at, size_t len,
                 union datum *out)
{
    switch (storage) {
    case TYPE_STORAGE_BOOLEAN:
        out->boolean = load_unsigned(at, len) != 0;
        return len <= 1;
    case TYPE_STORAGE_CHARACTER:
        out->character = (int8_t)load_signed(at, len);
        return len <= 1;
    case TYPE_STORAGE_INT16:
        out->int16 = (int16_t)load_signed(at, len);
        return len <= 2;
    case TYPE_STORAGE_INT32:
        out->int32 = (int32_t)load_signed(at, len);
        return len <= 4;
    case TYPE_STORAGE_INT64:
        out->int64 = load_signed(at, len);
        return len <= 8;
    case TYPE_STORAGE_OID:
        out->oid = (uint32_t)load_unsigned(at, len);
        return len <= 4;
    case TYPE_STORAGE_UINT64:
        out->uint64 = load_unsigned(at, len);
        return len <= 8;
    case TYPE_STORAGE_FLOAT4:
        memcpy(&out->float4, at, len == 4 ? 4 : 0);
        return len == 4;
    case TYPE_STORAGE_FLOAT8:
        memcpy(&out->float8, at, len == 8 ? 8 : 0);
        return len == 8;
    case TYPE_STORAGE_INTERVAL:
        memcpy(&out->interval, at, len == 16 ? 16 : 0);
        return len == 16;
    case TYPE_STORAGE_BYTES:
        out->bytes = bytes_of(at, len);
        return true;
    case TYPE_STORAGE_NONE:
        break;
    }
    return false;
}

/* The length before a long value; false: it is none. */
static bool read_length(const uint8_t **at, const uint8_t *end, size_t *len_out)
{
    size_t len = 0;
    for (unsigned shift = 0; *at < end && shift < 35; shift += 7) {
        uint8_t byte = *(*at)++;
        len |= (size_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *len_out = len;
            return true;
        }
    }
    return false;
}

static bool decode(const struct heap_decoder *decoder, struct bytes row,
                   struct vector *columns, size_t at)
{
    if (row.len < 2)
        return false;
    size_t count = (size_t)(row.at[0] | row.at[1] << 8);
    const uint8_t *codes = row.at + 2;
    const uint8_t *end = row.at + row.len;
    if ((count + 1) / 2 > row.len - 2)
        return false;
    const uint8_t *data = codes + (count + 1) / 2;
    for (size_t i = 0; i < decoder->number_count; i++) {
        unsigned code = i < count ? (unsigned)(codes[i / 2] >> (4 * (i & 1))) & 15U : 0;
        size_t len = lengths[code];
        if (code == CODE_LONG && !read_length(&data, end, &len))
            return false;
        if (len > (size_t)(end - data))
            return false;
        uint16_t target = decoder->targets[i];
        if (target != HEAP_NO_TARGET) {
            struct vector *column = &columns[target];
            column->nulls[at] = code == CODE_NULL;
            if (code != CODE_NULL && !load((enum type_storage)decoder->storages[i], data,
                                           len, &column->values[at]))
                return false;
        }
        data += len;
    }
    return true;
}

enum rc heap_decode(const struct heap_decoder *decoder, struct bytes row, uint64_t row_id,
                    struct vector *columns, size_t at, struct error *err)
{
    if (decoder->row_id != HEAP_NO_TARGET) {
        columns[decoder->row_id].values[at].int64 = (int64_t)row_id;
        columns[decoder->row_id].nulls[at] = 0;
    }
    if (decoder->number_count == 0 || decode(decoder, row, columns, at))
        return RC_OK;
    return error_set(err, SQLSTATE_DATA_CORRUPTED, "a row of a table is damaged");
}

/* ---- writing ---- */

static unsigned signed_code(int64_t number)
{
    if (number == 0)
        return CODE_SHORT;
    if (number >= INT8_MIN && number <= INT8_MAX)
        return CODE_1;
    if (number >= INT16_MIN && number <= INT16_MAX)
        return CODE_2;
    return number >= INT32_MIN && number <= INT32_MAX ? CODE_4 : CODE_8;
}

static unsigned unsigned_code(uint64_t number)
{
    if (number == 0)
        return CODE_SHORT;
    if (number <= UINT8_MAX)
        return CODE_1;
    if (number <= UINT16_MAX)
        return CODE_2;
    return number <= UINT32_MAX ? CODE_4 : CODE_8;
}

/* The lowest bytes first, as the reader's machine has them. */
static unsigned add_number(struct buffer *out, uint64_t number, unsigned code)
{
    uint8_t one = (uint8_t)number;
    uint16_t two = (uint16_t)number;
    uint32_t four = (uint32_t)number;
    switch (code) {
    case CODE_1:
        buffer_add(out, bytes_of(&one, 1));
        break;
    case CODE_2:
        buffer_add(out, bytes_of(&two, 2));
        break;
    case CODE_4:
        buffer_add(out, bytes_of(&four, 4));
        break;
    case CODE_8:
        buffer_add(out, bytes_of(&number, 8));
        break;
    default:
        break;
    }
    return code;
}

static unsigned add_signed(struct buffer *out, int64_t number)
{
    return add_number(out, (uint64_t)number, signed_code(number));
}

static unsigned add_bytes(struct buffer *out, struct bytes bytes)
{
    if (bytes.len <= SHORT_MAX) {
        buffer_add(out, bytes);
        return CODE_SHORT + (unsigned)bytes.len;
    }
    size_t len = bytes.len;
    for (; len >= 0x80; len >>= 7)
        buffer_add_u8(out, (uint8_t)(len | 0x80));
    buffer_add_u8(out, (uint8_t)len);
    buffer_add(out, bytes);
    return CODE_LONG;
}

static unsigned add_value(struct buffer *out, enum type_storage storage,
                          union datum datum)
{
    switch (storage) {
    case TYPE_STORAGE_BOOLEAN:
        return add_signed(out, datum.boolean);
    case TYPE_STORAGE_CHARACTER:
        return add_signed(out, datum.character);
    case TYPE_STORAGE_INT16:
        return add_signed(out, datum.int16);
    case TYPE_STORAGE_INT32:
        return add_signed(out, datum.int32);
    case TYPE_STORAGE_INT64:
        return add_signed(out, datum.int64);
    case TYPE_STORAGE_OID:
        return add_number(out, datum.oid, unsigned_code(datum.oid));
    case TYPE_STORAGE_UINT64:
        return add_number(out, datum.uint64, unsigned_code(datum.uint64));
    case TYPE_STORAGE_FLOAT4:
        buffer_add(out, bytes_of(&datum.float4, 4));
        return CODE_4;
    case TYPE_STORAGE_FLOAT8:
        buffer_add(out, bytes_of(&datum.float8, 8));
        return CODE_8;
    case TYPE_STORAGE_INTERVAL:
        buffer_add(out, bytes_of(&datum.interval, 16));
        return CODE_16;
    case TYPE_STORAGE_BYTES:
        return add_bytes(out, datum.bytes);
    case TYPE_STORAGE_NONE:
        break;
    }
    return CODE_NULL;
}

void heap_encode(const struct table *table, const struct value *values,
                 struct buffer *out)
{
    size_t count = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].number > count)
            count = table->columns[i].number;
    }
    size_t head = 2 + (count + 1) / 2;
    buffer_truncate(out, 0);
    uint8_t *start = buffer_reserve(out, head);
    if (start == NULL)
        return;
    memset(start, 0, head);
    start[0] = (uint8_t)count;
    start[1] = (uint8_t)(count >> 8);
    buffer_commit(out, head);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct table_column *column = &table->columns[i];
        size_t at = column->number - 1;
        if (values[i].null)
            continue;
        unsigned code = add_value(out, column->type->methods->storage, values[i].datum);
        if (!buffer_failed(out)) /* the buffer may have moved */
            out->memory[out->start + 2 + at / 2] |= (uint8_t)(code << (4 * (at & 1)));
    }
}
