#include "catalog/comment.h"

#include "catalog/row.h"

enum rc catalog_comment_set(struct store_transaction *transaction, struct catalog_id id,
                            uint32_t sub_id, const char *text, struct error *err)
{
    struct catalog_key key = catalog_key_sub(CATALOG_SPACE_COMMENT, id, sub_id);
    struct catalog_key object = catalog_key_id(CATALOG_SPACE_OBJECT, id);

    TRY(catalog_row_lock(transaction, &object, true, err));
    if (text == NULL || text[0] == '\0')
        return catalog_row_remove(transaction, &key, err);
    return catalog_row_put(transaction, &key, bytes_of_text(text), err);
}

enum rc catalog_comment_get(struct store_transaction *transaction, struct catalog_id id,
                            uint32_t sub_id, struct arena *arena, const char **text_out,
                            struct error *err)
{
    struct catalog_key key = catalog_key_sub(CATALOG_SPACE_COMMENT, id, sub_id);
    struct bytes value = {0};

    TRY(catalog_row_get(transaction, &key, arena, &value, err));
    *text_out = arena_strndup(arena, (const char *)value.at, value.len);
    return RC_OK;
}

struct comment_visit {
    enum rc (*comment)(void *argument, struct catalog_id id, uint32_t sub_id,
                       struct bytes text, struct error *err);
    void *argument;
};

static enum rc visit_comment(void *argument, struct bytes key, struct bytes value,
                             struct error *err)
{
    const struct comment_visit *visit = (const struct comment_visit *)argument;
    struct catalog_id id = {0};
    uint32_t sub_id = 0;

    if (!catalog_key_read_id(key, 1, &id) || key.len != 1 + CATALOG_KEY_ID_LEN + 4)
        return error_set(err, SQLSTATE_DATA_CORRUPTED, "catalog comment is damaged");
    for (size_t i = 1 + CATALOG_KEY_ID_LEN; i < key.len; i++)
        sub_id = sub_id << 8 | key.at[i];
    return visit->comment(visit->argument, id, sub_id, value, err);
}

enum rc catalog_each_comment(struct store_transaction *transaction,
                             enum rc (*comment)(void *argument, struct catalog_id id,
                                                uint32_t sub_id, struct bytes text,
                                                struct error *err),
                             void *argument, struct error *err)
{
    struct catalog_key prefix = catalog_key_space(CATALOG_SPACE_COMMENT);
    struct comment_visit visit = {comment, argument};

    return catalog_row_each(transaction, &prefix, visit_comment, &visit, err);
}
