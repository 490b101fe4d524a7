/* nono profile guide: how to write a profile. */
#include <string.h>

#include "core/mem.h"
#include "core/out.h"
#include "core/str.h"
#include "policy/guide.h"
#include "shell/commands.h"
#include "shell/pager.h"

/* Markdown as a terminal shows it: headings stand out, examples are indented. */
static void add_rendered(struct str *out, const char *text)
{
    bool in_example = false;
    while (*text) {
        size_t len = strcspn(text, "\n");
        size_t marks = strspn(text, "#");
        if (str_starts(text, "```")) {
            in_example = !in_example;
        } else if (in_example) {
            str_addf(out, "    %.*s\n", (int)len, text);
        } else if (marks > 0 && text[marks] == ' ') {
            str_add(out, out_on(OUT_BOLD, true));
            str_addn(out, text + marks + 1, len - marks - 1);
            str_addf(out, "%s\n", out_off(true));
        } else {
            str_addn(out, text, len);
            str_addc(out, '\n');
        }
        text += len + (text[len] == '\n');
    }
}

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
    AUTO(str_release) struct str rendered = STR_INIT(STR_MAX_SCRIPT);
    (void)args;
    guide_write(&text);
    if (!ctx->world->stdout_tty)
        str_addn(&rendered, text.buf, text.len);
    else
        add_rendered(&rendered, text.buf);
    if (str_check(&text, "the guide", e) < 0 || str_check(&rendered, "the guide", e) < 0)
        return e->class;
    return pager_show(ctx, rendered.buf, rendered.len, e) < 0 ? e->class : CMD_OK;
}

static const char *const examples[] = {
    "nono profile guide > guide.md", "the same as a file (Markdown)", NULL,
};

const struct cmd cmd_profile_guide = {
    .path = "profile guide",
    .section = "POLICY & PROFILES",
    .summary = "Show how to write a profile",
    .about = "From nothing to a profile: keys, groups, what wins over what, what is not held, with examples. Shown with $PAGER, else less, on a "
             "terminal.",
    .examples = examples,
    .args_size = sizeof(struct cmd_args_head),
    .run = run,
};
