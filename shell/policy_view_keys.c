/* policy_view: the keys of a profile that are neither paths nor groups. */
#include <string.h>

#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "shell/policy_view.h"

struct rows {
    struct str *out;
    size_t n;
};

static void add_key(struct rows *r, const struct profile_key *k, const char *value, const struct profile_place *place)
{
    if (r->n++ == 0)
        str_addf(r->out, "  %sOther keys%s\n", out_on(OUT_BOLD, true), out_off(true));
    const char *section = profile_sections[k->section][0];
    AUTO(mem_free_ptr) char *shown = quote_term_dup(value);
    AUTO(mem_free_ptr) char *profile = quote_term_dup(place->profile);
    str_addf(r->out, "    %s%s%s = %s  %sprofile %s%s\n", section, *section ? "." : "", k->name, shown, out_on(OUT_DIM, true), profile,
             out_off(true));
}

/* Shown elsewhere, each with what it resolves to. */
static bool is_elsewhere(const struct profile_key *k)
{
    static const char *const names[] = {"groups", "access", "block", "extends", "$schema"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(k->name, names[i]) == 0)
            return true;
    return k->section == PROFILE_META || k->section == PROFILE_ENVIRONMENT || k->section == PROFILE_FILESYSTEM || k->section == PROFILE_ROLLBACK ||
           (k->section == PROFILE_POLICY && strcmp(k->name, "override_deny") != 0 && strcmp(k->name, "exclude_groups") != 0);
}

void policy_view_keys(struct profile *p, struct str *out)
{
    struct rows rows = {.out = out};
    for (size_t i = 0; i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        if (is_elsewhere(k))
            continue;
        if (profile_shape(k->type) == PROFILE_SHAPE_LIST) {
            const struct profile_list *l = profile_list_of(p, k);
            for (size_t n = 0; n < l->n; n++)
                add_key(&rows, k, l->item[n].text, &l->item[n].place);
        } else if (profile_shape(k->type) == PROFILE_SHAPE_MAP) {
            const struct profile_map *m = profile_map_of(p, k);
            for (size_t n = 0; n < m->n; n++)
                add_key(&rows, k, m->record[n].key, &m->record[n].place);
        } else {
            const struct profile_value *v = profile_value_of(p, k);
            if (v->state == PROFILE_SET)
                add_key(&rows, k, k->type == PROFILE_BOOL ? (v->number ? "true" : "false") : v->text, &v->place);
        }
    }
}
