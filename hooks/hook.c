/* hook: a template with its places filled in. */
#include "hooks/hook.h"

#include <string.h>

#include "core/embed.h"
#include "core/mem.h"
#include "core/quote.h"
#include "hooks/shim.h"

EMBED_DECLARE(hook_template_bash);
EMBED_DECLARE(hook_template_zsh);
EMBED_DECLARE(hook_template_fish);

const char *const hook_shell_names[] = {"bash", "zsh", "fish", NULL};

/* What differs from shell to shell. `head` is set where the template is one quoted word behind it: zsh parses the whole of what it is given before it runs
 * the first word, so aliases can only be kept out of an inner text. Functions defined under `emulate -c` keep that emulation. */
static const struct hook_kind {
    const unsigned char *text;
    const size_t *len;
    void (*quote)(struct str *out, const char *word);
    const char *head;
} kinds[] = {
    [HOOK_BASH] = {hook_template_bash, &hook_template_bash_len, quote_sh, NULL},
    [HOOK_ZSH] = {hook_template_zsh, &hook_template_zsh_len, quote_sh, "'emulate' 'zsh' '-o' 'no_aliases' '-c' "},
    [HOOK_FISH] = {hook_template_fish, &hook_template_fish_len, quote_fish, NULL},
};

/* A place in a template, and what goes there: already quoted, or harmless. */
struct value {
    const char *place;
    const struct str *text;
};

static void fill(struct view template, const struct value *values, size_t n, struct str *out)
{
    const char *at = template.ptr;
    const char *end = template.ptr + template.len;
    while (at < end) {
        size_t i = 0;
        while (i < n && strncmp(at, values[i].place, strlen(values[i].place)) != 0)
            i++;
        if (i < n) {
            str_addn(out, values[i].text->buf, values[i].text->len);
            at += strlen(values[i].place);
        } else {
            str_addc(out, *at++);
        }
    }
}

int hook_script(enum hook_shell shell, const struct world *w, const struct hook_settings *s, const struct strlist *names, struct str *out,
                struct err *e)
{
    const struct hook_kind *k = &kinds[shell];
    AUTO(mem_free_ptr) char *dir = shim_dir(w);
    AUTO(str_release) struct str exe = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str shims = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str runtime = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str programs = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str missing = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str locked = STR_INIT(STR_MAX_LINE);
    k->quote(&exe, w->exe);
    k->quote(&shims, dir);
    k->quote(&runtime, s->hints ? w->runtime_dir : "");
    for (size_t i = 0; i < names->n; i++)
        str_addf(&programs, "%s%s", i > 0 ? " " : "", names->item[i]);
    str_add(&missing, s->refuse_when_missing ? "refuse" : "warn");
    str_add(&locked, s->locked ? "1" : "''");

    const struct value values[] = {
        {"@EXE@", &exe}, {"@SHIMS@", &shims}, {"@RUNTIME@", &runtime}, {"@PROGRAMS@", &programs}, {"@MISSING@", &missing}, {"@LOCKED@", &locked},
    };
    const size_t n = sizeof values / sizeof values[0];
    for (size_t i = 0; i < n; i++) {
        int r = str_check(values[i].text, "a path in the hook", e);
        if (r < 0)
            return r;
    }
    AUTO(str_release) struct str body = STR_INIT(STR_MAX_SCRIPT);
    fill((struct view){.ptr = (const char *)k->text, .len = *k->len}, values, n, &body);
    int r = str_check(&body, "the hook", e);
    if (r < 0)
        return r;
    if (k->head != NULL) {
        str_add(out, k->head);
        quote_sh(out, body.buf);
        str_addc(out, '\n');
    } else {
        str_addn(out, body.buf, body.len);
    }
    return str_check(out, "the hook", e);
}
