/* The skip list of edits and its undo log. */
#include "base/assert.h"
#include "base/memory.h"
#include "store/overlay_internal.h"

/* The links that stand before a key on each level: those of a node, or the list's own. */
struct path {
    struct overlay_node **links[OVERLAY_LEVELS];
    struct overlay_node *before;
};

void overlay_init(struct overlay *overlay, size_t limit, uint64_t seed)
{
    *overlay = (struct overlay){.limit = limit, .random = seed | 1};
}

static size_t version_size(const struct overlay_version *version)
{
    return sizeof(*version) + version->len;
}

static size_t node_size(size_t level_count, size_t key_len)
{
    return sizeof(struct overlay_node) + level_count * sizeof(struct overlay_node *) +
           key_len;
}

static void free_version(struct overlay *overlay, struct overlay_version *version)
{
    overlay->used -= version_size(version);
    mem_free(version);
}

static void free_node(struct overlay *overlay, struct overlay_node *node)
{
    overlay->used -= node_size(node->level_count, node->key_len);
    mem_free(node);
}

void overlay_free_retired(struct overlay *overlay)
{
    while (overlay->retired_versions != NULL) {
        struct overlay_version *version = overlay->retired_versions;
        overlay->retired_versions = version->older;
        free_version(overlay, version);
    }
    while (overlay->retired_nodes != NULL) {
        struct overlay_node *node = overlay->retired_nodes;
        overlay->retired_nodes = node->previous;
        free_node(overlay, node);
    }
}

void overlay_fini(struct overlay *overlay)
{
    struct overlay_node *node = overlay->first[0];

    while (node != NULL) {
        struct overlay_node *next = node->next[0];
        while (node->newest != NULL) {
            struct overlay_version *version = node->newest;
            node->newest = version->older;
            free_version(overlay, version);
        }
        free_node(overlay, node);
        node = next;
    }
    overlay_free_retired(overlay);
    mem_free(overlay->undo);
    *overlay = (struct overlay){0};
}

bool overlay_charge(struct overlay *overlay, size_t size)
{
    if (overlay->limit < overlay->used || size > overlay->limit - overlay->used)
        return false;
    overlay->used += size;
    return true;
}

static void find_path(const struct overlay *overlay, struct bytes key, struct path *path)
{
    /* The list's own links are changed through the path by overlay_edit() and
     * remove_node() only, which own the overlay. */
    struct overlay_node *const *links = overlay->first;

    path->before = NULL;
    for (size_t level = OVERLAY_LEVELS; level-- > 0;) {
        while (links[level] != NULL &&
               bytes_compare(overlay_key(links[level]), key) < 0) {
            path->before = links[level];
            links = path->before->next;
        }
        memcpy(&path->links[level], &links, sizeof(links));
    }
}

struct overlay_node *overlay_at_or_after(const struct overlay *overlay, struct bytes key)
{
    struct path path;

    find_path(overlay, key, &path);
    return path.links[0][0];
}

struct overlay_node *overlay_find(const struct overlay *overlay, struct bytes key)
{
    if (overlay->node_count == 0)
        return NULL;
    struct overlay_node *node = overlay_at_or_after(overlay, key);
    return node != NULL && bytes_equal(overlay_key(node), key) ? node : NULL;
}

struct overlay_node *overlay_before(const struct overlay *overlay, struct bytes key)
{
    struct path path;

    find_path(overlay, key, &path);
    return path.before;
}

struct overlay_node *overlay_last(const struct overlay *overlay)
{
    struct overlay_node *const *links = overlay->first;
    struct overlay_node *last = NULL;

    for (size_t level = OVERLAY_LEVELS; level-- > 0;)
        while (links[level] != NULL) {
            last = links[level];
            links = last->next;
        }
    return last;
}

const struct overlay_version *overlay_visible(const struct overlay_node *node,
                                              uint64_t serial)
{
    const struct overlay_version *version = node->newest;

    while (version != NULL && version->serial > serial)
        version = version->older;
    return version;
}

/* Each level has a quarter of the nodes of the one below. xorshift64 (Marsaglia, 2003).
 */
