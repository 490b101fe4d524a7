/* nono completions: prints the completion script for a shell. */
#include <string.h>

#include "completions/complete.h"
#include "core/mem.h"
#include "core/out.h"
#include "shell/commands.h"

static const struct {
    const char *shell;
    void (*script)(const char *program, struct str *out);
} scripts[] = {{"bash", complete_script_bash}, {"zsh", complete_script_zsh}, {"fish", complete_script_fish}};

static const char *const shells[] = {"bash", "zsh", "fish", NULL};

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct cmd_args_head *head = args;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
    (void)ctx;
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        if (strcmp(scripts[i].shell, head->operands.item[0]) == 0)
            scripts[i].script("nono", &text);
    }
    return out_text(&text, "the completion script", e);
}

static const char *const shell_help[] = {"For ~/.bashrc", "For ~/.zshrc", "For ~/.config/fish/config.fish", NULL};

static const struct cmd_operand operands[] = {
    {.name = "SHELL", .value = VAL_CHOICE, .required = true, .choices = shells, .choice_help = shell_help, .help = "bash, zsh or fish"},
    {.name = NULL},
};

static const char *const examples[] = {
    "source <(nono completions bash)", "complete in this bash",
    "nono completions fish | source", "complete in this fish",
    NULL,
};

const struct cmd cmd_completions = {
    .path = "completions",
    .section = "GETTING STARTED",
    .summary = "Print the completion script for bash, zsh or fish",
    .about = "Packages install these scripts where the shells look for them; they are needed by hand only when nono was built from "
             "source and not installed.",
    .operands = operands,
    .examples = examples,
    .args_size = sizeof(struct cmd_args_head),
    .without_home = true,
    .light = true,
    .run = run,
};
