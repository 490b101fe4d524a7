/* retention_set: open addressing; an id is its own hash. */
#include "rollback/retention_set.h"

#include <stdint.h>
#include <string.h>

#include "core/mem.h"

enum { SET_MIN = 1024 };

/* Index of the id, or of the empty slot where it belongs. */
static size_t find(const struct retention_set *s, const struct oid *id)
{
    uint64_t hash = 0;
    memcpy(&hash, id->byte, sizeof(hash));
    size_t at = (size_t)hash & (s->size - 1);
    while (!oid_is_zero(&s->slot[at]) && !oid_equal(&s->slot[at], id))
        at = (at + 1) & (s->size - 1);
    return at;
}

static void grow(struct retention_set *s)
{
    struct retention_set bigger = {.n = s->n, .size = s->size ? s->size * 2 : SET_MIN};
    bigger.slot = mem_array(bigger.size, sizeof(*bigger.slot));
    for (size_t i = 0; i < s->size; i++) {
        if (!oid_is_zero(&s->slot[i]))
            bigger.slot[find(&bigger, &s->slot[i])] = s->slot[i];
    }
    mem_free(s->slot);
    *s = bigger;
}

bool retention_set_add(struct retention_set *s, const struct oid *id)
{
    if (2 * s->n >= s->size)
        grow(s);
    size_t at = find(s, id);
    if (oid_is_zero(id) || !oid_is_zero(&s->slot[at]))
        return false;
    s->slot[at] = *id;
    s->n++;
    return true;
}

bool retention_set_has(const struct retention_set *s, const struct oid *id)
{
    return s->size > 0 && !oid_is_zero(id) && oid_equal(&s->slot[find(s, id)], id);
}

void retention_set_release(struct retention_set *s)
{
    mem_free(s->slot);
    *s = (struct retention_set){0};
}