static uint16_t choose_levels(struct overlay *overlay)
{
    uint16_t levels = 1;

    overlay->random ^= overlay->random << 13;
    overlay->random ^= overlay->random >> 7;
    overlay->random ^= overlay->random << 17;
    for (uint64_t bits = overlay->random; levels < OVERLAY_LEVELS && (bits & 3) == 0;
         bits >>= 2)
        levels++;
    return levels;
}

static struct overlay_node *insert_node(struct overlay *overlay, struct bytes key,
                                        uint16_t levels)
{
    struct overlay_node *node = mem_alloc(node_size(levels, key.len));
    struct path path;

    node->key = (uint8_t *)&node->next[levels];
    node->key_len = (uint16_t)key.len;
    node->level_count = levels;
    memcpy(node->key, key.at, key.len);
    find_path(overlay, key, &path);
    node->previous = path.before;
    for (size_t level = 0; level < levels; level++) {
        node->next[level] = path.links[level][level];
        path.links[level][level] = node;
    }
    if (node->next[0] != NULL)
        node->next[0]->previous = node;
    overlay->node_count++;
    return node;
}

static void remove_node(struct overlay *overlay, struct overlay_node *node)
{
    struct path path;

    find_path(overlay, overlay_key(node), &path);
    ASSERT(path.links[0][0] == node);
    for (size_t level = 0; level < node->level_count; level++)
        path.links[level][level] = node->next[level];
    if (node->next[0] != NULL)
        node->next[0]->previous = node->previous;
    node->previous = overlay->retired_nodes;
    overlay->retired_nodes = node;
    overlay->node_count--;
    overlay->removal_count++;
}

static void retire_newest(struct overlay *overlay, struct overlay_node *node)
{
    struct overlay_version *version = node->newest;

    node->newest = version->older;
    version->older = overlay->retired_versions;
    overlay->retired_versions = version;
}

static bool grow_undo(struct overlay *overlay)
{
    if (overlay->undo_count < overlay->undo_capacity)
        return true;
    size_t added = overlay->undo_capacity == 0 ? 16 : overlay->undo_capacity;
    if (!overlay_charge(overlay, added * sizeof(struct overlay_node *)))
        return false;
    overlay->undo_capacity += added;
    overlay->undo =
        mem_resize(overlay->undo, overlay->undo_capacity * sizeof(struct overlay_node *));
    return true;
}

static struct overlay_version *make_version(struct overlay *overlay,
                                            const struct bytes *value)
{
    size_t len = value == NULL ? 0 : value->len;
    struct overlay_version *version = mem_alloc(sizeof(*version) + len);

    version->serial = ++overlay->serial;
    version->len = len;
    version->is_delete = value == NULL;
    if (len != 0)
        memcpy(version->value, value->at, len);
    return version;
}

bool overlay_edit(struct overlay *overlay, struct bytes key, const struct bytes *value,
                  bool keep_old)
{
    struct overlay_node *node = overlay_find(overlay, key);
    uint16_t levels = node == NULL ? choose_levels(overlay) : 0;
    size_t len = value == NULL ? 0 : value->len;
    size_t size = node == NULL ? node_size(levels, key.len) : 0;

    if (len > overlay->limit || !grow_undo(overlay) ||
        !overlay_charge(overlay, size + sizeof(struct overlay_version) + len))
        return false;
    struct overlay_version *version = make_version(overlay, value);
    if (node == NULL)
        node = insert_node(overlay, key, levels);
    /* A version that no mark and no cursor can ask for makes room; its entry in the undo
     * log then stands for the new one. */
    if (node->newest != NULL && node->newest->serial > overlay->last_mark_serial &&
        !keep_old)
        retire_newest(overlay, node);
    else
        overlay->undo[overlay->undo_count++] = node;
    version->older = node->newest;
    node->newest = version;
    return true;
}

void overlay_undo(struct overlay *overlay, size_t undo_count)
{
    ASSERT(undo_count <= overlay->undo_count);
    while (overlay->undo_count > undo_count) {
        struct overlay_node *node = overlay->undo[--overlay->undo_count];
        retire_newest(overlay, node);
        if (node->newest == NULL)
            remove_node(overlay, node);
    }
}
