/* cleaned: what is left of settings files, and where the copy is. */
#include "policy/cleaned.h"

#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "tests/unit/home.h"
#include "tests/unit/tap.h"

static void is_cleaned(const char *text, const char *expected)
{
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_PROFILE);
    cleaned_text((struct view){text, strlen(text)}, &out);
    CHECK_STR(out.buf, expected);
}

TEST(what_says_where_packages_come_from_stays)
{
    is_cleaned("registry=https://r.example/\n@a:registry = https://s.example\n", "registry=https://r.example/\n@a:registry = https://s.example\n");
    is_cleaned("[global]\r\nindex-url = https://i.example/simple\n", "[global]\r\nindex-url = https://i.example/simple\n");
    is_cleaned("strict-ssl", "strict-ssl\n");
    is_cleaned("", "");
    is_cleaned("# registry=x\n; y\n\n", "");
}

TEST(secrets_go)
{
    static const char *const lines[] = {
        "//r.example/:_authToken=npm_x", "_auth=eDp5", "//r.example/:_password = \"cA==\"", "//r.example/:username=u", "email=a@b", "//r.example/:keyfile=/k",
        "key=\"-----BEGIN\"",            "cert=x",     "otp=123456",                        "password: x = y",         "PASSWORD=x", "client_cert = /c",
        "NPM_TOKEN=x",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        is_cleaned(lines[i], "");
}

TEST(logins_in_addresses_go)
{
    is_cleaned("index-url = https://u:p@i.example/simple\n", "index-url = https://i.example/simple\n");
    is_cleaned("proxy=http://u:p@w@h:1\n", "proxy=http://h:1\n");
    is_cleaned("registry=\"https://t@h/\"\n", "registry=\"https://h/\"\n");
    is_cleaned("x = https://h/a@b https://u@i/@c\n", "x = https://h/a@b https://i/@c\n");
    is_cleaned("x = https://", "x = https://\n");
}

TEST(logins_go_wherever_a_host_is_named)
{
    is_cleaned("proxy=u:p@h:1\nhttps-proxy = \"u:p@h:1\"\n", "proxy=h:1\nhttps-proxy = \"h:1\"\n");
    is_cleaned("[global]\nproxy: u:p@h:1\nproxy =\n   u:p@h:2\n", "[global]\nproxy: h:1\nproxy =\n   h:2\n");
    is_cleaned("index-url = //u:p@h/x\nx = //u@h //v@i\n", "index-url = //h/x\nx = //h //i\n");
    is_cleaned("@a:registry=https://h//@scope/x\n", "@a:registry=https://h//@scope/x\n");
    is_cleaned("x=https://h/?a=b#c https://h/?api_TOKEN=b&c \"https://h/?passwd=x\"\n", "x=https://h/?a=b#c https://h/ \"https://h/\"\n");
    is_cleaned("proxy=", "proxy=\n");
    is_cleaned("proxy", "proxy\n");
    is_cleaned("proxy=u@", "proxy=\n");
}

/* As npm reads them: a carriage return ends a line, quotes and brackets are no part of a key. */
TEST(secrets_go_in_every_writing_of_a_line)
{
    is_cleaned("registry=a\r//r/:_authToken=x\rb=c\r\n\r", "registry=a\nb=c\r\n");
    is_cleaned("\"key\"=x\nkey[]=x\n//r/:\"KEY\" = x\n'otp'=1\nkeys=a\n", "keys=a\n");
}

/* As pip reads them. */
TEST(in_a_section_deeper_lines_belong_to_their_key)
{
    is_cleaned("[a]\npassword =\n  abc==\n  d:e\n  [f]\nindex-url=x\n", "[a]\nindex-url=x\n");
    is_cleaned("[a]\n  index-url = x\n  password = y\n    z=1\n  timeout: 5\n", "[a]\n  index-url = x\n  timeout: 5\n");
    is_cleaned("[a]\nfind-links =\n  https://h/?x=1\n  my_token=1\n", "[a]\nfind-links =\n  https://h/?x=1\n");
    is_cleaned("[a]\nclient-cert: /c\n//r/:_authToken=x\nkey: x\n", "[a]\n");
    /* The file of those whom pip trusts is no secret. */
    is_cleaned("[a]\ncert = /etc/x.pem\n", "[a]\ncert = /etc/x.pem\n");
    /* npm has no sections, and no such lines. */
    is_cleaned("//r/:_authToken=x\n  registry=y\n", "  registry=y\n");
}

TEST(a_value_in_several_lines_goes_with_its_key)
{
    is_cleaned("extra-index-url =\n    https://u:p@a.example/\n    https://b.example/\npassword =\n    one\n    two\nregistry=x\n",
               "extra-index-url =\n    https://a.example/\n    https://b.example/\nregistry=x\n");
}

TEST(no_byte_of_another_kind_gets_through)
{
    const char text[] = "registry=a\n\0_auth=b\nx=1\n";
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_PROFILE);
    cleaned_text((struct view){text, sizeof text - 1}, &out);
    CHECK_STR(out.buf, "registry=a\nx=1\n");
}

TEST(the_copy_is_private_and_follows_the_file)
{
    tap_drop_root();
    AUTO(home_remove) struct home h;
    home_make(&h, tap_tmpdir());
    struct err e = ERR_INIT;
    struct stat st;
    AUTO(mem_free_ptr) char *path = home_join(&h, ".npmrc");
    AUTO(mem_free_ptr) char *copy = NULL;
    AUTO(mem_free_ptr) char *again = NULL;
    AUTO(mem_free_ptr) char *none = NULL;
    CHECK_OK(cleaned_publish(&h.world, path, &none, &e), &e);
    CHECK(none == NULL);
    home_file(&h, ".npmrc", "_auth=x\n");
    CHECK_OK(cleaned_publish(&h.world, path, &none, &e), &e);
    CHECK(none == NULL);
    home_file(&h, ".npmrc", "_auth=x\nregistry=a\n");
    CHECK_OK(cleaned_publish(&h.world, path, &copy, &e), &e);
    CHECK(copy != NULL && stat(copy, &st) == 0 && (st.st_mode & 07777) == 0600 && st.st_size == (off_t)strlen("registry=a\n"));
    ino_t before = st.st_ino;
    CHECK_OK(cleaned_publish(&h.world, path, &again, &e), &e);
    CHECK(stat(copy, &st) == 0 && st.st_ino == before);
    home_file(&h, ".npmrc", "registry=bb\n");
    mem_free(take_ptr(&again));
    CHECK_OK(cleaned_publish(&h.world, path, &again, &e), &e);
    CHECK(stat(copy, &st) == 0 && st.st_size == (off_t)strlen("registry=bb\n"));
    /* Somebody else's directory is not written to. */
    AUTO(mem_free_ptr) char *directory = home_join(&h, ".cache/nono");
    CHECK(chmod(directory, 0777) == 0);
    home_file(&h, ".npmrc", "registry=c\n");
    mem_free(take_ptr(&again));
    CHECK_ERR(cleaned_publish(&h.world, path, &again, &e), ERR_DENIED, &e);
}
