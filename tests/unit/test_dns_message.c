/* dns_message: questions and answers of the domain name system. */
#include "core/dns_message.h"

#include <string.h>

#include "tests/unit/tap.h"

#define HEAD(flags, answers) "\0\7" flags "\0\1\0" answers "\0\0\0\0"
#define NAME "\3Api\7example\3org\0"
#define TEXT(t) (const uint8_t *)(t), sizeof(t) - 1

TEST(a_question_has_a_name)
{
    struct dns_message m;
    CHECK(dns_message_read(TEXT(HEAD("\1\0", "\0") NAME "\0\1\0\1"), &m));
    CHECK(!m.is_answer && m.n == 0);
    CHECK_STR(m.name, "api.example.org");
    CHECK(dns_message_read(TEXT(HEAD("\1\0", "\0") NAME "\0\x1c\0\1"), &m));
}

TEST(an_answer_has_addresses_behind_aliases)
{
    struct dns_message m;
    CHECK(dns_message_read(TEXT(HEAD("\x81\x80", "\2") NAME "\0\1\0\1"
                                                            "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\4\1a\xc0\x10"
                                                            "\xc0\x2d\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\x09"),
                           &m));
    CHECK(m.is_answer);
    CHECK_INT(m.n, 1);
    CHECK(!m.address[0].is_long && memcmp(m.address[0].byte, "\x7f\0\0\x09", 4) == 0);
}

TEST(what_is_cut_short_or_something_else_is_no_message)
{
    static const char whole[] = HEAD("\1\0", "\0") NAME "\0\1\0\1";
    struct dns_message m;
    for (size_t len = 0; len < sizeof whole - 1; len++)
        CHECK(!dns_message_read((const uint8_t *)whole, len, &m));
    CHECK(!dns_message_read(TEXT(HEAD("\1\0", "\0") NAME "\0\x0c\0\1"), &m));     /* of an address, for its name */
    CHECK(!dns_message_read(TEXT(HEAD("\1\0", "\0") "\4a\x1b[m\0\0\1\0\1"), &m)); /* not of a host */
    CHECK(!dns_message_read(TEXT(HEAD("\1\0", "\0") "\xc0\x0c\0\1\0\1"), &m));    /* points at itself */
    CHECK(!dns_message_read(TEXT(HEAD("\x81\x80", "\1") NAME "\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\x3c\0\5\x7f\0\0\x09"), &m));
}

TEST(a_name_of_a_host_is_checked)
{
    char name[DNS_MESSAGE_MAX_NAME];
    CHECK(dns_message_host("A_b-1.Example.", 14, name));
    CHECK_STR(name, "a_b-1.example");
    static const char *const bad[] = {"", ".", ".a", "a..b", "a b", "a\nb", "a\x1b", "\xc3\xa4"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!dns_message_host(bad[i], strlen(bad[i]), name));
    char label[70];
    memset(label, 'a', sizeof label);
    CHECK(dns_message_host(label, 63, name));
    CHECK(!dns_message_host(label, 64, name));
}
