/* line_readline: GNU readline, loaded when a person is at a terminal. */
#include "shell/line_readline.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "core/mem.h"
#include "core/out.h"

enum { MAX_SHOWN = 40, NAME_WIDTH = 32 };

/* The functions and variables of readline that are used, each with the type its header gives it. */
#define SYMBOLS(X)                                                                                                                     \
    X(readline)                                                                                                                        \
    X(add_history)                                                                                                                     \
    X(using_history)                                                                                                                   \
    X(stifle_history)                                                                                                                  \
    X(read_history)                                                                                                                    \
    X(write_history)                                                                                                                   \
    X(rl_completion_matches)                                                                                                           \
    X(rl_forced_update_display)                                                                                                        \
    X(rl_readline_name)                                                                                                                \
    X(rl_line_buffer)                                                                                                                  \
    X(rl_attempted_completion_function)                                                                                                \
    X(rl_attempted_completion_over)                                                                                                    \
    X(rl_completer_word_break_characters)                                                                                              \
    X(rl_completer_quote_characters)                                                                                                   \
    X(rl_filename_quote_characters)                                                                                                    \
    X(rl_filename_completion_desired)                                                                                                  \
    X(rl_filename_quoting_desired)                                                                                                     \
    X(rl_completion_append_character)                                                                                                  \
    X(rl_completion_display_matches_hook)                                                                                              \
    X(rl_signal_event_hook)                                                                                                            \
    X(rl_replace_line)                                                                                                                 \
    X(rl_on_new_line)                                                                                                                  \
    X(rl_redisplay)

static struct {
#define X(name) __typeof__(name) *name##_;
    SYMBOLS(X)
#undef X
    const struct line_settings *settings;
    struct line_candidates candidates; /* of the completion that is going on */
    size_t next;
    bool in_quotes;
} rl;

/* `ret_symbol` points to a pointer of whatever type, to which C offers no conversion from what dlsym returns. */
static bool find(void *library, const char *name, void *ret_symbol)
{
    void *symbol = dlsym(library, name);
    memcpy(ret_symbol, &symbol, sizeof symbol);
    return symbol != NULL;
}

static int load(struct err *e)
{
    static const char *const sonames[] = {"libreadline.so.8", "libreadline.so.7"};
    void *library = NULL;
    for (size_t i = 0; !library && i < sizeof sonames / sizeof *sonames; i++)
        library = dlopen(sonames[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return err_set(e, ERR_MISSING, "readline is not installed");
    bool found = true;
#define X(name) found = found && find(library, #name, &rl.name##_);
    SYMBOLS(X)
#undef X
    (void)dlclose(library); /* it stays mapped */
    return found ? 0 : err_set(e, ERR_MISSING, "readline is too old");
}

static void forget_candidates(void)
{
    strlist_release(&rl.candidates.value);
    strlist_release(&rl.candidates.description);
    rl.candidates = (struct line_candidates){.value = STRLIST_INIT, .description = STRLIST_INIT};
    rl.next = 0;
}

static const char blanks[] = " \t";
static const char marks[] = "\"'";
static const char unsafe[] = " \t\"'\\";

/* Readline quotes the names of files only. */
static char *quoted(const char *value)
{
    struct str text = STR_INIT(STR_MAX_LINE);
    str_addc(&text, '"');
    for (; *value; value++)
        str_addf(&text, "%s%c", strchr("\"\\", *value) ? "\\" : "", *value);
    str_addc(&text, '"');
    return str_take(&text);
}

/* Readline frees what it is given, with the allocator that mem uses as well. */
static char *next_match(const char *text, int state)
{
    (void)text;
    (void)state;
    if (rl.next == rl.candidates.value.n)
        return NULL;
    const char *value = rl.candidates.value.item[rl.next++];
    bool by_hand = !rl.candidates.is_path && !rl.in_quotes && strpbrk(value, unsafe);
    return by_hand ? quoted(value) : mem_strdup(value);
}

static char **complete(const char *text, int start, int end)
{
    rl.in_quotes = start > 0 && strchr(marks, (*rl.rl_line_buffer_)[start - 1]);
    AUTO(mem_free_ptr) char *line = mem_strndup(*rl.rl_line_buffer_, (size_t)end);
    forget_candidates();
    rl.settings->complete(rl.settings->arg, line, &rl.candidates);
    *rl.rl_attempted_completion_over_ = 1;
    *rl.rl_filename_completion_desired_ = rl.candidates.is_path;
    *rl.rl_filename_quoting_desired_ = 1;
    *rl.rl_completion_append_character_ = rl.candidates.is_open ? '\0' : ' ';
    return rl.rl_completion_matches_(text, next_match);
}

static const char *description_of(const char *value)
{
    for (size_t i = 0; i < rl.candidates.value.n; i++) {
        if (strcmp(rl.candidates.value.item[i], value) == 0)
            return rl.candidates.description.item[i];
    }
    return "";
}

/* matches[0] is what they have in common. */
static void show_matches(char **matches, int n, int longest)
{
    (void)longest;
    out_note("\n");
    for (int i = 1; i <= n && i <= MAX_SHOWN; i++)
        out_note("  %-*s  %s\n", NAME_WIDTH, matches[i], description_of(matches[i]));
    if (n > MAX_SHOWN)
        out_note("  ... and %d more\n", n - MAX_SHOWN);
    (void)rl.rl_forced_update_display_();
}

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* The key that interrupts gives up the line, not the session. */
static int after_signal(void)
{
    if (!interrupted)
        return 0;
    interrupted = 0;
    out_note("\n");
    rl.rl_replace_line_("", 1);
    (void)rl.rl_on_new_line_();
    rl.rl_redisplay_();
    return 0;
}

int line_readline_open(const struct line_settings *settings, struct err *e)
{
    int r = load(e);
    if (r < 0)
        return r;
    rl.settings = settings;
    *rl.rl_readline_name_ = "nono";
    *rl.rl_attempted_completion_function_ = complete;
    *rl.rl_completer_word_break_characters_ = blanks;
    *rl.rl_completer_quote_characters_ = marks;
    *rl.rl_filename_quote_characters_ = unsafe;
    *rl.rl_completion_display_matches_hook_ = show_matches;
    *rl.rl_signal_event_hook_ = after_signal;
    rl.using_history_();
    rl.stifle_history_(LINE_MAX_HISTORY);
    (void)rl.read_history_(settings->history);
    return 0;
}

int line_readline_read(const char *prompt, char **ret)
{
    const struct sigaction interrupt = {.sa_handler = on_interrupt};
    struct sigaction before;
    (void)sigaction(SIGINT, &interrupt, &before);
    char *text = rl.readline_(prompt);
    (void)sigaction(SIGINT, &before, NULL);
    if (!text)
        return 0;
    if (*text)
        rl.add_history_(text);
    *ret = text;
    return 1;
}

void line_readline_close(const char *history)
{
    forget_candidates();
    (void)rl.write_history_(history);
}
