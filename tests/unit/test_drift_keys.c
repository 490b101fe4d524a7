/* The loader, the schema, completion and nono-profile(5) know the same keys of profiles, and the same words that each may hold. */
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/quote.h"
#include "policy/profile.h"
#include "policy/schema.h"
#include "shell/commands.h"
#include "shell/man_profile.h"
#include "shell/values.h"
#include "tests/unit/tap.h"

/* A value of the key's type, as JSON. */
static void add_sample(const struct profile_key *k, const char *choice, struct str *out)
{
    static const char *const samples[] = {
        [PROFILE_TEXT] = "\"x\"",
        [PROFILE_NAME] = "\"x\"",
        [PROFILE_BOOL] = "true",
        [PROFILE_CHOICE] = NULL,
        [PROFILE_SIZE] = "\"2G\"",
        [PROFILE_TEXTS] = "[\"x\"]",
        [PROFILE_NAMES] = "[\"x\"]",
        [PROFILE_PATHS] = "[\"~/x\"]",
        [PROFILE_PORTS] = "[80]",
        [PROFILE_BASES] = "\"x\"",
        [PROFILE_ENV_NAMES] = "[\"X_*\"]",
        [PROFILE_PATTERNS] = "[\"*.x\"]",
        [PROFILE_SETTINGS] = "{\"x\": \"y\"}",
        [PROFILE_VARIABLES] = "{\"x\": \"X\"}",
        [PROFILE_CREDENTIALS] = "{\"x\": {\"upstream\": \"https://x\", \"credential_key\": \"x\"}}",
        [PROFILE_HOOKS] = "{\"x\": {\"event\": \"x\", \"matcher\": \"x\", \"script\": \"x\"}}",
    };
    if (choice)
        quote_json(out, choice);
    else
        str_add(out, samples[k->type] ? samples[k->type] : "");
}

/* What the loader says about a profile that holds the key under `name`, with a word for a choice. */
static int load(const struct profile_key *k, const char *section, const char *name, const char *choice, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    AUTO(profile_release) struct profile p = {0};
    str_addf(&text, *section ? "{\"%s\": {" : "{", section);
    quote_json(&text, name);
    str_add(&text, ": ");
    add_sample(k, choice, &text);
    str_add(&text, *section ? "}}" : "}");
    *e = (struct err)ERR_INIT;
    return profile_parse(text.buf, text.len, "x", "x.json", &p, e);
}

static void check_loader(const struct profile_key *k)
{
    struct err e;
    AUTO(str_release) struct str wrong = STR_INIT(STR_MAX_LINE);
    const char *word = k->choices ? k->choices[0] : NULL;
    str_addf(&wrong, "%s_x", k->name);
    for (size_t s = 0; profile_sections[k->section][s]; s++) {
        const char *section = profile_sections[k->section][s];
        CHECK_OK(load(k, section, k->name, word, &e), &e);
        CHECK_ERR(load(k, section, wrong.buf, word, &e), ERR_INPUT, &e);
        for (size_t i = 0; k->alias[i]; i++)
            CHECK_OK(load(k, section, k->alias[i], word, &e), &e);
    }
    for (size_t i = 0; k->choices && k->choices[i]; i++)
        CHECK_OK(load(k, profile_sections[k->section][0], k->name, k->choices[i], &e), &e);
    if (k->choices)
        CHECK_ERR(load(k, profile_sections[k->section][0], k->name, "nosuchword", &e), ERR_INPUT, &e);
}

static void key_names(struct strlist *ret)
{
    for (size_t i = 0; i < profile_n_keys; i++) {
        struct str name = STR_INIT(STR_MAX_LINE);
        profile_key_name(&profile_keys[i], &name);
        strlist_add_take(ret, str_take(&name));
    }
}

static void check_same(const struct strlist *got, const char *where)
{
    AUTO(strlist_release) struct strlist keys = STRLIST_INIT;
    key_names(&keys);
    for (size_t i = 0; i < keys.n; i++) {
        if (!strlist_has(got, keys.item[i]))
            tap_fail(__FILE__, __LINE__, "%s lacks %s", where, keys.item[i]);
    }
    for (size_t i = 0; i < got->n; i++) {
        if (!strlist_has(&keys, got->item[i]))
            tap_fail(__FILE__, __LINE__, "%s has %s", where, got->item[i]);
    }
}

/* The members of "properties", old names left out, below the name of the section. */
static void add_properties(const struct json_value *object, const char *section, struct strlist *ret)
{
    for (const struct json_value *v = json_first(json_member(object, "properties")); v; v = json_next(v)) {
        struct str name = STR_INIT(STR_MAX_LINE);
        if (json_member(v, "deprecated"))
            continue;
        str_addf(&name, "%s%s%s", section, *section ? "." : "", json_key(v));
        strlist_add_take(ret, str_take(&name));
    }
}

