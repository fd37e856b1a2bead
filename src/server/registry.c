#include "server/registry.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/secret.h"
#include "server/prepared.h"
#include "sql/parse/redact.h"

struct registry {
    pthread_mutex_t lock;
    struct list_link entries; /* in order of pid, but after the number has come round */
    size_t count;
    int32_t last_pid;
};

struct registry_entry {
    struct list_link link;
    int32_t pid;
    uint8_t key[REGISTRY_KEY_LEN];
    struct registry_session session; /* texts on the heap */
    struct registry_callbacks callbacks;
    char application[REGISTRY_TEXT_MAX];
    const char *state;
    struct parsed_text *parsed; /* whose text is shown */
    int64_t started;
    int64_t query_started;
    int64_t state_changed;
};

struct registry *registry_new(void)
{
    struct registry *registry = MEM_NEW(struct registry);

    pthread_mutex_init(&registry->lock, NULL);
    list_init(&registry->entries);
    return registry;
}

void registry_free(struct registry **registry)
{
    struct registry *held = *registry;

    *registry = NULL;
    if (held == NULL)
        return;
    ASSERT(list_is_empty(&held->entries));
    pthread_mutex_destroy(&held->lock);
    mem_free(held);
}

static struct registry_entry *find(struct registry *registry, int32_t pid)
{
    LIST_FOR_EACH(&registry->entries, link)
    {
        struct registry_entry *entry = LIST_ENTRY(link, struct registry_entry, link);
        if (entry->pid == pid)
            return entry;
    }
    return NULL;
}

/* Numbers come round after two thousand million sessions; one in use is passed over. */
static int32_t next_pid(struct registry *registry)
{
    bool came_round;

    do {
        came_round = registry->last_pid == INT32_MAX;
        registry->last_pid = came_round ? 1 : registry->last_pid + 1;
    } while (came_round && find(registry, registry->last_pid) != NULL);
    return registry->last_pid;
}

struct registry_entry *registry_add(struct registry *registry,
                                    const struct registry_session *session,
                                    const struct registry_callbacks *callbacks)
{
    struct registry_entry *entry = MEM_NEW(struct registry_entry);

    entry->session = *session;
    entry->session.user = mem_strdup(session->user);
    entry->session.database = mem_strdup(session->database);
    entry->session.client_address = mem_strdup(session->client_address);
    entry->callbacks = *callbacks;
    entry->state = "idle";
    entry->started = entry->state_changed = clock_wall_us();
    random_fill(entry->key, sizeof entry->key);
    pthread_mutex_lock(&registry->lock);
    entry->pid = next_pid(registry);
    list_append(&registry->entries, &entry->link);
    registry->count++;
    pthread_mutex_unlock(&registry->lock);
    return entry;
}

static void free_text(const char *text)
{
    void *memory = NULL;

    memcpy(&memory, &text, sizeof memory); /* it was made by mem_strdup() */
    mem_free(memory);
}

void registry_remove(struct registry *registry, struct registry_entry **entry)
{
    struct registry_entry *held = *entry;

    *entry = NULL;
    if (held == NULL)
        return;
    pthread_mutex_lock(&registry->lock);
    list_remove(&held->link);
    registry->count--;
    pthread_mutex_unlock(&registry->lock);
    parsed_text_unref(&held->parsed);
    free_text(held->session.user);
    free_text(held->session.database);
    free_text(held->session.client_address);
    mem_free(held);
}

int32_t registry_pid(const struct registry_entry *entry)
{
    return entry->pid;
}

struct bytes registry_key(const struct registry_entry *entry)
{
    return bytes_of(entry->key, sizeof entry->key);
}

void registry_set_activity(struct registry *registry, struct registry_entry *entry,
                           struct parsed_text *parsed, const char *state)
{
    struct parsed_text *old = NULL;
    int64_t now = clock_wall_us();

    pthread_mutex_lock(&registry->lock);
    if (parsed != NULL) {
        old = entry->parsed;
        entry->parsed = parsed_text_ref(parsed);
        entry->query_started = now;
    }
    entry->state = state;
    entry->state_changed = now;
    pthread_mutex_unlock(&registry->lock);
    parsed_text_unref(&old);
}

void registry_set_application(struct registry *registry, struct registry_entry *entry,
                              const char *name)
{
    size_t len = strlen(name);

    if (len >= sizeof entry->application)
        len = sizeof entry->application - 1;
    pthread_mutex_lock(&registry->lock);
    memcpy(entry->application, name, len);
    entry->application[len] = '\0';
    pthread_mutex_unlock(&registry->lock);
}

bool registry_cancel(struct registry *registry, uint32_t pid, struct bytes key)
{
    bool is_known = false;
    struct registry_entry *entry;

    if (pid > INT32_MAX)
        return false;
    pthread_mutex_lock(&registry->lock);
    entry = find(registry, (int32_t)pid);
    if (entry != NULL && secret_equal(key, registry_key(entry))) {
        entry->callbacks.cancel(entry->callbacks.argument);
        is_known = true;
    }
    pthread_mutex_unlock(&registry->lock);
    return is_known;
}

bool registry_signal(struct registry *registry, int32_t pid, bool terminates)
{
    struct registry_entry *entry;

    pthread_mutex_lock(&registry->lock);
    entry = find(registry, pid);
    if (entry != NULL && terminates)
        entry->callbacks.terminate(entry->callbacks.argument);
    else if (entry != NULL)
        entry->callbacks.cancel(entry->callbacks.argument);
    pthread_mutex_unlock(&registry->lock);
    return entry != NULL;
}

static void copy_row(struct arena *arena, const struct registry_entry *entry,
                     struct registry_row *row)
{
    row->pid = entry->pid;
    row->session = entry->session;
    row->session.user = arena_strdup(arena, entry->session.user);
    row->session.database = arena_strdup(arena, entry->session.database);
    row->session.client_address = arena_strdup(arena, entry->session.client_address);
    row->application = arena_strdup(arena, entry->application);
    row->state = entry->state;
    row->query = entry->parsed == NULL ? "" : sql_redact(arena, entry->parsed->text);
    row->started = entry->started;
    row->query_started = entry->query_started;
    row->state_changed = entry->state_changed;
}

static int compare_rows(const void *a, const void *b)
{
    const struct registry_row *left = (const struct registry_row *)a;
    const struct registry_row *right = (const struct registry_row *)b;

    return (left->pid > right->pid) - (left->pid < right->pid);
}

void registry_snapshot(struct registry *registry, struct arena *arena,
                       struct registry_row **rows_out, size_t *count_out)
{
    size_t count = 0;

    pthread_mutex_lock(&registry->lock);
    *rows_out = ARENA_ARRAY(arena, struct registry_row, registry->count + 1);
    LIST_FOR_EACH(&registry->entries, link)
    {
        copy_row(arena, LIST_ENTRY(link, struct registry_entry, link),
                 &(*rows_out)[count++]);
    }
    pthread_mutex_unlock(&registry->lock);
    qsort(*rows_out, count, sizeof **rows_out, compare_rows);
    *count_out = count;
}
