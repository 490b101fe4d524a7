/* profile_edit: what each verb makes of the text of a profile. */
#include "policy/profile_edit.h"

#include <string.h>

#include "core/mem.h"
#include "policy/profile.h"
#include "tests/unit/tap.h"

static char home[] = "/home/u";
static struct world world = {.home = home, .tmpdir = home, .config_home = home, .data_home = home, .state_home = home, .cache_home = home};

/* `words`: "set KEY VALUE...", split at blanks. */
static int apply(const char *text, const char *words, struct str *out, struct err *e)
{
    static const char *const verbs[] = {"set", "add", "remove"};
    AUTO(strlist_release) struct strlist list = STRLIST_INIT;
    for (const char *at = words; *at; at += strspn(at, " ")) {
        strlist_add_take(&list, mem_strndup(at, strcspn(at, " ")));
        at += strcspn(at, " ");
    }
    size_t verb = 0;
    while (strcmp(verbs[verb], list.item[0]) != 0)
        verb++;
    const struct strlist values = {.item = list.item + 2, .n = list.n - 2, .cap = list.cap};
    const struct profile_edit edit = {
        .world = &world, .verb = (enum profile_edit_verb)verb, .key = list.item[1], .values = &values};
    return profile_edit_apply(&edit, text, strlen(text), out, e);
}

static void becomes(const char *text, const char *words, const char *wanted)
{
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_PROFILE), again = STR_INIT(STR_MAX_PROFILE);
    AUTO(profile_release) struct profile p = {0};
    struct err e = ERR_INIT;
    CHECK_OK(apply(text, words, &out, &e), &e);
    CHECK_STR(out.buf, wanted);
    CHECK_OK(profile_parse(out.buf, out.len, "x", "t", &p, &e), &e);
    if (strncmp(words, "remove", 6) == 0)
        return;
    CHECK_OK(apply(out.buf, words, &again, &e), &e); /* doing it twice is doing it once */
    CHECK_STR(again.buf, wanted);
}

static void is_refused(const char *text, const char *words, int class, const char *message)
{
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_PROFILE);
    struct err e = ERR_INIT;
    CHECK_ERR(apply(text, words, &out, &e), class, &e);
    CHECK_STR(e.text, message);
    CHECK_INT(out.len, 0);
}

TEST(a_value_is_set_where_it_is_or_where_it_belongs)
{
    becomes("{}", "set network.block true", "{\n  \"network\": {\n    \"block\": true\n  }\n}");
    becomes("{ \"network\": { \"block\": true } }", "set network.block false", "{ \"network\": { \"block\": false } }");
    becomes("{ \"network\": { } }", "set network.block true", "{ \"network\": { \"block\": true } }");
    becomes("{ \"open_urls\": null }", "set open_urls.allow_localhost true", "{ \"open_urls\": { \"allow_localhost\": true } }");
    becomes("{ \"interactive\": true }", "set workdir.access read", "{ \"interactive\": true, \"workdir\": { \"access\": \"read\" } }");
    becomes("{\"network\":{\"network_profile\":\"x\"}}", "set network.network_profile null", "{\"network\":{\"network_profile\":null}}");
    becomes("{}\n", "set extends default", "{\n  \"extends\": \"default\"\n}\n");
}

TEST(an_older_name_that_is_written_is_the_one_that_is_changed)
{
    becomes("{ \"undo\": { \"exclude_globs\": [\"*.x\"] } }", "add rollback.exclude_globs *.y", "{ \"undo\": { \"exclude_globs\": [\"*.x\", \"*.y\"] } }");
    becomes("{ \"network\": { \"allow_port\": [1] } }", "add network.open_port 2", "{ \"network\": { \"allow_port\": [1, 2] } }");
    becomes("{ \"network\": { \"open_port\": [1, 2] } }", "remove network.allow_port 1", "{ \"network\": { \"open_port\": [2] } }");
}

TEST(items_are_added_once)
{
    becomes("{}", "add filesystem.read /a /b /a", "{\n  \"filesystem\": {\n    \"read\": [\n      \"/a\",\n      \"/b\"\n    ]\n  }\n}");
    becomes("{ \"filesystem\": { \"read\": [\"/a\"] } }", "add filesystem.read /a", "{ \"filesystem\": { \"read\": [\"/a\"] } }");
    becomes("{ \"network\": { \"open_port\": [80] } }", "add network.open_port 80 443", "{ \"network\": { \"open_port\": [80, 443] } }");
}

