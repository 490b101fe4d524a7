/* nono rollback browse: sessions, looked through at a prompt or by the lines of a script. */
#include "core/fs.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "shell/browse_session.h"
#include "shell/commands.h"

struct browse_args {
    struct cmd_args_head head;
    bool all;
};

/* The end of an id tells them apart. */
static void add_label(const void *session, struct str *ret)
{
    const struct browse_session *s = session;
    quote_term(ret, path_base(s->chosen.workdir));
    str_addf(ret, " %s> ", s->chosen.id);
}

static int take_lines(struct browse_session *s, struct err *e)
{
    const struct world *w = s->ctx->world;
    AUTO(mem_free_ptr) char *history = path_join(w->state_dir, "rollback-browse.history");
    struct prompt prompt;
    struct line line;
    struct err ignored = ERR_INIT;
    browse_session_prompt(s, &prompt);
    const struct line_settings settings = {.world = w, .complete = prompt_complete, .arg = &prompt, .history = history};
    s->line = &line;
    s->asks = w->stdin_tty;
    if (s->asks && fs_make_dirs(w->state_dir, &ignored) < 0)
        out_verbose(1, "nono: no history: %s\n", ignored.text);
    line_open(&settings, &line);
    if (s->asks) {
        int rc = prompt_run(&prompt, "sessions", e);
        if (rc < 0)
            return rc;
        out_note("'help' lists the commands, TAB completes, 'files' says what the session changed\n");
    }
    const struct prompt_loop loop = {.prompt = &prompt, .line = &line, .asks = s->asks, .label = add_label, .is_done = &s->is_done};
    int rc = prompt_take_lines(&loop, e);
    line_close(&line);
    return rc;
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct browse_args *args = arguments;
    AUTO(browse_session_release) struct browse_session s = {0};
    int rc = browse_session_open(ctx, &args->head.operands, args->all, &s, e);
    if (rc == 0)
        rc = take_lines(&s, e);
    return rc < 0 ? rc : CMD_OK;
}

static const struct cmd_opt opts[] = {
    FLAG(struct browse_args, all, 0, "all", "List sessions of every directory"),
};

static const struct cmd_operand operands[] = {
    {.name = "ID", .value = VAL_SESSION, .help = "Session to begin with; the newest of this directory that changed something when left out"},
    {.name = NULL},
};

static const char *const examples[] = {
    "nono rollback browse", "at a prompt, with TAB", "printf 'use 2\\nrestore src/main.c\\n' | nono rollback browse", "as a script", NULL,
};

const struct cmd cmd_rollback_browse = {
    .path = "rollback browse",
    .section = "SESSION MANAGEMENT",
    .summary = "Look through sessions at a prompt and take things back",
    .about =
        "'sessions' lists them and 'use' chooses one; 'files', 'diff', 'before' and 'after' show what it changed, 'preview' says what taking it back "
        "would do, 'restore' does it after a question, wholly or for single paths, and 'undo' takes the last restore back.\n\n"
        "Without a terminal the commands are read line by line and nothing is asked; the first that fails, or leaves something that somebody changed "
        "since, ends it with status 1.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .examples = examples,
    .args_size = sizeof(struct browse_args),
    .run = run,
};
