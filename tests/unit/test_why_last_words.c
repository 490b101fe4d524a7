/* why_last_words: which programs a command line names. */
#include <string.h>

#include "core/mem.h"
#include "shell/why_last.h"
#include "tests/unit/tap.h"

/* Words of a command, then the names that are wanted. */
static void check(const char *const *words, const char *const *names)
{
    AUTO(strlist_release) struct strlist command = STRLIST_INIT;
    AUTO(strlist_release) struct strlist found = STRLIST_INIT;
    size_t n = 0;
    for (; *words; words++)
        strlist_add(&command, *words);
    why_last_programs(&command, &found);
    for (; names[n]; n++)
        CHECK_STR(n < found.n ? found.item[n] : "(nothing)", names[n]);
    CHECK_INT((int)found.n, (int)n);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

TEST(a_command_line)
{
    check(WORDS("ls", "rm", "-c", "rm"), WORDS("ls"));
    check(WORDS("/usr/bin/rm", "x"), WORDS("rm"));
    check(WORDS("env", "-i", "A=b", "rm", "x"), WORDS("rm"));
    check(WORDS("nice", "-n", "5", "timeout", "3", "/bin/rm", "mv"), WORDS("rm"));
    check(WORDS("find", ".", "-name", "rm", "-exec", "rm", "{}", ";"), WORDS("find", "rm"));
    check(WORDS("xargs"), WORDS(NULL));
}

TEST(a_script)
{
    check(WORDS("bash", "-c", "rm x"), WORDS("bash", "rm"));
    check(WORDS("sh", "-ec", "cd /x && A=1 rm -f y | tee rm; echo mv; (cp a b)"), WORDS("sh", "cd", "rm", "tee", "echo", "cp"));
    check(WORDS("bash", "-c", "if ! rm x; then mv a b; fi; v=$(dd if=a) exec su"), WORDS("bash", "rm", "mv", "fi", "dd", "su"));
    check(WORDS("bash", "-c", "sh -c 'rm x'", "rest"), WORDS("bash", "sh", "rm"));
    check(WORDS("env", "bash", "-lc", "\nrm"), WORDS("bash", "rm"));
    check(WORDS("bash", "-c", "echo \"rm\" rm >rm"), WORDS("bash", "echo"));
    check(WORDS("python3", "-c", "rm"), WORDS("python3"));
    check(WORDS("bash", "-c", ""), WORDS("bash"));
}
