/* hook_file: a shell's start-up file. */
#include "hooks/hook_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "hooks/rc.h"
#include "hooks/shim.h"

static const char backup_suffix[] = ".nono-bak";
static const char *const block_names[HOOK_ALL_PARTS] = {
    [HOOK_INTERACTIVE] = "nono hook", [HOOK_SHIMS] = "nono shims", [HOOK_SYSTEM] = "nono hook", [HOOK_SYSTEM_LOGIN] = "nono hook"};

/* A login bash reads the first of these and no other. */
static char *bash_profile(const struct world *w)
{
    static const char *const names[] = {".bash_profile", ".bash_login", ".profile"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO(mem_free_ptr) char *path = path_join(w->home, names[i]);
        if (access(path, F_OK) == 0)
            return take_ptr(&path);
    }
    return path_join(w->home, ".profile");
}

/* conf.d of the administrator, not the vendor_conf.d of packages: that belongs to those. */
static char *system_path(enum hook_shell shell, enum hook_part part)
{
    if (shell == HOOK_BASH)
        return mem_strdup(part == HOOK_SYSTEM ? "/etc/bash.bashrc" : "/etc/profile.d/nono.sh");
    if (shell == HOOK_ZSH)
        return mem_strdup(access("/etc/zsh", F_OK) == 0 ? "/etc/zsh/zshenv" : "/etc/zshenv");
    return mem_strdup("/etc/fish/conf.d/nono.fish");
}

static char *path_of(const struct world *w, enum hook_shell shell, enum hook_part part)
{
    if (part >= HOOK_N_PARTS)
        return system_path(shell, part);
    bool interactive = part == HOOK_INTERACTIVE;
    if (shell == HOOK_BASH)
        return interactive ? path_join(w->home, ".bashrc") : bash_profile(w);
    if (shell == HOOK_ZSH)
        return path_join(w->zdotdir, interactive ? ".zshrc" : ".zshenv");
    return path_join(w->config_home, interactive ? "fish/conf.d/nono.fish" : "fish/conf.d/nono-shims.fish");
}

static void write_interactive(enum hook_shell shell, const char *exe, struct str *out)
{
    const char *name = hook_shell_names[shell];
    static const char missing[] = "nono: nothing is wrapped in this shell: nono is gone from where it was";
    if (shell == HOOK_FISH)
        str_addf(out, "if status is-interactive\n    if test -x %s\n        %s hook fish | source\n    else\n        echo '%s' >&2\n    end\nend\n", exe,
                 exe, missing);
    else
        str_addf(out, "case $- in *i*)\n    if [ -x %s ]; then eval \"$(%s hook %s)\"\n    else echo '%s' >&2; fi ;;\nesac\n", exe, exe, name,
                 missing);
}

/* Every user's, and read by other shells too; /etc/profile may read the other file as well. */
static void write_system(enum hook_shell shell, const char *exe, struct str *out)
{
    if (shell == HOOK_FISH) {
        write_interactive(shell, exe, out);
        return;
    }
    str_addf(out, "if [ -n \"${%s-}\" ] && [ -z \"${__nono_exe-}\" ]; then\n", shell == HOOK_BASH ? "BASH_VERSION" : "ZSH_VERSION");
    write_interactive(shell, exe, out);
    str_add(out, "fi\n");
}

/* What starts a shell within a sandbox has the shims on PATH still, and cannot read them: the search goes past. */
static void write_shims(enum hook_shell shell, const char *shims, struct str *out)
{
    if (shell == HOOK_FISH)
        str_addf(out, "contains -- %s $PATH; or set -gx PATH %s $PATH\n", shims, shims);
    else
        str_addf(out, "case :$PATH: in *:%s:*) ;; *) PATH=%s:$PATH; export PATH ;; esac\n", shims, shims);
}

int hook_file_make(const struct world *w, enum hook_shell shell, enum hook_part part, struct hook_file *ret, struct err *e)
{
    AUTO(mem_free_ptr) char *dir = shim_dir(w);
    AUTO(str_release) struct str quoted = STR_INIT(STR_MAX_LINE);
    const char *what = part == HOOK_SHIMS ? dir : w->exe;
    bool system = part >= HOOK_N_PARTS;
    if (strchr(what, '\n') || (part == HOOK_SHIMS && strchr(what, ':'))) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(what);
        return err_set(e, ERR_INPUT, "%s cannot stand in a start-up file: move it", shown);
    }
    (shell == HOOK_FISH ? quote_fish : quote_sh)(&quoted, what);
    *ret = (struct hook_file){.shell = shell, .part = part, .path = path_of(w, shell, part), .block = block_names[part], .body = STR_INIT(STR_MAX_SCRIPT)};
    str_addf(&ret->body, "# 'nono hook uninstall%s' takes these lines out again.\n", system ? " --system" : "");
    (system ? write_system : part == HOOK_SHIMS ? write_shims : write_interactive)(shell, quoted.buf, &ret->body);
    int r = str_check(&ret->body, "the block", e);
    if (r < 0)
        hook_file_release(ret);
    return r;
}

void hook_file_release(struct hook_file *f)
{
    mem_free(take_ptr(&f->path));
    str_release(&f->body);
}

