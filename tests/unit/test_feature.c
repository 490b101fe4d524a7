/* Promises that not every kernel holds: held by one mechanism or the other, refused by name, or given up by name. */
#include "core/feature.h"

#include <string.h>

#include "tests/unit/tap.h"

static struct caps planned(enum caps_level level, bool own_processes)
{
    struct caps c;
    caps_init(&c);
    c.level = level;
    c.own_processes = own_processes;
    return c;
}

TEST(signals_are_held_by_landlock_or_by_processes_of_its_own)
{
    for (int abi = 1; abi <= 8; abi++) {
        const struct caps low = planned(CAPS_LEVEL_LANDLOCK, false), full = planned(CAPS_LEVEL_FULL, false), own = planned(CAPS_LEVEL_FULL, true);
        CHECK_INT(feature_is_held(FEATURE_SIGNALS, &low, abi), abi >= 6);
        CHECK_INT(feature_is_held(FEATURE_SIGNALS, &full, abi), abi >= 6);
        CHECK(feature_is_held(FEATURE_SIGNALS, &own, abi));
    }
}

TEST(what_is_not_held_is_refused_by_name)
{
    struct err e = ERR_INIT;
    struct caps c = planned(CAPS_LEVEL_LANDLOCK, false);
    CHECK_OK(feature_require(&c, 6, &e), &e);
    CHECK_ERR(feature_require(&c, 5, &e), ERR_KERNEL, &e);
    CHECK(strstr(e.text, "signals stay inside") && strstr(e.text, "Landlock ABI 6") && strstr(e.text, "user namespaces"));
    CHECK(strstr(e.text, "has Landlock ABI 5") && strstr(e.text, "--allow-degraded=signals"));
    c = planned(CAPS_LEVEL_FULL, true);
    CHECK_OK(feature_require(&c, 1, &e), &e);
}

TEST(what_is_given_up_is_not_required)
{
    struct err e = ERR_INIT;
    struct caps c = planned(CAPS_LEVEL_LANDLOCK, false);
    CHECK_ERR(feature_give_up(&c, "sign\nals", &e), ERR_INPUT, &e);
    CHECK(strstr(e.text, "signals"));
    CHECK_ERR(feature_require(&c, 2, &e), ERR_KERNEL, &e);
    CHECK_OK(feature_give_up(&c, "signals", &e), &e);
    CHECK_OK(feature_require(&c, 2, &e), &e);
    struct caps copy;
    caps_copy(&c, &copy);
    CHECK_OK(feature_require(&copy, 2, &e), &e);
    caps_release(&copy);
}

TEST(each_has_a_name)
{
    for (unsigned i = 0; i < FEATURE_N; i++)
        CHECK_STR(features[i].name, feature_names[i]);
    CHECK(!feature_names[FEATURE_N]);
}
