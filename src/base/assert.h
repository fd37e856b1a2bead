#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

/* Assertions guard against our own bugs and stay on in release builds: the process ends
 * with a report, the store on disk survives. Never assert on what a peer or user sends.
 */
#define ASSERT(condition)                                                                \
    ((condition) ? (void)0 : assert_failed(#condition, __FILE__, __LINE__, __func__))

/* Marks a place that cannot be reached. */
#define UNREACHABLE() assert_failed("unreachable", __FILE__, __LINE__, __func__)

_Noreturn void assert_failed(const char *condition, const char *file, int line,
                             const char *function);

#endif
