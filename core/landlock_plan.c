/* landlock_plan: what is granted, as rules of Landlock. Pure. */
#include "core/landlock_rules.h"

#include <string.h>

#include "core/mem.h"
#include "core/path.h"

enum { ABI_PORTS = 4 };

/* Order of a walk of the tree: '/' before any other byte, so that all that lies below a path follows it at once. */
static unsigned rank(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte > '/' || byte == 0 ? byte : byte == '/' ? 1u : byte + 1u;
}

static int compare_paths(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (int)rank(*a) - (int)rank(*b);
}

/* A rule, and the ranks of its first letters in a number: it decides nearly always. */
struct ranked {
    uint64_t first;
    const struct landlock_rule *rule;
};

static uint64_t rank_first(const char *path)
{
    uint64_t all = 0;
    for (size_t n = 0; n < sizeof all; n++) {
        all = all << 8 | rank(*path);
        path += *path != '\0';
    }
    return all;
}

static int compare_ranked(const struct ranked *x, const struct ranked *y)
{
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    bool ends = (x->first & UINT8_MAX) == 0; /* and then both are the same so far */
    int order = ends ? 0 : compare_paths(x->rule->path + sizeof x->first, y->rule->path + sizeof y->first);
    return order ? order : x->rule->file_only - y->rule->file_only;
}

static void merge(const struct ranked *from, size_t n_left, size_t n, struct ranked *ret)
{
    size_t left = 0, right = n_left;
    for (size_t i = 0; i < n; i++) {
        bool is_left = right == n || (left < n_left && compare_ranked(&from[left], &from[right]) <= 0);
        ret[i] = from[is_left ? left++ : right++];
    }
}

/* Merges runs of 1, 2, 4… rules; the last are in `rooms` or in `spare`, which it returns. */
static const struct ranked *sort_ranked(struct ranked *rooms, struct ranked *spare, size_t n)
{
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t at = 0; at < n; at += 2 * run) {
            size_t size = n - at < 2 * run ? n - at : 2 * run;
            merge(rooms + at, size < run ? size : run, size, spare + at);
        }
        struct ranked *merged = spare;
        spare = rooms;
        rooms = merged;
    }
    return rooms;
}

/* The same path granted twice (to read by one group, to write by another) is one rule. */
static void sort_rules(struct landlock_plan *p)
{
    const size_t n = p->n_rules;
    AUTO(mem_free_ptr) struct ranked *rooms = mem_array(2 * n + 1, sizeof *rooms);
    AUTO(mem_free_ptr) struct landlock_rule *unsorted = p->rule;
    for (size_t i = 0; i < n; i++)
        rooms[i] = (struct ranked){.first = rank_first(unsorted[i].path), .rule = &unsorted[i]};
    const struct ranked *sorted = sort_ranked(rooms, rooms + n, n);
    p->rule = NULL;
    p->n_rules = p->cap_rules = 0;
    mem_reserve(&p->rule, &p->cap_rules, n, sizeof *p->rule);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && compare_ranked(&sorted[i - 1], &sorted[i]) == 0)
            p->rule[p->n_rules - 1].rights |= sorted[i].rule->rights;
        else
            p->rule[p->n_rules++] = *sorted[i].rule;
    }
}

static void add_rule(struct landlock_plan *p, struct landlock_rule rule)
{
    mem_reserve(&p->rule, &p->cap_rules, p->n_rules + 1, sizeof *p->rule);
    p->rule[p->n_rules++] = rule;
}

/* Leaves out what the rules above grant already: the kernel takes the union along the path. */
static void drop_covered(struct landlock_plan *p)
{
    struct above {
        const char *path;
        uint64_t rights; /* with those of everything above it */
    };
    AUTO(mem_free_ptr) struct above *above = mem_array(p->n_rules + 1, sizeof *above);
    size_t depth = 0;
    size_t kept = 0;
    for (size_t i = 0; i < p->n_rules; i++) {
        struct landlock_rule rule = p->rule[i];
        while (depth > 0 && !path_is_within(rule.path, above[depth - 1].path))
            depth--;
        uint64_t held = depth > 0 ? above[depth - 1].rights : 0;
        if ((held & rule.rights) == rule.rights)
            continue;
        p->rule[kept++] = rule;
        if (!rule.file_only)
            above[depth++] = (struct above){.path = rule.path, .rights = held | rule.rights};
    }
    p->n_rules = kept;
}

static const char proc[] = "/proc";

static bool is_per_process(const char *path)
{
    return path_is_within(path, "/proc/self") || path_is_within(path, "/proc/thread-self");
}

static uint64_t rights_of(const struct landlock_plan *p, unsigned access, const char *path)
{
    bool reaches_devices = path_is_within(path, "/dev") || path_is_within("/dev", path);
    return reaches_devices ? p->of_devices[access] : p->of_files[access];
}

