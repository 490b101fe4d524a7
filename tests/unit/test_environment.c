/* environment: the table, which rule wins, and what becomes of an environment. */
#include "policy/environment.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

#include "core/mem.h"
#include "tests/unit/tap.h"

static void rule(struct caps *c, enum caps_source source, enum caps_variable_fate fate, const char *name, const char *value)
{
    caps_add_variable(c, (struct caps_variable){fate, mem_strdup(name), mem_strdup(value), caps_origin_make(source, "r", "", name)});
}

static void option(struct caps *c, enum caps_variable_fate fate, const char *name, const char *value)
{
    rule(c, CAPS_FROM_USER, fate, name, value);
}

static void profile(struct caps *c, enum caps_variable_fate fate, const char *name, const char *value)
{
    rule(c, CAPS_FROM_PROFILE, fate, name, value);
}

static enum environment_fate fate_of(const struct caps *c, const char *name)
{
    struct environment_verdict v;
    environment_judge(c, (struct view){name, strlen(name)}, &v);
    return v.fate;
}

static bool fits(const char *pattern, const char *name)
{
    return environment_fits(pattern, (struct view){name, strlen(name)}, false);
}

TEST(patterns)
{
    CHECK(fits("A", "A") && !fits("A", "AB") && !fits("AB", "A") && !fits("A", "a"));
    CHECK(fits("*", "A") && fits("*", "") && fits("A*", "A") && fits("*A", "A") && fits("**A**", "A"));
    CHECK(fits("*_TOKEN", "X_TOKEN") && fits("*_TOKEN", "_TOKEN") && !fits("*_TOKEN", "TOKEN") && !fits("*_TOKEN", "X_TOKENS"));
    CHECK(fits("A*B*C", "AxBxBxC") && !fits("A*B*C", "AxCxB") && fits("*AB", "AAB") && fits("*ABA", "ABABA"));
    CHECK(!fits("A?", "AB") && !fits("[A]", "A"));
    CHECK(fits("*", "\xff\xfe\n") && fits("\xff*", "\xff\x80"));
    CHECK(environment_fits("*_TOKEN", (struct view){"x_ToKeN=1", 7}, true));
    CHECK(!environment_fits("*_TOKEN", (struct view){"x_ToKeN=1", 7}, false));
}

/* The n-th text over `letters`, the shorter ones first. */
static void text_of(size_t n, const char *letters, char ret[16])
{
    size_t base = strlen(letters);
    size_t len = 0;
    for (; n > 0; n = (n - 1) / base)
        ret[len++] = letters[(n - 1) % base];
    ret[len] = '\0';
}

TEST(patterns_of_stars_are_those_of_the_shell)
{
    enum { PATTERNS = 3 + 9 + 27 + 81 + 243 + 729, NAMES = 2 + 4 + 8 + 16 + 32 + 64 };
    for (size_t p = 0; p <= PATTERNS; p++) {
        for (size_t n = 0; n <= NAMES; n++) {
            char pattern[16];
            char name[16];
            text_of(p, "A*B", pattern);
            text_of(n, "AB", name);
            if (fits(pattern, name) != (fnmatch(pattern, name, 0) == 0))
                tap_fail(__FILE__, __LINE__, "%s and %s", pattern, name);
        }
    }
}

TEST(a_pattern_of_stars_ends)
{
    char name[100 * 1024];
    memset(name, 'a', sizeof name);
    CHECK(!environment_fits("*a*a*a*a*a*a*a*a*b", (struct view){name, sizeof name}, false));
}

/* A name that fits just this row, as far as it can be told. */
static char *sample_of(const char *pattern)
{
    struct str s = STR_INIT(STR_MAX_LINE);
    for (; *pattern; pattern++)
        str_add(&s, *pattern == '*' ? "X1" : (const char[]){*pattern, '\0'});
    return str_take(&s);
}

TEST(each_row_of_the_table_decides)
{
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    for (size_t i = 0; i < environment_n_rows; i++) {
        const struct environment_row *row = &environment_rows[i];
        AUTO(mem_free_ptr) char *name = sample_of(row->pattern);
        struct environment_verdict v;
        CHECK(*row->why && row->why[strlen(row->why) - 1] != '.');
        for (const char *at = row->pattern; *at; at++)
            CHECK(!islower((unsigned char)*at) && *at != '=');
        environment_judge(&c, (struct view){name, strlen(name)}, &v);
        CHECK_STR(v.row->pattern, row->pattern);
        CHECK_INT(v.fate, row->kind == ENVIRONMENT_KEPT ? ENVIRONMENT_PASSED : ENVIRONMENT_WITHHELD);
        for (char *at = name; *at; at++)
            *at = (char)tolower((unsigned char)*at);
        CHECK_INT(fate_of(&c, name), v.fate);
        option(&c, CAPS_VARIABLE_ALLOW, name, NULL);
        CHECK_INT(fate_of(&c, name), ENVIRONMENT_PASSED);
    }
}

