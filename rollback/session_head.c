/* session_head: heads/HASH, one small file per tree. Only a cache: whatever is wrong with it, it counts as absent. */
#include "rollback/session_head.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fs.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/path.h"
#include "core/str.h"

enum { HEAD_MAX = STR_MAX_PATH + 512 };

/* Two trees that share a name only take turns: the file holds the whole path. */
static void head_name(const char *workdir, char ret[32])
{
    (void)snprintf(ret, 32, "heads/%016" PRIx64, hash_text(workdir));
}

static int open_state(const char *state_dir)
{
    return open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Takes one line "KEY VALUE\n" off the text. */
static const char *next_line(char **text, const char *key)
{
    size_t len = strlen(key);
    char *line = *text;
    char *end = strchr(line, '\n');
    if (!end || strncmp(line, key, len) != 0 || line[len] != ' ')
        return NULL;
    *end = '\0';
    *text = end + 1;
    return line + len + 1;
}

static bool parse(char *text, const char *workdir, struct session_head *ret)
{
    const char *version = next_line(&text, "nono-head");
    const char *generation = version ? next_line(&text, "generation") : NULL;
    const char *files = generation ? next_line(&text, "files") : NULL;
    const char *meta = files ? next_line(&text, "meta") : NULL;
    const char *commit = meta ? next_line(&text, "commit") : NULL;
    char *end = NULL;
    if (!commit || strcmp(version, "1") != 0)
        return false;
    ret->generation = strtoull(generation, &end, 10);
    if (end == generation || *end != '\0')
        return false;
    if (!oid_from_hex(files, &ret->trees[0]) || !oid_from_hex(meta, &ret->trees[1]) || !oid_from_hex(commit, &ret->commit))
        return false;
    return strcmp(text, workdir) == 0; /* last, and to the end: it may hold a newline */
}

bool session_head_read(const char *state_dir, const char *workdir, struct session_head *ret)
{
    AUTO(mem_close_fd) int fd = open_state(state_dir);
    AUTO(str_release) struct str text = STR_INIT(HEAD_MAX);
    struct err ignored = ERR_INIT;
    char name[32];
    head_name(workdir, name);
    return fd >= 0 && fs_read(fd, name, &text, &ignored) == 0 && strlen(text.buf) == text.len && parse(text.buf, workdir, ret);
}

int session_head_write(const char *state_dir, const char *workdir, const struct session_head *h, struct err *e)
{
    AUTO(mem_free_ptr) char *dir = path_join(state_dir, "heads");
    AUTO(mem_close_fd) int dir_fd = -1;
    AUTO(str_release) struct str text = STR_INIT(HEAD_MAX);
    char files[OID_HEX + 1];
    char meta[OID_HEX + 1];
    char commit[OID_HEX + 1];
    char name[32];
    head_name(workdir, name);
    oid_to_hex(&h->trees[0], files);
    oid_to_hex(&h->trees[1], meta);
    oid_to_hex(&h->commit, commit);
    str_addf(&text, "nono-head 1\ngeneration %" PRIu64 "\nfiles %s\nmeta %s\ncommit %s\n", h->generation, files, meta, commit);
    str_add(&text, workdir);
    int rc = str_check(&text, "the path of the tree", e);
    if (rc == 0)
        rc = fs_open_private(dir, true, &dir_fd, e);
    return rc < 0 ? rc : fs_publish(dir_fd, name + strlen("heads/"), text.buf, text.len, 0600, e);
}
