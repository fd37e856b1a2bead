#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* An intrusive doubly linked ring. The head is a link of its own; a member embeds a link.
 * A link that is zeroed is in no list. */
struct list_link {
    struct list_link *next;
    struct list_link *previous;
};

static inline void list_init(struct list_link *head)
{
    head->next = head;
    head->previous = head;
}

static inline bool list_is_empty(const struct list_link *head)
{
    return head->next == head;
}

static inline bool list_is_linked(const struct list_link *link)
{
    return link->next != NULL;
}

static inline void list_append(struct list_link *head, struct list_link *link)
{
    link->previous = head->previous;
    link->next = head;
    head->previous->next = link;
    head->previous = link;
}

/* Does nothing to a link that is in no list. */
static inline void list_remove(struct list_link *link)
{
    if (link->next == NULL)
        return;
    link->previous->next = link->next;
    link->next->previous = link->previous;
    link->next = NULL;
    link->previous = NULL;
}

#define LIST_ENTRY(link, type, member)                                                   \
    ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* The body may remove the current link, and no other. */
#define LIST_FOR_EACH(head, link)                                                        \
    for (struct list_link *link = (head)->next, *link##_next = link->next;               \
         link != (head); link = link##_next, link##_next = link->next)

#endif
