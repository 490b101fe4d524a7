/* hook_change: hook.json is read, changed and put back as a whole, under a lock. */
#include "shell/hook_change.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "policy/find.h"
#include "shell/hook_setup.h"

static const char file_name[] = "hook.json";
enum { SETTINGS_MODE = 0600 };

static int read_text(int dir, struct str *ret, struct err *e)
{
    int r = fs_read(dir, file_name, ret, e);
    if (r != ERR_MISSING)
        return r;
    *e = (struct err)ERR_INIT;
    return 0;
}

/* What the administrator has locked would not change whatever is written. */
static int check_lock(const struct world *w, const char *program, const char *profile, bool removes, struct err *e)
{
    AUTO(hook_settings_release) struct hook_settings now = {.programs = STRLIST_INIT};
    struct err ignored = ERR_INIT;
    if (hook_settings_read(w, &now, &ignored) < 0 || !now.locked)
        return 0; /* what is wrong with the file is for the change to say */
    AUTO(mem_free_ptr) char *shown = quote_term_dup(program);
    if (profile)
        return err_set(e, ERR_DENIED, "the profile of wrapped programs is locked by " HOOK_SYSTEM_DIR "/hook.json: add '%s' without one", shown);
    if (removes && hook_is_locked(&now, program))
        return err_set(e, ERR_DENIED, "'%s' is wrapped by " HOOK_SYSTEM_DIR "/hook.json, which is locked by the administrator", shown);
    return 0;
}

typedef int edit_fn(const char *text, size_t len, const char *program, const char *profile, struct str *out, struct err *e);

static int edit_remove(const char *text, size_t len, const char *program, const char *profile, struct str *out, struct err *e)
{
    (void)profile;
    return hook_settings_remove(text, len, program, out, e);
}

static int change(const struct cmd_context *ctx, const char *program, const char *profile, edit_fn *edit, struct err *e)
{
    const struct world *w = ctx->world;
    AUTO(mem_close_fd) int dir = -1;
    AUTO(str_release) struct str old = STR_INIT(STR_MAX_PROFILE);
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    AUTO(hook_settings_release) struct hook_settings settings = {.programs = STRLIST_INIT};
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    int r = hook_setup_outside(e);
    if (r == 0)
        r = check_lock(w, program, profile, edit == edit_remove, e);
    if (r == 0)
        r = fs_make_dirs(w->config_dir, e);
    if (r == 0)
        r = fs_open_private(w->config_dir, true, &dir, e);
    if (r == 0 && flock(dir, LOCK_EX) < 0)
        r = err_set(e, ERR_IO, "cannot lock the directory of hook.json");
    if (r == 0)
        r = read_text(dir, &old, e);
    if (r == 0)
        r = edit(old.buf, old.len, program, profile, &text, e);
    if (r < 0)
        return r;
    bool same = text.len == old.len && memcmp(text.buf, old.buf, old.len) == 0;
    if (!same)
        r = fs_replace(dir, file_name, text.buf, text.len, SETTINGS_MODE, e);
    if (r == 0)
        r = hook_setup_shims(w, true, &settings, &names, NULL, e);
    if (r < 0)
        return r;
    AUTO(mem_free_ptr) char *path = path_join(w->config_dir, file_name);
    AUTO(mem_free_ptr) char *shown = hook_setup_shown(w, path);
    out_note("nono: %s %s\n", same ? "nothing to change in" : "changed", shown);
    return CMD_OK;
}

/* A profile that cannot be found would stop the program from being run at all. */
static int check_profile(const struct world *w, const char *profile, struct err *e)
{
    AUTO(profile_release) struct profile found = {0};
    return profile ? find_profile(w, profile, &found, e) : 0;
}

int hook_change_add(const struct cmd_context *ctx, const char *program, const char *profile, struct err *e)
{
    if (!hook_name_is_valid(program)) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(program);
        return err_set(e, ERR_USAGE, "'%s' cannot be wrapped: a program's name is letters, digits and ._+- and no word of the shell's own", shown);
    }
    int r = check_profile(ctx->world, profile, e);
    return r < 0 ? r : change(ctx, program, profile, hook_settings_add, e);
}

int hook_change_remove(const struct cmd_context *ctx, const char *program, struct err *e)
{
    return change(ctx, program, NULL, edit_remove, e);
}
