/* main: reads the world, parses the line, runs one command, prints its error, and chooses the exit status. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/cmd.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/str.h"
#include "core/whole.h"
#include "core/world.h"
#include "hooks/shim.h"
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

static void add_styled(struct str *out, const char *text, bool to_stdout)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        bool is_bold = is_heading(text, len);
        str_add(out, is_bold ? out_on(OUT_BOLD, to_stdout) : "");
        str_addn(out, text, len);
        str_add(out, is_bold ? out_off(to_stdout) : "");
        str_addc(out, '\n');
        text += len + (text[len] == '\n');
    }
}

/* Help that was asked for is an answer; help in place of a command that is missing is not. */
static int help(const struct cmd_parsed *parsed)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
    AUTO(str_release) struct str styled = STR_INIT(STR_MAX_SCRIPT);
    const struct cmd_group *group = parsed->cmd ? cmd_find_group(command_groups, parsed->cmd->path) : parsed->group;
    if (group)
        cmd_help_group(commands, group, &text);
    else if (parsed->cmd)
        cmd_help(parsed->cmd, &text);
    else
        cmd_help_overview(commands, command_groups, &text);
    add_styled(&styled, text.buf, parsed->help);
    if (parsed->help) {
        out_write(styled.buf, styled.len);
        return CMD_OK;
    }
    if (out_is_silent())
        out_error("no command was given (see 'nono --help')");
    out_note("%s", styled.buf);
    return CMD_USAGE;
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
    int status = c->light ? 0 : whole_become(&e);
    if (status == 0)
        status = c->run(&context, parsed->args, &e);
    return status < 0 ? failure(c, &e) : status;
}

static int parse_and_run(const struct program *p, int argc, char **argv)
{
    AUTO(cmd_parsed_release) struct cmd_parsed parsed = {0};
    struct err e = ERR_INIT;
    whole_remember(argv);
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

/* A shim is a link to this program that is named after a wrapped one: it behaves as `nono run --hook -- NAME argument...`. */
static int run_as_shim(const struct program *p, const char *name, int argc, char **argv)
{
    static const char *const before[] = {"nono", "run", "--hook", "--"};
    enum { N_BEFORE = sizeof before / sizeof before[0] };
    struct strlist words = STRLIST_INIT;
    for (size_t i = 0; i < N_BEFORE; i++)
        strlist_add(&words, before[i]);
    strlist_add(&words, name);
    for (int i = 1; i < argc; i++)
        strlist_add(&words, argv[i]);
    int status = parse_and_run(p, (int)words.n, words.item);
    strlist_release(&words);
    return status;
}

static int dispatch(const struct program *p, int argc, char **argv)
{
    const char *called = shim_started_as();
    const char *shim = p->has_world ? shim_name(&p->world, called) : NULL;
    if (shim)
        return run_as_shim(p, shim, argc, argv);
    /* Whether another name is a shim cannot be told without HOME: the arguments are then not ours to read. */
    if (!p->has_world && strcmp(path_base(called), "nono") != 0) {
        out_error("%s", p->no_world.text);
        return CMD_NOT_STARTED;
    }
    return parse_and_run(p, argc, argv);
}

/* What nono opens must not become its standard output. Descriptors are given out from the lowest; the command finds these closed, as the caller
 * left them. */
static bool standard_descriptors_are_open(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR | O_CLOEXEC) != fd)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    if (!standard_descriptors_are_open())
        return CMD_NOT_STARTED;
    struct program program = {.has_world = true};
    if (world_read(&program.world, &program.no_world) < 0)
        program.has_world = false;
    int status = dispatch(&program, argc, argv);
    if (program.has_world)
        world_release(&program.world);
    if (out_finish() != 0 && status == CMD_OK) {
        out_error("cannot write to the standard output");
        status = CMD_OTHER;
    }
    return status;
}
