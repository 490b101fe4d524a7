/* json: whole lists and objects of a document. */
#include "core/json.h"

#include <string.h>

int json_get_strings(const struct json_doc *d, const struct json_value *v, struct strlist *ret, struct err *e)
{
    if (json_type(v) != JSON_ARRAY)
        return json_error_type(d, v, JSON_ARRAY, e);
    struct strlist list = STRLIST_INIT;
    for (const struct json_value *item = json_first(v); item; item = json_next(item)) {
        const char *text = NULL;
        if (json_get_string(d, item, &text, e) < 0) {
            strlist_release(&list);
            return e->class;
        }
        strlist_add(&list, text);
    }
    for (size_t i = 0; i < list.n; i++)
        strlist_add(ret, list.item[i]);
    strlist_release(&list);
    return 0;
}

int json_only(const struct json_doc *d, const struct json_value *v, const char *const *known, size_t n, struct err *e)
{
    if (json_type(v) != JSON_OBJECT)
        return json_error_type(d, v, JSON_OBJECT, e);
    int r = 0;
    for (const struct json_value *m = json_first(v); m && (r == 0 || json_wants_more(d)); m = json_next(m)) {
        size_t i = 0;
        while (i < n && strcmp(known[i], json_key(m)) != 0)
            i++;
        const char *near = i < n ? NULL : str_nearest(json_key(m), known, n);
        if (near)
            r = json_error_near(d, m, near, e, "unknown key: did you mean \"%s\"?", near);
        else if (i == n)
            r = json_error(d, m, e, "unknown key");
    }
    return r;
}