/* Where nono makes the changes, the command reads, and writes devices only. */
static void plan_brokered(const struct caps_grant *g, struct landlock_plan *p)
{
    uint64_t rights = rights_of(p, g->access & ~(unsigned)CAPS_WRITE, g->path);
    if (rights)
        add_rule(p, (struct landlock_rule){.path = g->path, .rights = rights, .file_only = g->file_only});
    for (const char *const *root = caps_direct_roots; *root && !g->file_only; root++)
        if (path_is_within(*root, g->path))
            add_rule(p, (struct landlock_rule){.path = *root, .rights = rights_of(p, g->access, *root)});
}

static void plan_rules(const struct caps *caps, struct landlock_plan *p)
{
    bool widened = false, has_proc = false;
    mem_reserve(&p->rule, &p->cap_rules, caps->n_grants, sizeof *p->rule);
    for (size_t i = 0; i < caps->n_grants; i++) {
        const struct caps_grant *g = &caps->grant[i];
        if (!g->exists)
            continue;
        if (is_per_process(g->path)) {
            widened = true;
            continue;
        }
        has_proc |= (g->access & CAPS_READ) && !g->file_only && path_is_within(proc, g->path);
        if (caps->brokered && (g->access & CAPS_WRITE) && !caps_is_direct(g->path)) {
            plan_brokered(g, p);
            continue;
        }
        uint64_t rights = rights_of(p, g->access, g->path);
        add_rule(p, (struct landlock_rule){.path = g->path, .rights = rights, .file_only = g->file_only});
    }
    p->standard = widened;
    if (!widened || has_proc)
        return;
    add_rule(p, (struct landlock_rule){.path = proc, .rights = rights_of(p, CAPS_READ, proc)});
    if (!caps->own_processes)
        strlist_add(&p->missing, "/proc/self is granted as all of /proc, read only: command lines of other processes can be read, their memory, "
                                 "environment and descriptors cannot");
}

static void plan_right(const struct landlock_right *r, struct landlock_plan *p)
{
    for (unsigned access = 0; access <= CAPS_READWRITE; access++) {
        uint64_t bit = r->access & access ? r->bit : 0;
        p->of_devices[access] |= bit;
        p->of_files[access] |= r->devices ? 0 : bit;
    }
}

static void plan_rights(const struct caps *caps, int abi, struct landlock_plan *p)
{
    for (size_t i = 0; i < landlock_n_rights; i++) {
        const struct landlock_right *r = &landlock_rights[i];
        if (r->when == CAPS_NET_BLOCKED && caps->network == CAPS_NET_OPEN)
            continue;
        if (abi >= r->abi && r->held_brokered && caps->brokered)
            continue;
        if (abi >= r->abi) {
            uint64_t *mask = r->kind == LANDLOCK_FS ? &p->handled_fs : r->kind == LANDLOCK_NET ? &p->handled_net : &p->scoped;
            *mask |= r->bit;
            if (r->kind == LANDLOCK_FS)
                plan_right(r, p);
        } else if (!r->held_blocked || caps->network == CAPS_NET_OPEN) {
            AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
            str_addf(&line, "Landlock ABI %d of this kernel has no right %s: %s", abi, r->name, r->without);
            strlist_add(&p->missing, line.buf);
        }
    }
}

const char landlock_no_metadata[] = "mode, owner, times and attributes of this user's files outside can be changed: Landlock has no right for them";

static void plan_limits(const struct caps *caps, struct landlock_plan *p)
{
    bool connects = false, listens = false;
    for (size_t i = 0; i < caps->n_ports; i++)
        *(caps->port[i].use == CAPS_PORT_LISTEN ? &listens : &connects) = true;
    if (connects)
        strlist_add(&p->missing, "open ports are open on every host and address: Landlock knows no address");
    if (listens)
        strlist_add(&p->missing, "under 'nono wrap', a program that listens without binding a port gets one that the kernel chooses: Landlock does not see it");
    if (caps->level != CAPS_LEVEL_FULL && !caps->brokered)
        strlist_add(&p->missing, landlock_no_metadata);
}

int landlock_rules_plan(const struct caps *caps, int abi, struct landlock_plan *ret, struct err *e)
{
    if (abi < 1)
        return err_set(e, ERR_KERNEL, "this kernel offers no Landlock: nothing can be held, so nothing is started");
    if (caps->network == CAPS_NET_PORTS && abi < ABI_PORTS)
        return err_set(e, ERR_KERNEL,
                       "Landlock ABI %d of this kernel has no rights for TCP ports, and nothing else holds them (Linux 6.7 does); "
                       "--block-net without ports gives no network at all, --allow-net all of it",
                       abi);
    struct landlock_plan plan = {.port = caps->port, .n_ports = caps->n_ports, .barred = caps->barred, .n_barred = caps->n_barred};
    plan_rights(caps, abi, &plan);
    plan_rules(caps, &plan);
    plan_limits(caps, &plan);
    sort_rules(&plan);
    drop_covered(&plan);
    *ret = plan;
    return 0;
}

void landlock_plan_release(struct landlock_plan *p)
{
    mem_free(p->rule);
    strlist_release(&p->missing);
    *p = (struct landlock_plan){0};
}
