/* take_back: undoes a session by its journal: take_back SESSION_DIR TREE [NEW_DIR]. What it did is a session of its own in NEW_DIR, which is made. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/undo.h"

static int run(const char *session, const char *tree, const char *own, struct err *e)
{
    static struct mutate into;
    struct stash stash = STASH_INIT;
    struct undo_result result = {0};
    AUTO(mem_close_fd) int session_dir = open(session, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (session_dir < 0 || mkdir(own, 0700) < 0)
        return err_set(e, ERR_IO, "cannot open %s or make %s", session, own);
    AUTO(mem_close_fd) int own_dir = open(own, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const struct stash_request place = {.session_dir = own_dir, .session_path = own, .id = "take-back", .tree = tree};
    const struct mutate_setup setup = {.session_dir = own_dir, .journal_name = "journal", .n_stash = 1};
    int rc = stash_make(&place, &stash, e);
    stash_close(&stash);
    if (rc == 0)
        rc = mutate_begin(&setup, &into, e);
    if (rc < 0)
        return rc;
    const struct undo_request request = {.session_dir = session_dir, .journal_name = "journal", .n_stash = 1, .into = &into, .into_dir = own_dir,
                                         .into_name = "journal", .unchanged_since_ns = INT64_MAX};
    rc = undo_run(&request, &result, e);
    mutate_end(&into);
    if (rc == UNDO_CHANGED)
        rc = err_set(e, ERR_BUSY, "changed since: %s", result.changed);
    return rc;
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    if (argc != 4)
        return 2;
    if (run(argv[1], argv[2], argv[3], &e) == 0)
        return 0;
    (void)dprintf(STDERR_FILENO, "take_back: %s\n", e.text);
    return 1;
}
