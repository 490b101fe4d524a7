/* profile: strict parsing, and how a child lies over its base. */
#include "policy/profile.h"

#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "policy/profile_pack.h"
#include "tests/unit/tap.h"

static void parse(const char *text, struct profile *ret)
{
    struct err e = ERR_INIT;
    CHECK_OK(profile_parse(text, strlen(text), "n", "t", ret, &e), &e);
}

static void is_refused(const char *text, const char *message)
{
    struct profile p = {0};
    struct err e = ERR_INIT;
    CHECK_ERR(profile_parse(text, strlen(text), "n", "t", &p, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, message);
    CHECK(p.name == NULL);
}

static const char everything[] =
    "{ // every key of the table\n"
    "  \"$schema\": \"https://nono.dev/schemas/nono-profile.schema.json\",\n"
    "  \"extends\": [\"default\", \"base\"],\n"
    "  \"meta\": {\"name\": \"a-1\", \"version\": \"1\", \"description\": \"d\", \"author\": \"x\"},\n"
    "  \"security\": {\"groups\": [\"g\"], \"allowed_commands\": [\"rm\"], \"signal_mode\": \"allow_all\",\n"
    "    \"process_info_mode\": \"allow_same_sandbox\", \"ipc_mode\": \"full\", \"capability_elevation\": true},\n"
    "  \"filesystem\": {\"allow\": [\"~/a\"], \"read\": [\"/r\"], \"write\": [\"/w\"], \"allow_file\": [\"/af\"],\n"
    "    \"read_file\": [\"/rf\"], \"write_file\": [\"/wf\"], \"guard\": [\".git\", \"!x/**\"]},\n"
    "  \"policy\": {\"exclude_groups\": [\"h\"], \"add_allow_read\": [\"/1\"], \"add_allow_write\": [\"/2\"],\n"
    "    \"add_allow_readwrite\": [\"/3\"], \"add_deny_access\": [\"/4\"], \"add_deny_commands\": [\"dd\"], \"override_deny\": [\"/5\"]},\n"
    "  \"network\": {\"block\": true, \"network_profile\": \"np\", \"allow_domain\": [\"e.org\"], \"credentials\": [\"openai\"],\n"
    "    \"open_port\": [1], \"listen_port\": [65535], \"allow_unix\": [\"/u\"], \"upstream_proxy\": \"h:1\", \"upstream_bypass\": [\"b\"],\n"
    "    \"custom_credentials\": {\"svc\": {\"upstream\": \"https://e.org\", \"credential_key\": \"k\", \"inject_mode\": \"header\"}}},\n"
    "  \"env_credentials\": {\"ref\": \"TOKEN\"},\n"
    "  \"workdir\": {\"access\": \"readwrite\"},\n"
    "  \"environment\": {\"allow\": [\"A_*\"], \"deny\": [\"B\"], \"set\": {\"C\": \"x\"}},\n"
    "  \"hooks\": {\"app\": {\"event\": \"e\", \"matcher\": \"m\", \"script\": \"s\"}},\n"
    "  \"rollback\": {\"exclude_patterns\": [\"p\"], \"exclude_globs\": [\"*.x\"], \"scratch\": [\"~/c\"], \"max_copy\": \"2G\", \"large_files\": \"skip\"},\n"
    "  \"open_urls\": {\"allow_origins\": [\"https://e.org\"], \"allow_localhost\": true},\n"
    "  \"allow_launch_services\": true, \"interactive\": true, \"skipdirs\": [\"s\"], /* trailing */\n"
    "}";

/* A key that the table offers and the parser forgets would be a protection that is silently missing. */
TEST(every_key_of_the_table_is_read)
{
    AUTO(profile_release) struct profile p = {0};
    parse(everything, &p);
    for (size_t i = 0; i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        switch (profile_shape(k->type)) {
        case PROFILE_SHAPE_LIST:
            CHECK(profile_list_of(&p, k)->n > 0);
            break;
        case PROFILE_SHAPE_VALUE:
            CHECK_INT(profile_value_of(&p, k)->state, PROFILE_SET);
            break;
        case PROFILE_SHAPE_MAP:
            CHECK_INT(profile_map_of(&p, k)->n, 1);
            break;
        }
        for (size_t j = 0; j < i; j++)
            CHECK(profile_keys[j].offset != k->offset);
    }
    CHECK_INT(p.sections, (1U << PROFILE_N_SECTIONS) - 1);
}

TEST(values_and_places)
{
    AUTO(profile_release) struct profile p = {0};
    parse(everything, &p);
    CHECK_STR(p.extends.item[1].text, "base");
    CHECK_STR(p.extends.item[1].place.pointer, "/extends/1");
    CHECK_STR(p.extends.item[1].place.profile, "n");
    CHECK_STR(p.extends.item[1].place.source, "t");
    CHECK_INT(p.workdir_access.number, 3);
    CHECK_INT(p.signal_mode.number, 2);
    CHECK_STR(p.listen_port.item[0].text, "65535");
    CHECK_STR(p.env_credentials.record[0].key, "ref");
    CHECK_STR(p.env_credentials.record[0].field[0].value, "TOKEN");
    CHECK_STR(p.hooks.record[0].field[2].name, "script");
    CHECK_STR(p.custom_credentials.record[0].place.pointer, "/network/custom_credentials/svc");
    CHECK(p.network_block.number);
}

/* What is built in comes out of this, not out of the parser. */
TEST(a_packed_profile_comes_back_whole)
{
    AUTO(profile_release) struct profile p = {0};
    AUTO(profile_release) struct profile back = {0};
    AUTO(str_release) struct str once = STR_INIT(STR_MAX_PROFILE), again = STR_INIT(STR_MAX_PROFILE);
    parse(everything, &p);
    profile_value_release(&p.meta_description);
    p.meta_description = (struct profile_value){.state = PROFILE_SET, .text = mem_strdup(""), .place = profile_place_dup(&p.schema.place)};
    profile_pack(&p, &once);
    profile_unpack((const unsigned char *)once.buf, once.len, "n", "t", &back);
    profile_pack(&back, &again);
    CHECK_INT(again.len, once.len);
    CHECK(memcmp(again.buf, once.buf, once.len) == 0);
    CHECK_INT(back.sections, p.sections);
    CHECK_STR(back.meta_description.text, "");
    CHECK(back.network_block.text == NULL);
    CHECK_INT(back.workdir_access.number, 3);
    CHECK_STR(back.extends.item[1].place.pointer, "/extends/1");
    CHECK_STR(back.extends.item[1].place.source, "t");
    CHECK_STR(back.hooks.record[0].field[2].value, "s");
    CHECK_STR(back.custom_credentials.record[0].place.pointer, "/network/custom_credentials/svc");
}

TEST(older_names_are_accepted)
{
    AUTO(profile_release) struct profile p = {0};
    parse("{\"undo\":{\"exclude_patterns\":[\"x\"]},\"secrets\":{\"r\":\"V\"},\"network\":{\"proxy_allow\":[\"h\"],"
          "\"proxy_credentials\":[\"c\"],\"allow_port\":[5],\"external_proxy\":\"p\",\"external_proxy_bypass\":[\"b\"]}}",
          &p);
    CHECK_INT(p.exclude_patterns.n, 1);
    CHECK_INT(p.env_credentials.n, 1);
    CHECK_INT(p.allow_domain.n, 1);
    CHECK_INT(p.credentials.n, 1);
    CHECK_STR(p.open_port.item[0].text, "5");
    CHECK_STR(p.upstream_proxy.text, "p");
    CHECK_INT(p.upstream_bypass.n, 1);
}

TEST(unknown_keys)
{
    is_refused("{\"netwrok\":{}}", "t:1: /netwrok: unknown key: did you mean \"network\"?");
    is_refused("{\n\"network\":{\n\"blok\":true}}", "t:3: /network/blok: unknown key: did you mean \"block\"?");
    is_refused("{\"meta\":{\"descripton\":\"\"}}", "t:1: /meta/descripton: unknown key: did you mean \"description\"?");
    is_refused("{\"workdir\":{\"acces\":\"none\"}}", "t:1: /workdir/acces: unknown key: did you mean \"access\"?");
    is_refused("{\"hooks\":{\"a\":{\"event\":\"\",\"matcher\":\"\",\"skript\":\"\"}}}",
               "t:1: /hooks/a/skript: unknown key: did you mean \"script\"?");
    is_refused("{\"undo\":{},\"rollback\":{}}", "t:1: /undo: is an older name of 'rollback', which is given too");
    is_refused("{\"network\":{\"port_allow\":[1],\"allow_port\":[1]}}",
               "t:1: /network/allow_port: is an older name of 'port_allow', which is given too");
}

TEST(wrong_types)
{
    is_refused("[]", "t:1: the text: must be an object, not an array");
    is_refused("{\"security\":[]}", "t:1: /security: must be an object, not an array");
    is_refused("{\"security\":{\"groups\":\"x\"}}", "t:1: /security/groups: must be an array, not a string");
    is_refused("{\"security\":{\"groups\":[1]}}", "t:1: /security/groups/0 must be a string");
    is_refused("{\"security\":{\"groups\":[\"\"]}}", "t:1: /security/groups/0: may not be empty");
    is_refused("{\"security\":{\"groups\":[\"a/b\"]}}", "t:1: /security/groups/0: 'a/b' is a path where a name is wanted");
    is_refused("{\"network\":{\"block\":1}}", "t:1: /network/block must be true or false");
    is_refused("{\"network\":{\"block\":null}}", "t:1: /network/block must be true or false");
    is_refused("{\"extends\":1}", "t:1: /extends: must be a profile name or an array of them, not a number");
    is_refused("{\"extends\":[]}", "t:1: /extends: names no profile; leave it out instead");
    is_refused("{\"hooks\":{\"a\":\"x\"}}", "t:1: /hooks/a: must be an object, not a string");
    is_refused("{\"hooks\":{\"a\":{\"event\":\"e\",\"matcher\":\"m\"}}}", "t:1: /hooks/a: lacks 'script'");
    is_refused("{\"hooks\":{\"a\":{\"event\":null,\"matcher\":\"m\",\"script\":\"s\"}}}", "t:1: /hooks/a/event: may not be null");
    is_refused("{\"env_credentials\":{\"r\":\"1X\"}}",
               "t:1: /env_credentials/r: '1X' is not the name of an environment variable");
}

TEST(choices)
{
    is_refused("{\"workdir\":{\"access\":\"readwrit\"}}",
               "t:1: /workdir/access: 'readwrit' is not one of none, read, write, readwrite; did you mean 'readwrite'?");
    is_refused("{\"security\":{\"ipc_mode\":\"everything\"}}",
               "t:1: /security/ipc_mode: 'everything' is not one of shared_memory_only, full");
}

TEST(ports)
{
    is_refused("{\"network\":{\"open_port\":[0]}}", "t:1: /network/open_port/0 must be a whole number from 1 to 65535");
    is_refused("{\"network\":{\"open_port\":[65536]}}", "t:1: /network/open_port/0 must be a whole number from 1 to 65535");
    is_refused("{\"network\":{\"open_port\":[\"80\"]}}", "t:1: /network/open_port/0 must be a number");
    is_refused("{\"network\":{\"open_port\":[1.5]}}", "t:1: /network/open_port/0 must be a whole number from 1 to 65535");
}

TEST(names)
{
    CHECK(profile_name_is_valid("a"));
    CHECK(profile_name_is_valid("Claude-Code-2"));
    CHECK(!profile_name_is_valid(""));
    CHECK(!profile_name_is_valid("-a"));
    CHECK(!profile_name_is_valid("a-"));
    CHECK(!profile_name_is_valid("a_b"));
    CHECK(!profile_name_is_valid("a.b"));
    CHECK(!profile_name_is_valid("../x"));
    CHECK(!profile_name_is_valid("a\n"));
    CHECK(!profile_name_is_valid("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
    is_refused("{\"extends\":\"../x\"}",
               "t:1: /extends: Invalid profile name '../x': must be alphanumeric with hyphens only");
    is_refused("{\"meta\":{\"name\":\"a b\"}}",
               "t:1: /meta/name: Invalid profile name 'a b': must be alphanumeric with hyphens only");
}

TEST(hostile_text_is_made_safe_in_messages)
{
    is_refused("{\"extends\":\"a\\u001b[2J\\nb\"}",
               "t:1: /extends: Invalid profile name 'a\\x1b[2J\\x0ab': must be alphanumeric with hyphens only");
    is_refused("{\"workdir\":{\"access\":\"\\u202e\"}}",
               "t:1: /workdir/access: '\\xe2\\x80\\xae' is not one of none, read, write, readwrite");
}

#define CREDENTIAL(members) "{\"network\":{\"custom_credentials\":{\"s\":{" members "}}}}"
#define AT "t:1: /network/custom_credentials/s"
TEST(credentials)
{
    AUTO(profile_release) struct profile p = {0};
    parse(CREDENTIAL("\"upstream\":\"http://localhost:8080\",\"credential_key\":\"op://v/i/f\",\"env_var\":\"K\","
                     "\"inject_header\":\"x-api-key\",\"credential_format\":\"Bearer {}\",\"path_pattern\":null"),
          &p);
    CHECK_INT(p.custom_credentials.record[0].n_fields, 5);
    is_refused(CREDENTIAL("\"upstream\":\"https://e.org\""), AT ": lacks 'credential_key'");
    is_refused(CREDENTIAL("\"upstream\":\"http://e.org\",\"credential_key\":\"k\""),
               AT "/upstream: must begin with https:// (http:// only for loopback)");
    is_refused(CREDENTIAL("\"upstream\":\"http://localhost.e.org\",\"credential_key\":\"k\""),
               AT "/upstream: must begin with https:// (http:// only for loopback)");
    is_refused(CREDENTIAL("\"upstream\":\"https://e.org\",\"credential_key\":\"a b\""),
               AT "/credential_key: may hold only letters, digits and '_'");
    is_refused(CREDENTIAL("\"upstream\":\"https://e.org\",\"credential_key\":\"op://x\""),
               AT ": lacks 'env_var', which a credential_key that is a URI needs");
    is_refused(CREDENTIAL("\"upstream\":\"https://e.org\",\"credential_key\":\"k\",\"inject_header\":\"a: b\""),
               AT "/inject_header: is not the name of a header");
    is_refused(CREDENTIAL("\"upstream\":\"https://e.org\",\"credential_key\":\"k\",\"credential_format\":\"a\\r\\nb\""),
               AT "/credential_format: may not hold a line break");
    is_refused(CREDENTIAL("\"upstream\":\"https://e.org\",\"credential_key\":\"k\",\"inject_mode\":\"cookie\""),
               AT "/inject_mode: is not one of header, url_path, query_param, basic_auth");
}

static void merge(const char *base, const char *child, struct profile *ret)
{
    AUTO(profile_release) struct profile over = {0};
    parse(base, ret);
    parse(child, &over);
    profile_merge(ret, &over);
}

TEST(lists_are_appended_without_doubles)
{
    AUTO(profile_release) struct profile p = {0};
    merge("{\"security\":{\"groups\":[\"a\",\"b\",\"a\"]}}", "{\"security\":{\"groups\":[\"c\",\"a\"]}}", &p);
    CHECK_INT(p.groups.n, 3);
    CHECK_STR(p.groups.item[0].text, "a");
    CHECK_STR(p.groups.item[1].text, "b");
    CHECK_STR(p.groups.item[2].text, "c");
}

TEST(a_block_and_a_workdir_are_not_taken_back)
{
    AUTO(profile_release) struct profile p = {0};
    merge("{\"network\":{\"block\":true},\"workdir\":{\"access\":\"read\"}}",
          "{\"network\":{\"block\":false},\"workdir\":{\"access\":\"none\"}}", &p);
    CHECK_INT(p.network_block.number, 1);
    CHECK_INT(p.workdir_access.number, 1);
}

TEST(a_child_may_block_and_ask_for_more)
{
    AUTO(profile_release) struct profile p = {0};
    merge("{\"network\":{\"block\":false},\"workdir\":{\"access\":\"read\"}}",
          "{\"network\":{\"block\":true},\"workdir\":{\"access\":\"readwrite\"}}", &p);
    CHECK_INT(p.network_block.number, 1);
    CHECK_INT(p.workdir_access.number, 3);
}

TEST(the_network_profile_has_three_states)
{
    AUTO(profile_release) struct profile kept = {0};
    AUTO(profile_release) struct profile cleared = {0};
    AUTO(profile_release) struct profile replaced = {0};
    merge("{\"network\":{\"network_profile\":\"a\"}}", "{\"network\":{}}", &kept);
    CHECK_STR(kept.network_profile.text, "a");
    merge("{\"network\":{\"network_profile\":\"a\"}}", "{\"network\":{\"network_profile\":null}}", &cleared);
    CHECK_INT(cleared.network_profile.state, PROFILE_CLEARED);
    CHECK(cleared.network_profile.text == NULL);
    merge("{\"network\":{\"network_profile\":\"a\"}}", "{\"network\":{\"network_profile\":\"b\"}}", &replaced);
    CHECK_STR(replaced.network_profile.text, "b");
}

TEST(null_elsewhere_inherits)
{
    AUTO(profile_release) struct profile p = {0};
    merge("{\"security\":{\"signal_mode\":\"allow_all\",\"capability_elevation\":true},\"open_urls\":{\"allow_origins\":[\"o\"]}}",
          "{\"security\":{\"signal_mode\":null,\"capability_elevation\":null},\"open_urls\":null}", &p);
    CHECK_STR(p.signal_mode.text, "allow_all");
    CHECK_INT(p.capability_elevation.number, 1);
    CHECK_INT(p.allow_origins.n, 1);
}

TEST(meta_and_open_urls_are_replaced_whole)
{
    AUTO(profile_release) struct profile p = {0};
    merge("{\"meta\":{\"name\":\"a\",\"author\":\"x\"},\"open_urls\":{\"allow_origins\":[\"o\"],\"allow_localhost\":true}}",
          "{\"meta\":{\"name\":\"b\"},\"open_urls\":{\"allow_origins\":[\"p\"]}}", &p);
    CHECK_STR(p.meta_name.text, "b");
    CHECK_INT(p.meta_author.state, PROFILE_UNSET);
    CHECK_INT(p.allow_origins.n, 1);
    CHECK_STR(p.allow_origins.item[0].text, "p");
    CHECK_INT(p.allow_localhost.state, PROFILE_UNSET);
}

TEST(maps_are_merged_by_key)
{
    AUTO(profile_release) struct profile p = {0};
    merge("{\"env_credentials\":{\"a\":\"A\",\"b\":\"B\"}}", "{\"secrets\":{\"b\":\"X\",\"c\":\"C\"}}", &p);
    CHECK_INT(p.env_credentials.n, 3);
    CHECK_STR(p.env_credentials.record[1].field[0].value, "X");
    CHECK_STR(p.env_credentials.record[2].key, "c");
}

TEST(variables_of_the_environment)
{
    AUTO(profile_release) struct profile p = {0};
    merge("{\"environment\":{\"allow\":[\"A\"],\"set\":{\"X\":\"1\",\"Y\":\"2\"}}}",
          "{\"environment\":{\"allow\":[\"B_*\"],\"deny_vars\":[\"C\"],\"set_vars\":{\"Y\":\"3\"}}}", &p);
    CHECK_INT(p.env_allow.n, 2);
    CHECK_INT(p.env_deny.n, 1);
    CHECK_STR(p.env_set.record[1].field[0].value, "3");
    is_refused("{\"environment\":{\"deny\":[\"A=b\"]}}", "t:1: /environment/deny/0: 'A=' is not the name of a variable: there may be no '=' in it");
    is_refused("{\"environment\":{\"set\":{\"A=b\":\"\"}}}", "t:1: /environment/set/A=b: 'A=' is not the name of a variable: there may be no '=' in it");
    is_refused("{\"environment\":{\"set\":{\"A_*\":\"\"}}}",
               "t:1: /environment/set/A_*: 'A_*' is a pattern, and a value is given to one variable: write its name");
    is_refused("{\"environment\":{\"set\":{\"A\":1}}}", "t:1: /environment/set/A must be a string");
    /* Elsewhere it means: these and no others. */
    is_refused("{\"environment\":{\"allow_vars\":[\"A\"]}}", "t:1: /environment/allow_vars: unknown key");
}

TEST(a_value_that_no_program_could_be_given)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    struct profile p = {0};
    struct err e = ERR_INIT;
    str_add(&text, "{\"environment\":{\"set\":{\"A\":\"");
    for (int i = 0; i <= PROFILE_MAX_SETTING; i++)
        str_addc(&text, 'a');
    str_add(&text, "\"}}}");
    CHECK_ERR(profile_parse(text.buf, text.len, "n", "t", &p, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, "t:1: /environment/set/A: is longer than 65536 bytes");
}

TEST(what_belongs_to_one_file_is_not_inherited)
{
    AUTO(profile_release) struct profile p = {0};
    merge("{\"extends\":\"x\"}", "{\"extends\":\"y\",\"$schema\":\"s\"}", &p);
    CHECK_INT(p.extends.n, 1);
    CHECK_STR(p.extends.item[0].text, "x");
    CHECK_INT(p.schema.state, PROFILE_UNSET);
}

TEST(too_many_items)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    str_add(&text, "{\"network\":{\"open_port\":[1");
    for (int i = 2; i <= PROFILE_MAX_ITEMS + 1; i++)
        str_addf(&text, ",%d", i);
    str_add(&text, "]}}");
    struct profile p = {0};
    struct err e = ERR_INIT;
    CHECK_ERR(profile_parse(text.buf, text.len, "n", "t", &p, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, "t:1: /network/open_port: has more than 1024 items");
}
