/* json: what is refused and with which words, what comes back, and that the writer's text is read again. */
#include "core/json.h"

#include <string.h>

#include "core/mem.h"
#include "tests/unit/tap.h"

static struct json_doc *parse_ok(const char *text, unsigned flags)
{
    struct json_doc *d = NULL;
    struct err e = ERR_INIT;
    CHECK_OK(json_doc_parse(text, strlen(text), "p.json", flags, &d, &e), &e);
    return d;
}

static void refuse_bytes(const char *text, size_t len, unsigned flags, const char *wanted)
{
    struct json_doc *d = NULL;
    struct err e = ERR_INIT;
    CHECK_ERR(json_doc_parse(text, len, "p.json", flags, &d, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, wanted);
    CHECK(d == NULL);
}
#define REFUSE(text, flags, wanted) refuse_bytes(text, sizeof text - 1, flags, "p.json:" wanted)

TEST(grammar_is_strict)
{
    REFUSE("", 0, "1: expected a value, but the text ends");
    REFUSE("{", 0, "1: expected a key in quotation marks or '}', but the text ends");
    REFUSE("[1,\n]", 0, "2: expected a value, found ']'");
    REFUSE("[1 2]", 0, "1: expected ',' or ']', found '2'");
    REFUSE("{\"a\" 1}", 0, "1: expected ':' after the key, found '1'");
    REFUSE("{\"a\":}", 0, "1: expected a value, found '}'");
    REFUSE("{\"a\":1]", 0, "1: expected ',' or '}', found ']'");
    REFUSE("{a:1}", 0, "1: expected a key in quotation marks or '}', found 'a'");
    REFUSE("[1]\n\nx", 0, "3: expected nothing after the value, found 'x'");
    REFUSE("[1]\0", 0, "1: expected nothing after the value, found '\\x00'");
    REFUSE("'a'", 0, "1: expected a value, found '''");
    REFUSE("nulll", 0, "1: expected nothing after the value, found 'l'");
    REFUSE("NaN", 0, "1: expected a value, found 'N'");
}

TEST(numbers_are_strict)
{
    static const char *const bad[] = {"01", "1.", "-", "1e", "1e+", "-.5", "00"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuse_bytes(bad[i], strlen(bad[i]), 0, "p.json:1: a number is not written as JSON asks");
    REFUSE("+1", 0, "1: expected a value, found '+'");
    REFUSE("0x10", 0, "1: expected nothing after the value, found 'x'");
    REFUSE("[1e999]", 0, "1: /0: the number is too large");
    REFUSE("1234567890123456789012345678901234567890123456789012345678901234", 0, "1: a number has more than 63 characters");
    json_doc_free(parse_ok("[0, -0, 1.5e-3, 10E2, 123456789012345678901234567890123456789012345678901234567890123]", 0));
}

TEST(strings_are_strict)
{
    REFUSE("\"a", 0, "1: the text ends inside a string");
    REFUSE("\"a\tb\"", 0, "1: a control character in a string must be written as an escape (\\n, \\t, \\u0009)");
    REFUSE("\"a\0b\"", 0, "1: a control character in a string must be written as an escape (\\n, \\t, \\u0000)");
    REFUSE("\"\\u0000\"", 0, "1: a string must not hold a NUL character");
    REFUSE("{\"\\u0000\":1}", 0, "1: a string must not hold a NUL character");
    REFUSE("\"\\x\"", 0, "1: a backslash in a string must be followed by one of \"\\/bfnrtu");
    REFUSE("\"\\u12g4\"", 0, "1: \\u needs four hexadecimal digits");
    REFUSE("\"\\ud800\"", 0, "1: \\ud800 is half of a surrogate pair");
    REFUSE("\"\\ud800\\u0041\"", 0, "1: \\ud800 is half of a surrogate pair");
    REFUSE("\"\\udc7f\"", 0, "1: \\udc7f is half of a surrogate pair");
}

TEST(bytes_must_be_utf8)
{
    REFUSE("\"\xff\"", 0, "1: byte 0xff is not UTF-8");
    REFUSE("\"\xc0\x80\"", 0, "1: byte 0xc0 is not UTF-8");
    REFUSE("\"\xe0\x80\x80\"", 0, "1: byte 0xe0 is not UTF-8");
    REFUSE("\"\xed\xa0\x80\"", 0, "1: byte 0xed is not UTF-8");
    REFUSE("\"\xf4\x90\x80\x80\"", 0, "1: byte 0xf4 is not UTF-8");
    REFUSE("\"\xc3\"", 0, "1: byte 0xc3 is not UTF-8");
    REFUSE("// \xff\n1", JSON_COMMENTS, "1: byte 0xff is not UTF-8");
    json_doc_free(parse_ok("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", 0));
}

TEST(keys_stand_once)
{
    REFUSE("{\"a\":1,\n\"b\":2,\n\"a\":3}", 0, "3: /a: the key stands twice in its object");
    REFUSE("{\"a\":1,\"\\u0061\":3}", 0, "1: /a: the key stands twice in its object");
    AUTO(str_release) struct str many = STR_INIT(STR_MAX_LINE);
    for (int i = 0; i < 40; i++)
        str_addf(&many, "%s\"k%d\": %d", i ? ",\n" : "{", i, i);
    AUTO(mem_free_ptr) char *once = mem_strdup(many.buf);
    str_add(&many, "}");
    json_doc_free(parse_ok(many.buf, 0));
    str_clear(&many);
    str_addf(&many, "%s, \"k7\": 1}", once);
    refuse_bytes(many.buf, many.len, 0, "p.json:40: /k7: the key stands twice in its object");
}

TEST(depth_is_bounded)
{
    char text[2 * JSON_MAX_DEPTH + 3];
    memset(text, '[', sizeof text);
    memset(text + JSON_MAX_DEPTH, ']', JSON_MAX_DEPTH);
    text[2L * JSON_MAX_DEPTH] = '\0';
    json_doc_free(parse_ok(text, 0));
    memset(text, '[', JSON_MAX_DEPTH + 1);
    refuse_bytes(text, 2L * JSON_MAX_DEPTH, 0, "p.json:1: nested deeper than 64");
}

TEST(comments_only_where_allowed)
{
    REFUSE("// c\n1", 0, "1: expected a value, found '/'");
    REFUSE("[1,]", 0, "1: expected a value, found ']'");
    REFUSE("/* c", JSON_COMMENTS, "1: a comment is not closed");
    REFUSE("/*/ 1", JSON_COMMENTS, "1: a comment is not closed");
    REFUSE("[,]", JSON_COMMENTS, "1: expected a value or ']', found ','");
    REFUSE("[1,,]", JSON_COMMENTS, "1: expected a value, found ','");
    REFUSE("{\"a\":1,\"b\":}", JSON_COMMENTS, "1: expected a value, found '}'");
    REFUSE("/ 1", JSON_COMMENTS, "1: expected a value, found '/'");
    AUTO(json_doc_free_ptr) struct json_doc *d = parse_ok("/* a\n */ { // b\n\"k\": [1, 2, /* c */ ], // d\n}// e", JSON_COMMENTS);
    const struct json_value *k = json_member(json_doc_root(d), "k");
    CHECK_INT(json_count(k), 2);
    CHECK_INT(json_line(d, k), 3);
    AUTO(json_doc_free_ptr) struct json_doc *s = parse_ok("\"// no /* comment\"", JSON_COMMENTS);
    const char *text = NULL;
    struct err e = ERR_INIT;
    CHECK_OK(json_get_string(s, json_doc_root(s), &text, &e), &e);
    CHECK_STR(text, "// no /* comment");
}

static const char profile[] = "{\n"
                              "  \"filesystem\": {\n"
                              "    \"allow\": [1, \"b\"],\n"
                              "    \"a/b~\": true\n"
                              "  },\n"
                              "  \"big\": 1763745000123456789, \"more\": 9223372036854775808, \"half\": 1.5,\n"
                              "  \"neg\": -9223372036854775808, \"ten\": 1e1\n"
                              "}\n";

TEST(messages_name_line_and_pointer)
{
    AUTO(json_doc_free_ptr) struct json_doc *d = parse_ok(profile, 0);
    const struct json_value *fs = json_member(json_doc_root(d), "filesystem");
    struct strlist list = STRLIST_INIT;
    struct err e = ERR_INIT;
    const char *text = NULL;
    int64_t number = 0;
    CHECK_ERR(json_get_strings(d, json_member(fs, "allow"), &list, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, "p.json:3: /filesystem/allow/0 must be a string");
    CHECK_INT(list.n, 0);
    CHECK_ERR(json_get_strings(d, fs, &list, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, "p.json:2: /filesystem must be an array");
    CHECK_ERR(json_get_string(d, json_member(fs, "a/b~"), &text, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, "p.json:4: /filesystem/a~1b~0 must be a string");
    CHECK_ERR(json_get_int(d, fs, 0, 1, &number, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, "p.json:2: /filesystem must be a number");
    CHECK_INT(json_error(d, json_doc_root(d), &e, "is %s", "odd"), ERR_INPUT);
    CHECK_STR(e.text, "p.json:1: the text: is odd");
    static const char *const known[] = {"alow", "a/b~"};
    CHECK_ERR(json_only(d, fs, known, 2, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, "p.json:3: /filesystem/allow: unknown key: did you mean \"alow\"?");
}

TEST(integers_are_exact)
{
    AUTO(json_doc_free_ptr) struct json_doc *d = parse_ok(profile, 0);
    const struct json_value *root = json_doc_root(d);
    struct err e = ERR_INIT;
    int64_t n = 0;
    CHECK_OK(json_get_int(d, json_member(root, "big"), 0, INT64_MAX, &n, &e), &e);
    CHECK_INT(n, 1763745000123456789);
    CHECK_OK(json_get_int(d, json_member(root, "neg"), INT64_MIN, 0, &n, &e), &e);
    CHECK_INT(n, INT64_MIN);
    CHECK_OK(json_get_int(d, json_member(root, "ten"), 0, 10, &n, &e), &e);
    CHECK_INT(n, 10);
    CHECK_ERR(json_get_int(d, json_member(root, "ten"), 0, 9, &n, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, "p.json:7: /ten must be a whole number from 0 to 9");
    CHECK_ERR(json_get_int(d, json_member(root, "half"), 0, 9, &n, &e), ERR_INPUT, &e);
    CHECK_ERR(json_get_int(d, json_member(root, "more"), 0, INT64_MAX, &n, &e), ERR_INPUT, &e);
    CHECK_INT(n, 10);
}

TEST(a_large_integer_may_be_the_whole_text)
{
    AUTO(json_doc_free_ptr) struct json_doc *d = parse_ok("50000000000005516", 0);
    struct err e = ERR_INIT;
    int64_t n = 0;
    CHECK_OK(json_get_int(d, json_doc_root(d), 0, INT64_MAX, &n, &e), &e);
    CHECK_INT(n, 50000000000005516);
}

TEST(values_are_walked_in_order)
{
    AUTO(json_doc_free_ptr) struct json_doc *d = parse_ok("{\"s\": \"\\u00e9\\n\", \"n\": null, \"o\": {}, \"t\": true}", 0);
    const struct json_value *v = json_first(json_doc_root(d));
    struct err e = ERR_INIT;
    const char *text = NULL;
    bool yes = false;
    CHECK_STR(json_key(v), "s");
    CHECK_OK(json_get_string(d, v, &text, &e), &e);
    CHECK_STR(text, "\xc3\xa9\n");
    v = json_next(v);
    CHECK_INT(json_type(v), JSON_NULL);
    v = json_next(v);
    CHECK(json_type(v) == JSON_OBJECT && json_first(v) == NULL && json_count(v) == 0);
    v = json_next(v);
    CHECK_OK(json_get_bool(d, v, &yes, &e), &e);
    CHECK(yes && json_next(v) == NULL && json_key(json_doc_root(d)) == NULL);
    CHECK(json_member(json_doc_root(d), "S") == NULL && json_member(v, "s") == NULL);
}

TEST(what_the_writer_writes_is_read_again)
{
    static const char odd[] = "a\"\\\n\x01\x7f\xff\xc3\xa9/";
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    struct json_out o = JSON_OUT_INIT(&text);
    struct strlist list = STRLIST_INIT;
    strlist_add(&list, odd);
    json_out_open(&o, NULL, '{');
    json_out_string(&o, odd, odd);
    json_out_strings(&o, "list", &list);
    json_out_open(&o, "none", '[');
    json_out_close(&o, ']');
    json_out_string(&o, "null", NULL);
    json_out_int(&o, "n", INT64_MIN);
    json_out_bool(&o, "b", false);
    json_out_close(&o, '}');
    strlist_release(&list);
    AUTO(json_doc_free_ptr) struct json_doc *d = parse_ok(text.buf, 0);
    const struct json_value *v = json_first(json_doc_root(d));
    struct err e = ERR_INIT;
    const char *got = NULL;
    CHECK_STR(json_key(v), odd);
    CHECK_OK(json_get_string(d, v, &got, &e), &e);
    CHECK_STR(got, odd);
    CHECK_OK(json_get_string(d, json_first(json_next(v)), &got, &e), &e);
    CHECK_STR(got, odd);
    CHECK(strstr(text.buf, "  \"none\": [],\n  \"null\": null,\n  \"n\": -9223372036854775808,\n  \"b\": false\n}\n") != NULL);
}

TEST(the_reason_is_told_however_long_the_names)
{
    char name[4000];
    memset(name, 'n', sizeof name);
    memcpy(name + sizeof name - 8, "p.json", 7);
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    str_add(&text, "{\"");
    for (int i = 0; i < 5000; i++)
        str_add(&text, "\\u001b");
    str_add(&text, "z\": 1}");
    struct json_doc *parsed = NULL;
    struct err e = ERR_INIT;
    bool yes = false;
    CHECK_OK(json_doc_parse(text.buf, text.len, name, 0, &parsed, &e), &e);
    AUTO(json_doc_free_ptr) struct json_doc *d = parsed;
    CHECK_ERR(json_get_bool(d, json_first(json_doc_root(d)), &yes, &e), ERR_INPUT, &e);
    CHECK(strncmp(e.text, "...nnn", 6) == 0);
    CHECK(strstr(e.text, "p.json:1: ...") != NULL);
    CHECK_STR(e.text + strlen(e.text) - 27, "\\x1bz must be true or false");
}

TEST(names_in_messages_are_safe)
{
    struct json_doc *d = NULL;
    struct err e = ERR_INIT;
    CHECK_ERR(json_doc_parse("\033", 1, "a\033[1m.json", 0, &d, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, "a\\x1b[1m.json:1: expected a value, found '\\x1b'");
    CHECK_ERR(json_doc_parse("{\"\\u001b\":1,\"\\u001b\":2}", 23, "p", 0, &d, &e), ERR_INPUT, &e);
    CHECK_STR(e.text, "p:1: /\\x1b: the key stands twice in its object");
}

struct collected {
    struct str lines; /* "LINE POINTER NEAR TEXT\n" each */
    struct json_sink sink;
};

static void collect(void *context, const struct json_problem *p)
{
    struct collected *c = context;
    str_addf(&c->lines, "%u %s %s %s\n", p->line, *p->pointer ? p->pointer : "-", p->near ? p->near : "-", p->text);
}

static struct json_doc *read_all(const char *text, size_t room, struct collected *ret)
{
    struct json_doc *d = NULL;
    struct err e = ERR_INIT;
    *ret = (struct collected){.lines = STR_INIT(STR_MAX_LINE), .sink = {.take = collect, .room = room}};
    ret->sink.context = ret;
    if (json_doc_read(&(struct json_source){.text = text, .len = strlen(text), .name = "p", .sink = &ret->sink}, &d, &e) < 0)
        CHECK(e.class == ERR_INPUT);
    return d;
}

TEST(a_sink_takes_every_error)
{
    static const char *const known[] = {"alpha", "beta"};
    struct collected c;
    struct err e = ERR_INIT;
    AUTO(json_doc_free_ptr) struct json_doc *d = read_all("{\"alpa\": 1,\n\"x~/\": 2,\n\"beta\": [true], \"beta\": 1e999}", 10, &c);
    CHECK(d);
    CHECK(json_only(d, json_doc_root(d), known, 2, &e) == ERR_INPUT);
    const char *text = NULL;
    int64_t number = 0;
    CHECK(json_get_string(d, json_first(json_member(json_doc_root(d), "beta")), &text, &e) == ERR_INPUT);
    CHECK(json_get_int(d, json_first(json_doc_root(d)), 2, 3, &number, &e) == ERR_INPUT);
    CHECK_STR(c.lines.buf, "3 /beta - the key stands twice in its object\n"
                           "3 /beta - the number is too large\n"
                           "1 /alpa alpha unknown key: did you mean \"alpha\"?\n"
                           "2 /x~0~1 - unknown key\n"
                           "3 /beta/0 - must be a string\n"
                           "1 /alpa - must be a whole number from 2 to 3\n");
    str_release(&c.lines);
}

TEST(a_sink_takes_no_more_than_it_has_room_for)
{
    struct collected c;
    struct err e = ERR_INIT;
    AUTO(json_doc_free_ptr) struct json_doc *d = read_all("{\"a\": 1, \"b\": 2, \"c\": 3}", 2, &c);
    CHECK(json_only(d, json_doc_root(d), NULL, 0, &e) == ERR_INPUT);
    CHECK(!json_wants_more(d));
    CHECK_STR(c.lines.buf, "1 /a - unknown key\n1 /b - unknown key\n");
    str_release(&c.lines);
}

TEST(a_sink_hears_of_a_text_that_is_not_json)
{
    struct collected c;
    CHECK(!read_all("[1,\n2,,]", 2, &c));
    CHECK_STR(c.lines.buf, "2 - - expected a value, found ','\n");
    str_release(&c.lines);
}
