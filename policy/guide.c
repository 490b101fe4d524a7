/* guide: how to write a profile, for a person. */
#include "policy/guide.h"

#include <string.h>

#include "core/embed.h"
#include "core/mem.h"
#include "policy/environment.h"
#include "policy/profile.h"

EMBED_DECLARE(policy_guide_md);

enum { WIDTH = 79 };

/* Words of `text`, the first line behind `mark` and the others as far indented; the last line is ended. */
static void add_wrapped(struct str *out, const char *mark, const char *text)
{
    const int indent = (int)strlen(mark);
    size_t column = 0;
    while (*text) {
        size_t len = strcspn(text, " ");
        bool fits = column > 0 && column + 1 + len <= WIDTH;
        if (column > 0 && !fits)
            str_addc(out, '\n');
        if (fits)
            str_addc(out, ' ');
        else if (column == 0)
            str_add(out, mark);
        else
            str_addf(out, "%*s", indent, "");
        str_addn(out, text, len);
        column = (fits ? column + 1 : (size_t)indent) + len;
        text += len + (text[len] == ' ');
    }
    str_addc(out, '\n');
}

static void add_key(const struct profile_key *k, struct str *out)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    str_add(out, "- `");
    profile_key_name(k, out);
    str_addf(out, "`: %s%s\n", profile_type_name(k->type), k->nullable ? ", or null" : "");
    str_addf(&line, "%s.", k->help);
    for (size_t i = 0; k->alias[i]; i++)
        str_addf(&line, "%s`%s`", i ? ", " : " Older names: ", k->alias[i]);
    str_add(&line, k->alias[0] ? "." : "");
    add_wrapped(out, "  ", line.buf);
    for (size_t i = 0; k->choices && k->choices[i]; i++) {
        str_clear(&line);
        str_addf(&line, "`%s`: %s", k->choices[i], k->choice_help[i]);
        add_wrapped(out, "  - ", line.buf);
    }
}

static void add_members(enum profile_type type, struct str *out)
{
    for (const struct profile_member *m = profile_members(type); m->name; m++) {
        AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
        str_addf(&line, "`%s`%s: %s.", m->name, m->required ? " (required)" : "", m->help);
        add_wrapped(out, "  - ", line.buf);
    }
}

static void add_variables(struct str *out)
{
    str_add(out, "\n## Variables that are withheld\n\n`*` stands for any text; letters of either case fit.\n");
    for (int kind = ENVIRONMENT_SECRET; kind <= ENVIRONMENT_KEPT; kind++) {
        AUTO(str_release) struct str head = STR_INIT(STR_MAX_LINE);
        str_addf(&head, kind == ENVIRONMENT_KEPT ? "Although they look like some of those, %s:" : "Withheld, because %s:",
                 environment_kind_help[kind]);
        str_addc(out, '\n');
        add_wrapped(out, "", head.buf);
        str_addc(out, '\n');
        for (size_t i = 0; i < environment_n_rows; i++) {
            AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
            if (environment_rows[i].kind != (enum environment_kind)kind)
                continue;
            str_addf(&line, "`%s`: %s", environment_rows[i].pattern, environment_rows[i].why);
            add_wrapped(out, "- ", line.buf);
        }
    }
}

void guide_write(struct str *out)
{
    str_addn(out, policy_guide_md, policy_guide_md_len);
    str_add(out, "\n## Every key\n");
    for (size_t s = PROFILE_TOP; s < PROFILE_N_SECTIONS; s++) {
        AUTO(str_release) struct str head = STR_INIT(STR_MAX_LINE);
        if (s == PROFILE_TOP)
            str_add(&head, "Outside any section:");
        else
            str_addf(&head, "`%s`: %s.", profile_sections[s][0], profile_section_help[s]);
        str_addc(out, '\n');
        add_wrapped(out, "", head.buf);
        str_addc(out, '\n');
        for (size_t i = 0; i < profile_n_keys; i++) {
            if (profile_keys[i].section != s)
                continue;
            add_key(&profile_keys[i], out);
            add_members(profile_keys[i].type, out);
        }
    }
    add_variables(out);
}
