/* profile_write: what is written is the profile that was read. */
#include "policy/profile_write.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "policy/resolve.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

static const char every_key[] =
    "{\"$schema\": \"s\", \"extends\": \"default\", \"meta\": {\"name\": \"n\", \"version\": \"1\", \"description\": null, \"author\": \"\"},"
    "\"security\": {\"groups\": [\"git_config\"], \"allowed_commands\": [\"rm\"], \"signal_mode\": \"allow_all\", \"ipc_mode\": \"full\","
    "\"process_info_mode\": \"isolated\", \"capability_elevation\": true},"
    "\"filesystem\": {\"allow\": [\"~/a\"], \"read\": [\"~/b\", \"$HOME/b\"], \"write\": [\"~/$$c\"], \"allow_file\": [\"$WORKDIR/d\"],"
    "\"read_file\": [\"/e\\udcfff\"], \"write_file\": [\"$TMPDIR/$UID\"], \"guard\": [\"*.k\", \"!~/$$m/**\", \"$WORKDIR/n\", \"!o\"]},"
    "\"policy\": {\"exclude_groups\": [\"user_tools\"], \"add_allow_read\": [\"/g\"], \"add_allow_write\": [\"/h\"],"
    "\"add_allow_readwrite\": [\"/i\"], \"add_deny_access\": [\"/j\"], \"add_deny_commands\": [\"k\"], \"override_deny\": [\"/l\"]},"
    "\"network\": {\"block\": true, \"network_profile\": null, \"allow_domain\": [\"m\"], \"credentials\": [\"o\"], \"open_port\": [65535],"
    "\"listen_port\": [1, 2], \"allow_unix\": [\"/v\"], \"custom_credentials\": {\"a/b~c\": {\"upstream\": \"https://p\", \"credential_key\": \"q\"}},"
    "\"upstream_proxy\": \"r:1\", \"upstream_bypass\": [\"s\"]},"
    "\"env_credentials\": {\"t\": \"T\"}, \"workdir\": {\"access\": \"read\"},"
    "\"environment\": {\"allow\": [\"A_*\"], \"deny\": [\"B\"], \"set\": {\"C\": \"$$D\", \"E\": \"$HOME/f\", \"G\": \"\"}},"
    "\"hooks\": {\"u\": {\"event\": \"v\", \"matcher\": \"w\", \"script\": \"x\"}},"
    "\"rollback\": {\"exclude_patterns\": [\"y\"], \"exclude_globs\": [\"*\"], \"scratch\": [\"/s\"], \"max_copy\": \"unlimited\", \"large_files\": \"refuse\"},"
    "\"open_urls\": {\"allow_origins\": [\"https://z\"], \"allow_localhost\": false},"
    "\"allow_launch_services\": true, \"interactive\": false, \"skipdirs\": [\"0\"]}";

static void write_of(const struct home *h, const char *name, bool raw, struct str *out)
{
    struct err e = ERR_INIT;
    AUTO(profile_release) struct profile p = {0};
    AUTO(strlist_release) struct strlist groups = STRLIST_INIT;
    struct resolve_request request = {.world = &h->world, .profile = name, .workdir = h->world.cwd};
    CHECK_OK(resolve_read(&request, &p, &e), &e);
    CHECK_OK(resolve_groups(&p, &groups, &e), &e);
    const struct profile_write w = {.profile = &p, .groups = &groups, .world = raw ? NULL : &h->world, .workdir = h->world.cwd};
    CHECK_OK(profile_write(&w, out, &e), &e);
}

static void check_fixed_point(bool raw)
{
    struct home h;
    AUTO(str_release) struct str one = STR_INIT(STR_MAX_PROFILE), two = STR_INIT(STR_MAX_PROFILE);
    home_make(&h, tap_tmpdir());
    home_profile(&h, "p", every_key);
    write_of(&h, "p", raw, &one);
    home_profile(&h, "q", one.buf);
    write_of(&h, "q", raw, &two);
    CHECK_STR(two.buf, one.buf);
    CHECK((strstr(one.buf, "~/a") != NULL) == raw);
    CHECK((strstr(one.buf, "\"$HOME/b\"") != NULL) == raw);
    CHECK(strstr(one.buf, "/$$c"));
    CHECK(strstr(one.buf, "\"$$D\""));
    CHECK((strstr(one.buf, "\"$HOME/f\"") != NULL) == raw);
    CHECK(strstr(one.buf, "/e\\udcfff"));
    home_remove(&h);
}

TEST(raw_is_a_fixed_point)
{
    check_fixed_point(true);
}

TEST(expanded_is_a_fixed_point)
{
    check_fixed_point(false);
}

TEST(every_key_that_merges_is_written)
{
    struct home h;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    home_make(&h, tap_tmpdir());
    home_profile(&h, "p", every_key);
    write_of(&h, "p", true, &text);
    AUTO(profile_release) struct profile p = {0};
    struct err e = ERR_INIT;
    CHECK_OK(profile_parse(text.buf, text.len, "p", "p", &p, &e), &e);
    for (size_t i = 0; i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        bool absent = k->merge == PROFILE_MERGE_NEVER || strcmp(k->name, "exclude_groups") == 0 || strcmp(k->name, "network_profile") == 0 ||
                      strcmp(k->name, "description") == 0;
        bool has = profile_shape(k->type) == PROFILE_SHAPE_LIST  ? profile_list_of(&p, k)->n > 0
                   : profile_shape(k->type) == PROFILE_SHAPE_MAP ? profile_map_of(&p, k)->n > 0
                                                                 : profile_value_of(&p, k)->state == PROFILE_SET;
        if (has == absent)
            tap_fail(__FILE__, __LINE__, "%s is %s", k->name, has ? "written" : "lost");
    }
    CHECK(!strstr(text.buf, "user_tools") && strstr(text.buf, "deny_credentials"));
    home_remove(&h);
}

TEST(too_much_for_one_profile_is_said)
{
    AUTO(profile_release) struct profile p = {.name = mem_strdup("p"), .source = mem_strdup("p")};
    const struct profile_place place = {.profile = p.name, .source = p.source, .pointer = str_empty};
    AUTO(strlist_release) struct strlist groups = STRLIST_INIT;
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_PROFILE);
    struct err e = ERR_INIT;
    for (int i = 0; i <= PROFILE_MAX_ITEMS; i++) {
        char path[16];
        AUTO(str_release) struct str text = STR_INIT(sizeof path);
        str_addf(&text, "/%d", i);
        profile_list_add(&p.read, text.buf, &place);
    }
    CHECK_ERR(profile_write(&(struct profile_write){.profile = &p, .groups = &groups}, &out, &e), ERR_LIMIT, &e);
    CHECK_INT(out.len, 0);
}
