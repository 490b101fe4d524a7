/* launch_confine: the steps that confine this process, in their order. */
#include "core/launch_confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/inherited.h"
#include "core/mem.h"
#include "core/namespaces.h"
#include "core/quote.h"
#include "core/seccomp_filter.h"
#include "core/view.h"

/* Through a directory that was opened before, what is mounted for the command is seen as it was. */
static int check_standard(struct err *e)
{
    for (int fd = 0; fd < INHERITED_FIRST; fd++) {
        struct stat st;
        if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
            return err_set(e, ERR_KERNEL, "standard descriptor %d is a directory, through which denied paths could be reached: redirect it", fd);
    }
    return 0;
}

/* What an ordinary installer does as root: unpack files of other owners and step down to them. All else either changes the machine or
 * undoes confinement; Landlock judges paths for root as for everyone. */
static const unsigned kept_capabilities[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_SETGID, CAP_SETUID};

static void mask_of_kept(uint32_t ret_mask[_LINUX_CAPABILITY_U32S_3])
{
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        ret_mask[i] = 0;
    for (size_t i = 0; i < sizeof kept_capabilities / sizeof *kept_capabilities; i++)
        ret_mask[CAP_TO_INDEX(kept_capabilities[i])] |= CAP_TO_MASK(kept_capabilities[i]);
}

/* Needs CAP_SETPCAP. A process without it has no_new_privs to thank that the bounding set gives it nothing. */
static int drop_bounding(const uint32_t keep[], struct err *e)
{
    for (unsigned long cap = 0; cap < 32ul * _LINUX_CAPABILITY_U32S_3; cap++) {
        if (keep[CAP_TO_INDEX(cap)] & CAP_TO_MASK(cap))
            continue;
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
            return errno == EINVAL ? 0 : err_sys(e, ERR_KERNEL, errno, "cannot drop capability %lu", cap); /* EINVAL: past the last */
    }
    return 0;
}

/* Whoever overrides modes could look into the empty directory that hides a denied one, and would be told of no denial. */
static int drop_capabilities(bool has_masks, struct err *e)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    uint32_t keep[_LINUX_CAPABILITY_U32S_3];
    uint32_t held = 0;
    if (syscall(SYS_capget, &header, data) < 0)
        return err_sys(e, ERR_KERNEL, errno, "cannot read capabilities");
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        held |= data[i].permitted | data[i].inheritable;
    if (held == 0)
        return 0;
    mask_of_kept(keep);
    if (has_masks)
        keep[CAP_TO_INDEX(CAP_DAC_OVERRIDE)] &= ~CAP_TO_MASK(CAP_DAC_OVERRIDE);
    int r = data[CAP_TO_INDEX(CAP_SETPCAP)].effective & CAP_TO_MASK(CAP_SETPCAP) ? drop_bounding(keep, e) : 0;
    if (r < 0)
        return r;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
        return err_sys(e, ERR_KERNEL, errno, "cannot clear ambient capabilities");
    for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
        data[i].permitted &= keep[i];
        data[i].effective = data[i].permitted;
        data[i].inheritable = 0;
    }
    return syscall(SYS_capset, &header, data) < 0 ? err_sys(e, ERR_KERNEL, errno, "cannot drop capabilities") : 0;
}

const char *launch_probe_path(const struct caps *caps)
{
    struct caps_answer answer;
    caps_evaluate(caps, "/", CAPS_READ, &answer);
    if (!answer.allowed)
        return "/";
    for (size_t i = 0; i < caps->n_denies; i++)
        if (caps->deny[i].exists && !caps->deny[i].overridden)
            return caps->deny[i].path;
    return NULL;
}

/* Trust nothing: a kernel that accepted every call and holds nothing is found out here. */
static int self_test(const struct caps *caps, struct err *e)
{
    if (!kernel_is_confined())
        return err_set(e, ERR_KERNEL, "the seccomp filter was accepted and does not answer");
    const char *path = launch_probe_path(caps);
    AUTO(mem_close_fd) int fd = path ? open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (fd < 0)
        return 0;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(path);
    return err_set(e, ERR_KERNEL, "the sandbox was accepted and does not hold: %s can still be opened", shown);
}

static bool has_namespaces(const struct caps *c)
{
    return c->level == CAPS_LEVEL_FULL || c->n_masks > 0;
}

static int enter(const char *cwd, struct err *e)
{
    if (!cwd || chdir(cwd) == 0)
        return 0;
    int sys = errno;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(cwd);
    return err_sys(e, ERR_IO, sys, "cannot enter %s", shown);
}

int launch_separate(const struct launch *l, int keep_fd, struct err *e)
{
    if (l->unconfined)
        return 0;
    int r = inherited_close_others(l->inherited, keep_fd, e);
    if (r < 0 || !has_namespaces(l->caps))
        return r;
    r = check_standard(e);
    return r == 0 ? namespaces_enter(l->caps, e) : r;
}

/* The directory that was current before lies below what was mounted over it, with all that is hidden in it. */
static int finish_namespaces(const struct caps *c, const char *cwd, struct err *e)
{
    char here[STR_MAX_PATH];
    if (!cwd && !getcwd(here, sizeof here))
        return err_sys(e, ERR_IO, errno, "cannot tell the current directory");
    int r = namespaces_finish(c, e);
    if (r == 0 && !cwd)
        r = enter(here, e);
    return r == 0 && c->level == CAPS_LEVEL_FULL ? view_test(c, e) : r;
}

struct seccomp_case launch_filter_case(const struct launch *l)
{
    struct seccomp_case s = seccomp_case_of(l->caps, l->kernel->landlock_abi);
    s.unix_sockets |= l->diagnose;
    return s;
}

static int load_filter(const struct launch *l, struct err *e)
{
    const struct seccomp_case s = launch_filter_case(l);
    return l->diagnose ? seccomp_filter_load_open(&s, e) : seccomp_filter_load(&s, e);
}

int launch_confine(const struct launch *l, const struct landlock_plan *plan, struct err *e)
{
    if (l->unconfined)
        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? err_sys(e, ERR_KERNEL, errno, "cannot set no_new_privs") : enter(l->cwd, e);
    int r = has_namespaces(l->caps) ? finish_namespaces(l->caps, l->cwd, e) : 0;
    if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        r = err_sys(e, ERR_KERNEL, errno, "cannot set no_new_privs");
    if (r == 0)
        r = drop_capabilities(l->caps->n_masks > 0, e);
    if (r == 0)
        r = landlock_rules_apply(plan, l->kernel->landlock_abi, e);
    if (r == 0)
        r = enter(l->cwd, e);
    if (r == 0)
        r = load_filter(l, e);
    if (r == 0)
        r = self_test(l->caps, e);
    return r;
}
