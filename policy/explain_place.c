/* explain_place: where a rule is written down, for whoever wants to change it. */
#include <string.h>

#include "core/mem.h"
#include "core/quote.h"
#include "policy/explain.h"
#include "policy/find.h"

void explain_place_release(struct explain_place *p)
{
    mem_free(p->file);
    str_release(&p->how);
}

/* The origin knows the profile by the name it was asked for. */
static void find_in_profile(const struct world *w, const struct caps_origin *o, struct explain_place *ret)
{
    AUTO(profile_release) struct profile profile = {0};
    struct err ignored = ERR_INIT;
    AUTO(mem_free_ptr) char *pointer = mem_strdup(o->key);
    if (find_profile(w, o->name, &profile, &ignored) < 0)
        return;
    const struct profile_place place = {.profile = profile.name, .source = profile.source, .pointer = pointer};
    if (profile.source[0] == '/') {
        ret->file = mem_strdup(profile.source);
        ret->line = profile_place_line(&place);
    }
    AUTO(mem_free_ptr) char *shown = quote_term_dup(profile.source);
    str_addf(&ret->how, ", %s", shown);
    if (ret->line)
        str_addf(&ret->how, ":%u", ret->line);
}

void explain_place_find(const struct world *w, const struct caps_origin *o, struct explain_place *ret)
{
    AUTO(mem_free_ptr) char *name = quote_term_dup(o->name ? o->name : "");
    AUTO(mem_free_ptr) char *text = quote_term_dup(o->text);
    switch (o->source) {
    case CAPS_FROM_USER:
        str_addf(&ret->how, "option %s%s%s", name, *text ? " " : "", text);
        break;
    case CAPS_FROM_PROFILE:
        str_addf(&ret->how, "profile %s", name);
        find_in_profile(w, o, ret);
        str_addf(&ret->how, "%s", *o->key ? " " : "");
        quote_term(&ret->how, o->key);
        break;
    case CAPS_FROM_GROUP:
        str_addf(&ret->how, "group %s (%s), see 'nono policy groups %s'", name, text, name);
        break;
    case CAPS_FROM_WORKDIR:
        str_addf(&ret->how, "the working directory, by %s", name);
        break;
    case CAPS_FROM_PROGRAM:
        str_addf(&ret->how, "what nono grants to the wrapped program %s", name);
        break;
    case CAPS_FROM_NONO:
        str_add(&ret->how, "nono's own state and settings, always denied");
        break;
    case CAPS_FROM_SELF:
        str_add(&ret->how, "nono itself, so that it can be used inside");
        break;
    case CAPS_FROM_LEVEL:
        str_add(&ret->how, strcmp(o->name, "full") == 0 ? "an empty one that only the command sees" : "the terminal that the command is started on");
        break;
    }
}
