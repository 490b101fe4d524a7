/* main: reads the world, parses the line, runs one command, prints its error, and chooses the exit status. */
#include <string.h>
#include <unistd.h>

#include "core/cmd.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/str.h"
#include "core/world.h"
#include "shell/commands.h"

struct program {
    struct world world;
    bool has_world;
    struct err no_world; /* why not */
};

static void configure_output(const struct program *p, const struct cmd_args_head *head)
{
    bool color = p->has_world && p->world.color;
    out_configure(&(struct out_settings){
        .silent = head->silent,
        .verbosity = head->verbosity,
        .color_stdout = color && p->world.stdout_tty,
        .color_stderr = color && p->world.stderr_tty,
    });
}

static bool is_heading(const char *line, size_t len)
{
    if (len == 0 || line[0] < 'A' || line[0] > 'Z')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (line[i] >= 'a' && line[i] <= 'z')
            return false;
    }
    return true;
}

/* Help that was asked for is an answer; help in place of a command that is missing is not. */
static void print_help(const char *text, bool is_answer)
{
    while (*text) {
        int len = (int)strcspn(text, "\n");
        bool bold = is_heading(text, (size_t)len);
        const char *on = bold ? out_on(OUT_BOLD, is_answer) : "", *off = bold ? out_off(is_answer) : "";
        if (is_answer)
            out_print("%s%.*s%s\n", on, len, text, off);
        else
            out_note("%s%.*s%s\n", on, len, text, off);
        text += len + (text[len] == '\n');
    }
}

static int help(const struct cmd_parsed *parsed)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
    if (parsed->cmd)
        cmd_help(parsed->cmd, &text);
    else if (parsed->group)
        cmd_help_group(commands, parsed->group, &text);
    else
        cmd_help_overview(commands, command_groups, &text);
    print_help(text.buf, parsed->help);
    return parsed->help ? CMD_OK : CMD_USAGE;
}

static int failure(const struct cmd *c, const struct err *e)
{
    out_error("%s", e->text);
    if (e->class == ERR_USAGE)
        return CMD_USAGE;
    return c->failure ? c->failure : CMD_OTHER;
}

static int run(const struct program *p, const struct cmd_parsed *parsed)
{
    const struct cmd *c = parsed->cmd;
    if (!p->has_world && !c->without_home)
        return failure(c, &p->no_world);
    struct cmd_context context = {
        .world = p->has_world ? &p->world : NULL,
        .cmd = c,
        .table = commands,
        .groups = command_groups,
        .env = environ,
    };
    struct err e = ERR_INIT;
    int status = c->run(&context, parsed->args, &e);
    return status < 0 ? failure(c, &e) : status;
}

static int parse_and_run(const struct program *p, int argc, char **argv)
{
    AUTO(cmd_parsed_release) struct cmd_parsed parsed = {0};
    struct err e = ERR_INIT;
    configure_output(p, &parsed.global);
    if (cmd_parse(commands, command_groups, argc, argv, &parsed, &e) < 0) {
        out_error("%s", e.text);
        return CMD_USAGE;
    }
    configure_output(p, parsed.args ? parsed.args : &parsed.global);
    if (parsed.version) {
        out_print("nono " NONO_VERSION "\n");
        return CMD_OK;
    }
    return parsed.args ? run(p, &parsed) : help(&parsed);
}

int main(int argc, char **argv)
{
    struct program program = {.has_world = true};
    if (world_read(&program.world, &program.no_world) < 0)
        program.has_world = false;
    int status = parse_and_run(&program, argc, argv);
    if (program.has_world)
        world_release(&program.world);
    if (out_finish() != 0 && status == CMD_OK)
        status = CMD_OTHER;
    return status;
}
