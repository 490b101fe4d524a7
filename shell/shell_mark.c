/* shell_mark: each shell has its own way to be told. */
#include "shell/shell_mark.h"

#include <string.h>

#include "core/install.h"
#include "core/mem.h"
#include "core/path.h"

static const char fish_code[] =
    "functions -q fish_prompt; and functions -c fish_prompt __nono_fish_prompt; function fish_prompt; echo -n '(nono) '; __nono_fish_prompt; end";

static void add_argument(struct sandbox *s, const char *option, const char *value)
{
    strlist_add(&s->argv, option);
    strlist_add(&s->argv, value);
}

static bool can_read(const struct sandbox *s, const char *path)
{
    struct caps_answer answer;
    caps_evaluate(&s->caps, path, CAPS_READ, &answer);
    return answer.allowed;
}

static void set_variable(struct sandbox *s, const char *name, const char *value)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    struct err ignored = ERR_INIT;
    str_addf(&text, "%s=%s", name, value);
    if (str_check(&text, name, &ignored) < 0)
        return;
    struct strlist *env = &s->environment.env;
    for (size_t i = 0; i < env->n; i++) {
        if (str_starts(env->item[i], name) && env->item[i][strlen(name)] == '=') {
            mem_free(env->item[i]);
            env->item[i] = str_take(&text);
            return;
        }
    }
    strlist_add(env, text.buf);
}

void shell_mark(const struct world *w, struct sandbox *s)
{
    AUTO(mem_free_ptr) char *directory = install_part(w->exe, "inside");
    AUTO(mem_free_ptr) char *bashrc = path_join(directory, "bashrc");
    const char *shell = path_base(s->exe);
    if (strcmp(shell, "fish") == 0) {
        add_argument(s, "-C", fish_code);
    } else if (!can_read(s, directory)) {
        return;
    } else if (strcmp(shell, "bash") == 0) {
        add_argument(s, "--rcfile", bashrc);
    } else if (strcmp(shell, "zsh") == 0) {
        set_variable(s, "NONO_ZDOTDIR", strcmp(w->zdotdir, w->home) == 0 ? "" : w->zdotdir);
        set_variable(s, "ZDOTDIR", directory);
    }
}
