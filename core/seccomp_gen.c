/* seccomp_gen: run by the build, writes the table of seccomp_rows.c as BPF programs in C: seccomp_gen OUTPUT.
 * libseccomp at run time would cost a third of the start-up of a sandbox. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/seccomp_filter.h"
#include "core/seccomp_program.h"

enum {
    OPTIMIZE_TREE = 2, /* seccomp_attr_set(3), SCMP_FLTATR_CTL_OPTIMIZE: a binary tree over the numbers */
    FIRST_X32 = 0x40000000,
};

static int fail(const char *what, const char *name, int sys)
{
    (void)dprintf(STDERR_FILENO, "seccomp_gen: %s %s: %s\n", what, name, strerror(sys));
    return -1;
}

static struct scmp_arg_cmp comparison(const struct seccomp_test *t)
{
    struct scmp_arg_cmp c = {.arg = t->arg, .op = SCMP_CMP_MASKED_EQ, .datum_a = t->mask, .datum_b = t->value};
    if (t->op == SECCOMP_DIFFERS || t->op == SECCOMP_ABOVE) {
        c.op = t->op == SECCOMP_ABOVE ? SCMP_CMP_GT : SCMP_CMP_NE;
        c.datum_a = t->value;
        c.datum_b = 0;
    }
    return c;
}

/* Negative: known, and not on this machine. 0: unknown. */
static int number_of(const struct seccomp_row *row)
{
    int number = seccomp_syscall_resolve_name(row->name);
    return number == __NR_SCMP_ERROR ? row->number : number;
}

static int add_row(scmp_filter_ctx filter, const struct seccomp_row *row)
{
    struct scmp_arg_cmp test[SECCOMP_N_TESTS];
    unsigned n = 0;
    int number = number_of(row);
    if (number == 0)
        return fail("unknown system call", row->name, ENOSYS);
    if (number < 0)
        return 0;
    for (; n < SECCOMP_N_TESTS && row->test[n].op != SECCOMP_NO_TEST; n++)
        test[n] = comparison(&row->test[n]);
    int r = seccomp_rule_add_exact_array(filter, SCMP_ACT_ERRNO((uint16_t)seccomp_row_errno(row)), number, n, test);
    return r < 0 ? fail("cannot add the rule for", row->name, -r) : 0;
}

static int add_rows(scmp_filter_ctx filter, const struct seccomp_case *s)
{
    int r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (r == 0)
        r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, OPTIMIZE_TREE);
    if (r < 0)
        return fail("cannot set up", "libseccomp", -r);
    for (size_t i = 0; i < seccomp_n_rows; i++)
        if (seccomp_row_applies(&seccomp_rows[i], s) && add_row(filter, &seccomp_rows[i]) < 0)
            return -1;
    return 0;
}

/* The number of instructions, negative on failure. */
static ssize_t compile(const struct seccomp_case *s, struct sock_filter insn[BPF_MAXINSNS])
{
    ssize_t len = -1;
    int fd = memfd_create("seccomp_gen", MFD_CLOEXEC);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (fd < 0 || !filter)
        (void)fail("cannot set up", "libseccomp", ENOMEM);
    else if (add_rows(filter, s) == 0 && seccomp_export_bpf(filter, fd) == 0)
        len = pread(fd, insn, BPF_MAXINSNS * sizeof *insn, 0);
    if (filter)
        seccomp_release(filter);
    if (fd >= 0)
        (void)close(fd);
    if (len <= 0 || (size_t)len % sizeof *insn != 0)
        return -1;
    return len / (ssize_t)sizeof *insn;
}

static void put(int out, const struct sock_filter *insn, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void)dprintf(out, "    {0x%02x, %u, %u, 0x%xu},\n", insn[i].code, insn[i].jt, insn[i].jf, insn[i].k);
}

/* libseccomp kills for the x32 numbers of x86_64; a system call that does not exist should say so. The rest of the
 * program follows and looks at the machine itself. */
static size_t put_x32(int out)
{
#ifdef __x86_64__
    static const struct sock_filter prefix[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST_X32, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    };
    put(out, prefix, sizeof prefix / sizeof *prefix);
    return sizeof prefix / sizeof *prefix;
#else
    (void)out;
    return 0;
#endif
}

static int put_program(int out, unsigned index, size_t *ret_len)
{
    static struct sock_filter insn[BPF_MAXINSNS];
    const struct seccomp_case which = seccomp_program_case(index);
    ssize_t n = compile(&which, insn);
    if (n < 0)
        return fail("cannot compile", "a program", EINVAL);
    (void)dprintf(out, "static const struct sock_filter program_%u[] = {\n", index);
    *ret_len = put_x32(out) + (size_t)n;
    put(out, insn, (size_t)n);
    (void)dprintf(out, "};\n");
    return *ret_len > BPF_MAXINSNS ? fail("too long:", "a program", E2BIG) : 0;
}

static bool is_first_of_name(size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (strcmp(seccomp_rows[i].name, seccomp_rows[row].name) == 0)
            return false;
    return true;
}

static void put_names(int out)
{
    (void)dprintf(out, "const struct seccomp_name seccomp_names[] = {\n");
    for (size_t i = 0; i < seccomp_n_rows; i++) {
        int number = number_of(&seccomp_rows[i]);
        if (number > 0 && is_first_of_name(i))
            (void)dprintf(out, "    {%d, \"%s\"},\n", number, seccomp_rows[i].name);
    }
    (void)dprintf(out, "};\nconst size_t seccomp_n_names = sizeof seccomp_names / sizeof *seccomp_names;\n");
}

int main(int argc, char **argv)
{
    size_t len[SECCOMP_N_PROGRAMS];
    if (argc != 2)
        return 2;
    int out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out < 0)
        return 1;
    (void)dprintf(out, "#include \"core/seccomp_program.h\"\n");
    for (unsigned i = 0; i < SECCOMP_N_PROGRAMS; i++)
        if (put_program(out, i, &len[i]) < 0)
            return 1;
    (void)dprintf(out, "const struct seccomp_program seccomp_programs[SECCOMP_N_PROGRAMS] = {\n");
    for (unsigned i = 0; i < SECCOMP_N_PROGRAMS; i++)
        (void)dprintf(out, "    {program_%u, %zu},\n", i, len[i]);
    (void)dprintf(out, "};\n");
    put_names(out);
    return close(out) < 0;
}
