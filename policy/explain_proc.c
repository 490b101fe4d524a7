/* explain_proc: the evaluator, with what the sandbox makes of /proc. */
#include <string.h>
#include <sys/stat.h>

#include "core/guard.h"
#include "core/path.h"
#include "policy/explain_parts.h"

/* proc(5): "governed by a ptrace access mode". Of the second list, the directory itself can be listed. */
static const char *const closed[] = {
    "auxv",    "cwd",         "environ", "exe",   "fdinfo",       "io",    "map_files", "maps",   "mem",           "numa_maps",
    "pagemap", "personality", "root",    "smaps", "smaps_rollup", "stack", "syscall",   "timers", "timerslack_ns",
};
static const char *const closed_below[] = {"fd", "ns"};

static bool is_one_of(const char *name, size_t len, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(list[i]) == len && memcmp(list[i], name, len) == 0)
            return true;
    return false;
}

static const char *skip_number(const char *text)
{
    size_t len = strspn(text, "0123456789");
    return len > 0 && text[len] == '/' ? text + len + 1 : NULL;
}

bool explain_is_isolated(const struct explain_policy *p, const char *real)
{
    const char *rest = path_below(real, "/proc");
    if (rest && p->caps.level == CAPS_LEVEL_FULL && *rest >= '0' && *rest <= '9')
        return true;
    rest = rest ? skip_number(rest) : NULL;
    if (rest && strncmp(rest, "task/", strlen("task/")) == 0)
        rest = skip_number(rest + strlen("task/"));
    if (!rest)
        return false;
    size_t len = strcspn(rest, "/");
    return is_one_of(rest, len, closed, sizeof closed / sizeof *closed) ||
           (rest[len] == '/' && is_one_of(rest, len, closed_below, sizeof closed_below / sizeof *closed_below));
}

static void judge_guard(const struct explain_policy *p, const char *real, struct caps_answer *ret)
{
    struct stat st;
    struct guard_match match;
    bool exists = lstat(real, &st) == 0;
    struct guard_act act = {.operation = exists ? GUARD_WRITE : GUARD_CREATE, .path = real, .is_dir = exists && S_ISDIR(st.st_mode)};
    if (guard_judge(&p->caps, &act, &match) == GUARD_ALLOWED)
        return;
    ret->allowed = false;
    ret->guard = match.rule;
}

void explain_judge(const struct explain_policy *p, const char *real, unsigned access, struct caps_answer *ret)
{
    caps_evaluate_seen(&p->caps, real, access, ret);
    if (ret->allowed && (access & CAPS_WRITE))
        judge_guard(p, real, ret);
    if (p->refused)
        ret->allowed = false;
}

void explain_judge_part(const struct explain_policy *p, const struct explain_part *part, struct caps_answer *ret)
{
    const struct caps_hidden *hidden = part->real.link ? caps_hidden(&p->caps, part->real.link) : NULL;
    explain_judge(p, part->real.path, part->access, ret);
    if (!hidden)
        return;
    ret->blocked = &p->caps.blocked[hidden->command];
    ret->allowed = false;
}
