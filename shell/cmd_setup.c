/* nono setup: says what this machine can hold, and what to do next. */
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/kernel.h"
#include "core/landlock_rules.h"
#include "core/level.h"
#include "core/mem.h"
#include "core/namespaces.h"
#include "core/out.h"
#include "core/quote.h"
#include "core/seccomp_filter.h"
#include "policy/find.h"
#include "policy/group.h"
#include "rollback/store.h"
#include "shell/commands.h"

struct setup_args {
    struct cmd_args_head head;
    bool check_only;
};

static void print_path(const char *what, const char *path)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(path);
    out_print("  * %s %s\n", what, shown);
}

static bool check_installation(const struct cmd_context *ctx)
{
    print_path("nono binary found at", ctx->world->exe);
    out_print("  * Version %s\n", NONO_VERSION);
    return true;
}

/* What 'nono run' would get. */
static void print_level(const struct kernel *k)
{
    enum caps_level level = level_here();
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    level_describe(level, k->landlock_abi, &line);
    out_print("  * Level %s\n", line.buf);
    if (level == CAPS_LEVEL_FULL)
        return;
    out_print("  * not held (needs namespaces, which cannot be made here): %s\n", landlock_no_metadata);
    out_print("  * not held (needs namespaces): blocked commands that another program starts; nono itself starts none of them\n");
    out_print("  * refused instead (needs namespaces): shared memory in " NAMESPACES_SHM " and System V objects\n");
}

static bool check_sandbox(const struct cmd_context *ctx)
{
    (void)ctx;
    struct kernel k;
    struct err e = ERR_INIT;
    kernel_probe(&k);
    out_print("  * Kernel %s\n", k.release);
    if (kernel_require(&k, &e) < 0) {
        out_print("  * FAILED: %s\n", e.text);
        return false;
    }
    out_print("  * Landlock ABI %d, seccomp filter\n", k.landlock_abi);
    for (size_t i = 0; i < landlock_n_rights; i++) {
        const struct landlock_right *r = &landlock_rights[i];
        if (r->abi > k.landlock_abi && r->without)
            out_print("  * not held (needs Landlock ABI %d, %s): %s\n", r->abi, r->name, r->without);
    }
    print_level(&k);
    if (k.confined)
        out_print("  * this process already runs inside a nono sandbox\n");
    return true;
}

static bool check_protections(const struct cmd_context *ctx)
{
    (void)ctx;
    struct group_set groups = {0};
    group_set_load(&groups);
    size_t required = 0, applicable = 0, paths = 0;
    for (size_t i = 0; i < groups.n; i++) {
        const struct group *g = &groups.group[i];
        if (!group_applies(g))
            continue;
        applicable++;
        required += g->required;
        paths += g->deny.n;
    }
    out_print("  * %zu groups apply here; %zu are required and cannot be left out; %zu paths are denied\n", applicable,
              required, paths);
    out_print("  * %zu system calls and arguments are refused\n", seccomp_n_rows);
    return true;
}

static bool check_profiles(const struct cmd_context *ctx)
{
    struct find_list list = {0};
    struct err e = ERR_INIT;
    if (find_list(ctx->world, &list, &e) < 0) {
        out_print("  * FAILED: %s\n", e.text);
        return false;
    }
    size_t builtin = 0, own = 0, broken = 0;
    for (size_t i = 0; i < list.n; i++) {
        const struct find_entry *entry = &list.entry[i];
        builtin += entry->builtin && entry->listed;
        own += !entry->builtin;
        if (!entry->error)
            continue;
        broken++;
        out_print("  * FAILED: %s\n", entry->error);
    }
    out_print("  * %zu built-in profiles, %zu of yours\n", builtin, own);
    find_list_release(&list);
    return broken == 0;
}

/* By doing: a session is written the same way. */
static bool check_rollback(const struct cmd_context *ctx)
{
    struct err e = ERR_INIT;
    AUTO(mem_close_fd) int fd = -1;
    AUTO(store_close_ptr) struct store *store = NULL;
    struct oid id;
    int r = fs_make_dirs(ctx->world->state_dir, &e);
    if (r == 0)
        r = fs_open_private(ctx->world->state_dir, true, &fd, &e);
    if (r == 0)
        r = store_open(ctx->world->state_dir, &store, &e);
    if (r == 0)
        r = store_hash(store, STORE_BLOB, "nono", strlen("nono"), &id, &e);
    if (r < 0) {
        out_print("  * FAILED: %s\n", e.text);
        return false;
    }
    print_path("sessions are kept in", ctx->world->state_dir);
    return true;
}

static const struct {
    const char *title;
    bool (*check)(const struct cmd_context *ctx);
} checks[] = {
    {"Checking installation", check_installation}, {"Testing sandbox support", check_sandbox},
    {"Default protections", check_protections},    {"Profiles", check_profiles},
    {"Rollback", check_rollback},
};

static void print_next_steps(void)
{
    out_print("\nNext:\n"
              "  eval \"$(nono hook bash)\"      python, node, npm and pip of this shell run sandboxed\n"
              "  nono run -p developer -- CMD  one command\n"
              "  nono rollback list            what sandboxed commands changed\n");
}

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    const struct setup_args *a = args;
    (void)e;
    size_t n = sizeof checks / sizeof checks[0], failed = 0;
    for (size_t i = 0; i < n; i++) {
        out_print("[%zu/%zu] %s...\n", i + 1, n, checks[i].title);
        failed += !checks[i].check(ctx);
    }
    out_print("------------------------------------------------------------\n");
    if (failed) {
        out_print("%zu of %zu checks failed.\n", failed, n);
        return CMD_OTHER;
    }
    out_print("%s\n", a->check_only ? "Installation verified!" : "Setup complete!");
    if (!a->check_only)
        print_next_steps();
    return CMD_OK;
}

static const struct cmd_opt opts[] = {
    FLAG(struct setup_args, check_only, 0, "check-only", "Only check, and exit 1 when something fails"),
};

const struct cmd cmd_setup = {
    .path = "setup",
    .section = "GETTING STARTED",
    .summary = "Set up nono on this system",
    .opts = opts,
    .n_opts = sizeof opts / sizeof opts[0],
    .args_size = sizeof(struct setup_args),
    .run = run,
};