TEST(paths_are_the_same_when_they_mean_the_same)
{
    becomes("{ \"filesystem\": { \"read\": [\"~/a\"] } }", "add filesystem.read /home/u/a", "{ \"filesystem\": { \"read\": [\"~/a\"] } }");
    becomes("{ \"filesystem\": { \"read\": [\"$HOME/a\"] } }", "add filesystem.read ~/a", "{ \"filesystem\": { \"read\": [\"$HOME/a\"] } }");
    becomes("{ \"filesystem\": { \"read\": [\"$HOME/a\", \"/b\"] } }", "remove filesystem.read /home/u/a", "{ \"filesystem\": { \"read\": [\"/b\"] } }");
    becomes("{ \"filesystem\": { } }", "add filesystem.read /home/u/a", "{ \"filesystem\": { \"read\": [\"~/a\"] } }");
    becomes("{ \"filesystem\": { } }", "add filesystem.read /home/u", "{ \"filesystem\": { \"read\": [\"~\"] } }");
    becomes("{ \"filesystem\": { } }", "add filesystem.read /home/u2", "{ \"filesystem\": { \"read\": [\"/home/u2\"] } }");
    becomes("{ \"filesystem\": { } }", "add filesystem.read $WORKDIR/x", "{ \"filesystem\": { \"read\": [\"$WORKDIR/x\"] } }");
}

TEST(a_base_stands_alone_and_several_in_a_list)
{
    becomes("{ \"extends\": \"default\" }", "add extends a", "{ \"extends\": [\"default\", \"a\"] }");
    becomes("{ \"extends\": \"default\" }", "add extends default", "{ \"extends\": \"default\" }");
    becomes("{ \"extends\": [\"default\", \"a\"] }", "remove extends a", "{ \"extends\": [\"default\"] }");
    becomes("{ \"extends\": [\"default\"], \"skipdirs\": [] }", "remove extends default", "{ \"skipdirs\": [] }");
    becomes("{ \"extends\": \"default\" }", "remove extends default", "{}");
    becomes("{ \"extends\": [\"default\", \"a\"] }", "set extends b", "{ \"extends\": \"b\" }");
    becomes("{ \"extends\": \"b\" }", "set extends a b", "{ \"extends\": [\"a\", \"b\"] }");
}

TEST(a_list_is_set_with_the_remarks_of_what_stays)
{
    static const char text[] = "{\n  \"filesystem\": {\n    \"read\": [\n      \"~/a\", // a\n      \"~/b\", // b\n      \"~/c\" // c\n    ]\n  }\n}";
    becomes(text, "set filesystem.read ~/a ~/c ~/d",
            "{\n  \"filesystem\": {\n    \"read\": [\n      \"~/a\", // a\n      \"~/c\", // c\n      \"~/d\"\n    ]\n  }\n}");
    becomes(text, "set filesystem.read /x", "{\n  \"filesystem\": {\n    \"read\": [\n      \"/x\"\n    ]\n  }\n}");
    becomes("{ \"filesystem\": { \"read\": [\"/a\", \"/b\"] } }", "set filesystem.read /b /a", "{ \"filesystem\": { \"read\": [\"/b\", \"/a\"] } }");
}

TEST(entries_of_maps)
{
    becomes("{}", "set env_credentials.op://a/b.c TOKEN", "{\n  \"env_credentials\": {\n    \"op://a/b.c\": \"TOKEN\"\n  }\n}");
    becomes("{ \"secrets\": { \"a\": \"A\" } }", "set env_credentials.a null", "{ \"secrets\": { \"a\": \"null\" } }");
    becomes("{ \"secrets\": { \"a\": \"A\", \"b\": \"B\" } }", "remove env_credentials.a", "{ \"secrets\": { \"b\": \"B\" } }");
    becomes("{ \"skipdirs\": [] }", "set hooks.my.app event=e matcher=a|b script=s=1",
            "{ \"skipdirs\": [], \"hooks\": { \"my.app\": { \"event\": \"e\", \"matcher\": \"a|b\", \"script\": \"s=1\" } } }");
    becomes("{ \"hooks\": { \"a\": { \"event\": \"e\", \"matcher\": \"m\", \"script\": \"s\" } } }", "set hooks.a.script t",
            "{ \"hooks\": { \"a\": { \"event\": \"e\", \"matcher\": \"m\", \"script\": \"t\" } } }");
    becomes("{ \"hooks\": { \"a\": { \"event\": \"e\", \"matcher\": \"m\", \"script\": \"s\" } } }", "remove hooks", "{}");
}

