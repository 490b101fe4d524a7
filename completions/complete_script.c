/* complete_script: the glue of each shell, from script.bash, script.zsh, script.fish. */
#include "completions/complete.h"

#include <string.h>

#include "core/embed.h"

EMBED_DECLARE(complete_glue_bash);
EMBED_DECLARE(complete_glue_zsh);
EMBED_DECLARE(complete_glue_fish);

static const char placeholder[] = "@program@";

/* A name that could mean anything to a shell is not put into its code. */
static bool is_plain(const char *program)
{
    return *program && program[strspn(program, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static void fill_in(const unsigned char *template, const char *program, struct str *out)
{
    const char *at = (const char *)template;
    const char *next;
    if (!is_plain(program))
        return;
    while ((next = strstr(at, placeholder))) {
        str_addn(out, at, (size_t)(next - at));
        str_add(out, program);
        at = next + sizeof placeholder - 1;
    }
    str_add(out, at);
}

void complete_script_bash(const char *program, struct str *out)
{
    fill_in(complete_glue_bash, program, out);
}

void complete_script_zsh(const char *program, struct str *out)
{
    fill_in(complete_glue_zsh, program, out);
}

void complete_script_fish(const char *program, struct str *out)
{
    fill_in(complete_glue_fish, program, out);
}
