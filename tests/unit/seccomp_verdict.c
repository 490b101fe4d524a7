#include "tests/unit/seccomp_verdict.h"

#include <errno.h>
#include <string.h>

#include "core/notify.h"
#include "tests/unit/bpf.h"
#include "tests/unit/tap.h"

const struct seccomp_case variants[N_VARIANTS] = {
    {.network = CAPS_NET_OPEN},
    {.network = CAPS_NET_BLOCKED},
    {.network = CAPS_NET_OPEN, .old_landlock = true},
    {.network = CAPS_NET_BLOCKED, .old_landlock = true},
    {.network = CAPS_NET_OPEN, .old_landlock = true, .full = true},
    {.network = CAPS_NET_BLOCKED, .old_landlock = true, .full = true},
    {.network = CAPS_NET_OPEN, .full = true},
    {.network = CAPS_NET_BLOCKED, .full = true},
    {.network = CAPS_NET_PORTS},
    {.network = CAPS_NET_PORTS, .full = true},
    {.network = CAPS_NET_PORTS, .listens = true},
    {.network = CAPS_NET_PORTS, .listens = true, .full = true},
    {.network = CAPS_NET_OPEN, .unix_sockets = true},
    {.network = CAPS_NET_BLOCKED, .unix_sockets = true, .full = true},
    {.network = CAPS_NET_PORTS, .unix_sockets = true},
};

/* The same program in front of a filter of core/notify: its refusals are left to nono, which finds the same verdict, and all else is as it was. */
static void check_in_front(const struct sock_filter *insn, unsigned short len, const struct seccomp_data *data, uint32_t wanted)
{
    static struct sock_filter merged[NOTIFY_MAX_INSNS];
    static const struct sock_filter *of;
    static unsigned short merged_len;
    if (of != insn) {
        const struct notify n = {.baseline = insn, .n_baseline = len};
        CHECK(len <= NOTIFY_MAX_BASELINE);
        merged_len = notify_program(&n, merged);
        of = insn;
    }
    CHECK_INT(seccomp_filter_verdict(insn, len, data), wanted);
    bool is_refusal = wanted == (SECCOMP_RET_ERRNO | EPERM) || wanted == (SECCOMP_RET_ERRNO | EACCES) || wanted == (SECCOMP_RET_ERRNO | EAFNOSUPPORT);
    CHECK_INT(seccomp_filter_is_refusal(wanted), is_refusal);
    CHECK_INT(bpf_run(merged, merged_len, data), is_refusal ? SECCOMP_RET_USER_NOTIF : wanted);
}

uint32_t seccomp_verdict(const struct seccomp_case *v, uint32_t arch, int nr, const uint64_t arg[6])
{
    unsigned short len;
    struct seccomp_data data = {.nr = nr, .arch = arch};
    const struct sock_filter *insn = seccomp_filter_program(v, &len);
    memcpy(data.args, arg, sizeof data.args);
    uint32_t found = bpf_run(insn, len, &data);
    check_in_front(insn, len, &data, found);
    return found;
}
