/* session_fill: the record of a session that begins. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/session_own.h"

static void add_command(struct strlist *ret, char *const *command)
{
    size_t total = 0;
    for (size_t i = 0; command && command[i]; i++) {
        total += strlen(command[i]) + 1;
        if (total > SESSION_MAX_COMMAND) {
            strlist_add(ret, "...");
            return;
        }
        strlist_add(ret, command[i]);
    }
}

static void copy_launch(struct session_launch *to, const struct session_launch *from)
{
    to->known = true;
    to->program = mem_strdup(from->program);
    to->wrapped = mem_strdup(from->wrapped);
    to->terminal = from->terminal;
    to->failure = mem_strdup(from->failure);
    for (size_t i = 0; i < from->options.n; i++)
        strlist_add(&to->options, from->options.item[i]);
}

/* Looking at the tree before and after says nothing of others. */
static void add_roots(struct session_record *r, const struct session_request *request)
{
    bool is_kept = request->capture->journals || request->capture == &session_capture_paths;
    for (size_t i = 0; request->roots && i < request->roots->n; i++) {
        if (is_kept && r->roots.n < SESSION_MAX_ROOTS) {
            strlist_add(&r->roots, request->roots->item[i]);
            continue;
        }
        AUTO(mem_free_ptr) char *shown = quote_term_dup(request->roots->item[i]);
        AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
        str_addf(&line, "what changes in %s: %s", shown, is_kept ? "there are too many such places" : "this capture looks at the working directory only");
        if (r->notes.n < SESSION_MAX_NOTES)
            (void)strlist_add_once(&r->notes, line.buf);
    }
}

int session_fill(struct session_record *r, const struct session_request *request, struct err *e)
{
    struct stat st;
    if (!path_is_clean(request->workdir))
        return err_set(e, ERR_INPUT, "the working directory of a session must be an absolute path");
    if (stat(request->workdir, &st) < 0 || (!S_ISDIR(st.st_mode) && (errno = ENOTDIR) != 0)) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(request->workdir);
        return err_sys(e, err_class_of(errno), errno, "cannot use %s as working directory", shown);
    }
    r->kind = mem_strdup(request->kind);
    r->workdir = mem_strdup(request->workdir);
    r->root_inode = (uint64_t)st.st_ino;
    r->profile = mem_strdup(request->profile);
    r->undoes = mem_strdup(request->undoes);
    r->capture = mem_strdup(request->capture->name);
    add_command(&r->command, request->command);
    if (request->launch && request->launch->known)
        copy_launch(&r->launch, request->launch);
    for (size_t i = 0; request->undoes_more && i < request->undoes_more->n; i++)
        strlist_add(&r->undoes_more, request->undoes_more->item[i]);
    add_roots(r, request);
    for (size_t i = 0; request->exclude && i < request->exclude->n; i++)
        (void)strlist_add_once(&r->exclude, request->exclude->item[i]);
    return 0;
}
