/* profile_key: the table of keys, looked up by dotted name. */
#include "policy/profile.h"

#include <string.h>

#include "core/mem.h"
#include "core/quote.h"

enum { MAX_DOTTED = 64 };

static bool is_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

static bool is_any(const char *text, size_t len, const char *first, const char *const *others)
{
    if (is_word(text, len, first))
        return true;
    for (; *others; others++) {
        if (is_word(text, len, *others))
            return true;
    }
    return false;
}

static const struct profile_key *find_in(enum profile_section section, const char *name, size_t len)
{
    for (size_t i = 0; i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        if (k->section == section && is_any(name, len, k->name, k->alias))
            return k;
    }
    return NULL;
}

const struct profile_key *profile_key_split(const char *dotted, const char **ret_rest)
{
    size_t len = strcspn(dotted, ".");
    const char *name = dotted;
    enum profile_section section = PROFILE_TOP;
    for (size_t s = PROFILE_TOP + 1; dotted[len] && s < PROFILE_N_SECTIONS; s++) {
        if (is_any(dotted, len, profile_sections[s][0], &profile_sections[s][1]))
            section = (enum profile_section)s;
    }
    if (section != PROFILE_TOP) {
        name = dotted + len + 1;
        len = strcspn(name, ".");
    }
    const struct profile_key *k = find_in(section, name, len);
    bool goes_on = name[len] == '.';
    if (!k || (goes_on && (profile_shape(k->type) != PROFILE_SHAPE_MAP || !name[len + 1])))
        return NULL;
    *ret_rest = name + len + goes_on;
    return k;
}

const struct profile_key *profile_key_find(const char *dotted)
{
    const char *rest = "";
    const struct profile_key *k = profile_key_split(dotted, &rest);
    return *rest ? NULL : k;
}

void profile_key_name(const struct profile_key *k, struct str *out)
{
    if (k->section != PROFILE_TOP)
        str_addf(out, "%s.", profile_sections[k->section][0]);
    str_add(out, k->name);
}

char *profile_key_nearest(const char *dotted)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    for (size_t i = 0; i < profile_n_keys; i++) {
        struct str name = STR_INIT(MAX_DOTTED);
        profile_key_name(&profile_keys[i], &name);
        strlist_add_take(&names, str_take(&name));
        if (strcmp(dotted, profile_keys[i].name) == 0)
            return mem_strdup(names.item[i]);
    }
    AUTO(mem_free_ptr) const char **candidate = mem_array(names.n, sizeof *candidate);
    for (size_t i = 0; i < names.n; i++)
        candidate[i] = names.item[i];
    return mem_strdup(str_nearest(dotted, candidate, names.n));
}

int profile_key_unknown(const char *key, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(key);
    AUTO(mem_free_ptr) char *near = profile_key_nearest(key);
    for (size_t s = PROFILE_TOP + 1; s < PROFILE_N_SECTIONS; s++) {
        if (strcmp(profile_sections[s][0], key) != 0)
            continue;
        for (size_t i = 0; i < profile_n_keys; i++) {
            if (profile_keys[i].section == s)
                return err_set(e, ERR_USAGE, "'%s' is a section: name one of its keys, such as %s.%s", shown, shown, profile_keys[i].name);
        }
    }
    return near ? err_set(e, ERR_USAGE, "there is no key '%s'; did you mean '%s'?", shown, near)
                : err_set(e, ERR_USAGE, "there is no key '%s'; 'nono profile guide' lists them", shown);
}

const char *profile_type_name(enum profile_type type)
{
    static const char *const names[] = {
        [PROFILE_TEXT] = "a text",
        [PROFILE_NAME] = "a profile name",
        [PROFILE_BOOL] = "true or false",
        [PROFILE_CHOICE] = "one of these words",
        [PROFILE_SIZE] = "a size such as 500M or 2G, or unlimited",
        [PROFILE_TEXTS] = "a list of texts",
        [PROFILE_NAMES] = "a list of names",
        [PROFILE_PATHS] = "a list of paths",
        [PROFILE_PORTS] = "a list of port numbers",
        [PROFILE_BASES] = "a profile name or a list of them",
        [PROFILE_ENV_NAMES] = "a list of names of variables",
        [PROFILE_PATTERNS] = "a list of patterns",
        [PROFILE_VARIABLES] = "a map to names of environment variables",
        [PROFILE_SETTINGS] = "a map of names of variables to their values",
        [PROFILE_CREDENTIALS] = "a map of services",
        [PROFILE_HOOKS] = "a map of hooks",
    };
    return names[type];
}
