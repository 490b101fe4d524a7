/* profile_keys: every key is documented, and found by its name. */
#include "policy/profile.h"

#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "policy/profile_pack.h"
#include "tests/unit/tap.h"

static bool is_sentence(const char *help)
{
    return help && strlen(help) > 10 && strlen(help) <= 130 && !strchr(help, '\n') && !str_ends(help, ".");
}

/* Completion, schema, manual page and guide show these lines. */
TEST(every_key_is_documented)
{
    for (size_t i = 0; i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        CHECK(is_sentence(k->help));
        CHECK((k->type == PROFILE_CHOICE) == (k->choices != NULL));
        size_t n = 0;
        while (k->choices && k->choices[n] && k->choice_help[n])
            n++;
        CHECK(!k->choices || (n > 1 && !k->choices[n] && !k->choice_help[n]));
        CHECK(profile_type_name(k->type) != NULL);
    }
    for (size_t s = 0; s < PROFILE_N_SECTIONS; s++)
        CHECK(is_sentence(profile_section_help[s]));
    static const enum profile_type maps[] = {PROFILE_CREDENTIALS, PROFILE_HOOKS};
    for (size_t i = 0; i < 2; i++) {
        for (const struct profile_member *m = profile_members(maps[i]); m->name; m++)
            CHECK(is_sentence(m->help));
    }
    CHECK(profile_members(PROFILE_VARIABLES)->name == NULL && profile_members(PROFILE_SETTINGS)->name == NULL);
}

TEST(keys_are_found_by_dotted_name)
{
    for (size_t i = 0; i < profile_n_keys; i++) {
        AUTO(str_release) struct str name = STR_INIT(STR_MAX_LINE);
        profile_key_name(&profile_keys[i], &name);
        CHECK(profile_key_find(name.buf) == &profile_keys[i]);
    }
    CHECK(profile_key_find("undo.exclude_globs") == profile_key_find("rollback.exclude_globs"));
    CHECK(profile_key_find("network.allow_port") == profile_key_find("network.open_port"));
    static const char *const none[] = {"", ".", "filesystem", "filesystem.", ".allow", "allow", "filesystem.allow.x", "env_credentials.",
                                       "env_credentials.x", "extends.0", "groups"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CHECK(profile_key_find(none[i]) == NULL);
}

TEST(a_dotted_name_goes_on_into_a_map)
{
    const char *rest = NULL;
    CHECK(profile_key_split("secrets.op://vault/a.b", &rest) == profile_key_find("env_credentials"));
    CHECK_STR(rest, "op://vault/a.b");
    CHECK(profile_key_split("network.custom_credentials.svc.upstream", &rest) == profile_key_find("network.custom_credentials"));
    CHECK_STR(rest, "svc.upstream");
    CHECK(profile_key_split("workdir.access", &rest) == profile_key_find("workdir.access"));
    CHECK_STR(rest, "");
}

TEST(the_nearest_key_is_named)
{
    static const struct {
        const char *given, *near;
    } rows[] = {
        {"filesystem.alow", "filesystem.allow"},
        {"groups", "security.groups"},
        {"allow_domain", "network.allow_domain"},
        {"netwrok.block", "network.block"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO(mem_free_ptr) char *near = profile_key_nearest(rows[i].given);
        CHECK_STR(near, rows[i].near);
    }
    AUTO(mem_free_ptr) char *none = profile_key_nearest("something else entirely");
    CHECK(none == NULL);
}
