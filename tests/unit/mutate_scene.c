#include "tests/unit/mutate_scene.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rollback/undo.h"
#include "tests/unit/tap.h"

static const char *const populate =
    "umask 022; cd tree0; printf one >a; printf two >b; mkdir dir dir/sub empty ro; printf x >dir/x; printf y >dir/sub/y; ln a hard; ln -s a link;"
    "mkfifo fifo; printf r >ro/r; printf c >>big; for i in 1 2 3 4 5 6 7 8; do cat big big >t; mv t big; done; mkdir ../tree1/other; printf o >../tree1/o;"
    "printf s >../scratch/s; mkdir ../scratch/sd; setfattr -n user.k -v v a; find .. -depth -exec touch -h -d @500000 {} +; chmod 555 ro";

void scene_start(struct scene *s)
{
    char command[2048];
    fixture_init(&s->f, tap_tmpdir());
    (void)snprintf(command, sizeof command, "cd %s; %s", s->f.base, populate);
    CHECK_INT(system(command), 0);
    s->before = fixture_state(&s->f);
    fixture_begin(&s->f, 1, &s->s);
    s->d = (struct doer){.f = &s->f, .m = &s->s.m};
}

void scene_finish(struct scene *s)
{
    char *after = fixture_state(&s->f);
    fixture_end(&s->s);
    CHECK(strcmp(after, s->before) != 0);
    CHECK_INT(fixture_undo(&s->f, 1, 2), UNDO_DONE);
    char *now = fixture_state(&s->f);
    CHECK_STR(now, s->before);
    free(now);
    CHECK_INT(fixture_undo(&s->f, 2, 3), UNDO_DONE);
    now = fixture_state(&s->f);
    CHECK_STR(now, after);
    free(now);
    CHECK_INT(fixture_undo(&s->f, 3, 4), UNDO_DONE);
    now = fixture_state(&s->f);
    CHECK_STR(now, s->before);
    free(now);
    free(after);
    free(s->before);
}

void scene_read(const struct scene *s, const char *path, char ret[64])
{
    char whole[400];
    (void)snprintf(whole, sizeof whole, "%s/%s", s->f.base, path);
    int fd = open(whole, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, ret, 63);
    ret[n > 0 ? n : 0] = '\0';
    (void)close(fd);
}

struct stat scene_stat(const struct scene *s, const char *path)
{
    char whole[400];
    struct stat st = {0};
    (void)snprintf(whole, sizeof whole, "%s/%s", s->f.base, path);
    (void)lstat(whole, &st);
    return st;
}
