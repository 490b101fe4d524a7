/* feature: the table of promises. */
#include "core/feature.h"

#include <string.h>

#include "core/mem.h"
#include "core/quote.h"

enum { ABI_SCOPES = 6 };

const struct feature features[FEATURE_N] = {
    [FEATURE_SIGNALS] = {"signals", "signals stay inside the sandbox",
                         "Landlock ABI 6 (Linux 6.12), or processes of the command's own, which 'nono run' gives it where user namespaces work"},
};
const char *const feature_names[] = {"signals", NULL};
const char *const feature_help[] = {"Signals may reach this user's processes outside", NULL};
_Static_assert(sizeof feature_names / sizeof *feature_names == FEATURE_N + 1, "a name for each");

bool feature_is_held(enum feature_id id, const struct caps *c, int landlock_abi)
{
    switch (id) {
    case FEATURE_SIGNALS:
        return landlock_abi >= ABI_SCOPES || (c->level == CAPS_LEVEL_FULL && c->own_processes);
    case FEATURE_N:
        break;
    }
    return false;
}

int feature_require(const struct caps *c, int landlock_abi, struct err *e)
{
    for (unsigned id = 0; id < FEATURE_N; id++) {
        const struct feature *f = &features[id];
        if (feature_is_held((enum feature_id)id, c, landlock_abi) || (c->given_up & 1u << id))
            continue;
        return err_set(e, ERR_KERNEL,
                       "the policy promises that %s, and nothing here holds that: it takes %s; this kernel has Landlock ABI %d. "
                       "--allow-degraded=%s does without",
                       f->promise, f->mechanisms, landlock_abi, f->name);
    }
    return 0;
}

int feature_give_up(struct caps *c, const char *name, struct err *e)
{
    AUTO(str_release) struct str known = STR_INIT(STR_MAX_LINE);
    for (unsigned id = 0; id < FEATURE_N; id++) {
        if (strcmp(features[id].name, name) == 0) {
            c->given_up |= 1u << id;
            return 0;
        }
        str_addf(&known, "%s%s", id ? ", " : "", features[id].name);
    }
    AUTO(mem_free_ptr) char *shown = quote_term_dup(name);
    return err_set(e, ERR_INPUT, "--allow-degraded: '%s' is none of what may be given up: %s", shown, known.buf);
}
