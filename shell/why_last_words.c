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

struct reading {
    bool begins;   /* the next word names a program */
    bool in_shell; /* of which -c is an option */
    struct strlist *names;
};

static void take_word(struct reading *r, const char *word)
{
    if (!r->begins) {
        r->begins = is_before_program(word) || (r->in_shell && strcmp(word, "-c") == 0);
    } else if (*word && !is_option(word)) {
        const char *name = path_base(word);
        r->in_shell = is_shell(name);
        r->begins = is_before_program(name);
        if (!r->begins)
            (void)strlist_add_once(r->names, name);
    }
}

static void take_script(const char *text, struct strlist *names)
{
    static const char between[] = " \t\n;|&(){}`'\"$<>";
    struct reading r = {.begins = true, .names = names};
    while (*text) {
        size_t len = strcspn(text, between);
        AUTO(mem_free_ptr) char *word = mem_strndup(text, len);
        if (len)
            take_word(&r, word);
        text += len;
        r.begins |= *text && strchr("\n;|&({`", *text);
        text += *text != '\0';
    }
}

void why_last_programs(const struct strlist *command, struct strlist *ret)
{
    struct reading r = {.begins = true, .names = ret};
    for (size_t i = 0; i < command->n; i++) {
        const char *word = command->item[i];
        bool is_script = r.in_shell && *word == '-' && str_ends(word, "c");
        if (is_script && i + 1 < command->n) {
            take_script(command->item[i + 1], ret);
            return;
        }
        take_word(&r, word);
    }
}
