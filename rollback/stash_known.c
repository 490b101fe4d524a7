/* stash_known: where stashes outside the state directory were made, so that later commands can be kept out of them. On the main thread. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/stash.h"

#define LIST "stashes"

static int read_list(const char *state_dir, struct strlist *ret, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STASH_MAX_LIST);
    AUTO(mem_free_ptr) char *path = path_join(state_dir, LIST);
    if (access(path, F_OK) < 0)
        return 0;
    if (fs_read(AT_FDCWD, path, &text, e) < 0)
        return err_add(e, LIST);
    for (const char *at = text.buf; *at;) {
        size_t len = strcspn(at, "\n");
        AUTO(mem_free_ptr) char *line = mem_strndup(at, len);
        if (path_is_clean(line) && stash_is_over(line))
            (void)strlist_add_once(ret, line);
        at += len + (at[len] != '\0');
    }
    return 0;
}

int stash_remember(const char *state_dir, const char *dir, struct err *e)
{
    AUTO(strlist_release) struct strlist known = STRLIST_INIT;
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_PATH);
    AUTO(mem_free_ptr) char *path = path_join(state_dir, LIST);
    if (read_list(state_dir, &known, e) < 0 || strlist_has(&known, dir))
        return e->class;
    if (strchr(dir, '\n'))
        return err_set(e, ERR_INPUT, "the path of the stash has a line break");
    str_addf(&line, "%s\n", dir);
    /* Others may add theirs at the same time. */
    AUTO(mem_close_fd) int fd = fs_open_own(AT_FDCWD, path, O_WRONLY | O_APPEND);
    if (fd < 0)
        return err_sys(e, ERR_IO, errno, "cannot open the list of stashes");
    return fs_write_all(fd, line.buf, line.len, e);
}

int stash_known(const char *state_dir, struct strlist *ret, struct err *e)
{
    AUTO(strlist_release) struct strlist listed = STRLIST_INIT;
    int r = read_list(state_dir, &listed, e);
    for (size_t i = 0; r == 0 && i < listed.n; i++) {
        struct stat st;
        if (lstat(listed.item[i], &st) == 0 && S_ISDIR(st.st_mode))
            strlist_add(ret, listed.item[i]);
    }
    return r;
}