/* A section is an object that the schema closes, or one of "anyOf" beside null. */
static const struct json_value *section_in(const struct json_value *root, const char *section)
{
    const struct json_value *v = json_member(json_member(root, "properties"), section);
    const struct json_value *any = v ? json_member(v, "anyOf") : NULL;
    for (const struct json_value *each = any ? json_first(any) : NULL; each; each = json_next(each)) {
        if (json_member(each, "properties"))
            return each;
    }
    return v;
}

TEST(the_loader_knows_every_key_and_no_other)
{
    for (size_t i = 0; i < profile_n_keys; i++)
        check_loader(&profile_keys[i]);
}

TEST(the_schema_has_the_same_keys)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    AUTO(json_doc_free_ptr) struct json_doc *doc = NULL;
    AUTO(strlist_release) struct strlist top = STRLIST_INIT;
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    struct err e = ERR_INIT;
    schema_profile(&text);
    CHECK_OK(json_doc_parse(text.buf, text.len, "schema", 0, &doc, &e), &e);
    add_properties(json_doc_root(doc), "", &top);
    for (size_t i = 0; i < top.n; i++) {
        bool is_section = false;
        for (int s = PROFILE_TOP + 1; s < PROFILE_N_SECTIONS; s++)
            is_section = is_section || strcmp(profile_sections[s][0], top.item[i]) == 0;
        if (is_section)
            add_properties(section_in(json_doc_root(doc), top.item[i]), top.item[i], &names);
        else
            strlist_add(&names, top.item[i]);
    }
    check_same(&names, "the schema");
}

TEST(completion_offers_the_same_keys)
{
    const struct cmd *set = cmd_find(commands, "profile set");
    struct strlist operands = STRLIST_INIT;
    struct complete_values found = {STRLIST_INIT, STRLIST_INIT, VAL_NONE};
    CHECK(set != NULL);
    values_provide(NULL, &(struct complete_request){.kind = VAL_KEY, .prefix = "", .cmd = set, .operands = &operands}, &found);
    check_same(&found.value, "completion");
    for (size_t i = 0; i < found.description.n; i++)
        CHECK(*found.description.item[i]);
    strlist_release(&found.value);
    strlist_release(&found.description);
}

TEST(completion_offers_the_words_of_each_key)
{
    const struct cmd *set = cmd_find(commands, "profile set");
    for (size_t i = 0; i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        AUTO(str_release) struct str name = STR_INIT(STR_MAX_LINE);
        struct strlist operands = STRLIST_INIT;
        struct complete_values found = {STRLIST_INIT, STRLIST_INIT, VAL_NONE};
        profile_key_name(k, &name);
        strlist_add(&operands, "x");
        strlist_add(&operands, name.buf);
        values_provide(NULL, &(struct complete_request){.kind = VAL_KEY_VALUE, .prefix = "", .cmd = set, .operands = &operands}, &found);
        for (size_t c = 0; k->choices && k->choices[c]; c++) {
            CHECK_STR(c < found.value.n ? found.value.item[c] : "", k->choices[c]);
            CHECK_STR(found.description.item[c], k->choice_help[c]);
        }
        if (k->choices)
            CHECK(!k->choices[found.value.n]);
        strlist_release(&operands);
        strlist_release(&found.value);
        strlist_release(&found.description);
    }
}

TEST(the_page_explains_the_same_keys)
{
    AUTO(str_release) struct str page = STR_INIT(STR_MAX_SCRIPT);
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    static const char item[] = "\n.It Ic ";
    man_profile("0", &page);
    for (const char *at = page.buf; (at = strstr(at, item));) {
        at += sizeof item - 1;
        strlist_add_take(&names, mem_strndup(at, strcspn(at, "\n")));
    }
    check_same(&names, "nono-profile(5)");
    for (size_t i = 0; i < profile_n_keys; i++) {
        for (size_t c = 0; profile_keys[i].choices && profile_keys[i].choices[c]; c++) {
            AUTO(str_release) struct str word = STR_INIT(STR_MAX_LINE);
            str_addf(&word, "\n.It Cm %s\n", profile_keys[i].choices[c]);
            CHECK(strstr(page.buf, word.buf) != NULL);
        }
        for (size_t a = 0; profile_keys[i].alias[a]; a++)
            CHECK(strstr(page.buf, profile_keys[i].alias[a]) != NULL);
    }
}

TEST(the_example_of_the_page_is_a_profile)
{
    static const char begin[] = ".Bd -literal -offset indent\n";
    AUTO(str_release) struct str page = STR_INIT(STR_MAX_SCRIPT);
    AUTO(profile_release) struct profile p = {0};
    struct err e = ERR_INIT;
    man_profile("0", &page);
    const char *text = strstr(page.buf, begin);
    CHECK(text != NULL);
    text += sizeof begin - 1;
    const char *end = strstr(text, ".Ed\n");
    CHECK(end != NULL);
    CHECK_OK(profile_parse(text, (size_t)(end - text), "mytool", "the page", &p, &e), &e);
    CHECK_INT(p.allow.n, 1);
}
