/* complete_bash: the line as bash has it, into words; candidates into what readline inserts.
 *
 * Readline replaces only what follows the last unquoted break character (or the open quote), so the part of a
 * candidate before it is cut off, and the rest is quoted as the open quote asks. Nothing of the line is evaluated. */
#include "completions/complete.h"

#include <string.h>

#include "core/mem.h"

struct split {
    struct strlist words; /* with quotes removed */
    struct str word;      /* the one being read */
    bool in_word;
    char quote;                          /* the one that is open: ' or ", 0 when none */
    size_t kept;                         /* length of `word` where readline's own word starts */
    bool in_break;                       /* the last character was a break character */
    size_t pieces;                       /* words that COMP_WORDS has up to here */
    size_t *start, n_starts, cap_starts; /* index in COMP_WORDS of each word */
    struct strlist value, description;   /* what is offered */
};

enum { TYPE_LIST = '?', TYPE_LIST_AMBIGUOUS = '!', TYPE_LIST_UNMODIFIED = '@' };

static void end_word(struct split *s)
{
    if (!s->in_word)
        return;
    strlist_add(&s->words, s->word.buf);
    str_clear(&s->word);
    s->in_word = s->in_break = false;
}

/* COMP_WORDS has a run of break characters as a word of its own. */
static void count_piece(struct split *s, bool is_break)
{
    if (!s->in_word) {
        mem_reserve(&s->start, &s->cap_starts, s->n_starts + 1, sizeof *s->start);
        s->start[s->n_starts++] = s->pieces;
        s->kept = 0;
    }
    if (!s->in_word || is_break != s->in_break)
        s->pieces++;
    s->in_word = true;
    s->in_break = is_break;
}

/* Returns the position after what was read at `at`. */
static const char *split_unquoted(struct split *s, const char *at, const char *breaks)
{
    if (*at == ' ' || *at == '\t' || *at == '\n') {
        end_word(s);
        return at + 1;
    }
    bool is_break = *at != '\'' && *at != '"' && *at != '\\' && strchr(breaks, *at);
    count_piece(s, is_break);
    if (*at == '\'' || *at == '"') {
        s->quote = *at;
        s->kept = s->word.len;
        return at + 1;
    }
    at += *at == '\\' && at[1];
    str_addc(&s->word, *at);
    if (is_break)
        s->kept = s->word.len;
    return at + 1;
}

static const char *split_quoted(struct split *s, const char *at)
{
    if (*at == s->quote) {
        s->quote = 0;
        s->kept = s->word.len;
        return at + 1;
    }
    at += s->quote == '"' && *at == '\\' && at[1] && strchr("$`\"\\", at[1]);
    str_addc(&s->word, *at);
    return at + 1;
}

static void split_line(struct split *s, const char *line, const char *breaks)
{
    while (*line)
        line = s->quote ? split_quoted(s, line) : split_unquoted(s, line, breaks);
}

/* False when the text cannot stand inside the open quote. */
static bool add_quoted(struct str *out, const char *text, size_t len, char quote)
{
    const char *special = quote == '"' ? "$`\"\\" : quote ? "" : " \t\"'\\$`&|;<>(){}[]*?!#~^";
    if (quote == '\'' && memchr(text, '\'', len))
        return false;
    for (size_t i = 0; i < len; i++) {
        bool mid_word = text[i] == '~' || text[i] == '#' || text[i] == '^'; /* special only at the start */
        if (strchr(special, text[i]) && !(mid_word && i > 0))
            str_addc(out, '\\');
        str_addc(out, text[i]);
    }
    return true;
}

static void see_candidate(struct split *s, const char *line, size_t len)
{
    const char *tab = memchr(line, '\t', len);
    size_t value = tab ? (size_t)(tab - line) : len;
    struct str quoted = STR_INIT(STR_MAX_LINE);
    if (value < s->kept || !add_quoted(&quoted, line + s->kept, value - s->kept, s->quote)) {
        str_release(&quoted);
        return;
    }
    strlist_add_take(&s->value, str_take(&quoted));
    strlist_add_take(&s->description, tab ? mem_strndup(tab + 1, len - value - 1) : mem_strdup(""));
}

