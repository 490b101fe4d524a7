/* json_out: the writer. */
#include "core/json.h"

#include <inttypes.h>

#include "core/quote.h"

static void begin(struct json_out *o, const char *key)
{
    if (!o->first)
        str_addc(o->to, ',');
    if (o->depth > 0)
        str_addc(o->to, '\n');
    for (unsigned i = 0; i < o->depth; i++)
        str_add(o->to, "  ");
    if (key) {
        quote_json(o->to, key);
        str_add(o->to, ": ");
    }
    o->first = false;
}

void json_out_open(struct json_out *o, const char *key, char bracket)
{
    begin(o, key);
    str_addc(o->to, bracket);
    o->depth++;
    o->first = true;
}

void json_out_close(struct json_out *o, char bracket)
{
    o->depth--;
    if (!o->first) {
        str_addc(o->to, '\n');
        for (unsigned i = 0; i < o->depth; i++)
            str_add(o->to, "  ");
    }
    o->first = false;
    str_addc(o->to, bracket);
    if (o->depth == 0)
        str_addc(o->to, '\n');
}

void json_out_string(struct json_out *o, const char *key, const char *text)
{
    begin(o, key);
    if (text)
        quote_json(o->to, text);
    else
        str_add(o->to, "null");
}

void json_out_int(struct json_out *o, const char *key, int64_t value)
{
    begin(o, key);
    str_addf(o->to, "%" PRId64, value);
}

void json_out_bool(struct json_out *o, const char *key, bool value)
{
    begin(o, key);
    str_add(o->to, value ? "true" : "false");
}

void json_out_strings(struct json_out *o, const char *key, const struct strlist *list)
{
    json_out_open(o, key, '[');
    for (size_t i = 0; i < list->n; i++)
        json_out_string(o, NULL, list->item[i]);
    json_out_close(o, ']');
}
