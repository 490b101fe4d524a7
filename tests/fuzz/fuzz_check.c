/* check: of any text the checker says what a run would, and a profile written as one text resolves to the same policy. */
#include <string.h>

#include "core/mem.h"
#include "policy/check.h"
#include "policy/compare.h"
#include "policy/outcome.h"
#include "policy/profile_write.h"
#include "tests/fuzz/fuzz.h"

static struct world nowhere = {
    .home = (char[]){"/nonexistent"},
    .cwd = (char[]){"/nonexistent/work"},
    .tmpdir = (char[]){"/nonexistent/tmp"},
    .config_dir = (char[]){"/nonexistent/.config/nono"},
    .policy_dir = (char[]){"/nonexistent/.config/nono"},
    .state_dir = (char[]){"/nonexistent/.local/state/nono"},
    .data_dir = (char[]){"/nonexistent/.local/share/nono"},
    .config_home = (char[]){"/nonexistent/.config"},
    .state_home = (char[]){"/nonexistent/.local/state"},
    .data_home = (char[]){"/nonexistent/.local/share"},
    .cache_home = (char[]){"/nonexistent/.cache"},
    .runtime_dir = (char[]){"/nonexistent/.local/state/nono/run"},
    .path = (char[]){"/usr/bin"},
    .uid = 1000,
};

static int resolve(const char *text, size_t len, struct outcome *ret)
{
    struct err e = ERR_INIT;
    const struct extend_draft draft = {.name = "p", .text = text, .len = len};
    const struct resolve_request request = {.world = &nowhere, .draft = &draft, .workdir = nowhere.cwd};
    return outcome_of(&request, ret, &e);
}

static void check_written(struct outcome *o, bool raw)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    AUTO(outcome_release) struct outcome again = {0};
    AUTO(compare_release) struct compare c = {0};
    struct err e = ERR_INIT;
    const struct profile_write w = {
        .profile = &o->profile, .groups = &o->groups, .world = raw ? NULL : &nowhere, .workdir = nowhere.cwd};
    if (profile_write(&w, &text, &e) < 0) {
        FUZZ_CHECK(e.class == ERR_LIMIT);
        return;
    }
    FUZZ_CHECK(resolve(text.buf, text.len, &again) == 0);
    compare_outcomes(o, &again, &c);
    FUZZ_CHECK(c.n == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(problems_release) struct problems problems = {0};
    struct err e = ERR_INIT;
    const struct check_request request = {.world = &nowhere, .path = "/nonexistent/p.json", .name = "p", .workdir = nowhere.cwd};
    FUZZ_CHECK(check_text(&request, (const char *)data, size, &problems, &e) == 0);
    FUZZ_CHECK(problems.n <= PROBLEMS_MAX);
    for (size_t i = 0; i < problems.n; i++) {
        const struct problem *p = &problems.problem[i];
        FUZZ_CHECK(*p->text && !strchr(p->text, '\n') && !strchr(p->text, '\033'));
        FUZZ_CHECK(*p->pointer == '\0' || *p->pointer == '/');
    }
    AUTO(outcome_release) struct outcome outcome = {0};
    bool is_resolved = resolve((const char *)data, size, &outcome) == 0;
    bool starts = is_resolved && (!outcome.refused.class || outcome.refused.class == ERR_KERNEL);
    FUZZ_CHECK(starts ? problems.n_errors == 0 : problems.n > 0);
    for (int raw = 0; is_resolved && raw < 2; raw++)
        check_written(&outcome, raw);
    return 0;
}
