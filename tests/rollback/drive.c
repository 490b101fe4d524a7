/* drive: a session around a shell command, and a restore, without the rest of nono. For the tests of rollback.
 *
 *   drive run STATE TREE COMMAND     opens, runs sh -c COMMAND in TREE, closes; prints the id
 *   drive open STATE TREE            opens and leaves it cut off; prints the id
 *   drive restore STATE ID [PATH...] takes a session back; 1 when conflicts are left
 *   drive since STATE ID             all since that one, as one
 *   drive before|both STATE ID       a session, with that rule for conflicts
 *   drive plan STATE ID              what a restore would do
 *   drive recover STATE              closes what was cut off
 *   drive state STATE ID             one line about a session */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/restore.h"
#include "rollback/restore_range.h"
#include "rollback/session.h"

static int say(const struct err *e)
{
    (void)fprintf(stderr, "drive: %s\n", e->text);
    return 3;
}

static int run_command(const char *tree, const char *command)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(tree) == 0)
            (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    (void)waitpid(pid, &status, 0);
    return status;
}

static int run(const char *state, const char *tree, char *command, struct err *e)
{
    char sh[] = "sh";
    char *const words[] = {sh, command, NULL};
    const struct session_request request = {
        .state_dir = state, .workdir = tree, .kind = "run", .profile = "test", .command = words, .capture = &session_capture_scan};
    AUTO(session_free_ptr) struct session *s = NULL;
    if (session_open(&request, &s, e) < 0)
        return say(e);
    (void)printf("%s\n", session_record(s)->id);
    (void)fflush(stdout);
    if (!command)
        return 0;
    int status = run_command(tree, command);
    if (session_close(s, WIFSIGNALED(status), WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), e) < 0)
        return say(e);
    return 0;
}

static void show(const struct restore_plan *p)
{
    static const char *const names[] = {"restored", "done", "partly", "conflict", "uncovered", "failed"};
    for (size_t i = 0; i < p->n; i++) {
        if (change_is_visible(p->step[i].change) && p->step[i].verdict != RESTORE_PUT_BACK)
            (void)printf("%s %s\n", names[p->step[i].verdict], p->step[i].change->path);
    }
    (void)printf("put back %zu, done %zu, partly %zu, conflicts %zu, uncovered %zu\n", p->put_back, p->done, p->partly, p->conflicts, p->uncovered);
}

static int apply(const struct restore_request *q, struct err *e)
{
    AUTO(restore_result_release) struct restore_result result = {0};
    if (restore_apply(q, &result, e) < 0)
        return say(e);
    show(&result.plan);
    for (size_t i = 0; i < result.failed.n; i++)
        (void)printf("failed: %s\n", result.failed.item[i]);
    (void)printf("undo %s\n", result.undo.id);
    return result.plan.conflicts + result.plan.partly + result.plan.uncovered + result.failed.n > 0;
}

static int restore(const char *state, const char *id, char **paths, enum restore_conflicts conflicts, struct err *e)
{
    AUTO(session_record_release) struct session_record r = {0};
    AUTO(strlist_release) struct strlist list = STRLIST_INIT;
    for (; *paths; paths++)
        strlist_add(&list, *paths);
    if (session_recover(state, NULL, e) < 0 || session_read(state, id, &r, e) < 0)
        return say(e);
    const struct restore_request q = {.state_dir = state, .session = &r, .n = 1, .paths = &list, .conflicts = conflicts};
    return apply(&q, e);
}

static int since(const char *state, const char *id, struct err *e)
{
    AUTO(session_record_release) struct session_record r = {0};
    AUTO(session_list_release) struct session_list list = {0};
    if (session_recover(state, NULL, e) < 0 || session_read(state, id, &r, e) < 0 || restore_range_read(state, &r, &list, e) < 0)
        return say(e);
    const struct restore_request q = {.state_dir = state, .session = list.item, .n = list.n};
    return apply(&q, e);
}

static int plan(const char *state, const char *id, struct err *e)
{
    AUTO(session_record_release) struct session_record r = {0};
    AUTO(restore_plan_release) struct restore_plan p = {0};
    const struct restore_request q = {.state_dir = state, .session = &r, .n = 1};
    if (session_read(state, id, &r, e) < 0 || restore_plan_make(&q, &p, e) < 0)
        return say(e);
    show(&p);
    return 0;
}

static int state_of(const char *state, const char *id, struct err *e)
{
    AUTO(session_record_release) struct session_record r = {0};
    static const char *const names[] = {"open", "cut-off", "closed"};
    if (session_read(state, id, &r, e) < 0)
        return say(e);
    (void)printf("%s %s +%zu ~%zu -%zu%s%s overlaps=%zu notes=%zu\n", r.kind, names[session_state_of(state, &r)], r.created, r.modified, r.deleted,
                 r.sealed_late ? " late" : "", r.undone ? " undone" : "", r.overlaps.n, r.notes.n);
    return 0;
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    const char *verb = argc > 2 ? argv[1] : "";
    if (strcmp(verb, "run") == 0 && argc == 5)
        return run(argv[2], argv[3], argv[4], &e);
    if (strcmp(verb, "open") == 0 && argc == 4)
        return run(argv[2], argv[3], NULL, &e);
    if (strcmp(verb, "restore") == 0 && argc >= 4)
        return restore(argv[2], argv[3], argv + 4, RESTORE_KEEP, &e);
    if (strcmp(verb, "before") == 0 && argc >= 4)
        return restore(argv[2], argv[3], argv + 4, RESTORE_BEFORE, &e);
    if (strcmp(verb, "both") == 0 && argc >= 4)
        return restore(argv[2], argv[3], argv + 4, RESTORE_BOTH, &e);
    if (strcmp(verb, "since") == 0 && argc == 4)
        return since(argv[2], argv[3], &e);
    if (strcmp(verb, "plan") == 0 && argc == 4)
        return plan(argv[2], argv[3], &e);
    if (strcmp(verb, "state") == 0 && argc == 4)
        return state_of(argv[2], argv[3], &e);
    if (strcmp(verb, "recover") == 0)
        return session_recover(argv[2], NULL, &e) < 0 ? say(&e) : 0;
    (void)fprintf(stderr, "usage: see the head of drive.c\n");
    return 2;
}