TEST(a_key_is_removed_with_all_it_holds)
{
    becomes("{\n  \"network\": {\n    // why\n    \"block\": true, // so\n    \"open_port\": [1]\n  }\n}", "remove network.block",
            "{\n  \"network\": {\n    // why\n    \"open_port\": [1]\n  }\n}");
    becomes("{ \"filesystem\": { \"read\": [\"/a\"] } }", "remove filesystem.read", "{ \"filesystem\": {} }");
}

TEST(what_makes_no_sense_says_so)
{
    is_refused("{}", "set filesystem.raed /a", ERR_USAGE, "there is no key 'filesystem.raed'; did you mean 'filesystem.read'?");
    is_refused("{}", "add groups x", ERR_USAGE, "there is no key 'groups'; did you mean 'security.groups'?");
    is_refused("{}", "set network x", ERR_USAGE, "'network' is a section: name one of its keys, such as network.block");
    is_refused("{}", "set entirely.different x", ERR_USAGE, "there is no key 'entirely.different'; 'nono profile guide' lists them");
    is_refused("{}", "set network.block", ERR_USAGE, "network.block needs a value");
    is_refused("{}", "set network.block yes", ERR_INPUT, "network.block: 'yes' is not true or false");
    is_refused("{}", "set network.block null", ERR_INPUT, "network.block: 'null' is not true or false");
    is_refused("{}", "set network.block true false", ERR_USAGE, "network.block holds one value");
    is_refused("{}", "add network.block true", ERR_USAGE, "network.block holds one value: 'set' gives it another");
    is_refused("{}", "add network.open_port 08", ERR_INPUT, "network.open_port: '08' is not a port number (1 to 65535)");
    is_refused("{}", "add network.open_port http", ERR_INPUT, "network.open_port: 'http' is not a port number (1 to 65535)");
    is_refused("{}", "set env_credentials X", ERR_USAGE, "env_credentials is a map: name an entry of it behind a dot");
    is_refused("{}", "add hooks.a x", ERR_USAGE, "hooks.a is a map: 'set' gives an entry of it a value");
    is_refused("{}", "set hooks.a evnt=x", ERR_USAGE, "hooks.a: 'evnt=x' is not FIELD=VALUE with one of the fields event, matcher, script");
    is_refused("{}", "remove network.block", ERR_MISSING, "the profile does not say anything about network.block");
    is_refused("{\"network\":{\"block\":true}}", "remove network.block true", ERR_USAGE, "network.block is no list: leave the value out to remove it");
    is_refused("{\"filesystem\":{\"read\":[\"~/.config/x\",\"/b\"]}}", "remove filesystem.read ~/.confg/x", ERR_MISSING,
               "filesystem.read has no '~/.confg/x'; did you mean '~/.config/x'?");
    is_refused("{\"filesystem\":{\"read\":[\"/somewhere\",\"/b\"]}}", "remove filesystem.read /entirely/else", ERR_MISSING,
               "filesystem.read has no '/entirely/else'");
    is_refused("{", "set network.block true", ERR_INPUT, "the profile:1: expected a key in quotation marks or '}', but the text ends");
    is_refused("[]", "set network.block true", ERR_INPUT, "the profile:1: the text: must be an object");
}

TEST(several_values_are_all_done_or_none)
{
    is_refused("{\"filesystem\":{\"read\":[\"/a\",\"/b\"]}}", "remove filesystem.read /a /cc/dd/ee", ERR_MISSING, "filesystem.read has no '/cc/dd/ee'");
}
