/* landlock_plan: what is granted, as rules of Landlock. Pure. */
#include "core/landlock_rules.h"

#include <string.h>

#include "core/mem.h"
#include "core/path.h"

enum { ABI_PORTS = 4 };

/* Order of a walk of the tree: '/' before any other byte, so that all that lies below a path follows it at once. */
static int compare_paths(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    int x = *a == '/' ? 1 : (unsigned char)*a + (*a != '\0');
    int y = *b == '/' ? 1 : (unsigned char)*b + (*b != '\0');
    return x - y;
}

static int compare_rules(const struct landlock_rule *x, const struct landlock_rule *y)
{
    int order = compare_paths(x->path, y->path);
    return order ? order : x->file_only - y->file_only;
}

/* Keeps the rules sorted. The same path granted twice (to read by one group, to write by another) is one rule. */
static void insert_rule(struct landlock_plan *p, struct landlock_rule rule)
{
    size_t low = 0;
    size_t high = p->n_rules;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_rules(&p->rule[middle], &rule);
        if (order == 0) {
            p->rule[middle].rights |= rule.rights;
            return;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    mem_reserve(&p->rule, &p->cap_rules, p->n_rules + 1, sizeof *p->rule);
    memmove(&p->rule[low + 1], &p->rule[low], (p->n_rules - low) * sizeof *p->rule);
    p->rule[low] = rule;
    p->n_rules++;
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

static uint64_t rights_of(unsigned access, const char *path, uint64_t handled)
{
    bool reaches_devices = path_is_within(path, "/dev") || path_is_within("/dev", path);
    uint64_t rights = 0;
    for (size_t i = 0; i < landlock_n_rights; i++) {
        const struct landlock_right *r = &landlock_rights[i];
        if (r->kind == LANDLOCK_FS && (r->access & access) && (!r->devices || reaches_devices))
            rights |= r->bit;
    }
    return rights & handled;
}

/* Where nono makes the changes, the command reads, and writes devices only. */
static void plan_brokered(const struct caps_grant *g, struct landlock_plan *p)
{
    uint64_t rights = rights_of(g->access & ~(unsigned)CAPS_WRITE, g->path, p->handled_fs);
    if (rights)
        insert_rule(p, (struct landlock_rule){.path = g->path, .rights = rights, .file_only = g->file_only});
    for (const char *const *root = caps_direct_roots; *root && !g->file_only; root++)
        if (path_is_within(*root, g->path))
            insert_rule(p, (struct landlock_rule){.path = *root, .rights = rights_of(g->access, *root, p->handled_fs)});
}

static void plan_rules(const struct caps *caps, struct landlock_plan *p)
{
    bool widened = false, has_proc = false;
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
        uint64_t rights = rights_of(g->access, g->path, p->handled_fs);
        insert_rule(p, (struct landlock_rule){.path = g->path, .rights = rights, .file_only = g->file_only});
    }
    p->standard = widened;
    if (!widened || has_proc)
        return;
    insert_rule(p, (struct landlock_rule){.path = proc, .rights = rights_of(CAPS_READ, proc, p->handled_fs)});
    if (!caps->own_processes)
        strlist_add(&p->missing, "/proc/self is granted as all of /proc, read only: command lines of other processes can be read, their memory, "
                                 "environment and descriptors cannot");
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