TEST(what_is_withheld)
{
    static const char *const names[] = {
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "GITHUB_TOKEN", "GH_TOKEN",
        "NPM_TOKEN", "NODE_AUTH_TOKEN", "HF_TOKEN", "VAULT_TOKEN", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "STRIPE_SECRET_KEY", "AZURE_CLIENT_SECRET",
        "AZURE_STORAGE_CONNECTION_STRING", "PGPASSWORD", "DB_PASSWORD", "TF_VAR_db_password", "npm_config__auth", "npm_config_//npm.example/:_authToken",
        "SSH_AUTH_SOCK", "SSH_AGENT_PID", "DBUS_SESSION_BUS_ADDRESS", "GPG_AGENT_INFO", "DISPLAY", "WAYLAND_DISPLAY", "TMUX", "BASH_ENV",
        "BASH_FUNC_module%%", "PROMPT_COMMAND", "LD_PRELOAD", "LD_AUDIT", "OP_SESSION_my", "DOCKER_HOST", "RAILS_MASTER_KEY", "SMTP_PASS",
    };
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (fate_of(&c, names[i]) != ENVIRONMENT_WITHHELD)
            tap_fail(__FILE__, __LINE__, "%s is passed on", names[i]);
}

TEST(what_ordinary_tools_need)
{
    static const char *const names[] = {
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD", "TERM", "LANG", "LC_ALL", "TZ", "EDITOR", "PAGER", "LS_COLORS", "TMPDIR", "_",
        "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "PIP_INDEX_URL", "LD_LIBRARY_PATH",
        "CUDA_VISIBLE_DEVICES", "NODE_OPTIONS", "NODE_PATH", "NODE_ENV", "NVM_DIR", "npm_config_registry", "JAVA_HOME", "JAVA_TOOL_OPTIONS", "GOPATH",
        "GOFLAGS", "CARGO_HOME", "RUSTFLAGS", "CC", "CFLAGS", "MAKEFLAGS", "PKG_CONFIG_PATH", "HTTP_PROXY", "https_proxy", "NO_PROXY", "SSL_CERT_FILE",
        "KUBECONFIG", "GOOGLE_APPLICATION_CREDENTIALS", "AWS_REGION", "AWS_PROFILE", "AWS_CA_BUNDLE", "MAX_THINKING_TOKENS", "TOKENIZERS_PARALLELISM",
        "GPG_TTY", "GPG_KEY", "GIT_ASKPASS", "GIT_AUTHOR_NAME", "GIT_SSH_COMMAND", "PGPASSFILE", "PASSWORD_STORE_DIR", "ENV", "DATABASE_URL",
        "POSTGRES_PASSWORD_FILE", "CLIENT_SECRET_FILE", "SSH_CONNECTION", "CI", "KEYBOARD_KEY", "PS1", "MONKEY", "PUBLIC_KEY", "ENABLE_AUTH",
    };
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (fate_of(&c, names[i]) != ENVIRONMENT_PASSED)
            tap_fail(__FILE__, __LINE__, "%s is withheld", names[i]);
}

TEST(the_nearest_rule_wins)
{
    AUTO(caps_release) struct caps c;
    caps_init(&c);
    profile(&c, CAPS_VARIABLE_ALLOW, "LC_*", NULL);
    profile(&c, CAPS_VARIABLE_DENY, "*", NULL);
    profile(&c, CAPS_VARIABLE_ALLOW, "MY_TOKEN", NULL);
    profile(&c, CAPS_VARIABLE_DENY, "LC_ALL", NULL);
    profile(&c, CAPS_VARIABLE_ALLOW, "BOTH", NULL);
    profile(&c, CAPS_VARIABLE_DENY, "BOTH", NULL);
    CHECK_INT(fate_of(&c, "LC_TIME"), ENVIRONMENT_PASSED);
    CHECK_INT(fate_of(&c, "LC_ALL"), ENVIRONMENT_WITHHELD);
    CHECK_INT(fate_of(&c, "HOME"), ENVIRONMENT_WITHHELD);
    CHECK_INT(fate_of(&c, "MY_TOKEN"), ENVIRONMENT_PASSED);
    CHECK_INT(fate_of(&c, "my_token"), ENVIRONMENT_WITHHELD);
    CHECK_INT(fate_of(&c, "BOTH"), ENVIRONMENT_WITHHELD);
    option(&c, CAPS_VARIABLE_DENY, "LC_*", NULL);
    option(&c, CAPS_VARIABLE_ALLOW, "H*", NULL);
    CHECK_INT(fate_of(&c, "LC_TIME"), ENVIRONMENT_WITHHELD);
    CHECK_INT(fate_of(&c, "HOME"), ENVIRONMENT_PASSED);
    profile(&c, CAPS_VARIABLE_SET, "HOME", "/x");
    CHECK_INT(fate_of(&c, "HOME"), ENVIRONMENT_PASSED);
    option(&c, CAPS_VARIABLE_SET, "HOME", "/y");
    CHECK_INT(fate_of(&c, "HOME"), ENVIRONMENT_SET);
}

