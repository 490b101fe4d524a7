/* confine: the sandbox alone, for trying things out and for measuring: confine [--ro|--rw|--wo|--deny PATH] [--block-net] [--full] [--wrap] [--diagnose]
 * [--abi N] [--] PROGRAM [ARGUMENT...]. Paths are real and absolute. What is not held is printed with -v. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/denials.h"
#include "core/landlock_rules.h"
#include "core/launch.h"
#include "core/level.h"
#include "core/mem.h"
#include "core/supervise.h"

struct request {
    struct caps caps;
    struct kernel kernel;
    enum caps_level level;
    bool wrap, verbose, diagnose;
};

static int fail(const struct err *e)
{
    (void)fprintf(stderr, "confine: %s\n", e->text);
    return launch_status(e);
}

static void add(struct request *r, const char *option, const char *path)
{
    struct caps_origin origin = caps_origin_make(CAPS_FROM_USER, option, "", path);
    bool exists = access(path, F_OK) == 0;
    if (strcmp(option, "--deny") == 0)
        caps_add_deny(&r->caps, mem_strdup(path), exists, origin);
    else
        caps_add_grant(&r->caps, mem_strdup(path),
                       strcmp(option, "--ro") == 0   ? CAPS_READ
                       : strcmp(option, "--wo") == 0 ? CAPS_WRITE
                                                     : CAPS_READWRITE,
                       false, exists, origin);
}

/* The index of the program. */
static int parse(struct request *r, int argc, char **argv)
{
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--") == 0)
            return i + 1;
        if (strcmp(argv[i], "--block-net") == 0)
            r->caps.network = CAPS_NET_BLOCKED;
        else if (strcmp(argv[i], "--wrap") == 0)
            r->wrap = true;
        else if (strcmp(argv[i], "--full") == 0)
            r->level = CAPS_LEVEL_FULL;
        else if (strcmp(argv[i], "--diagnose") == 0)
            r->diagnose = true;
        else if (strcmp(argv[i], "-v") == 0)
            r->verbose = true;
        else if (i + 1 < argc && strcmp(argv[i], "--abi") == 0)
            r->kernel.landlock_abi = (int)strtol(argv[++i], NULL, 10);
        else if (i + 1 < argc) {
            add(r, argv[i], argv[i + 1]);
            i++;
        }
    }
    return i;
}

static int tell(const struct request *r, struct err *e)
{
    AUTO(landlock_plan_release) struct landlock_plan plan = {0};
    int rc = landlock_rules_plan(&r->caps, r->kernel.landlock_abi, &plan, e);
    for (size_t i = 0; rc == 0 && i < plan.n_rules; i++)
        (void)fprintf(stderr, "rule %#llx %s\n", (unsigned long long)plan.rule[i].rights, plan.rule[i].path);
    for (size_t i = 0; rc == 0 && i < plan.missing.n; i++)
        (void)fprintf(stderr, "note: %s\n", plan.missing.item[i]);
    for (size_t i = 0; rc == 0 && i < r->caps.warnings.n; i++)
        (void)fprintf(stderr, "warning: %s\n", r->caps.warnings.item[i]);
    return rc;
}

static void tell_denials(void)
{
    for (size_t i = 0; i < denials_count(); i++) {
        struct denial d;
        denials_get(i, &d);
        (void)fprintf(stderr, "denied: %s %s (%u, %s)\n", denials_operation_names[d.operation], d.target, d.count, d.program);
    }
    if (denials_lost())
        (void)fprintf(stderr, "lost: %zu\n", denials_lost());
}

static int run(struct request *r, char **command)
{
    struct err e = ERR_INIT;
    struct supervise_result result;
    AUTO(mem_free_ptr) char *exe = NULL;
    struct launched launched;
    const char *path = getenv("PATH");
    if (launch_find(command[0], path ? path : "", NULL, &exe, &e) < 0 || level_plan(&r->caps, r->level, !r->wrap, &e) < 0 || (r->verbose && tell(r, &e) < 0))
        return fail(&e);
    const struct launch l = {.caps = &r->caps, .kernel = &r->kernel, .argv = command, .env = environ, .exe = exe, .diagnose = r->diagnose};
    if (r->wrap) {
        (void)launch_exec(&l, &e);
        return fail(&e);
    }
    if (supervise_begin(&e) < 0 || launch_spawn(&l, &launched, &e) < 0 || supervise_wait(launched.command, &result, &e) < 0)
        return fail(&e);
    launch_end(&launched);
    tell_denials();
    supervise_end();
    supervise_exit_like(&result);
}

int main(int argc, char **argv)
{
    struct request r = {0};
    caps_init(&r.caps);
    kernel_probe(&r.kernel);
    int first = parse(&r, argc, argv);
    int status = first < argc ? run(&r, argv + first) : 2;
    caps_release(&r.caps);
    return status;
}
