/* resolve_environment: the rules of a profile and of the options about variables of the environment. */
#include "policy/resolve_parts.h"

#include <string.h>

#include "core/mem.h"
#include "core/quote.h"
#include "policy/environment.h"
#include "policy/expand.h"

/* "--env-allow FOO=x" and the like: what was typed may hold a secret. */
static int bad_option(const char *option, const struct err *why, struct err *e)
{
    return err_set(e, ERR_USAGE, "%s: %s", option, why->text);
}

static int add_names(struct resolving *s, const struct strlist *names, const char *option, enum caps_variable_fate fate, struct err *e)
{
    for (size_t i = 0; names && i < names->n; i++) {
        struct err why = ERR_INIT;
        const char *text = names->item[i];
        if (environment_check_name(text, &why) < 0)
            return bad_option(option, &why, e);
        caps_add_variable(s->caps, (struct caps_variable){.fate = fate,
                                                          .name = mem_strdup(text),
                                                          .origin = caps_origin_make(CAPS_FROM_USER, option, "", text)});
    }
    return 0;
}

static int add_settings(struct resolving *s, const struct strlist *settings, struct err *e)
{
    static const char option[] = "--env";
    for (size_t i = 0; settings && i < settings->n; i++) {
        struct err why = ERR_INIT;
        const char *text = settings->item[i];
        size_t len = strcspn(text, "=");
        AUTO(mem_free_ptr) char *variable = mem_strndup(text, len);
        AUTO(mem_free_ptr) char *shown = quote_term_dup(variable);
        if (environment_check_set(variable, &why) < 0)
            return bad_option(option, &why, e);
        if (text[len] == '\0')
            return err_set(e, ERR_USAGE, "--env needs NAME=VALUE; --env-allow %s passes on the variable as it is outside", shown);
        caps_add_variable(s->caps, (struct caps_variable){.fate = CAPS_VARIABLE_SET,
                                                          .name = mem_strdup(variable),
                                                          .value = mem_strdup(text + len + 1),
                                                          .origin = caps_origin_make(CAPS_FROM_USER, option, "", variable)});
    }
    return 0;
}

static void add_list(struct resolving *s, const struct profile_list *l, enum caps_variable_fate fate)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct profile_place *place = &l->item[i].place;
        caps_add_variable(s->caps,
                          (struct caps_variable){
                              .fate = fate,
                              .name = mem_strdup(l->item[i].text),
                              .origin = caps_origin_make(CAPS_FROM_PROFILE, place->profile, place->pointer, l->item[i].text),
                          });
    }
}

static int add_map(struct resolving *s, const struct profile_map *m, struct err *e)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct profile_record *r = &m->record[i];
        char *value = NULL;
        int rc = expand_setting(s->request->world, s->request->workdir, r->field[0].value, &value, e);
        if (rc < 0) {
            rc = resolve_fail(s, &r->place, NULL, e);
            if (rc < 0)
                return rc;
            continue;
        }
        caps_add_variable(s->caps, (struct caps_variable){
                                       .fate = CAPS_VARIABLE_SET,
                                       .name = mem_strdup(r->key),
                                       .value = value,
                                       .origin = caps_origin_make(CAPS_FROM_PROFILE, r->place.profile, r->place.pointer, r->key),
                                   });
    }
    return 0;
}

int resolve_environment(struct resolving *s, struct err *e)
{
    const struct resolve_request *q = s->request;
    int rc = add_names(s, q->env_allow, "--env-allow", CAPS_VARIABLE_ALLOW, e);
    if (rc == 0)
        rc = add_names(s, q->env_deny, "--env-deny", CAPS_VARIABLE_DENY, e);
    if (rc == 0)
        rc = add_settings(s, q->env, e);
    add_list(s, &s->profile.env_allow, CAPS_VARIABLE_ALLOW);
    add_list(s, &s->profile.env_deny, CAPS_VARIABLE_DENY);
    return rc < 0 ? rc : add_map(s, &s->profile.env_set, e);
}
