/* nono hook status: whether what is to be wrapped is, and how it could be started all the same. */
#include <string.h>
#include <unistd.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "hooks/hook_doctor.h"
#include "hooks/shim.h"
#include "shell/commands.h"
#include "shell/hook_setup.h"

struct status_args {
    struct cmd_args_head head;
    bool json;
};

struct shell_status {
    struct hook_file file[HOOK_N_PARTS];
    enum hook_file_state state[HOOK_N_PARTS];
    struct hook_file system_file;
    enum hook_file_state system;
    struct err damage; /* class 0: none */
    bool used;
};

struct status {
    const struct world *world;
    struct hook_settings settings;
    struct strlist names;
    struct hook_doctor doctor;
    struct strlist profiles; /* of the programs, in their order */
    struct shell_status shell[HOOK_FISH + 1];
    size_t problems;
};

static const char *const state_names[] = {"not installed", "installed", "stale"};
/* What no hook of a shell can reach. */
static const char *const never_wrapped[] = {
    "a program that is named by its absolute path, in a script's first line too",
    "sudo, and 'env -i': they use a PATH of their own",
    "cron, systemd, the desktop, and an editor that was not started from such a shell",
};

static void status_release(struct status *s)
{
    for (size_t i = 0; i <= HOOK_FISH; i++) {
        for (size_t part = 0; part < HOOK_N_PARTS; part++)
            hook_file_release(&s->shell[i].file[part]);
        hook_file_release(&s->shell[i].system_file);
    }
    hook_settings_release(&s->settings);
    strlist_release(&s->names);
    strlist_release(&s->profiles);
    hook_doctor_release(&s->doctor);
}

/* Loaded for every user, and by none of the user's own files. */
static bool is_covered(const struct shell_status *of)
{
    return of->state[HOOK_INTERACTIVE] == HOOK_FILE_ABSENT && of->system == HOOK_FILE_CURRENT;
}

static int look_at_shell(struct status *s, enum hook_shell shell, struct err *e)
{
    struct shell_status *ret = &s->shell[shell];
    ret->used = hook_setup_is_used(s->world, shell);
    for (int part = 0; part < HOOK_N_PARTS; part++) {
        int r = hook_file_make(s->world, shell, (enum hook_part)part, &ret->file[part], e);
        if (r < 0)
            return r;
        if (hook_file_look(&ret->file[part], &ret->state[part], &ret->damage) < 0 && ret->used)
            s->problems++;
    }
    struct err ignored = ERR_INIT;
    int r = hook_file_make(s->world, shell, HOOK_SYSTEM, &ret->system_file, e);
    if (r < 0)
        return r;
    if (hook_file_look(&ret->system_file, &ret->system, &ignored) < 0)
        ret->system = HOOK_FILE_ABSENT; /* for the administrator to know about */
    bool current = ret->state[HOOK_INTERACTIVE] == HOOK_FILE_CURRENT || is_covered(ret);
    if (ret->damage.class == 0 && ((ret->used && !current) || ret->state[HOOK_INTERACTIVE] == HOOK_FILE_STALE || ret->state[HOOK_SHIMS] == HOOK_FILE_STALE))
        s->problems++;
    return 0;
}

static int look_at_profiles(struct status *s, struct err *e)
{
    static char system_dir[] = HOOK_SYSTEM_DIR;
    struct world w = *s->world;
    if (s->settings.locked)
        w.policy_dir = system_dir;
    for (size_t i = 0; i < s->doctor.n_programs; i++) {
        char *profile = NULL;
        int r = hook_setup_profile(&w, &s->settings, s->doctor.program[i].name, &profile, e);
        if (r < 0)
            return r;
        strlist_add_take(&s->profiles, profile);
    }
    return 0;
}

