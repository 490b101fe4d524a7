/* why_last_words: which programs a command line names, itself or in a script on it. A guess by the words alone: nothing is expanded. */
#include <ctype.h>
#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "shell/why_last.h"

static bool is_one_of(const char *word, const char *const *list)
{
    while (*list && strcmp(*list, word) != 0)
        list++;
    return *list != NULL;
}

static bool is_shell(const char *name)
{
    static const char *const shells[] = {"sh", "bash", "dash", "zsh", "ksh", "ash", "fish", NULL};
    return is_one_of(name, shells);
}

/* After these comes another program, perhaps behind options, numbers and settings. */
static bool is_before_program(const char *name)
{
    static const char *const words[] = {"env",  "exec",   "command", "nohup", "nice",  "timeout", "time",   "setsid", "stdbuf", "xargs", "if",
                                        "then", "else",   "elif",    "while", "until", "do",      "!",      "-exec",  "-execdir", NULL};
    return is_one_of(name, words);
}

static bool is_option(const char *word)
{
    return *word == '-' || isdigit((unsigned char)*word) || strchr(word, '=');
}

/* One word of a script; `begins`: a program is named here. */
static void take_word(const char *word, bool *begins, struct strlist *ret)
{
    if (!*begins) {
        *begins = is_before_program(word) || strcmp(word, "-c") == 0;
    } else if (*word && !is_option(word)) {
        if (!is_before_program(word))
            (void)strlist_add_once(ret, path_base(word));
        *begins = is_before_program(path_base(word));
    }
}

static void take_script(const char *text, struct strlist *ret)
{
    static const char between[] = " \t\n;|&(){}`'\"$<>";
    bool begins = true;
    while (*text) {
        size_t len = strcspn(text, between);
        AUTO(mem_free_ptr) char *word = mem_strndup(text, len);
        if (len)
            take_word(word, &begins, ret);
        text += len;
        begins |= *text && strchr("\n;|&({`", *text);
        text += *text != '\0';
    }
}

void why_last_programs(const struct strlist *command, struct strlist *ret)
{
    bool begins = true;
    bool is_script = false;
    const char *program = "";
    for (size_t i = 0; i < command->n; i++) {
        const char *word = command->item[i];
        if (is_script) {
            take_script(word, ret);
            return;
        }
        if (begins && !is_option(word))
            program = path_base(word);
        is_script = is_shell(program) && *word == '-' && str_ends(word, "c");
        take_word(word, &begins, ret);
    }
}
