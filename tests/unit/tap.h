/* tap: tests that each run in a process of their own, since a sandbox cannot be taken off again.
 * A test fails on its first failed check, on a leaked descriptor, on leaked memory (under a sanitizer), or after 240 s. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct tap_test {
    const char *name;
    void (*run)(void);
    struct tap_test *next;
};

void tap_register(struct tap_test *test);
/* Both end the test. */
_Noreturn void tap_fail(const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
_Noreturn void tap_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void tap_check_int(const char *file, int line, const char *expr, long long got, long long wanted);
void tap_check_str(const char *file, int line, const char *expr, const char *got, const char *wanted);
void tap_check_ok(const char *file, int line, const char *expr, int result, const struct err *e);
void tap_check_err(const char *file, int line, const char *expr, int result, int class, const struct err *e);

/* An empty directory of this test, removed behind it; the same at each call. Real path. */
const char *tap_tmpdir(void);
/* What is changed after it has a later time than what was changed before: the clock of files goes in steps. */
void tap_next_tick(void);
/* Root hides mistakes: the rest of this test runs as an ordinary user. Before tap_tmpdir, which is then that user's. */
void tap_drop_root(void);
/* The rest of this test may mount, in a mount namespace of its own; skips where that cannot be had. */
void tap_own_mounts(void);
/* For a test that confines itself such that LeakSanitizer cannot work. */
void tap_no_leak_check(void);

#define TEST(id)                                                             \
    static void tap_run_##id(void);                                          \
    __attribute__((constructor)) static void tap_add_##id(void)              \
    {                                                                        \
        static struct tap_test test = {.name = #id, .run = tap_run_##id};    \
        tap_register(&test);                                                 \
    }                                                                        \
    static void tap_run_##id(void)

#define CHECK(expr)                                       \
    do {                                                  \
        if (!(expr))                                      \
            tap_fail(__FILE__, __LINE__, "not %s", #expr); \
    } while (0)
#define CHECK_INT(got, wanted) tap_check_int(__FILE__, __LINE__, #got, (long long)(got), (long long)(wanted))
#define CHECK_STR(got, wanted) tap_check_str(__FILE__, __LINE__, #got, got, wanted)
#define CHECK_OK(call, e) tap_check_ok(__FILE__, __LINE__, #call, call, e)
/* The call fails with `class`, says something, and on one line. */
#define CHECK_ERR(call, class, e) tap_check_err(__FILE__, __LINE__, #call, call, class, e)
#define SKIP(...) tap_skip(__VA_ARGS__)
