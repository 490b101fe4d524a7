/* The compiled filter, run by an interpreter: against the table it was made from. */
#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/syscall.h>

#include "tests/unit/seccomp_verdict.h"
#include "tests/unit/tap.h"

/* The number of row `i` here, negative when this machine does not have it. */
static int number_of(size_t i)
{
    enum { MAX_ROWS = 256 };
    static int known[MAX_ROWS]; /* 0: not asked yet; read(2), which has that number, is no row */
    CHECK(i < MAX_ROWS);
    if (known[i] == 0) {
        int nr = seccomp_syscall_resolve_name(seccomp_rows[i].name);
        known[i] = nr == __NR_SCMP_ERROR ? seccomp_rows[i].number : nr;
    }
    return known[i];
}

static bool holds(const struct seccomp_test *t, const uint64_t arg[6])
{
    switch (t->op) {
    case SECCOMP_NO_TEST:
        return true;
    case SECCOMP_BITS:
        return (arg[t->arg] & t->mask) == t->value;
    case SECCOMP_DIFFERS:
        return arg[t->arg] != t->value;
    case SECCOMP_ABOVE:
        return arg[t->arg] > t->value;
    }
    return false;
}

/* What the table says: allowed, or the errno values of all rows that match. */
static void check_against_table(const struct seccomp_case *v, int nr, const uint64_t arg[6])
{
    uint32_t got = seccomp_verdict(v, NATIVE, nr, arg);
    bool any = false, agrees = false;
    for (size_t i = 0; i < seccomp_n_rows; i++) {
        const struct seccomp_row *r = &seccomp_rows[i];
        if (number_of(i) != nr || !seccomp_row_applies(r, v))
            continue;
        if (holds(&r->test[0], arg) && holds(&r->test[1], arg)) {
            any = true;
            agrees |= got == (SECCOMP_RET_ERRNO | (uint32_t)seccomp_row_errno(r));
        }
    }
    if (any ? !agrees : got != SECCOMP_RET_ALLOW)
        tap_fail(__FILE__, __LINE__, "system call %d (%#llx, %#llx, %#llx): %#x", nr, (unsigned long long)arg[0], (unsigned long long)arg[1],
                 (unsigned long long)arg[2], got);
}

/* Values that decide a test: the value itself, its neighbours, each bit of it, and garbage in the upper half. */
static size_t interesting(const struct seccomp_test *t, uint64_t ret[], size_t max)
{
    static const uint64_t high = 1ull << 32;
    size_t n = 0;
    const uint64_t fixed[] = {0,     1,           t->value,         t->value + 1, t->value - 1,         t->value | high,
                              ~0ull, 0xffffffffu, t->value ^ ~0ull, high,         (uint64_t)(int64_t)-1};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed && n < max; i++)
        ret[n++] = fixed[i];
    for (unsigned bit = 0; bit < 64 && n < max; bit++)
        ret[n++] = t->value ^ (1ull << bit);
    return n;
}

TEST(the_program_says_what_the_table_says)
{
    enum { MAX = 80 };
    for (size_t v = 0; v < N_VARIANTS; v++)
        for (size_t i = 0; i < seccomp_n_rows; i++) {
            const struct seccomp_row *r = &seccomp_rows[i];
            uint64_t first[MAX] = {0};
            uint64_t second[MAX] = {0};
            int nr = number_of(i);
            if (nr < 0)
                continue;
            size_t n = interesting(&r->test[0], first, MAX);
            size_t m = r->test[1].op == SECCOMP_NO_TEST ? 1 : interesting(&r->test[1], second, MAX);
            for (size_t a = 0; a < n; a++)
                for (size_t b = 0; b < m; b++) {
                    uint64_t arg[6] = {0};
                    arg[r->test[0].arg] = first[a];
                    if (r->test[1].op != SECCOMP_NO_TEST)
                        arg[r->test[1].arg] = second[b];
                    check_against_table(&variants[v], nr, arg);
                }
        }
}

TEST(what_the_table_does_not_name_is_allowed)
{
    static const uint64_t zeros[6];
    static const uint64_t ones[6] = {~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull};
    for (size_t v = 0; v < N_VARIANTS; v++)
        for (int nr = 0; nr < 1000; nr++) {
            check_against_table(&variants[v], nr, zeros);
            check_against_table(&variants[v], nr, ones);
        }
}

TEST(foreign_machines_are_killed)
{
    static const uint32_t foreign[] = {AUDIT_ARCH_I386, AUDIT_ARCH_ARM, AUDIT_ARCH_RISCV64, 0, ~0u, NATIVE ^ 1};
    static const uint64_t none[6];
    for (size_t v = 0; v < N_VARIANTS; v++)
        for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
            for (int nr = 0; nr < 500; nr++)
                CHECK_INT(seccomp_verdict(&variants[v], foreign[i], nr, none), SECCOMP_RET_KILL_PROCESS);
}

#ifdef __x86_64__
TEST(x32_does_not_exist)
{
    static const uint64_t none[6];
    static const int numbers[] = {0, 1, 2, 41, 101, 512, 547};
    for (size_t v = 0; v < N_VARIANTS; v++) {
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
            CHECK_INT(seccomp_verdict(&variants[v], NATIVE, 0x40000000 | numbers[i], none), SECCOMP_RET_ERRNO | ENOSYS);
        CHECK_INT(seccomp_verdict(&variants[v], NATIVE, -1, none), SECCOMP_RET_ERRNO | ENOSYS);
        CHECK_INT(seccomp_verdict(&variants[v], NATIVE, 0x3fffffff, none), SECCOMP_RET_ALLOW);
    }
}
#endif

TEST(names_of_what_is_refused)
{
    CHECK_STR(seccomp_filter_name(SYS_ptrace), "ptrace");
    CHECK_STR(seccomp_filter_name(SYS_socket), "socket");
    CHECK(!seccomp_filter_name(SYS_read));
    CHECK(!seccomp_filter_name(-1));
    CHECK(strstr(seccomp_filter_why("ptrace"), "process"));
    CHECK(!seccomp_filter_why("read"));
}

TEST(rows_are_well_formed)
{
    for (size_t i = 0; i < seccomp_n_rows; i++) {
        const struct seccomp_row *r = &seccomp_rows[i];
        CHECK(r->why && *r->why);
        CHECK(seccomp_syscall_resolve_name(r->name) != __NR_SCMP_ERROR || r->number > 0);
        CHECK(seccomp_row_errno(r) > 0);
        for (size_t t = 0; t < SECCOMP_N_TESTS; t++)
            CHECK(r->test[t].arg < 6 && (r->test[t].op != SECCOMP_BITS || (r->test[t].value & ~r->test[t].mask) == 0));
    }
}
