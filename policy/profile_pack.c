/* profile_pack: a checked profile as bytes: the writer. */
#include "policy/profile_pack.h"

#include <string.h>

static void pack_text(struct str *out, const char *text)
{
    str_addn(out, text, strlen(text) + 1);
}

static void pack_head(struct str *out, char kind, size_t key)
{
    str_addc(out, kind);
    str_addc(out, (char)key);
}

static void pack_list(const struct profile_list *l, size_t key, struct str *out)
{
    for (size_t i = 0; i < l->n; i++) {
        pack_head(out, 'i', key);
        pack_text(out, l->item[i].place.pointer);
        pack_text(out, l->item[i].text);
    }
}

static void pack_value(const struct profile_value *v, size_t key, struct str *out)
{
    if (v->state == PROFILE_UNSET)
        return;
    pack_head(out, v->text ? 't' : 'v', key);
    str_addc(out, (char)v->state);
    str_addc(out, (char)v->number);
    pack_text(out, v->place.pointer);
    if (v->text)
        pack_text(out, v->text);
}

static void pack_map(const struct profile_map *m, size_t key, struct str *out)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct profile_record *r = &m->record[i];
        pack_head(out, 'r', key);
        pack_text(out, r->place.pointer);
        pack_text(out, r->key);
        for (size_t f = 0; f < r->n_fields; f++) {
            pack_head(out, 'f', key);
            pack_text(out, r->field[f].name);
            pack_text(out, r->field[f].value);
        }
    }
}

void profile_pack(struct profile *p, struct str *out)
{
    str_addc(out, (char)(p->sections & 0xff));
    str_addc(out, (char)(p->sections >> 8));
    for (size_t i = 0; i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        switch (profile_shape(k->type)) {
        case PROFILE_SHAPE_LIST:
            pack_list(profile_list_of(p, k), i, out);
            break;
        case PROFILE_SHAPE_VALUE:
            pack_value(profile_value_of(p, k), i, out);
            break;
        case PROFILE_SHAPE_MAP:
            pack_map(profile_map_of(p, k), i, out);
            break;
        }
    }
}
