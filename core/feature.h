/* feature: what a policy promises that not every kernel can hold, and which mechanisms can. A promise that nothing here holds refuses the start; who
 * wants the command all the same gives it up by name. */
#pragma once

#include "core/caps.h"
#include "core/err.h"

enum feature_id { FEATURE_SIGNALS, FEATURE_N };

struct feature {
    const char *name;       /* for --allow-degraded */
    const char *promise;    /* what the policy says: "signals stay inside the sandbox" */
    const char *mechanisms; /* that can hold it, for a person */
};
extern const struct feature features[FEATURE_N];
/* Their names, and what is given up with each; NULL at the end. */
extern const char *const feature_names[];
extern const char *const feature_help[];

/* Pure. What of the promises is held at the level that caps are planned for. */
bool feature_is_held(enum feature_id id, const struct caps *c, int landlock_abi);
/* ERR_KERNEL for the first promise that is neither held nor given up (caps->given_up), naming it, the mechanisms, and the option. */
MUST_CHECK int feature_require(const struct caps *c, int landlock_abi, struct err *e);
/* Gives up the promise of that name. ERR_INPUT with the names there are. */
MUST_CHECK int feature_give_up(struct caps *c, const char *name, struct err *e);
