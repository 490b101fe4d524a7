/* explain: listening and Unix sockets; what is named as a change works. */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/mem.h"
#include "policy/explain.h"
#include "tests/unit/explain_rig.h"
#include "tests/unit/tap.h"

TEST(listening)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "p");
    home_profile(&g.home, "p", "{\"extends\":\"default\",\"network\":{\"block\":true,\"listen_port\":[80]}}");
    rig_prepare(&g);
    explain_listen(&g.request, &g.policy, 80, &g.answer);
    CHECK(g.answer.allowed);
    rig_prepare(&g);
    explain_listen(&g.request, &g.policy, 8080, &g.answer);
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_NETWORK_BLOCKED);
    CHECK_INT(g.answer.change.n, 2);
    CHECK_STR(g.answer.change.item[0], "--listen-port");
    CHECK_STR(g.answer.change.item[1], "8080");
    strlist_add(&g.list[RIG_LISTEN], "8080");
    rig_prepare(&g);
    explain_listen(&g.request, &g.policy, 8080, &g.answer);
    CHECK(g.answer.allowed);
    rig_prepare(&g);
    explain_listen(&g.request, &g.policy, 0, &g.answer);
    CHECK(!g.answer.allowed && g.answer.change.n == 0 && strstr(g.answer.way_out.buf, "--listen-port"));
}

TEST(listening_on_an_open_network)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    rig_prepare(&g);
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
    rig_prepare(&g);
    explain_socket(&g.request, &g.policy, path, &g.answer);
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_SOCKET_NOT_GRANTED);
    CHECK_INT(g.answer.change.n, 2);
    CHECK_STR(g.answer.change.item[0], "--allow-unix-socket");
    CHECK_STR(g.answer.change.item[1], path);
    rig_add(&g, RIG_SOCKET, path);
    rig_prepare(&g);
    explain_socket(&g.request, &g.policy, path, &g.answer);
    CHECK(g.answer.allowed);
}

TEST(a_unix_socket_at_a_denied_path)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, NULL);
    AUTO(mem_free_ptr) char *path = home_join(&g.home, ".ssh/agent");
    home_file(&g.home, ".ssh/agent", "");
    rig_prepare(&g);
    explain_socket(&g.request, &g.policy, path, &g.answer);
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_SENSITIVE_PATH && g.answer.change.n == 0 && g.answer.way_out.len > 0);
}
