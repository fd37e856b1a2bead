/* Recently edited keys: per commit one block of length-prefixed keys. */
#include "base/memory.h"
#include "store/history_internal.h"
#include "store/overlay_internal.h"

struct remembered {
    struct list_link link;
    uint64_t epoch;
    size_t len;
    uint8_t keys[]; /* u16 length in the machine's order, bytes; again */
};

void history_init(struct history *history, uint64_t floor)
{
    list_init(&history->commits);
    history->used = 0;
    history->floor = floor;
}

static void drop(struct history *history, struct remembered *commit)
{
    list_remove(&commit->link);
    history->used -= sizeof(*commit) + commit->len;
    mem_free(commit);
}

void history_forget(struct history *history, uint64_t epoch)
{
    LIST_FOR_EACH(&history->commits, link)
    {
        struct remembered *commit = LIST_ENTRY(link, struct remembered, link);
        if (commit->epoch <= epoch)
            drop(history, commit);
    }
    if (epoch > history->floor)
        history->floor = epoch;
}

void history_fini(struct history *history)
{
    history_forget(history, UINT64_MAX);
}

void history_drop(struct history *history, uint64_t epoch)
{
    LIST_FOR_EACH(&history->commits, link)
    {
        struct remembered *commit = LIST_ENTRY(link, struct remembered, link);
        if (commit->epoch == epoch)
            drop(history, commit);
    }
}

static size_t measure(const struct overlay *overlay)
{
    size_t len = 0;

    for (const struct overlay_node *node = overlay->first[0]; node != NULL;
         node = node->next[0])
        len += sizeof(uint16_t) + node->key_len;
    return len;
}

void history_add(struct history *history, uint64_t epoch, const struct overlay *overlay)
{
    struct remembered *commit = mem_alloc(sizeof(*commit) + measure(overlay));

    commit->epoch = epoch;
    for (const struct overlay_node *node = overlay->first[0]; node != NULL;
         node = node->next[0]) {
        memcpy(commit->keys + commit->len, &node->key_len, sizeof(node->key_len));
        commit->len += sizeof(node->key_len);
        memcpy(commit->keys + commit->len, node->key, node->key_len);
        commit->len += node->key_len;
    }
    list_append(&history->commits, &commit->link);
    history->used += sizeof(*commit) + commit->len;
    while (history->used > HISTORY_BYTES_MAX)
        history_forget(history,
                       LIST_ENTRY(history->commits.next, struct remembered, link)->epoch);
}

static bool any_key(const struct remembered *commit,
                    bool (*is_wanted)(const void *argument, struct bytes key),
                    const void *argument)
{
    for (size_t at = 0; at < commit->len;) {
        uint16_t len;
        memcpy(&len, commit->keys + at, sizeof(len));
        at += sizeof(len);
        if (is_wanted(argument, bytes_of(commit->keys + at, len)))
            return true;
        at += len;
    }
    return false;
}

bool history_any(const struct history *history, uint64_t since,
                 bool (*is_wanted)(const void *argument, struct bytes key),
                 const void *argument)
{
    for (const struct list_link *link = history->commits.next; link != &history->commits;
         link = link->next) {
        const struct remembered *commit =
            (const struct remembered *)(const void *)((const char *)link -
                                                      offsetof(struct remembered, link));
        if (commit->epoch > since && any_key(commit, is_wanted, argument))
            return true;
    }
    return false;
}
