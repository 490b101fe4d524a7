/* explain: listening and Unix sockets; what is named as a change works. */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/mem.h"
#include "policy/explain.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

struct rig {
    struct home home;
    struct strlist sockets, ports;
    struct explain_request request;
    struct explain_policy policy;
    struct explain_answer answer;
};

static void clear(struct rig *g)
{
    explain_policy_release(&g->policy);
    explain_answer_release(&g->answer);
    g->policy = (struct explain_policy){0};
    g->answer = (struct explain_answer)EXPLAIN_ANSWER_INIT;
}

static void prepare(struct rig *g)
{
    struct err e = ERR_INIT;
    clear(g);
    CHECK_OK(explain_prepare(&g->request, &g->policy, &e), &e);
}

static void rig_make(struct rig *g, const char *profile)
{
    *g = (struct rig){.answer = EXPLAIN_ANSWER_INIT};
    home_make(&g->home, "/var/tmp");
    g->request.resolve = (struct resolve_request){
        .world = &g->home.world, .profile = profile, .workdir = g->home.world.cwd, .unix_socket = &g->sockets, .listen_port = &g->ports};
}

static void rig_release(struct rig *g)
{
    strlist_release(&g->sockets);
    strlist_release(&g->ports);
    clear(g);
    home_remove(&g->home);
}

TEST(listening)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "p");
    home_profile(&g.home, "p", "{\"extends\":\"default\",\"network\":{\"block\":true,\"listen_port\":[80]}}");
    prepare(&g);
    explain_listen(&g.request, &g.policy, 80, &g.answer);
    CHECK(g.answer.allowed);
    prepare(&g);
    explain_listen(&g.request, &g.policy, 8080, &g.answer);
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_NETWORK_BLOCKED);
    CHECK_INT(g.answer.change.n, 2);
    CHECK_STR(g.answer.change.item[0], "--listen-port");
    CHECK_STR(g.answer.change.item[1], "8080");
    strlist_add(&g.ports, "8080");
    prepare(&g);
    explain_listen(&g.request, &g.policy, 8080, &g.answer);
    CHECK(g.answer.allowed);
    prepare(&g);
    explain_listen(&g.request, &g.policy, 0, &g.answer);
    CHECK(!g.answer.allowed && g.answer.change.n == 0 && strstr(g.answer.way_out.buf, "--listen-port"));
}

TEST(listening_on_an_open_network)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    prepare(&g);
    explain_listen(&g.request, &g.policy, 8080, &g.answer);
    CHECK(g.answer.allowed);
}

TEST(a_unix_socket)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    AUTO(mem_free_ptr) char *path = home_join(&g.home, "socket");
    AUTO(mem_close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && strlen(path) < sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    prepare(&g);
    explain_socket(&g.request, &g.policy, path, &g.answer);
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_SOCKET_NOT_GRANTED);
    CHECK_INT(g.answer.change.n, 2);
    CHECK_STR(g.answer.change.item[0], "--allow-unix-socket");
    CHECK_STR(g.answer.change.item[1], path);
    strlist_add(&g.sockets, path);
    prepare(&g);
    explain_socket(&g.request, &g.policy, path, &g.answer);
    CHECK(g.answer.allowed);
}

TEST(a_unix_socket_at_a_denied_path)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    AUTO(mem_free_ptr) char *path = home_join(&g.home, ".ssh/agent");
    home_file(&g.home, ".ssh/agent", "");
    prepare(&g);
    explain_socket(&g.request, &g.policy, path, &g.answer);
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_SENSITIVE_PATH && g.answer.change.n == 0 && g.answer.way_out.len > 0);
}
