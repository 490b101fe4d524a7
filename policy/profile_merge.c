/* profile_merge: the data of a profile, and how a child lies over its base. */
#include "policy/profile.h"

#include <string.h>

#include "core/mem.h"

void profile_init(struct profile *p)
{
    *p = (struct profile){0};
}

static void item_release(struct profile_item *i)
{
    mem_free(i->text);
    profile_place_release(&i->place);
}

void profile_list_release(struct profile_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        item_release(&l->item[i]);
    mem_free(l->item);
    *l = (struct profile_list){0};
}

void profile_value_release(struct profile_value *v)
{
    mem_free(v->text);
    profile_place_release(&v->place);
    *v = (struct profile_value){0};
}

static void record_release(struct profile_record *r)
{
    for (size_t i = 0; i < r->n_fields; i++) {
        mem_free(r->field[i].name);
        mem_free(r->field[i].value);
    }
    mem_free(r->field);
    mem_free(r->key);
    profile_place_release(&r->place);
}

void profile_map_release(struct profile_map *m)
{
    for (size_t i = 0; i < m->n; i++)
        record_release(&m->record[i]);
    mem_free(m->record);
    *m = (struct profile_map){0};
}

void profile_release(struct profile *p)
{
    for (size_t i = 0; i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        switch (profile_shape(k->type)) {
        case PROFILE_SHAPE_LIST:
            profile_list_release(profile_list_of(p, k));
            break;
        case PROFILE_SHAPE_VALUE:
            profile_value_release(profile_value_of(p, k));
            break;
        case PROFILE_SHAPE_MAP:
            profile_map_release(profile_map_of(p, k));
            break;
        }
    }
    mem_free(p->name);
    mem_free(p->source);
    profile_init(p);
}

bool profile_list_has(const struct profile_list *l, const char *text)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->item[i].text, text) == 0)
            return true;
    return false;
}

void profile_list_add(struct profile_list *l, const char *text, const struct profile_place *place)
{
    mem_reserve(&l->item, &l->cap, l->n + 1, sizeof *l->item);
    l->item[l->n++] = (struct profile_item){.text = mem_strdup(text), .place = profile_place_dup(place)};
}

/* Moves the items `base` has not got; an item both have keeps the base's place, and with it the base's order. */
static void append_new(struct profile_list *base, struct profile_list *child)
{
    mem_reserve(&base->item, &base->cap, base->n + child->n, sizeof *base->item);
    for (size_t i = 0; i < child->n; i++) {
        if (profile_list_has(base, child->item[i].text))
            continue;
        base->item[base->n++] = child->item[i];
        child->item[i] = (struct profile_item){0};
    }
}

static void replace_keys(struct profile_map *base, struct profile_map *child)
{
    mem_reserve(&base->record, &base->cap, base->n + child->n, sizeof *base->record);
    for (size_t i = 0; i < child->n; i++) {
        size_t at = 0;
        while (at < base->n && strcmp(base->record[at].key, child->record[i].key) != 0)
            at++;
        if (at < base->n)
            record_release(&base->record[at]);
        else
            base->n++;
        base->record[at] = child->record[i];
        child->record[i] = (struct profile_record){0};
    }
}

static void take_value(struct profile_value *base, struct profile_value *child)
{
    profile_value_release(base);
    *base = *child;
    *child = (struct profile_value){0};
}

static void take_list(struct profile_list *base, struct profile_list *child)
{
    profile_list_release(base);
    *base = *child;
    *child = (struct profile_list){0};
}

static void merge_value(const struct profile_key *k, struct profile_value *base, struct profile_value *child, bool section)
{
    bool taken = k->merge == PROFILE_MERGE_SECTION   ? section
                 : k->merge == PROFILE_MERGE_NONZERO ? child->state == PROFILE_SET && (child->number || !base->state)
                                                     : child->state != PROFILE_UNSET;
    if (taken)
        take_value(base, child);
}

void profile_merge(struct profile *base, struct profile *child)
{
    for (size_t i = 0; i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        bool section = child->sections & (1U << k->section);
        if (k->merge == PROFILE_MERGE_NEVER)
            continue;
        switch (profile_shape(k->type)) {
        case PROFILE_SHAPE_VALUE:
            merge_value(k, profile_value_of(base, k), profile_value_of(child, k), section);
            break;
        case PROFILE_SHAPE_MAP:
            replace_keys(profile_map_of(base, k), profile_map_of(child, k));
            break;
        case PROFILE_SHAPE_LIST:
            if (k->merge != PROFILE_MERGE_SECTION)
                append_new(profile_list_of(base, k), profile_list_of(child, k));
            else if (section)
                take_list(profile_list_of(base, k), profile_list_of(child, k));
            break;
        }
    }
    base->sections |= child->sections;
}
