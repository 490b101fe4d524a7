/* mdoc: text in a manual page. */
#include "completions/mdoc.h"

#include <ctype.h>
#include <string.h>

#include "core/mem.h"
#include "core/quote.h"

static const char page_date[] = "November 21, 2026"; /* of this version */

/* Source lines are short, as mandoc wants them; a quoted word is no macro wherever a line starts. */
static void add_wrapped(struct str *out, const char *text)
{
    enum { WIDTH = 78 };
    AUTO(str_release) struct str quoted = STR_INIT(STR_MAX_SCRIPT);
    size_t column = 0;
    quote_roff(&quoted, text);
    for (const char *at = quoted.buf; *at;) {
        size_t len = strcspn(at, " ");
        if (column > 0 && column + 1 + len > WIDTH) {
            str_addc(out, '\n');
            column = 0;
        } else if (column > 0) {
            str_addc(out, ' ');
            column++;
        }
        str_addn(out, at, len);
        column += len;
        at += len + strspn(at + len, " ");
    }
    str_addc(out, '\n');
}

void mdoc_line(struct str *out, const char *text)
{
    const char *end;
    while ((end = strstr(text, ". "))) {
        AUTO(mem_free_ptr) char *sentence = mem_strndup(text, (size_t)(end + 1 - text));
        add_wrapped(out, sentence);
        text = end + 1 + strspn(end + 1, " ");
    }
    if (*text)
        add_wrapped(out, text);
}

void mdoc_sentence(struct str *out, const char *text)
{
    AUTO(str_release) struct str sentence = STR_INIT(STR_MAX_LINE);
    str_addf(&sentence, "%s%s", text, str_ends(text, ".") ? "" : ".");
    mdoc_line(out, sentence.buf);
}

void mdoc_text(struct str *out, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        AUTO(mem_free_ptr) char *line = mem_strndup(text, len);
        if (len == 0)
            str_add(out, ".Pp\n");
        else
            mdoc_line(out, line);
        text += len + (text[len] == '\n');
    }
}

void mdoc_head(struct str *out, const char *name, int section, const char *version, const char *what)
{
    str_addf(out, ".Dd %s\n.Dt ", page_date);
    for (const char *at = name; *at; at++)
        str_addc(out, (char)toupper((unsigned char)*at));
    str_addf(out, " %d\n.Os nono %s\n.Sh NAME\n.Nm %s\n.Nd ", section, version, name);
    AUTO(mem_free_ptr) char *lower = mem_strdup(what);
    lower[0] = (char)tolower((unsigned char)lower[0]);
    quote_roff(out, lower);
    str_addc(out, '\n');
}