/* Readline inserts what all entries begin with, the text behind them included: that must differ as soon as the values do. An entry
 * that is alone is inserted whole. */
static bool is_described(const struct split *s, const struct complete_bash *asked)
{
    bool inserts = asked->type == TYPE_LIST_AMBIGUOUS || asked->type == TYPE_LIST_UNMODIFIED;
    return s->value.n > 1 && (asked->type == TYPE_LIST || (inserts && !s->quote));
}

/* Bytes of `text` that fit into `columns`, not cut inside a character. */
static size_t fitting(const char *text, size_t columns)
{
    size_t len = 0;
    for (size_t n = 0; text[len]; len++) {
        n += ((unsigned char)text[len] & 0xc0) != 0x80;
        if (n > columns)
            break;
    }
    return len;
}

static void add_candidates(const struct split *s, const struct complete_bash *asked, struct str *out)
{
    enum { AROUND = 6, WORTHWHILE = 10 };
    size_t width = 0;
    for (size_t i = 0; i < s->value.n; i++) {
        size_t len = strlen(s->value.item[i]);
        width = len > width ? len : width;
    }
    bool described = is_described(s, asked) && asked->columns > width + AROUND + WORTHWHILE;
    for (size_t i = 0; i < s->value.n; i++) {
        const char *description = s->description.item[i];
        if (described && *description)
            str_addf(out, "%-*s  (%.*s)\n", (int)width, s->value.item[i], (int)fitting(description, asked->columns - width - AROUND), description);
        else
            str_addf(out, "%s\n", s->value.item[i]);
    }
}

/* The directive counts words; COMP_WORDS holds more of them where words were split at break characters. */
static void add_directive(const struct split *s, const char *text, size_t len, struct str *out)
{
    const char *colon = memchr(text + 1, ':', len - 1);
    if (!colon) {
        str_addf(out, "%.*s\n", (int)len, text);
        return;
    }
    size_t index = 0;
    for (const char *p = colon + 1; p < text + len; p++)
        index = index * 10 + (size_t)(*p - '0');
    str_addf(out, "%.*s:%zu\n", (int)(colon - text), text, index < s->n_starts ? s->start[index] : 0);
}

/* True when readline's own word starts behind a break character or quote inside a value: it would list the paths that start there. */
static bool is_cut_inside(const struct split *s, const char *word)
{
    const char *equals = str_starts(word, "--") ? strchr(word, '=') : NULL;
    return s->kept > 0 && !(equals && s->kept == (size_t)(equals + 1 - word));
}

static void answer_split(struct split *s, const struct complete_source *from, const struct complete_bash *asked, struct str *out)
{
    AUTO(str_release) struct str answer = STR_INIT(STR_MAX_REPORT);
    const char *last = NULL;
    size_t last_len = 0;
    struct complete_source source = *from;
    int cword = (int)s->words.n - 1;
    source.paths = cword >= 0 && is_cut_inside(s, s->words.item[cword]);
    complete_answer(&source, (int)s->words.n, s->words.item, cword, &answer);
    for (const char *at = answer.buf; *at; at += last_len + 1) {
        if (last)
            see_candidate(s, last, last_len);
        last = at;
        last_len = strcspn(at, "\n");
    }
    add_candidates(s, asked, out);
    if (last)
        add_directive(s, last, last_len, out);
}

void complete_answer_bash(const struct complete_source *from, const struct complete_bash *asked, struct str *out)
{
    struct split s = {.word = STR_INIT(STR_MAX_RECORD)};
    split_line(&s, asked->line, asked->breaks);
    if (!s.in_word)
        count_piece(&s, false); /* the word under the cursor counts, also when it is empty */
    end_word(&s);
    answer_split(&s, from, asked, out);
    strlist_release(&s.words);
    strlist_release(&s.value);
    strlist_release(&s.description);
    str_release(&s.word);
    mem_free(s.start);
}
