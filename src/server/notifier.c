#include "server/notifier.h"

#include <pthread.h>

#include "base/assert.h"
#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"

struct waiting {
    struct list_link link;
    int32_t pid;
    char *payload; /* within `text` */
    size_t size;
    char text[]; /* the channel, then the payload */
};

struct notifier {
    pthread_mutex_t lock;
    struct list_link listeners;
};

struct notifier_listener {
    struct list_link link;
    char *database;
    struct map *channels; /* name -> itself */
    struct list_link queue;
    size_t queued; /* bytes */
    void (*ring)(void *argument);
    void *argument;
};

struct notifier *notifier_new(void)
{
    struct notifier *notifier = MEM_NEW(struct notifier);

    pthread_mutex_init(&notifier->lock, NULL);
    list_init(&notifier->listeners);
    return notifier;
}

void notifier_free(struct notifier **notifier)
{
    struct notifier *held = *notifier;

    *notifier = NULL;
    if (held == NULL)
        return;
    ASSERT(list_is_empty(&held->listeners));
    pthread_mutex_destroy(&held->lock);
    mem_free(held);
}

struct notifier_listener *notifier_add(struct notifier *notifier, const char *database,
                                       void (*ring)(void *argument), void *argument)
{
    struct notifier_listener *listener = MEM_NEW(struct notifier_listener);

    listener->database = mem_strdup(database);
    listener->channels = map_new();
    list_init(&listener->queue);
    listener->ring = ring;
    listener->argument = argument;
    pthread_mutex_lock(&notifier->lock);
    list_append(&notifier->listeners, &listener->link);
    pthread_mutex_unlock(&notifier->lock);
    return listener;
}

static void drop_queue(struct notifier_listener *listener)
{
    LIST_FOR_EACH(&listener->queue, link)
    {
        list_remove(link);
        mem_free(LIST_ENTRY(link, struct waiting, link));
    }
    listener->queued = 0;
}

void notifier_remove(struct notifier *notifier, struct notifier_listener **listener)
{
    struct notifier_listener *held = *listener;

    *listener = NULL;
    if (held == NULL)
        return;
    pthread_mutex_lock(&notifier->lock);
    list_remove(&held->link);
    pthread_mutex_unlock(&notifier->lock);
    drop_queue(held);
    map_free(&held->channels);
    mem_free(held->database);
    mem_free(held);
}

void notifier_listen(struct notifier *notifier, struct notifier_listener *listener,
                     const char *channel)
{
    pthread_mutex_lock(&notifier->lock);
    map_put(listener->channels, bytes_of_text(channel), listener);
    pthread_mutex_unlock(&notifier->lock);
}

void notifier_unlisten(struct notifier *notifier, struct notifier_listener *listener,
                       const char *channel)
{
    pthread_mutex_lock(&notifier->lock);
    if (channel != NULL) {
        map_remove(listener->channels, bytes_of_text(channel));
    } else {
        map_free(&listener->channels);
        listener->channels = map_new();
    }
    pthread_mutex_unlock(&notifier->lock);
}

static void enqueue(struct notifier_listener *listener,
                    const struct notification *notification)
{
    size_t channel = strlen(notification->channel) + 1;
    size_t payload = strlen(notification->payload) + 1;
    size_t size = sizeof(struct waiting) + channel + payload;
    bool was_empty = list_is_empty(&listener->queue);
    struct waiting *waiting;

    if (listener->queued + size > NOTIFIER_QUEUE_MAX) {
        LOG(LOG_WARN, NOTIFICATION_DROPPED, "channel=%s", notification->channel);
        return;
    }
    waiting = (struct waiting *)mem_alloc(size);
    waiting->pid = notification->pid;
    waiting->payload = waiting->text + channel;
    waiting->size = size;
    memcpy(waiting->text, notification->channel, channel);
    memcpy(waiting->payload, notification->payload, payload);
    waiting->link = (struct list_link){NULL, NULL};
    list_append(&listener->queue, &waiting->link);
    listener->queued += size;
    if (was_empty)
        listener->ring(listener->argument);
}

void notifier_send(struct notifier *notifier, const char *database,
                   const struct notification *notification)
{
    pthread_mutex_lock(&notifier->lock);
    LIST_FOR_EACH(&notifier->listeners, link)
    {
        struct notifier_listener *listener =
            LIST_ENTRY(link, struct notifier_listener, link);
        if (strcmp(listener->database, database) == 0 &&
            map_find(listener->channels, bytes_of_text(notification->channel)) != NULL)
            enqueue(listener, notification);
    }
    pthread_mutex_unlock(&notifier->lock);
}

size_t notifier_take(struct notifier *notifier, struct notifier_listener *listener,
                     struct arena *arena, struct notification **notifications_out)
{
    size_t count = 0, at = 0;

    pthread_mutex_lock(&notifier->lock);
    LIST_FOR_EACH(&listener->queue, link)
    {
        count++;
    }
    *notifications_out = ARENA_ARRAY(arena, struct notification, count + 1);
    LIST_FOR_EACH(&listener->queue, link)
    {
        struct waiting *waiting = LIST_ENTRY(link, struct waiting, link);
        (*notifications_out)[at++] = (struct notification){
            waiting->pid,
            arena_strdup(arena, waiting->text),
            arena_strdup(arena, waiting->payload),
        };
    }
    drop_queue(listener);
    pthread_mutex_unlock(&notifier->lock);
    return count;
}