static int look(struct status *s, struct err *e)
{
    int r = hook_settings_read(s->world, &s->settings, e);
    if (r == 0)
        r = shim_names(s->world, &s->settings, false, &s->names, e);
    if (r == 0)
        r = hook_doctor_look(s->world, &s->settings, &s->names, &s->doctor, e);
    if (r == 0)
        r = look_at_profiles(s, e);
    for (int shell = 0; r == 0 && shell <= HOOK_FISH; shell++)
        r = look_at_shell(s, (enum hook_shell)shell, e);
    if (r < 0)
        return r;
    s->problems += !s->doctor.shims_first;
    for (size_t i = 0; i < s->doctor.n_programs; i++)
        s->problems += s->doctor.shims_first && (s->doctor.program[i].reach == HOOK_BYPASSED || s->doctor.program[i].reach == HOOK_UNREACHED);
    return 0;
}

static void print_shell(const struct status *s, enum hook_shell shell)
{
    const struct shell_status *of = &s->shell[shell];
    enum hook_file_state state = of->state[HOOK_INTERACTIVE];
    AUTO(mem_free_ptr) char *shown = hook_setup_shown(s->world, of->file[HOOK_INTERACTIVE].path);
    out_print("  %-6s", hook_shell_names[shell]);
    if (of->damage.class) {
        out_print("%sdamaged%s        %s\n", out_on(OUT_BAD, true), out_off(true), of->damage.text);
        return;
    }
    if (is_covered(of)) {
        out_print("%s%-14s%s %s, for every user\n", out_on(OUT_GOOD, true), state_names[HOOK_FILE_CURRENT], out_off(true), of->system_file.path);
        return;
    }
    enum out_style style = state == HOOK_FILE_CURRENT ? OUT_GOOD : state == HOOK_FILE_STALE ? OUT_WARN : OUT_DIM;
    out_print("%s%-14s%s %s%s", out_on(style, true), state_names[state], out_off(true), shown, of->used ? "" : " (not used here)");
    out_print("%s\n", of->state[HOOK_SHIMS] == HOOK_FILE_CURRENT ? ", links on PATH for scripts" : "");
}

static void print_shells(const struct status *s)
{
    bool to_do = false;
    out_print("Shells\n");
    for (int shell = 0; shell <= HOOK_FISH; shell++) {
        print_shell(s, (enum hook_shell)shell);
        to_do |= s->shell[shell].damage.class == 0 && (s->shell[shell].state[HOOK_INTERACTIVE] == HOOK_FILE_STALE ||
                                                      (s->shell[shell].used && !is_covered(&s->shell[shell]) &&
                                                       s->shell[shell].state[HOOK_INTERACTIVE] != HOOK_FILE_CURRENT));
    }
    if (to_do)
        out_print("  put right with: nono hook install\n");
}

static void print_path(const struct status *s)
{
    AUTO(mem_free_ptr) char *dir = shim_dir(s->world);
    AUTO(mem_free_ptr) char *shown = hook_setup_shown(s->world, dir);
    const char *where = s->doctor.shims_first ? "first on PATH" : s->doctor.shims_on_path ? "on PATH, but not first" : "not on PATH: this shell has not loaded the hook";
    out_print("Links  %s, %s\n", shown, where);
}

static void print_programs(const struct status *s)
{
    out_print("Programs\n");
    for (size_t i = 0; i < s->doctor.n_programs; i++) {
        const struct hook_finding *f = &s->doctor.program[i];
        AUTO(mem_free_ptr) char *found = f->found ? hook_setup_shown(s->world, f->found) : mem_strdup("");
        AUTO(mem_free_ptr) char *profile = quote_term_dup(s->profiles.item[i]);
        enum out_style style = f->reach == HOOK_WRAPPED ? OUT_GOOD : f->reach == HOOK_NOT_FOUND ? OUT_DIM : OUT_WARN;
        out_print("  %-12s %s%-10s%s", f->name, out_on(style, true), hook_reach_names[f->reach], out_off(true));
        if (f->found)
            out_print(" %s, profile %s", found, profile);
        out_print("\n");
    }
}