static void make(const struct caps *c, const char *const *from, struct environment *ret)
{
    AUTO(strlist_release) struct strlist env = STRLIST_INIT;
    for (; *from; from++)
        strlist_add(&env, *from);
    environment_make(c, env.item, ret);
}

static bool has(const struct environment *n, const char *entry)
{
    return strlist_has(&n->env, entry);
}

TEST(an_environment)
{
    const char *const from[] = {"A=1", "GITHUB_TOKEN=t", "X=old", "E=", "X=older", NULL};
    AUTO(caps_release) struct caps c;
    AUTO(environment_release) struct environment n = {0};
    caps_init(&c);
    option(&c, CAPS_VARIABLE_SET, "X", "first");
    option(&c, CAPS_VARIABLE_SET, "X", "new=1");
    option(&c, CAPS_VARIABLE_SET, "NEW_TOKEN", "given");
    make(&c, from, &n);
    CHECK_INT(n.env.n, 4);
    CHECK(has(&n, "A=1") && has(&n, "X=new=1") && has(&n, "E=") && has(&n, "NEW_TOKEN=given"));
    CHECK_INT(n.withheld.n, 1);
    CHECK_STR(n.withheld.item[0], "GITHUB_TOKEN");
}

TEST(a_value_of_the_profile_gives_way_to_options)
{
    const char *const from[] = {"THERE=outside", NULL};
    AUTO(caps_release) struct caps c;
    AUTO(environment_release) struct environment n = {0};
    caps_init(&c);
    profile(&c, CAPS_VARIABLE_SET, "THERE", "profile");
    profile(&c, CAPS_VARIABLE_SET, "ABSENT", "profile");
    profile(&c, CAPS_VARIABLE_SET, "GONE", "profile");
    option(&c, CAPS_VARIABLE_ALLOW, "*E*", NULL);
    option(&c, CAPS_VARIABLE_DENY, "GONE", NULL);
    make(&c, from, &n);
    CHECK_INT(n.env.n, 2);
    CHECK(has(&n, "THERE=outside") && has(&n, "ABSENT=profile"));
}

TEST(a_hostile_environment)
{
    AUTO(str_release) struct str big = STR_INIT(STR_MAX_RECORD);
    str_add(&big, "BIG=");
    for (size_t i = 0; i < 2 * 1024 * 1024 / 16; i++)
        str_add(&big, "0123456789abcdef");
    const char *const from[] = {"",      "=",          "=x",         "NAME",        "TOKEN",  "A=1", "A=2", "T_TOKEN=1", "T_TOKEN=2", "\xff\xfe=\x80",
                    "\n\x1b_TOKEN=x", big.buf, "B==", NULL};
    AUTO(caps_release) struct caps c;
    AUTO(environment_release) struct environment n = {0};
    caps_init(&c);
    make(&c, from, &n);
    CHECK_INT(n.n_malformed, 5);
    CHECK_INT(n.env.n, 5);
    CHECK(has(&n, "A=1") && has(&n, "A=2") && has(&n, "\xff\xfe=\x80") && has(&n, big.buf) && has(&n, "B=="));
    CHECK_INT(n.withheld.n, 3);
    CHECK_STR(n.withheld.item[2], "\n\x1b_TOKEN");
}

TEST(names_that_are_none)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str name = STR_INIT(STR_MAX_LINE);
    CHECK_ERR(environment_check_name("", &e), ERR_INPUT, &e);
    CHECK_ERR(environment_check_name("A=s3cret", &e), ERR_INPUT, &e);
    CHECK(!strstr(e.text, "s3cret"));
    while (name.len < 256)
        str_addc(&name, 'A');
    CHECK_OK(environment_check_name(name.buf, &e), &e);
    str_addc(&name, 'A');
    CHECK_ERR(environment_check_name(name.buf, &e), ERR_INPUT, &e);
    CHECK_OK(environment_check_name("npm_config_//r/:_x-*", &e), &e);
    CHECK_OK(environment_check_set("npm_config_//r/:_x-", &e), &e);
    CHECK_ERR(environment_check_set("A*", &e), ERR_INPUT, &e);
    CHECK_ERR(environment_check_set("A=", &e), ERR_INPUT, &e);
}
