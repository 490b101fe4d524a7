/* profile: any text is a profile or one line that names the place; a profile laid over itself adds nothing, every place leads back
 * to a value, and a profile that is written is read and written the same. */
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "policy/profile.h"
#include "policy/profile_write.h"
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

/* False when it is too large to be written with its indentation. */
static bool write(struct profile *p, struct str *out)
{
    struct err e = ERR_INIT;
    AUTO(strlist_release) struct strlist groups = STRLIST_INIT;
    for (size_t i = 0; i < p->groups.n; i++)
        strlist_add(&groups, p->groups.item[i].text);
    return profile_write(&(struct profile_write){.profile = p, .groups = &groups}, out, &e) == 0;
}

static void check_written(struct profile *p, size_t size)
{
    AUTO(str_release) struct str one = STR_INIT(STR_MAX_PROFILE);
    AUTO(str_release) struct str two = STR_INIT(STR_MAX_PROFILE);
    AUTO(profile_release) struct profile again = {0};
    struct err e = ERR_INIT;
    if (!write(p, &one)) {
        FUZZ_CHECK(size > STR_MAX_PROFILE / 20);
        return;
    }
    FUZZ_CHECK(profile_parse(one.buf, one.len, "n", "s", &again, &e) == 0);
    FUZZ_CHECK(write(&again, &two) && strcmp(one.buf, two.buf) == 0);
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
    check_written(&p, size);
    FUZZ_CHECK(profile_parse((const char *)data, size, "n", "s", &same, &e) == 0);
    size_t before = count(&p);
    profile_merge(&p, &same);
    FUZZ_CHECK(count(&p) == before);
    check(&p);
    return 0;
}
