#include "catalog/record.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/reader.h"
#include "catalog/record_table.h"

/* A list element takes at least this many bytes, so that a count is checked against what
 * is left before anything is allocated. */
enum { PRIVILEGE_LEN = 24, ITEM_LEN_MIN = 14, OPTION_LEN_MIN = 31 };

struct kind_row {
    const char *word;
    enum catalog_class class;
    uint16_t version;
    uint8_t number;
};

static const struct kind_row kinds[OBJECT_KIND_COUNT] = {
#define KIND(name, member, word, class, version, number)                                 \
    [OBJECT_KIND_##name] = {word, CATALOG_CLASS_##class, version, number},
#include "catalog/kinds.def"
#undef KIND
};

const char *object_kind_word(enum object_kind kind)
{
    return kinds[kind].word;
}

enum catalog_class object_kind_class(enum object_kind kind)
{
    return kinds[kind].class;
}

bool object_kind_is_relation(enum object_kind kind)
{
    return kind == OBJECT_KIND_TABLE || kind == OBJECT_KIND_VIEW ||
           kind == OBJECT_KIND_INDEX || kind == OBJECT_KIND_SEQUENCE;
}

const char *catalog_id_text(struct catalog_id id, char out[CATALOG_ID_TEXT_MAX])
{
    if (id.space == 0)
        out[0] = '\0';
    else if (id.space == 'p')
        memcpy(out, "p", 2);
    else
        (void)snprintf(out, CATALOG_ID_TEXT_MAX, "%c%" PRIu64, id.space, id.number);
    return out;
}

bool catalog_id_parse(const char *text, enum catalog_class class,
                      struct catalog_id *id_out)
{
    uint64_t number = 0;
    size_t len = strlen(text);

    if (len < 2 || len > 20 || (text[0] != 'u' && text[0] != 's') || text[1] == '0')
        return false;
    for (size_t i = 1; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    *id_out = (struct catalog_id){(uint8_t) class, text[0], number};
    return true;
}

void record_encode_id(struct buffer *out, struct catalog_id id)
{
    buffer_add_u8(out, id.class);
    buffer_add_u8(out, (uint8_t)id.space);
    buffer_add_u64(out, id.number);
}

void record_encode_text(struct buffer *out, const char *text)
{
    size_t len = text == NULL ? 0 : strlen(text);

    buffer_add_u32(out, (uint32_t)len);
    if (len > 0)
        buffer_add(out, bytes_of(text, len));
}

static void encode_privileges(struct buffer *out, struct record_privileges list)
{
    buffer_add_u32(out, (uint32_t)list.count);
    for (size_t i = 0; i < list.count; i++) {
        record_encode_id(out, list.items[i].grantee);
        record_encode_id(out, list.items[i].grantor);
        buffer_add_u32(out, list.items[i].letters);
    }
}

static void encode_option(struct buffer *out, const struct record_option *option)
{
    record_encode_text(out, option->name);
    buffer_add_u8(out, (uint8_t)option->kind);
    record_encode_text(out, option->text);
    record_encode_id(out, option->id);
    buffer_add_u64(out, (uint64_t)option->number);
    buffer_add_u32(out, (uint32_t)option->item_count);
    for (size_t i = 0; i < option->item_count; i++) {
        record_encode_text(out, option->items[i].text);
        record_encode_id(out, option->items[i].tunnel_id);
    }
}

static void encode_options(struct buffer *out, struct record_options list)
{
    buffer_add_u32(out, (uint32_t)list.count);
    for (size_t i = 0; i < list.count; i++)
        encode_option(out, &list.items[i]);
}

#define ENCODE_ID(value)          record_encode_id(out, value)
#define ENCODE_U32(value)         buffer_add_u32(out, value)
#define ENCODE_U64(value)         buffer_add_u64(out, value)
#define ENCODE_I64(value)         buffer_add_u64(out, (uint64_t)(value))
#define ENCODE_BOOL(value)        buffer_add_u8(out, (value) ? 1 : 0)
#define ENCODE_TEXT(value)        record_encode_text(out, value)
#define ENCODE_PRIVILEGES(value)  encode_privileges(out, value)
#define ENCODE_OPTIONS(value)     encode_options(out, value)
#define ENCODE_LETTER(value)      buffer_add_u8(out, (uint8_t)(value))
#define ENCODE_TEXTS(value)       record_encode_texts(out, value)
#define ENCODE_COLUMNS(value)     record_encode_columns(out, value)
#define ENCODE_CONSTRAINTS(value) record_encode_constraints(out, value)
#define ENCODE_PARTS(value)       record_encode_parts(out, value)
#define ENCODE_SOURCES(value)     record_encode_sources(out, value)

#define FIELD(type, name, since)  ENCODE_##type(record->name);
#define ENCODER(kind)                                                                    \
    static void encode_##kind(const struct record_##kind *record, struct buffer *out)
ENCODER(database){
#include "catalog/record_database.def"
} ENCODER(schema){
#include "catalog/record_schema.def"
} ENCODER(role){
#include "catalog/record_role.def"
} ENCODER(secret){
#include "catalog/record_secret.def"
} ENCODER(connection){
#include "catalog/record_connection.def"
} ENCODER(table){
#include "catalog/record_table.def"
} ENCODER(view){
#include "catalog/record_view.def"
} ENCODER(index){
#include "catalog/record_index.def"
} ENCODER(sequence)
{
#include "catalog/record_sequence.def"
}
static void encode_head(const struct catalog_object *record, struct buffer *out)
{
#include "catalog/record_head.def"
}
#undef FIELD

void record_encode(const struct catalog_object *object, struct buffer *out)
{
    buffer_add_u8(out, kinds[object->kind].number);
    buffer_add_u16(out, kinds[object->kind].version);
    encode_head(object, out);
    switch (object->kind) {
#define KIND(name, member, word, class, version, number)                                 \
    case OBJECT_KIND_##name:                                                             \
        encode_##member(&object->member, out);                                           \
        break;
#include "catalog/kinds.def"
#undef KIND
    case OBJECT_KIND_COUNT:
        break;
    }
}

struct catalog_id record_decode_id(struct record_decoding *in)
{
    struct catalog_id id = {0};

    id.class = reader_u8(&in->reader);
    id.space = (char)reader_u8(&in->reader);
    id.number = reader_u64(&in->reader);
    if (id.class >= CATALOG_CLASS_COUNT ||
        (id.space != 0 && id.space != 'u' && id.space != 's' && id.space != 'p'))
        in->reader.failed = true;
    return id;
}

const char *record_decode_text(struct record_decoding *in)
{
    struct bytes text = reader_bytes(&in->reader, reader_u32(&in->reader));

    if (reader_failed(&in->reader) || text.len == 0)
        return "";
    if (memchr(text.at, 0, text.len) != NULL) {
        in->reader.failed = true;
        return "";
    }
    return arena_strndup(in->arena, (const char *)text.at, text.len);
}

bool record_decode_bool(struct record_decoding *in)
{
    uint8_t number = reader_u8(&in->reader);

    if (number > 1)
        in->reader.failed = true;
    return number == 1;
}

/* A count of elements, or 0 and a failed reader when they cannot all be there. */
size_t record_decode_count(struct record_decoding *in, size_t element_len_min)
{
    size_t count = reader_u32(&in->reader);

    if (count > in->reader.left / element_len_min)
        in->reader.failed = true;
    return in->reader.failed ? 0 : count;
}

static struct record_privileges decode_privileges(struct record_decoding *in)
{
    struct record_privileges list = {0};

    list.count = record_decode_count(in, PRIVILEGE_LEN);
    if (list.count > 0)
        list.items = ARENA_ARRAY(in->arena, struct record_privilege, list.count);
    for (size_t i = 0; i < list.count; i++) {
        list.items[i].grantee = record_decode_id(in);
        list.items[i].grantor = record_decode_id(in);
        list.items[i].letters = reader_u32(&in->reader);
    }
    return list;
}

static void decode_option(struct record_decoding *in, struct record_option *option)
{
    uint8_t kind = 0;

    option->name = record_decode_text(in);
    kind = reader_u8(&in->reader);
    if (kind < RECORD_OPTION_TEXT || kind > RECORD_OPTION_ADDRESSES) {
        in->reader.failed = true;
        kind = RECORD_OPTION_TEXT;
    }
    option->kind = (enum record_option_kind)kind;
    option->text = record_decode_text(in);
    option->id = record_decode_id(in);
    option->number = (int64_t)reader_u64(&in->reader);
    option->item_count = record_decode_count(in, ITEM_LEN_MIN);
    if (option->item_count > 0)
        option->items = ARENA_ARRAY(in->arena, struct record_item, option->item_count);
    for (size_t i = 0; i < option->item_count; i++) {
        option->items[i].text = record_decode_text(in);
        option->items[i].tunnel_id = record_decode_id(in);
    }
}

static struct record_options decode_options(struct record_decoding *in)
{
    struct record_options list = {0};

    list.count = record_decode_count(in, OPTION_LEN_MIN);
    if (list.count > 0)
        list.items = ARENA_ARRAY(in->arena, struct record_option, list.count);
    for (size_t i = 0; i < list.count; i++)
        decode_option(in, &list.items[i]);
    return list;
}

#define DECODE_ID          record_decode_id(in)
#define DECODE_U32         reader_u32(&in->reader)
#define DECODE_U64         reader_u64(&in->reader)
#define DECODE_I64         (int64_t) reader_u64(&in->reader)
#define DECODE_BOOL        record_decode_bool(in)
#define DECODE_TEXT        record_decode_text(in)
#define DECODE_PRIVILEGES  decode_privileges(in)
#define DECODE_OPTIONS     decode_options(in)
#define DECODE_LETTER      (char)reader_u8(&in->reader)
#define DECODE_TEXTS       record_decode_texts(in)
#define DECODE_COLUMNS     record_decode_columns(in)
#define DECODE_CONSTRAINTS record_decode_constraints(in)
#define DECODE_PARTS       record_decode_parts(in)
#define DECODE_SOURCES     record_decode_sources(in)

/* Defaults of fields that the record is too old for. */
#define DEFAULT_ID                                                                       \
    (struct catalog_id)                                                                  \
    {                                                                                    \
        0                                                                                \
    }
#define DEFAULT_U32  0
#define DEFAULT_U64  0
#define DEFAULT_I64  0
#define DEFAULT_BOOL false
#define DEFAULT_TEXT ""
#define DEFAULT_PRIVILEGES                                                               \
    (struct record_privileges)                                                           \
    {                                                                                    \
        0                                                                                \
    }
#define DEFAULT_OPTIONS                                                                  \
    (struct record_options)                                                              \
    {                                                                                    \
        0                                                                                \
    }

#define DEFAULT_LETTER 0
#define DEFAULT_TEXTS                                                                    \
    (struct record_texts)                                                                \
    {                                                                                    \
        0                                                                                \
    }
#define DEFAULT_COLUMNS                                                                  \
    (struct record_columns)                                                              \
    {                                                                                    \
        0                                                                                \
    }
#define DEFAULT_CONSTRAINTS                                                              \
    (struct record_constraints)                                                          \
    {                                                                                    \
        0                                                                                \
    }
#define DEFAULT_SOURCES                                                                  \
    (struct record_sources)                                                              \
    {                                                                                    \
        0                                                                                \
    }
#define DEFAULT_PARTS                                                                    \
    (struct record_index_parts)                                                          \
    {                                                                                    \
        0                                                                                \
    }

#define FIELD(type, name, since)                                                         \
    if (in->version >= (since))                                                          \
        record->name = DECODE_##type;                                                    \
    else                                                                                 \
        record->name = DEFAULT_##type;
#define DECODER(kind)                                                                    \
    static void decode_##kind(struct record_decoding *in, struct record_##kind *record)
DECODER(database){
#include "catalog/record_database.def"
} DECODER(schema){
#include "catalog/record_schema.def"
} DECODER(role){
#include "catalog/record_role.def"
} DECODER(secret){
#include "catalog/record_secret.def"
} DECODER(connection){
#include "catalog/record_connection.def"
} DECODER(table){
#include "catalog/record_table.def"
} DECODER(view){
#include "catalog/record_view.def"
} DECODER(index){
#include "catalog/record_index.def"
} DECODER(sequence)
{
#include "catalog/record_sequence.def"
}
static void decode_head(struct record_decoding *in, struct catalog_object *record)
{
#include "catalog/record_head.def"
}
#undef FIELD

static void decode_body(struct record_decoding *in, struct catalog_object *object)
{
    switch (object->kind) {
#define KIND(name, member, word, class, version, number)                                 \
    case OBJECT_KIND_##name:                                                             \
        decode_##member(in, &object->member);                                            \
        break;
#include "catalog/kinds.def"
#undef KIND
    case OBJECT_KIND_COUNT:
        break;
    }
}

static enum object_kind kind_of_number(uint8_t number)
{
    for (size_t i = 0; i < OBJECT_KIND_COUNT; i++)
        if (kinds[i].number == number)
            return (enum object_kind)i;
    return OBJECT_KIND_COUNT;
}

static enum rc newer(struct error *err)
{
    error_set(err, SQLSTATE_FEATURE_NOT_SUPPORTED,
              "the catalog holds a record of a newer version of this program");
    return error_hint(err, "Start the version that wrote it, or a later one.");
}

enum rc record_decode(struct bytes record, struct arena *arena,
                      struct catalog_object **object_out, struct error *err)
{
    struct record_decoding in = {reader_of(record), arena, 0};
    enum object_kind kind = kind_of_number(reader_u8(&in.reader));
    struct catalog_object *object = ARENA_NEW(arena, struct catalog_object);

    in.version = reader_u16(&in.reader);
    if (reader_failed(&in.reader))
        return error_set(err, SQLSTATE_DATA_CORRUPTED, "catalog record is cut short");
    if (kind == OBJECT_KIND_COUNT || in.version > kinds[kind].version)
        return newer(err);
    object->kind = kind;
    decode_head(&in, object);
    decode_body(&in, object);
    if (!reader_done(&in.reader) || in.version == 0 ||
        object->id.class != (uint8_t)kinds[kind].class)
        return error_set(err, SQLSTATE_DATA_CORRUPTED, "catalog record is damaged");
    *object_out = object;
    return RC_OK;
}

static const struct {
    uint32_t bit;
    char letter;
} letters[] = {
    {PRIVILEGE_SELECT, 'r'},      {PRIVILEGE_INSERT, 'a'},
    {PRIVILEGE_UPDATE, 'w'},      {PRIVILEGE_DELETE, 'd'},
    {PRIVILEGE_USAGE, 'U'},       {PRIVILEGE_CREATE, 'C'},
    {PRIVILEGE_CREATE_ROLE, 'R'}, {PRIVILEGE_CREATE_DATABASE, 'B'},
};

const char *record_privilege_text(struct arena *arena,
                                  const struct record_privilege *privilege)
{
    char grantee[CATALOG_ID_TEXT_MAX];
    char grantor[CATALOG_ID_TEXT_MAX];
    char set[ARRAY_COUNT(letters) + 1];
    size_t len = 0;

    for (size_t i = 0; i < ARRAY_COUNT(letters); i++)
        if ((privilege->letters & letters[i].bit) != 0)
            set[len++] = letters[i].letter;
    set[len] = '\0';
    return arena_printf(arena, "%s=%s/%s", catalog_id_text(privilege->grantee, grantee),
                        set, catalog_id_text(privilege->grantor, grantor));
}
