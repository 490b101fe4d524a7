/* learn_result: what was seen of a command, and what is made of it: as text, as JSON, as a profile. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/cmd.h"
#include "core/err.h"
#include "policy/learn.h"
#include "policy/outcome.h"

struct learn_endpoint {
    char *address; /* as text */
    uint16_t port;
    unsigned count;
    char *host; /* NULL: not known */
};
struct learn_endpoints {
    struct learn_endpoint *item;
    size_t n, cap;
};

struct learn_result {
    const struct cmd_context *context;
    const char *profile; /* that it was compared with */
    const char *workdir;
    struct learn learn;
    struct learn_use *use; /* what learn borrows */
    struct learn_endpoints outbound, listening;
    size_t lost, searches;
    bool all;   /* also what is covered */
    int verbosity;
};
void learn_result_release(struct learn_result *r);

/* From core/accesses, compared with `base`, which outlives the result. With `names` the addresses are looked up backwards. */
void learn_result_make(struct learn_result *ret, const struct outcome *base, bool names);
/* Nothing is asked for beyond the profile. */
bool learn_result_is_empty(const struct learn_result *r);
/* Both append; the text is safe for a terminal. */
void learn_result_text(const struct learn_result *r, struct str *out);
void learn_result_json(const struct learn_result *r, struct str *out);

/* learn_save. The text of a new profile `name` that extends r->profile and has what is proposed, with remarks that say why. */
void learn_save_text(const struct learn_result *r, const char *name, const char *command, struct str *out);
/* Writes it as the user's profile `name`, which must not exist. */
MUST_CHECK int learn_save_new(const struct learn_result *r, const char *name, const char *command, struct err *e);
/* Adds what is proposed to the user's profile `name`, and shows how the policy it resolves to changes. */
MUST_CHECK int learn_save_update(const struct learn_result *r, const char *name, struct err *e);
