/* quote: what each reader makes of a quoted word. The shells themselves are asked. */
#include "core/quote.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "tests/unit/tap.h"

typedef void quoter(struct str *, const char *);

static void check_quoted(quoter *quote, const char *word, const char *wanted)
{
    AUTO(str_release) struct str s = STR_INIT(STR_MAX_LINE);
    quote(&s, word);
    CHECK_STR(s.buf, wanted);
}

TEST(sh_bare_words)
{
    static const char *const bare[] = {"a", "Az09_@%+:,./-", "--name=value", "-x=1", "/usr/bin/python3.11", "%1", "--a=b/c:d"};
    for (size_t i = 0; i < sizeof bare / sizeof *bare; i++)
        check_quoted(quote_sh, bare[i], bare[i]);
}

TEST(sh_quoted_words)
{
    static const char *const row[][2] = {
        {"", "''"},
        {"a b", "'a b'"},
        {"it's", "'it'\\''s'"},
        {"'", "''\\'''"},
        {"FOO=bar", "'FOO=bar'"},     /* an assignment, as the first word */
        {"=ls", "'=ls'"},             /* zsh's path of ls */
        {"--x==ls", "'--x==ls'"},     /* the same with magic_equal_subst */
        {"--x=a:=ls", "'--x=a:=ls'"}, /* and in a list */
        {"~", "'~'"},
        {"$(x)", "'$(x)'"},
        {"`x`", "'`x`'"},
        {"a\nb", "'a\nb'"},
        {"\\", "'\\'"},
        {"!x", "'!x'"},
        {"\xc3\xa9", "'\xc3\xa9'"},
        {"#", "'#'"},
        {"[a]", "'[a]'"},
        {"{a,b}", "'{a,b}'"},
        {"^x", "'^x'"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        check_quoted(quote_sh, row[i][0], row[i][1]);
}

TEST(fish_words)
{
    check_quoted(quote_fish, "", "''");
    check_quoted(quote_fish, "a b", "'a b'");
    check_quoted(quote_fish, "it's", "'it\\'s'");
    check_quoted(quote_fish, "a\\b\\", "'a\\\\b\\\\'");
    check_quoted(quote_fish, "$x (y)\n", "'$x (y)\n'");
}

enum { N_WORDS = 400, MAX_WORD_BYTES = 24 };

static unsigned next_random(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* Words of all bytes but NUL, with those that shells act on more often; the same at each run. */
static void make_words(struct strlist *words)
{
    static const char odd[] = "'\"\\$`!*?[]{}()<>|&;#~=^%@+-,. \t\n\r\a\033:/azAZ09_";
    static const char *const fixed[] = {"", "-", "--", "-n", "-e", "%s", "\\", "'", "''", "\\'", "=ls", "~root", "FOO=x", "a'b\\c", "\xc3\xa9", "if"};
    unsigned seed = 1;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        strlist_add(words, fixed[i]);
    while (words->n < N_WORDS) {
        char word[MAX_WORD_BYTES + 1] = "";
        size_t len = next_random(&seed) % MAX_WORD_BYTES;
        for (size_t i = 0; i < len; i++)
            word[i] = (char)(next_random(&seed) % 4 ? odd[next_random(&seed) % (sizeof odd - 1)] : 1 + (int)(next_random(&seed) % 255));
        strlist_add(words, word);
    }
}

static _Noreturn void become(const struct strlist *argv)
{
    (void)clearenv();
    (void)setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
    (void)setenv("LC_ALL", "C.UTF-8", 1);
    (void)setenv("HOME", tap_tmpdir(), 1);
    (void)execvp(argv->item[0], argv->item);
    _exit(127);
}

/* Runs `argv` with a clean environment and returns what it prints. 127 is "not there". */
static int run(const struct strlist *argv, struct str *ret_text)
{
    int pair[2];
    int status = 0;
    char chunk[4096];
    CHECK(pipe2(pair, O_CLOEXEC) == 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        (void)dup2(pair[1], STDOUT_FILENO);
        become(argv);
    }
    (void)close(pair[1]);
    for (ssize_t n = 0; (n = read(pair[0], chunk, sizeof chunk)) > 0;)
        str_addn(ret_text, chunk, (size_t)n);
    (void)close(pair[0]);
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* The shell prints every word it read from a script; `options` is a line before them. */
static void check_shell(const char *shell, const char *flag, const char *options, quoter *quote)
{
    struct err e = ERR_INIT;
    AUTO(strlist_release) struct strlist words = STRLIST_INIT;
    AUTO(strlist_release) struct strlist argv = STRLIST_INIT;
    AUTO(str_release) struct str script = STR_INIT(STR_MAX_SCRIPT);
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
    AUTO(mem_free_ptr) char *file = path_join(tap_tmpdir(), "script");
    make_words(&words);
    str_addf(&script, "%s\n", options);
    for (size_t i = 0; i < words.n; i++) {
        str_add(&script, "printf '%s\\0' ");
        quote(&script, words.item[i]);
        str_addc(&script, '\n');
    }
    CHECK_OK(str_check(&script, "the script", &e), &e);
    CHECK_OK(fs_replace(AT_FDCWD, file, script.buf, script.len, 0600, &e), &e);
    strlist_add(&argv, shell);
    if (flag)
        strlist_add(&argv, flag);
    strlist_add(&argv, file);
    int status = run(&argv, &text);
    if (status == 127)
        SKIP("%s is not installed", shell);
    CHECK_INT(status, 0);
    const char *p = text.buf;
    for (size_t i = 0; i < words.n; i++) {
        CHECK(p < text.buf + text.len);
        CHECK_STR(p, words.item[i]);
        p += strlen(p) + 1;
    }
    CHECK(p == text.buf + text.len);
}

TEST(sh_reads_back)
{
    check_shell("sh", NULL, "", quote_sh);
}

TEST(bash_reads_back)
{
    check_shell("bash", "--norc", "shopt -s extglob nullglob globstar expand_aliases; set -H", quote_sh);
}

TEST(bash_posix_reads_back)
{
    check_shell("bash", "--posix", "", quote_sh);
}

TEST(zsh_reads_back)
{
    check_shell("zsh", "-f", "", quote_sh);
}

TEST(zsh_with_its_oddest_options_reads_back)
{
    check_shell("zsh", "-f",
                "setopt rc_quotes magic_equal_subst extended_glob glob_subst null_glob brace_ccl interactive_comments bang_hist ksh_glob", quote_sh);
}

TEST(fish_reads_back)
{
    check_shell("fish", "--no-config", "", quote_fish);
}

TEST(term_keeps_text)
{
    static const char *const plain[] = {
        "",         "abc",          "a\\b \"c\" 'd'",   "\xe0\xa0\x80", "\xf0\x90\x80\x80", "\xed\x9f\xbf",    "\xee\x80\x80",
        "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xc2\xa0",     "\xef\xbf\xbd",     "\xf4\x8f\xbf\xbf"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        check_quoted(quote_term, plain[i], plain[i]);
}

TEST(term_escapes_every_control)
{
    for (unsigned code = 1; code <= 0x9f; code++) {
        char text[3] = {(char)code};
        char wanted[20];
        bool wide = code >= 0x80;
        if (wide) {
            text[0] = '\xc2';
            text[1] = (char)code;
        }
        if (code >= 0x20 && code < 0x7f)
            (void)snprintf(wanted, sizeof wanted, "%c", (char)code);
        else
            (void)snprintf(wanted, sizeof wanted, wide ? "\\xc2\\x%02x" : "\\x%02x", code);
        check_quoted(quote_term, text, wanted);
    }
}

TEST(term_escapes_what_turns_or_breaks_the_line)
{
    static const char *const row[][2] = {
        {"\xd8\x9c", "\\xd8\\x9c"},          /* U+061C */
        {"\xe2\x80\x8e", "\\xe2\\x80\\x8e"}, /* U+200E */
        {"\xe2\x80\x8f", "\\xe2\\x80\\x8f"}, /* U+200F */
        {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"}, /* U+2028 */
        {"\xe2\x80\xaa", "\\xe2\\x80\\xaa"}, /* U+202A */
        {"a\xe2\x80\xae"
         "b",
         "a\\xe2\\x80\\xae"
         "b"},                               /* U+202E */
        {"\xe2\x81\xa6", "\\xe2\\x81\\xa6"}, /* U+2066 */
        {"\xe2\x81\xa9", "\\xe2\\x81\\xa9"}, /* U+2069 */
        {"\xe2\x80\xa7", "\xe2\x80\xa7"},    /* U+2027, harmless */
        {"\xe2\x80\xaf", "\xe2\x80\xaf"},    /* U+202F, harmless */
        {"\xe2\x81\xaa", "\xe2\x81\xaa"},    /* U+206A, beyond */
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        check_quoted(quote_term, row[i][0], row[i][1]);
}

TEST(term_escapes_what_is_not_utf8)
{
    static const char *const row[][2] = {
        {"\x80", "\\x80"},
        {"\x9b", "\\x9b"}, /* C1 as a byte: obeyed by an 8-bit terminal */
        {"\xff\xfe", "\\xff\\xfe"},
        {"\xc0\x80", "\\xc0\\x80"},          /* overlong NUL */
        {"\xc1\xbf", "\\xc1\\xbf"},          /* overlong DEL */
        {"\xe0\x80\x9b", "\\xe0\\x80\\x9b"}, /* overlong ESC-like */
        {"\xe0\x9f\xbf", "\\xe0\\x9f\\xbf"},
        {"\xf0\x80\x82\x9b", "\\xf0\\x80\\x82\\x9b"},
        {"\xed\xbf\xbf", "\\xed\\xbf\\xbf"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* surrogate */
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond U+10FFFF */
        {"\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"},
        {"\xe2\x82", "\\xe2\\x82"}, /* cut short */
        {"\xe2\x82z", "\\xe2\\x82z"},
        {"\xe2\xe2\x82\xac", "\\xe2\xe2\x82\xac"}, /* and back in step */
        {"\xc3", "\\xc3"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        check_quoted(quote_term, row[i][0], row[i][1]);
}

TEST(termn_takes_a_length)
{
    AUTO(str_release) struct str s = STR_INIT(100);
    quote_termn(&s, "a\0b\xe2\x82\xac", 5); /* the euro sign is cut */
    CHECK_STR(s.buf, "a\\x00b\\xe2\\x82");
    str_clear(&s);
    quote_termn(&s, "abc", 0);
    CHECK_STR(s.buf, "");
}

TEST(term_dup_holds_the_longest_path)
{
    char path[STR_MAX_PATH];
    memset(path, '\033', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    AUTO(mem_free_ptr) char *quoted = quote_term_dup(path);
    CHECK_INT(strlen(quoted), 4 * (sizeof path - 1));
}

TEST(json_strings)
{
    check_quoted(quote_json, "", "\"\"");
    check_quoted(quote_json, "a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
    check_quoted(quote_json, "\n\t\r\x01\x7f", "\"\\n\\t\\u000d\\u0001\\u007f\"");
    check_quoted(quote_json, "\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"");
    check_quoted(quote_json, "\xc2\x9b\xe2\x80\xae", "\"\\u009b\\u202e\"");
    check_quoted(quote_json, "x\xff\x80y", "\"x\\udcff\\udc80y\"");
    check_quoted(quote_json, "\xed\xa0\x80", "\"\\udced\\udca0\\udc80\"");
}

TEST(roff_text)
{
    check_quoted(quote_roff, "plain text", "plain text");
    check_quoted(quote_roff, ".Sh x", "\\&.Sh x");
    check_quoted(quote_roff, "'x' y", "\\&\\(aqx\\(aq y");
    check_quoted(quote_roff, "a\\b", "a\\eb");
    check_quoted(quote_roff, "--allow=~/x", "\\-\\-allow=\\(ti/x");
    check_quoted(quote_roff, "No Brq Op Name", "\\&No \\&Brq \\&Op Name");
    check_quoted(quote_roff, "Aa Zz NO N1 BrQ no\nNo", "\\&Aa \\&Zz NO N1 BrQ no \\&No");
    check_quoted(quote_roff, "a . b ( c", "a \\&. b \\&( c");
    check_quoted(quote_roff, "say \"x\" `y` ^z", "say \\(dqx\\(dq \\(gay\\(ga \\(haz");
    check_quoted(quote_roff, "two\nlines\tand", "two lines and");
    check_quoted(quote_roff, "\xc3\xa9\xf0\x9f\x98\x80", "\\[u00E9]\\[u1F600]");
    check_quoted(quote_roff, "\033\xff", "??");
}

/* A word that the manual page shows as it is: mandoc is asked, when it is there. */
TEST(mandoc_shows_the_word)
{
    static const char *const words[] = {"it's", "--no-such", "a\\fBb", ".Sh", "\"q\"", "^~`", "No", "x.y", "\\e"};
    struct err e = ERR_INIT;
    AUTO(mem_free_ptr) char *file = path_join(tap_tmpdir(), "page");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        AUTO(str_release) struct str page = STR_INIT(STR_MAX_LINE);
        AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
        AUTO(str_release) struct str wanted = STR_INIT(STR_MAX_LINE);
        str_add(&page, ".Dd January 1, 2024\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd x\n.Sh DESCRIPTION\nBefore\n.Ql ");
        quote_roff(&page, words[i]);
        str_add(&page, "\nafter.\n");
        str_addf(&wanted, "Before `%s' after.", words[i]);
        CHECK_OK(fs_replace(AT_FDCWD, file, page.buf, page.len, 0600, &e), &e);
        AUTO(strlist_release) struct strlist argv = STRLIST_INIT;
        strlist_add(&argv, "mandoc");
        strlist_add(&argv, "-Tascii");
        strlist_add(&argv, file);
        int status = run(&argv, &text);
        if (status == 127)
            SKIP("mandoc is not installed");
        CHECK_INT(status, 0);
        if (!strstr(text.buf, wanted.buf))
            CHECK_STR(text.buf, wanted.buf);
    }
}