/* The file behind the links, and what is in it. */
struct content {
    char *real;
    bool missing;
    mode_t mode;
    struct str text;
};

static void content_release(struct content *c)
{
    mem_free(take_ptr(&c->real));
    str_release(&c->text);
}

static int name_file(const struct hook_file *f, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(f->path);
    return err_add(e, "%s", shown);
}

static int check_file(int fd, bool changes, struct content *ret, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return err_sys(e, ERR_IO, errno, "cannot be looked at");
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_INPUT, "is not a file");
    if (changes && st.st_uid != geteuid())
        return err_set(e, ERR_DENIED, "belongs to another user: add the line yourself ('nono hook --help')");
    ret->mode = st.st_mode & 07777;
    return 0;
}

/* `changes`: it is to be written, so it has to be ours. */
static int read_content(const struct hook_file *f, bool changes, struct content *ret, struct err *e)
{
    enum { NEW_MODE = 0644 };
    struct stat st;
    AUTO(mem_close_fd) int fd = -1;
    *ret = (struct content){.text = STR_INIT(STR_MAX_PROFILE), .mode = NEW_MODE};
    if (lstat(f->path, &st) < 0 && errno == ENOENT) {
        ret->missing = true;
        ret->real = mem_strdup(f->path);
        return 0;
    }
    int r = path_resolve(f->path, &fd, &ret->real, e);
    if (r == 0)
        r = check_file(fd, changes, ret, e);
    if (r == 0)
        r = fs_read_named(ret->real, &ret->text, e);
    return r < 0 ? name_file(f, e) : 0;
}

int hook_file_look(const struct hook_file *f, enum hook_file_state *ret, struct err *e)
{
    AUTO(content_release) struct content c;
    struct rc_block b;
    int r = read_content(f, false, &c, e);
    if (r < 0)
        return r;
    if (rc_find((struct view){c.text.buf, c.text.len}, f->block, &b, e) < 0)
        return name_file(f, e);
    bool same = b.found && b.body.len == f->body.len && memcmp(b.body.ptr, f->body.buf, b.body.len) == 0;
    *ret = same ? HOOK_FILE_CURRENT : b.found ? HOOK_FILE_STALE : HOOK_FILE_ABSENT;
    return 0;
}

static int open_directory(const char *path, int *ret, struct err *e)
{
    *ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *ret < 0 ? err_sys(e, err_class_of(errno), errno, "cannot open its directory") : 0;
}

/* What the file was before, or, when the block has gone again, nothing. */
static int keep_backup(int dir, const struct content *old, const struct str *text, bool put, struct err *e)
{
    AUTO(str_release) struct str name = STR_INIT(STR_MAX_PATH);
    AUTO(str_release) struct str kept = STR_INIT(STR_MAX_PROFILE);
    struct err ignored = ERR_INIT;
    str_addf(&name, "%s%s", path_base(old->real), backup_suffix);
    int r = str_check(&name, "the name of the backup", e);
    if (r < 0 || old->missing)
        return r;
    if (put)
        return fs_replace(dir, name.buf, old->text.buf, old->text.len, old->mode, e);
    if (fs_read(dir, name.buf, &kept, &ignored) == 0 && kept.len == text->len && memcmp(kept.buf, text->buf, kept.len) == 0)
        (void)unlinkat(dir, name.buf, 0);
    return 0;
}

static int write_content(const struct content *old, const struct str *text, bool put, bool remove, struct err *e)
{
    AUTO(mem_free_ptr) char *directory = path_parent(old->real);
    AUTO(mem_close_fd) int dir = -1;
    const char *name = path_base(old->real);
    int r = old->missing ? fs_make_dirs(directory, e) : 0;
    if (r == 0)
        r = open_directory(directory, &dir, e);
    if (r == 0)
        r = keep_backup(dir, old, text, put, e);
    if (r < 0)
        return r;
    if (remove)
        return unlinkat(dir, name, 0) < 0 ? err_sys(e, err_class_of(errno), errno, "cannot be removed") : 0;
    return fs_replace(dir, name, text->buf, text->len, old->mode, e);
}

static int change(const struct hook_file *f, bool put, bool dry_run, bool *ret_changed, struct err *e)
{
    AUTO(content_release) struct content c;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    bool remove = false;
    *ret_changed = false;
    int r = read_content(f, true, &c, e);
    if (r < 0)
        return r;
    struct view old = {c.text.buf, c.text.len};
    r = put ? rc_put(old, f->block, f->body.buf, c.missing, &text, e) : rc_drop(old, f->block, &text, &remove, e);
    if (r == 0)
        *ret_changed = text.len != old.len || memcmp(text.buf, old.ptr, old.len) != 0;
    if (r == 0 && *ret_changed && !dry_run)
        r = write_content(&c, &text, put, remove, e);
    return r < 0 ? name_file(f, e) : 0;
}

int hook_file_put(const struct hook_file *f, bool dry_run, bool *ret_changed, struct err *e)
{
    return change(f, true, dry_run, ret_changed, e);
}

int hook_file_drop(const struct hook_file *f, bool dry_run, bool *ret_changed, struct err *e)
{
    return change(f, false, dry_run, ret_changed, e);
}