static void print_rest(const struct status *s)
{
    enum { SHOWN = 5 };
    out_print("Never wrapped\n");
    for (size_t i = 0; i < sizeof never_wrapped / sizeof *never_wrapped; i++)
        out_print("  %s\n", never_wrapped[i]);
    if (s->doctor.n_scripts > 0)
        out_print("  %zu scripts on PATH whose first line names a wrapped program by its path:\n", s->doctor.n_scripts);
    size_t shown = out_verbosity() > 0 ? s->doctor.n_scripts : SHOWN;
    for (size_t i = 0; i < s->doctor.n_scripts && i < shown; i++) {
        AUTO(mem_free_ptr) char *path = hook_setup_shown(s->world, s->doctor.script[i].path);
        AUTO(mem_free_ptr) char *interpreter = quote_term_dup(s->doctor.script[i].interpreter);
        out_print("    %s (#!%s)\n", path, interpreter);
    }
    if (s->doctor.n_scripts > shown)
        out_print("    and %zu more (-v lists them)\n", s->doctor.n_scripts - shown);
}

static void shells_json(const struct status *s, struct json_out *o)
{
    json_out_open(o, "shells", '[');
    for (int shell = 0; shell <= HOOK_FISH; shell++) {
        const struct shell_status *of = &s->shell[shell];
        json_out_open(o, NULL, '{');
        json_out_string(o, "name", hook_shell_names[shell]);
        json_out_bool(o, "used", of->used);
        json_out_string(o, "file", of->file[HOOK_INTERACTIVE].path);
        json_out_string(o, "state", of->damage.class ? "damaged" : state_names[of->state[HOOK_INTERACTIVE]]);
        json_out_bool(o, "system", of->system == HOOK_FILE_CURRENT);
        json_out_bool(o, "shims", of->state[HOOK_SHIMS] == HOOK_FILE_CURRENT);
        json_out_string(o, "damage", of->damage.class ? of->damage.text : NULL);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
}

static void programs_json(const struct status *s, struct json_out *o)
{
    json_out_open(o, "programs", '[');
    for (size_t i = 0; i < s->doctor.n_programs; i++) {
        const struct hook_finding *f = &s->doctor.program[i];
        json_out_open(o, NULL, '{');
        json_out_string(o, "name", f->name);
        json_out_string(o, "state", hook_reach_names[f->reach]);
        json_out_string(o, "path", f->found);
        json_out_string(o, "profile", s->profiles.item[i]);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
    json_out_open(o, "absolute_scripts", '[');
    for (size_t i = 0; i < s->doctor.n_scripts; i++) {
        json_out_open(o, NULL, '{');
        json_out_string(o, "path", s->doctor.script[i].path);
        json_out_string(o, "interpreter", s->doctor.script[i].interpreter);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
}

static int print_json(const struct status *s, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    AUTO(mem_free_ptr) char *dir = shim_dir(s->world);
    struct json_out o = JSON_OUT_INIT(&text);
    json_out_open(&o, NULL, '{');
    json_out_bool(&o, "ok", s->problems == 0);
    shells_json(s, &o);
    json_out_open(&o, "links", '{');
    json_out_string(&o, "directory", dir);
    json_out_bool(&o, "on_path", s->doctor.shims_on_path);
    json_out_bool(&o, "first", s->doctor.shims_first);
    json_out_close(&o, '}');
    programs_json(s, &o);
    json_out_close(&o, '}');
    return out_text(&text, "the status", e);
}

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct status_args *a = args;
    AUTO(status_release) struct status s = {.world = ctx->world};
    int r = hook_setup_outside(e);
    if (r == 0)
        r = look(&s, e);
    if (r == 0 && a->json)
        r = print_json(&s, e);
    if (r < 0)
        return r;
    if (!a->json) {
        print_shells(&s);
        print_path(&s);
        print_programs(&s);
        print_rest(&s);
    }
    return s.problems ? CMD_OTHER : CMD_OK;
}

static const struct cmd_opt opts[] = {
    FLAG(struct status_args, json, 0, "json", "Print JSON"),
};

const struct cmd cmd_hook_status = {
    .path = "hook status",
    .section = "GETTING STARTED",
    .summary = "Say what is wrapped, and how it could be started all the same",
    .about = "For each shell whether its start-up file loads the hook of this version, where the links stand on PATH, what each name leads to, and which "
             "scripts on PATH go around it. The status is 0 when every shell that is used loads the hook and, in this shell, every program is reached "
             "through its link; else 1.",
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .args_size = sizeof(struct status_args),
    .light = true,
    .run = run,
};
