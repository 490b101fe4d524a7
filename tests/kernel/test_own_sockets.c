/* Unix sockets that the command makes: it reaches them and no others, and nobody outside meets it there. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/mem.h"
#include "tests/kernel/inside.h"
#include "tests/unit/tap.h"

static const struct inside own = {.both = {"work"}, .own_sockets = true}, none = {.both = {"work"}}, readable = {.read = {"work"}, .own_sockets = true};

static const char *decimal(int n)
{
    static char ring[4][16];
    static unsigned next;
    char *buf = ring[next++ % 4];
    (void)snprintf(buf, sizeof ring[0], "%d", n);
    return buf;
}

static int serve(const char *name, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", at(name));
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 64) == 0);
    return fd;
}

TEST(one_for_the_command)
{
    inside_triple(TRY("own-unix", decimal(SOCK_STREAM), at("work/own"), at("work/own")), EACCES, &none, &own);
    CHECK(access(at("work/own"), F_OK) < 0); /* gone with the sandbox */
    inside_triple(TRY("own-unix", decimal(SOCK_SEQPACKET), at("work/own"), at("work/own")), EACCES, &none, &own);
    inside_layout();
    CHECK_INT(inside_run(&own, TRY("own-unix", decimal(SOCK_STREAM), at("work/own"), at("work/dir/linked"))), 0);
}

TEST(only_where_it_may_write)
{
    inside_layout();
    int denied = inside_run(&own, TRY("bind-unix", at("secret/own")));
    CHECK(denied == EACCES || denied == EROFS);
    denied = inside_run(&readable, TRY("bind-unix", at("work/own")));
    CHECK(denied == EACCES || denied == EROFS);
    CHECK(access(at("secret/own"), F_OK) < 0 && access(at("work/own"), F_OK) < 0);
    CHECK(symlink(at("secret"), at("work/to_secret")) == 0);
    denied = inside_run(&own, TRY("bind-unix", at("work/to_secret/own")));
    CHECK(denied == EACCES || denied == EROFS);
    CHECK_INT(inside_run(&own, TRY("bind-unix", at("work/file"))), EADDRINUSE);
    CHECK_INT(inside_run(&own, TRY("bind-unix", at("work/absent/own"))), ENOENT);
    const struct inside denies = {.both = {"work"}, .deny = {"work/dir"}, .own_sockets = true};
    denied = inside_run(&denies, TRY("bind-unix", at("work/dir/own")));
    CHECK(denied != 0);
    CHECK(access(at("work/dir/own"), F_OK) < 0);
    CHECK_INT(inside_run(&own, TRY("own-abstract", "named")), EACCES);
    CHECK(inside_run(&own, TRY("own-abstract", "auto")) != 0);
}

TEST(others_stay_closed)
{
    inside_layout();
    AUTO(mem_close_fd) int server = serve("one", SOCK_STREAM);
    CHECK(server >= 0);
    AUTO(mem_close_fd) int in_work = serve("work/server", SOCK_STREAM);
    CHECK(in_work >= 0);
    CHECK_INT(outside_run(TRY("connect-unix", at("one"))), 0);
    CHECK_INT(inside_run(&own, TRY("connect-unix", at("one"))), EACCES);
    CHECK_INT(outside_run(TRY("connect-unix", at("work/server"))), 0);
    CHECK_INT(inside_run(&own, TRY("connect-unix", at("work/server"))), EACCES);
    CHECK_INT(inside_run(&own, TRY("replaced-unix", at("work/own"), at("work/server"))), EACCES);
    CHECK(access(at("work/own"), F_OK) == 0); /* another's stays */
}

/* Programs look in this way whether a server has left its socket behind, and then replace it. */
TEST(what_a_server_has_left)
{
    inside_layout();
    CHECK(close(serve("work/left", SOCK_STREAM)) == 0);
    CHECK_INT(outside_run(TRY("connect-unix", at("work/left"))), ECONNREFUSED);
    CHECK_INT(inside_run(&own, TRY("connect-unix", at("work/left"))), ECONNREFUSED);
    AUTO(mem_close_fd) int server = serve("work/server", SOCK_STREAM);
    CHECK(server >= 0);
    CHECK_INT(inside_run(&own, TRY("connect-unix", at("work/server"))), EACCES);
}

TEST(what_listens_stays_so)
{
    inside_layout();
    AUTO(mem_close_fd) int server = serve("one", SOCK_STREAM);
    CHECK(server >= 0);
    CHECK_INT(inside_run(&own, TRY("turned-unix", at("work/own"), at("one"), decimal(SOCK_STREAM))), EINVAL);
    AUTO(mem_close_fd) int packets = serve("two", SOCK_SEQPACKET);
    CHECK(packets >= 0);
    CHECK_INT(inside_run(&own, TRY("turned-unix", at("work/own2"), at("two"), decimal(SOCK_SEQPACKET))), EINVAL);
}

TEST(mixing)
{
    inside_layout();
    AUTO(mem_close_fd) int server = serve("one", SOCK_STREAM);
    CHECK(server >= 0);
    /* Where it may be reached it is, sooner or later. */
    CHECK_INT(outside_run(TRY("mix-unix", at("work/own"), at("one"), "10000000")), 1);
    CHECK_INT(inside_run(&own, TRY("mix-unix", at("work/own"), at("one"), "3000")), 0);
}

/* Whoever looks for a server there, outside. */
static void *visit(void *ret)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", at("work/own"));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (int i = 0; i < 6000 && access(address.sun_path, F_OK) < 0; i++)
        (void)usleep(10000);
    *(int *)ret = connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ? errno : 0;
    (void)close(fd);
    (void)mkdir(at("work/done"), 0755);
    return NULL;
}

TEST(nobody_outside_meets_it)
{
    pthread_t thread;
    int met = -1;
    inside_layout();
    CHECK(pthread_create(&thread, NULL, visit, &met) == 0);
    CHECK_INT(inside_run(&own, TRY("wait-unix", at("work/own"), at("work/done"))), 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_INT(met, ECONNREFUSED);
}

TEST(so_many)
{
    inside_layout();
    CHECK_INT(inside_run(&own, TRY("many-unix", at("work/empty"))), 0);
}

TEST(another_user)
{
    if (geteuid() != 0)
        return;
    inside_layout();
    CHECK(chmod(at("work"), 0777) == 0);
    CHECK_INT(inside_run(&own, TRY("own-as", "0", at("work/own"))), 0);
    CHECK_INT(inside_run(&own, TRY("own-as", "65534", at("work/own"))), EACCES);
}
