/* learn_host: what the host behind an address is called, and who says so: the best that was seen, else whoever answers for the address. */
#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "core/accesses.h"
#include "core/mem.h"
#include "shell/learn_result.h"

enum { PORT_DNS = 53, NAMES_MAX = 1024, NAMES_SHOWN = 3, LOOKUPS_MAX = 100 };

const char *const learn_host_sources[] = {
    [LEARN_HOST_TLS] = "sni",           [LEARN_HOST_ANSWER] = "dns",   [LEARN_HOST_QUESTION] = "dns-query",
    [LEARN_HOST_RESOLVER] = "resolver", [LEARN_HOST_REVERSE] = "rdns",
};
const char *const learn_host_words[] = {
    [LEARN_HOST_TLS] = "TLS server name",
    [LEARN_HOST_ANSWER] = "DNS answer",
    [LEARN_HOST_QUESTION] = "asked for just before",
    [LEARN_HOST_RESOLVER] = "asked of the resolver just before",
    [LEARN_HOST_REVERSE] = "reverse lookup",
};

/* What the address is called by whoever answers for it: somebody's word, and no proof. */
static char *reverse_name(const char *address, uint16_t port)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } a = {0};
    char host[NI_MAXHOST];
    if (inet_pton(AF_INET, address, &a.four.sin_addr) == 1) {
        a.four.sin_family = AF_INET;
        a.four.sin_port = htons(port);
    } else {
        a = (__typeof__(a)){0};
        if (inet_pton(AF_INET6, address, &a.six.sin6_addr) != 1)
            return NULL;
        a.six.sin6_family = AF_INET6;
        a.six.sin6_port = htons(port);
    }
    socklen_t len = a.any.sa_family == AF_INET ? sizeof a.four : sizeof a.six;
    return getnameinfo(&a.any, len, host, sizeof host, NULL, 0, NI_NAMEREQD) == 0 ? mem_strdup(host) : NULL;
}

/* One thing that was said, in the order of the first time. */
struct said {
    enum accesses_kind kind;
    const char *name;
    size_t len;
    const char *address; /* "" */
    uint16_t port;
    size_t at; /* among the accesses */
    bool used;
};
struct names {
    struct said *item;
    size_t n;
};

static void names_release(struct names *n)
{
    mem_free(n->item);
}

static void gather(struct names *ret)
{
    ret->item = mem_array(NAMES_MAX, sizeof *ret->item);
    for (size_t i = 0; i < accesses_count() && ret->n < NAMES_MAX; i++) {
        struct access a;
        accesses_get(i, &a);
        if (a.kind < ACCESSES_NAME_TLS)
            continue;
        size_t len = strcspn(a.target, " ");
        ret->item[ret->n++] =
            (struct said){.kind = a.kind, .name = a.target, .len = len, .address = a.target + len + (a.target[len] == ' '), .port = a.port, .at = i};
    }
}

/* Those that name just this address. */
static char *direct(const struct names *names, enum accesses_kind kind, const char *address, uint16_t port)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    size_t shown = 0;
    for (size_t i = 0; i < names->n && shown < NAMES_SHOWN; i++) {
        const struct said *s = &names->item[i];
        if (s->kind != kind || strcmp(s->address, address) != 0 || (kind == ACCESSES_NAME_TLS && s->port != port))
            continue;
        str_addf(&text, "%s%.*s", shown++ ? ", " : "", (int)s->len, s->name);
    }
    return shown && !text.failed ? str_take(&text) : NULL;
}

static bool has_answer(const struct names *names, const struct said *question)
{
    for (size_t i = 0; i < names->n; i++) {
        const struct said *s = &names->item[i];
        if (s->kind == ACCESSES_NAME_ANSWER && s->len == question->len && strncmp(s->name, question->name, s->len) == 0)
            return true;
    }
    return false;
}

/* The last that was asked for before the address was first used, unless its answer was seen, or another address came in between. A guess. */
static char *before(const struct names *names, enum accesses_kind kind, size_t at)
{
    struct said *last = NULL;
    for (size_t i = 0; i < names->n && names->item[i].at < at; i++)
        if (names->item[i].kind == kind && !has_answer(names, &names->item[i]))
            last = &names->item[i];
    if (!last || last->used)
        return NULL;
    last->used = true;
    return mem_strndup(last->name, last->len);
}

static char *find(const struct names *names, const struct learn_endpoint *e, bool looks_up, enum learn_host_source *ret)
{
    char *host = direct(names, ACCESSES_NAME_TLS, e->address, e->port);
    *ret = LEARN_HOST_TLS;
    if (!host) {
        *ret = LEARN_HOST_ANSWER;
        host = direct(names, ACCESSES_NAME_ANSWER, e->address, e->port);
    }
    if (!host && e->port != PORT_DNS) {
        *ret = LEARN_HOST_QUESTION;
        host = before(names, ACCESSES_NAME_QUESTION, e->at);
    }
    if (!host && e->port != PORT_DNS) {
        *ret = LEARN_HOST_RESOLVER;
        host = before(names, ACCESSES_NAME_RESOLVER, e->at);
    }
    if (!host && looks_up) {
        *ret = LEARN_HOST_REVERSE;
        host = reverse_name(e->address, e->port);
    }
    return host;
}

void learn_host_name(struct learn_endpoints *endpoints, bool looks_up)
{
    AUTO(names_release) struct names names = {0};
    gather(&names);
    for (size_t i = 0; i < endpoints->n; i++)
        endpoints->item[i].host = find(&names, &endpoints->item[i], looks_up && i < LOOKUPS_MAX, &endpoints->item[i].source);
}
