/* profile_unpack: a checked profile as bytes: the reader. */
#include "policy/profile_pack.h"

#include <string.h>

#include "core/mem.h"

struct unpack {
    const unsigned char *at;
    struct profile *profile;
    struct profile_place place; /* of what is being read; its pointer is set for each record, nothing is owned */
};

static unsigned read_byte(struct unpack *u)
{
    return *u->at++;
}

static const char *read_text(struct unpack *u)
{
    const char *text = (const char *)u->at;
    u->at += strlen(text) + 1;
    return text;
}

static void unpack_item(struct unpack *u, const struct profile_key *k)
{
    u->place.pointer = read_text(u);
    profile_list_add(profile_list_of(u->profile, k), read_text(u), &u->place);
}

static void unpack_value(struct unpack *u, const struct profile_key *k, bool has_text)
{
    struct profile_value *v = profile_value_of(u->profile, k);
    v->state = (enum profile_state)read_byte(u);
    v->number = read_byte(u);
    u->place.pointer = read_text(u);
    v->place = profile_place_dup(&u->place);
    v->text = has_text ? mem_strdup(read_text(u)) : NULL;
}

static void unpack_record(struct unpack *u, const struct profile_key *k)
{
    struct profile_map *m = profile_map_of(u->profile, k);
    mem_reserve(&m->record, &m->cap, m->n + 1, sizeof *m->record);
    u->place.pointer = read_text(u);
    m->record[m->n++] = (struct profile_record){.key = mem_strdup(read_text(u)), .place = profile_place_dup(&u->place)};
}

static void unpack_field(struct unpack *u, const struct profile_key *k)
{
    struct profile_map *m = profile_map_of(u->profile, k);
    struct profile_record *r = &m->record[m->n - 1];
    mem_reserve(&r->field, &r->cap_fields, r->n_fields + 1, sizeof *r->field);
    char *name = mem_strdup(read_text(u));
    r->field[r->n_fields++] = (struct profile_field){.name = name, .value = mem_strdup(read_text(u))};
}

void profile_unpack(const unsigned char *bytes, size_t len, const char *name, const char *source, struct profile *ret)
{
    *ret = (struct profile){.name = mem_strdup(name), .source = mem_strdup(source)};
    struct unpack u = {.at = bytes, .profile = ret, .place = {.profile = ret->name, .source = ret->source}};
    ret->sections = read_byte(&u);
    ret->sections |= read_byte(&u) << 8;
    while (u.at < bytes + len) {
        unsigned kind = read_byte(&u);
        const struct profile_key *k = &profile_keys[read_byte(&u)];
        if (kind == 'i')
            unpack_item(&u, k);
        else if (kind == 'v' || kind == 't')
            unpack_value(&u, k, kind == 't');
        else if (kind == 'r')
            unpack_record(&u, k);
        else
            unpack_field(&u, k);
    }
}
