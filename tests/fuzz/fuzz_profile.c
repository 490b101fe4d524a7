/* profile: any text is a profile or one line that names the place; a profile laid over itself adds nothing, and every place leads back
 * to a value. */
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "policy/profile.h"
#include "tests/fuzz/fuzz.h"

static void check_list(const struct profile_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        FUZZ_CHECK(l->item[i].text && *l->item[i].text);
        FUZZ_CHECK(l->item[i].place.pointer[0] == '/');
        for (size_t k = 0; k < i; k++)
            FUZZ_CHECK(strcmp(l->item[i].text, l->item[k].text) != 0);
    }
}

static void check(struct profile *p)
{
    for (size_t i = 0; i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        if (profile_shape(k->type) == PROFILE_SHAPE_LIST)
            check_list(profile_list_of(p, k));
        if (profile_shape(k->type) == PROFILE_SHAPE_VALUE && profile_value_of(p, k)->state != PROFILE_UNSET)
            FUZZ_CHECK(profile_value_of(p, k)->place.pointer[0] == '/');
    }
}

static size_t count(struct profile *p)
{
    size_t n = 0;
    for (size_t i = 0; i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        switch (profile_shape(k->type)) {
        case PROFILE_SHAPE_LIST:
            n += profile_list_of(p, k)->n;
            break;
        case PROFILE_SHAPE_MAP:
            n += profile_map_of(p, k)->n;
            break;
        case PROFILE_SHAPE_VALUE:
            n += profile_value_of(p, k)->state != PROFILE_UNSET;
            break;
        }
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(profile_release) struct profile p = {0};
    AUTO(profile_release) struct profile same = {0};
    struct err e = ERR_INIT;
    if (profile_parse((const char *)data, size, "n", "s", &p, &e) < 0) {
        FUZZ_CHECK(e.class == ERR_INPUT && strncmp(e.text, "s:", 2) == 0 && !strchr(e.text, '\n'));
        return 0;
    }
    check(&p);
    FUZZ_CHECK(profile_parse((const char *)data, size, "n", "s", &same, &e) == 0);
    size_t before = count(&p);
    profile_merge(&p, &same);
    FUZZ_CHECK(count(&p) == before);
    check(&p);
    return 0;
}
