/* kernel: what this kernel can do, probed once. */
#include "core/kernel.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/landlock_rules.h"

/* Asks for the verdicts the baseline uses, and not only whether the system call exists: a kernel may have seccomp and not these. */
static bool has_seccomp_filter(void)
{
    static const uint32_t actions[] = {SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_PROCESS};
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &actions[i]) < 0)
            return false;
    return true;
}

void kernel_probe(struct kernel *ret)
{
    struct utsname name;
    *ret = (struct kernel){0};
    ret->landlock_abi = landlock_rules_abi(&ret->landlock_errno);
    ret->seccomp = has_seccomp_filter();
    ret->confined = kernel_is_confined();
    if (uname(&name) == 0) {
        size_t len = strnlen(name.release, sizeof ret->release - 1);
        memcpy(ret->release, name.release, len);
        ret->release[len] = '\0';
    }
}

int kernel_require(const struct kernel *k, struct err *e)
{
    if (k->landlock_abi < 1) {
        switch (k->landlock_errno) {
        case ENOSYS:
            return err_set(e, ERR_KERNEL, "Linux %s has no Landlock: nono needs 5.13 or newer, built with CONFIG_SECURITY_LANDLOCK", k->release);
        case EOPNOTSUPP:
            return err_set(e, ERR_KERNEL, "Landlock is switched off: add \"landlock\" to the lsm= boot parameter of Linux %s", k->release);
        case EPERM:
        case EACCES:
            return err_set(e, ERR_KERNEL, "the container forbids Landlock: allow the landlock_* system calls in its seccomp profile");
        default:
            return err_sys(e, ERR_KERNEL, k->landlock_errno, "Landlock does not answer on Linux %s", k->release);
        }
    }
    if (!k->seccomp)
        return err_set(e, ERR_KERNEL, "seccomp filters do not work here: Linux %s lacks CONFIG_SECCOMP_FILTER, or the container forbids them",
                       k->release);
    return 0;
}

bool kernel_is_confined(void)
{
    return prctl(KERNEL_MARK_PRCTL, 0, 0, 0, 0) < 0 && errno == KERNEL_MARK_ERRNO;
}

bool kernel_is_confined_fully(void)
{
    return prctl(KERNEL_MARK_FULL_PRCTL, 0, 0, 0, 0) < 0 && errno == KERNEL_MARK_ERRNO;
}
