/* base/list: order, removal while walking, a zeroed link is in no list. */

#include "base/list.h"
#include "support/unit.h"

struct member {
    int number;
    struct list_link link;
};

static void keeps_order_and_allows_removal_of_the_current(void **state)
{
    (void)state;
    struct list_link head;
    struct member members[4] = {
        {.number = 0}, {.number = 1}, {.number = 2}, {.number = 3}};
    list_init(&head);
    assert_true(list_is_empty(&head));
    for (int i = 0; i < 4; i++)
        list_append(&head, &members[i].link);
    int seen = 0;
    LIST_FOR_EACH(&head, link)
    {
        struct member *member = LIST_ENTRY(link, struct member, link);
        assert_int_equal(member->number, seen++);
        if (member->number % 2 == 0)
            list_remove(link);
    }
    assert_int_equal(seen, 4);
    assert_ptr_equal(head.next, &members[1].link);
    assert_ptr_equal(head.previous, &members[3].link);
    assert_false(list_is_linked(&members[0].link));
}

static void removing_an_unlinked_member_does_nothing(void **state)
{
    (void)state;
    struct member member = {0};
    list_remove(&member.link);
    assert_false(list_is_linked(&member.link));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_and_allows_removal_of_the_current),
        cmocka_unit_test(removing_an_unlinked_member_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
