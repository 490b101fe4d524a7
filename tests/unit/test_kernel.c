/* Probing, and what is said when something is missing. */
#include <errno.h>
#include <string.h>

#include "core/kernel.h"
#include "tests/unit/tap.h"

TEST(probing)
{
    struct kernel k;
    kernel_probe(&k);
    CHECK(k.release[0]);
    CHECK((k.landlock_abi >= 1) == (k.landlock_errno == 0));
    CHECK_INT(k.confined, kernel_is_confined());
}

TEST(what_is_there_is_enough)
{
    const struct kernel k = {.landlock_abi = 1, .seccomp = true, .release = "5.13.0"};
    struct err e = ERR_INIT;
    CHECK_OK(kernel_require(&k, &e), &e);
}

TEST(each_reason_has_its_own_words)
{
    static const struct {
        int sys;
        const char *word;
    } cases[] = {{ENOSYS, "5.13"}, {EOPNOTSUPP, "lsm="}, {EPERM, "container"}, {EACCES, "container"}, {EINVAL, "does not answer"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct kernel k = {.landlock_errno = cases[i].sys, .seccomp = true, .release = "5.10.0"};
        struct err e = ERR_INIT;
        CHECK_ERR(kernel_require(&k, &e), ERR_KERNEL, &e);
        CHECK(strstr(e.text, cases[i].word));
    }
}

TEST(seccomp_is_needed)
{
    const struct kernel k = {.landlock_abi = 7, .release = "6.15.0"};
    struct err e = ERR_INIT;
    CHECK_ERR(kernel_require(&k, &e), ERR_KERNEL, &e);
    CHECK(strstr(e.text, "seccomp"));
}
