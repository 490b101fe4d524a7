/* mem: what is zeroed, what is bounded, and how it stops. */
#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tap.h"

static bool is_zero(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (p[i] != 0)
            return false;
    }
    return true;
}

TEST(alloc_and_array_are_zeroed)
{
    AUTO(mem_free_ptr) char *a = mem_alloc(1000);
    AUTO(mem_free_ptr) char *b = mem_array(10, 100);
    CHECK(is_zero(a, 1000));
    CHECK(is_zero(b, 1000));
}

TEST(nothing_is_something)
{
    AUTO(mem_free_ptr) char *a = mem_alloc(0);
    AUTO(mem_free_ptr) char *b = mem_array(0, 8);
    AUTO(mem_free_ptr) char *c = mem_resize(NULL, 0, 8);
    AUTO(mem_free_ptr) char *d = mem_dup(NULL, 0);
    CHECK(a && b && c && d);
    mem_free(NULL);
}

TEST(resize_keeps_the_content)
{
    AUTO(mem_free_ptr) int *p = mem_array(2, sizeof *p);
    p[0] = 7;
    p[1] = 8;
    p = mem_resize(p, 100000, sizeof *p);
    p[99999] = 9;
    CHECK_INT(p[0], 7);
    CHECK_INT(p[1], 8);
}

TEST(copies_of_text)
{
    AUTO(mem_free_ptr) char *whole = mem_strdup("abc");
    AUTO(mem_free_ptr) char *part = mem_strndup("abc", 2);
    AUTO(mem_free_ptr) char *all = mem_strndup("abc", 100);
    AUTO(mem_free_ptr) char *none = mem_strndup("abc", 0);
    static const char unterminated[2] = {'x', 'y'};
    AUTO(mem_free_ptr) char *closed = mem_strndup(unterminated, sizeof unterminated);
    CHECK_STR(whole, "abc");
    CHECK_STR(part, "ab");
    CHECK_STR(all, "abc");
    CHECK_STR(none, "");
    CHECK_STR(closed, "xy");
    CHECK(!mem_strdup(NULL));
    CHECK(!mem_strndup(NULL, 3));
}

TEST(dup_copies_bytes)
{
    static const char bytes[] = {'a', 0, 'b'};
    AUTO(mem_free_ptr) char *copy = mem_dup(bytes, sizeof bytes);
    CHECK(memcmp(copy, bytes, sizeof bytes) == 0);
}

TEST(reserve_grows_by_half_at_least)
{
    AUTO(mem_free_ptr) int *p = NULL;
    size_t cap = 0;
    int grown = 0;
    for (int i = 0; i < 100000; i++) {
        size_t before = cap;
        mem_reserve(&p, &cap, (size_t)i + 1, sizeof *p);
        CHECK(cap > (size_t)i);
        p[i] = i;
        if (cap != before) {
            CHECK(cap >= before + before / 2);
            grown++;
        }
    }
    CHECK(grown < 40);
    for (int i = 0; i < 100000; i++)
        CHECK(p[i] == i);
    mem_reserve(&p, &cap, 1000000, sizeof *p);
    CHECK(cap >= 1000000);
}

TEST(reserve_leaves_what_is_enough)
{
    AUTO(mem_free_ptr) char *p = NULL;
    size_t cap = 0;
    mem_reserve(&p, &cap, 10, 1);
    const char *before = p;
    size_t had = cap;
    mem_reserve(&p, &cap, 3, 1);
    CHECK(p == before && cap == had);
}

TEST(free_ptr_forgets)
{
    char *p = mem_strdup("x");
    mem_free_ptr(&p);
    CHECK(!p);
    mem_free_ptr(&p);
}

TEST(close_fd_closes_once_and_keeps_errno)
{
    int fd = open("/", O_RDONLY | O_CLOEXEC);
    int number = fd;
    CHECK(fd >= 0);
    errno = ENOTTY;
    mem_close_fd(&fd);
    CHECK_INT(fd, -1);
    CHECK_INT(errno, ENOTTY);
    CHECK(fcntl(number, F_GETFD) < 0);
    errno = ENOTTY;
    mem_close_fd(&fd);
    CHECK_INT(errno, ENOTTY);
    fd = number; /* closed already: the failure of close stays hidden */
    errno = ENOTTY;
    mem_close_fd(&fd);
    CHECK_INT(errno, ENOTTY);
}

TEST(take_hands_over)
{
    AUTO(mem_free_ptr) char *from = mem_strdup("x");
    AUTO(mem_free_ptr) char *to = take_ptr(&from);
    CHECK(!from);
    CHECK_STR(to, "x");
    AUTO(mem_close_fd) int fd = open("/", O_RDONLY | O_CLOEXEC);
    int number = fd;
    AUTO(mem_close_fd) int other = take_fd(&fd);
    CHECK_INT(fd, -1);
    CHECK_INT(other, number);
}

/* Runs `f` in a child: its exit status, and what it wrote to stderr. */
static int run_child(void (*f)(void), char *text, size_t size)
{
    int pair[2];
    int status = 0;
    CHECK(pipe2(pair, O_CLOEXEC) == 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        (void)dup2(pair[1], STDERR_FILENO);
        f();
        _exit(0);
    }
    (void)close(pair[1]);
    ssize_t n = read(pair[0], text, size - 1);
    text[n > 0 ? n : 0] = '\0';
    (void)close(pair[0]);
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void *volatile sink;

static void array_overflows(void)
{
    sink = mem_array(SIZE_MAX / 2, 3);
}

static void resize_overflows(void)
{
    sink = mem_resize(NULL, SIZE_MAX / 2 + 1, 2);
}

static void reserve_overflows(void)
{
    int *p = NULL;
    size_t cap = 0;
    mem_reserve(&p, &cap, SIZE_MAX / 2, sizeof *p);
}

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

static void too_large(void)
{
    struct rlimit limit = {.rlim_cur = 64 << 20, .rlim_max = 64 << 20};
    (void)setrlimit(RLIMIT_AS, &limit);
    sink = mem_alloc((size_t)1 << 30);
}

TEST(overflow_and_exhaustion_say_so_and_exit_125)
{
    static void (*const way[])(void) = {
        array_overflows,
        resize_overflows,
        reserve_overflows,
#ifndef HAS_ASAN /* whose allocator stops in its own way */
        too_large,
#endif
    };
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        char text[200];
        CHECK_INT(run_child(way[i], text, sizeof text), 125);
        CHECK_STR(text, "nono: out of memory\n");
    }
    (void)too_large;
}

/* Many sizes, each block grown once after others were made: none may overlap another. */
TEST(blocks_keep_apart)
{
    enum { N = 2000 };
    unsigned char *block[N];
    for (size_t i = 0; i < N; i++) {
        block[i] = mem_resize(NULL, i % 700 + 1, 1);
        memset(block[i], (int)(i % 251), i % 700 + 1);
    }
    for (size_t i = 0; i < N; i++) {
        block[i] = mem_resize(block[i], i % 700 + 2000, 1);
        memset(block[i] + i % 700 + 1, (int)(i % 251), 1999);
    }
    for (size_t i = 0; i < N; i++) {
        size_t same = 0;
        while (same < i % 700 + 2000 && block[i][same] == i % 251)
            same++;
        CHECK_INT(same, i % 700 + 2000);
        mem_free(block[i]);
    }
}
