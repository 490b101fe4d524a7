/* nono profile edit: a profile, changed at a prompt, or by the lines of a script. */
#include <string.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "shell/commands.h"
#include "shell/edit_session.h"

static void add_label(const void *session, struct str *ret)
{
    const struct edit_session *s = session;
    quote_term(ret, s->profile);
    str_add(ret, edit_session_is_changed(s) ? "*> " : "> ");
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct cmd_args_head *head = arguments;
    const struct world *w = ctx->world;
    AUTO(edit_session_release) struct edit_session s = {.base = STR_INIT(0), .text = STR_INIT(0)};
    AUTO(mem_free_ptr) char *history = path_join(w->state_dir, "profile-edit.history");
    struct line line;
    struct err ignored = ERR_INIT;
    int r = edit_session_open(ctx, head->operands.item[0], &s, e);
    if (r < 0)
        return r;
    struct prompt prompt;
    edit_session_prompt(&s, &prompt);
    const struct line_settings settings = {.world = w, .complete = prompt_complete, .arg = &prompt, .history = history};
    s.line = &line;
    s.asks = w->stdin_tty;
    if (s.asks && fs_make_dirs(w->state_dir, &ignored) < 0)
        out_verbose(1, "nono: no history: %s\n", ignored.text);
    line_open(&settings, &line);
    if (s.asks)
        out_note("'help' lists the commands, TAB completes, 'save' keeps the changes\n");
    const struct prompt_loop loop = {.prompt = &prompt, .line = &line, .asks = s.asks, .label = add_label, .is_done = &s.is_done};
    r = prompt_take_lines(&loop, e);
    line_close(&line);
    return r < 0 ? r : CMD_OK;
}

static const struct cmd_operand operands[] = {
    {.name = "NAME", .value = VAL_OWN_PROFILE, .required = true, .help = "A profile of yours, or a file; a new name begins a new profile"},
    {.name = NULL},
};

static const char *const examples[] = {
    "nono profile edit x", "at a prompt, with TAB", "printf 'add filesystem.read ~/.config/x\\nsave\\n' | nono profile edit x", "as a script", NULL,
};

const struct cmd cmd_profile_edit = {
    .path = "profile edit",
    .section = "POLICY & PROFILES",
    .summary = "Edit a profile at a prompt",
    .about = "Each change is checked at once: one after which the profile would not work is refused, and the reason given. 'diff' and 'save' say what "
             "changes in what a run is given, 'undo' takes changes back, and nothing is written before 'save'. Remarks and layout of the file "
             "stay.\n\n"
             "Without a terminal the commands are read line by line, and the first that fails ends it with status 1 and what was not saved is given "
             "up.",
    .operands = operands,
    .examples = examples,
    .args_size = sizeof(struct cmd_args_head),
    .run = run,
};
