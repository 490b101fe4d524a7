/* check: of any text the checker says what a run would: it has an error exactly where a run is refused, or stands at a place of the text. */
#include <string.h>

#include "core/mem.h"
#include "policy/check.h"
#include "policy/outcome.h"
#include "tests/fuzz/fuzz.h"

static struct world nowhere = {
    .home = (char[]){"/nonexistent"},
    .cwd = (char[]){"/nonexistent/work"},
    .tmpdir = (char[]){"/nonexistent/tmp"},
    .config_dir = (char[]){"/nonexistent/.config/nono"},
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

static bool run_starts(const char *text, size_t len)
{
    AUTO(outcome_release) struct outcome outcome = {0};
    struct err e = ERR_INIT;
    const struct extend_draft draft = {.name = "p", .text = text, .len = len};
    const struct resolve_request request = {.world = &nowhere, .draft = &draft, .workdir = nowhere.cwd};
    return outcome_of(&request, &outcome, &e) == 0 && (!outcome.refused.class || outcome.refused.class == ERR_KERNEL);
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
    if (run_starts((const char *)data, size))
        FUZZ_CHECK(problems.n_errors == 0);
    else
        FUZZ_CHECK(problems.n > 0);
    return 0;
}
