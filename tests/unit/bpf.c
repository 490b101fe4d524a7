/* bpf: the part of classic BPF that seccomp(2) allows and libseccomp emits. */
#include "tests/unit/bpf.h"

#include <string.h>

#include "tests/unit/tap.h"

static uint32_t load(const struct seccomp_data *data, uint32_t offset)
{
    uint32_t word;
    CHECK(offset % sizeof word == 0 && offset + sizeof word <= sizeof *data);
    memcpy(&word, (const char *)data + offset, sizeof word);
    return word;
}

static unsigned jump(const struct sock_filter *i, uint32_t a)
{
    switch (BPF_OP(i->code)) {
    case BPF_JA:
        return i->k;
    case BPF_JEQ:
        return a == i->k ? i->jt : i->jf;
    case BPF_JGT:
        return a > i->k ? i->jt : i->jf;
    case BPF_JGE:
        return a >= i->k ? i->jt : i->jf;
    case BPF_JSET:
        return a & i->k ? i->jt : i->jf;
    default:
        tap_fail(__FILE__, __LINE__, "unknown jump %#x", i->code);
    }
}

uint32_t bpf_run(const struct sock_filter *insn, unsigned short len, const struct seccomp_data *data)
{
    uint32_t a = 0;
    for (unsigned at = 0; at < len; at++) {
        const struct sock_filter *i = &insn[at];
        switch (BPF_CLASS(i->code)) {
        case BPF_LD:
            CHECK(i->code == (BPF_LD | BPF_W | BPF_ABS));
            a = load(data, i->k);
            break;
        case BPF_ALU:
            CHECK(i->code == (BPF_ALU | BPF_AND | BPF_K));
            a &= i->k;
            break;
        case BPF_JMP:
            at += jump(i, a);
            break;
        case BPF_RET:
            CHECK(i->code == (BPF_RET | BPF_K));
            return i->k;
        default:
            tap_fail(__FILE__, __LINE__, "unknown instruction %#x", i->code);
        }
    }
    tap_fail(__FILE__, __LINE__, "the program ends without a verdict");
}
