/* dns_message: header, one question, and the addresses among the answers. */
#include "core/dns_message.h"

#include <string.h>

enum {
    HEADER = 12,
    AT_FLAGS = 2,
    AT_QUESTIONS = 4,
    AT_ANSWERS = 6,
    FLAG_ANSWER = 0x8000,
    MASK_OPCODE = 0x7800,
    MASK_ERROR = 0x000f,
    POINTER = 0xc0,
    LABEL_MAX = 63,
    TYPE_A = 1,
    TYPE_AAAA = 28,
    CLASS_IN = 1,
    QUESTION_END = 4,
    RECORD_HEAD = 10, /* type, class, time to live, length */
    RECORDS_MAX = 256,
};

struct reader {
    const uint8_t *bytes;
    size_t len, at;
};

static bool has(const struct reader *r, size_t n)
{
    return n <= r->len - r->at;
}

static unsigned number(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static bool is_of_host(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static char small(uint8_t c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* The name in a question, which nothing could have been said before of: no pointers. */
static bool read_name(struct reader *r, char *ret)
{
    size_t len = 0;
    for (;;) {
        if (!has(r, 1))
            return false;
        size_t label = r->bytes[r->at++];
        if (label == 0)
            break;
        if (label > LABEL_MAX || !has(r, label) || len + label + 1 >= DNS_MESSAGE_MAX_NAME)
            return false;
        if (len)
            ret[len++] = '.';
        for (size_t i = 0; i < label; i++, r->at++) {
            if (!is_of_host(r->bytes[r->at]))
                return false;
            ret[len++] = small(r->bytes[r->at]);
        }
    }
    ret[len] = '\0';
    return len > 0;
}

/* A name whose text does not matter. */
static bool skip_name(struct reader *r)
{
    for (;;) {
        if (!has(r, 1))
            return false;
        size_t label = r->bytes[r->at++];
        if (label == 0)
            return true;
        if ((label & POINTER) == POINTER) {
            r->at++;
            return r->at <= r->len;
        }
        if (label > LABEL_MAX || !has(r, label))
            return false;
        r->at += label;
    }
}

static bool read_record(struct reader *r, struct dns_message *m)
{
    if (!skip_name(r) || !has(r, RECORD_HEAD))
        return false;
    unsigned type = number(r->bytes + r->at);
    unsigned class = number(r->bytes + r->at + 2);
    size_t len = number(r->bytes + r->at + 8);
    r->at += RECORD_HEAD;
    if (!has(r, len))
        return false;
    bool is_long = type == TYPE_AAAA && len == sizeof m->address->byte;
    bool is_address = class == CLASS_IN && (is_long || (type == TYPE_A && len == 4));
    if (is_address && m->n < DNS_MESSAGE_MAX_ADDRESSES) {
        m->address[m->n].is_long = is_long;
        memcpy(m->address[m->n++].byte, r->bytes + r->at, len);
    }
    r->at += len;
    return true;
}

bool dns_message_read(const uint8_t *bytes, size_t len, struct dns_message *ret)
{
    struct reader r = {bytes, len, HEADER};
    if (len < HEADER || len > DNS_MESSAGE_MAX)
        return false;
    unsigned flags = number(bytes + AT_FLAGS);
    size_t answers = number(bytes + AT_ANSWERS);
    *ret = (struct dns_message){.is_answer = flags & FLAG_ANSWER};
    if (number(bytes + AT_QUESTIONS) != 1 || (flags & MASK_OPCODE) || answers > RECORDS_MAX || (!ret->is_answer && (answers || (flags & MASK_ERROR))))
        return false;
    if (!read_name(&r, ret->name) || !has(&r, QUESTION_END))
        return false;
    unsigned type = number(bytes + r.at);
    if ((type != TYPE_A && type != TYPE_AAAA) || number(bytes + r.at + 2) != CLASS_IN)
        return false;
    r.at += QUESTION_END;
    for (size_t i = 0; i < answers; i++)
        if (!read_record(&r, ret))
            return false;
    return true;
}

bool dns_message_host(const char *text, size_t len, char *ret)
{
    size_t label = 0;
    if (len == 0 || len >= DNS_MESSAGE_MAX_NAME)
        return false;
    for (size_t i = 0; i < len; i++) {
        label = text[i] == '.' ? 0 : label + 1;
        if (label > LABEL_MAX || (text[i] == '.' ? i == 0 || text[i - 1] == '.' : !is_of_host((uint8_t)text[i])))
            return false;
        ret[i] = small((uint8_t)text[i]);
    }
    ret[len - (text[len - 1] == '.')] = '\0';
    return true;
}
