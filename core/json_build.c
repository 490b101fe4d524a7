/* json_build: one pass over a text whose grammar was checked: separators say nothing any more. */
#include "core/json_build.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/json_scan.h"
#include "core/mem.h"

#define BLANKS " \t\r\n"

struct build {
    const char *at;
    cJSON *node;
    size_t n;
    char *text; /* behind the nodes: no string is longer than it was written */
    cJSON *open[JSON_MAX_DEPTH];
    cJSON *last[JSON_MAX_DEPTH]; /* the member or element that came last in each */
    unsigned depth;
    char *key; /* of the value that comes next, NULL */
};

/* At least as many as there are: all but the root stand behind one of these. */
static size_t count_values(const char *text)
{
    size_t n = 1;
    for (const char *at = text; *(at += strcspn(at, ",[{\""));) {
        n += *at != '"';
        at = *at == '"' ? json_scan_string(at) : at + 1;
    }
    return n;
}

static unsigned hex4(const char *digits)
{
    unsigned value = 0;
    for (size_t i = 0; i < 4; i++) {
        unsigned c = (unsigned char)digits[i];
        value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static void put_utf8(struct build *b, unsigned code)
{
    static const unsigned char mark[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        b->text[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    b->text[0] = (char)(mark[len == 1 ? 0 : len] | code);
    b->text += len;
}

/* At the "u" of an escape. */
static void take_unicode(struct build *b)
{
    unsigned code = hex4(b->at + 1);
    b->at += strlen("u1234");
    if (code >= 0xd800 && code <= 0xdbff) { /* the other half follows */
        code = 0x10000 + ((code & 0x3ff) << 10) + (hex4(b->at + strlen("\\u")) & 0x3ff);
        b->at += strlen("\\u1234");
    }
    put_utf8(b, code);
}

/* At the opening quotation mark. */
static char *take_string(struct build *b)
{
    static const char name[] = "bfnrt";
    static const char byte[] = "\b\f\n\r\t";
    char *start = b->text;
    b->at++;
    for (;;) {
        size_t plain = strcspn(b->at, "\"\\");
        memcpy(b->text, b->at, plain);
        b->text += plain;
        b->at += plain + 1;
        if (b->at[-1] == '"')
            break;
        if (*b->at == 'u') {
            take_unicode(b);
            continue;
        }
        const char *known = strchr(name, *b->at);
        *b->text++ = known ? byte[known - name] : *b->at;
        b->at++;
    }
    *b->text++ = '\0';
    return start;
}

static cJSON *add(struct build *b)
{
    cJSON *item = &b->node[b->n++];
    item->string = take_ptr(&b->key);
    if (b->depth == 0)
        return item;
    cJSON *parent = b->open[b->depth - 1];
    cJSON *before = b->last[b->depth - 1];
    item->prev = before ? before : item;
    *(before ? &before->next : &parent->child) = item;
    parent->child->prev = b->last[b->depth - 1] = item;
    return item;
}

static void take_plain(struct build *b, cJSON *item)
{
    char *end = NULL;
    if (*b->at == 't' || *b->at == 'f' || *b->at == 'n') {
        item->type = *b->at == 't' ? cJSON_True : *b->at == 'f' ? cJSON_False : cJSON_NULL;
        b->at += strcspn(b->at, BLANKS ",]}");
        return;
    }
    item->type = cJSON_Number;
    item->valuedouble = strtod(b->at, &end);
    b->at = end;
}

static void take_value(struct build *b)
{
    cJSON *item = add(b);
    if (*b->at == '{' || *b->at == '[') {
        item->type = *b->at++ == '{' ? cJSON_Object : cJSON_Array;
        b->open[b->depth] = item;
        b->last[b->depth++] = NULL;
    } else if (*b->at == '"') {
        item->type = cJSON_String;
        item->valuestring = take_string(b);
    } else {
        take_plain(b, item);
    }
}

static void take_token(struct build *b)
{
    bool is_member = b->depth > 0 && b->open[b->depth - 1]->type == cJSON_Object;
    if (*b->at == '}' || *b->at == ']') {
        b->at++;
        b->depth--;
    } else if (*b->at == '"' && is_member && !b->key) {
        b->key = take_string(b);
    } else {
        take_value(b);
    }
}

struct cJSON *json_build(const char *text, size_t len, const char **ret_end, int whole)
{
    (void)ret_end;
    (void)whole;
    size_t values = count_values(text);
    struct build b = {.at = text};
    b.node = mem_alloc(values * sizeof *b.node + len);
    b.text = (char *)(b.node + values);
    for (b.at += strspn(b.at, BLANKS ",:"); *b.at; b.at += strspn(b.at, BLANKS ",:"))
        take_token(&b);
    return b.node;
}

void json_build_free(struct cJSON *root)
{
    mem_free(root);
}
