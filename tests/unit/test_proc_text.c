/* proc_text: what the kernel says of this very process. */
#include "core/proc_text.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/tap.h"

TEST(a_status_has_the_numbers_of_the_process)
{
    char text[PROC_TEXT_SIZE];
    unsigned long number = 1;
    (void)umask(027);
    CHECK(prctl(PR_SET_NAME, "x\nUmask:\t0777") == 0);
    CHECK(proc_text_read(getpid(), "status", text));
    CHECK(proc_text_number(text, "\nUmask:", 0, 8, &number));
    CHECK_INT(number, 027);
    CHECK(proc_text_number(text, "\nUid:", 3, 10, &number));
    CHECK_INT(number, geteuid());
    CHECK(proc_text_number(text, "\nPPid:", 0, 10, &number));
    CHECK_INT(number, getppid());
}

TEST(what_is_not_there_is_no_number)
{
    char text[PROC_TEXT_SIZE];
    unsigned long number = 0;
    CHECK(proc_text_read(getpid(), "status", text));
    CHECK(!proc_text_number(text, "\nUid:", 4, 10, &number));
    CHECK(!proc_text_number(text, "\nNothing:", 0, 10, &number));
    CHECK(!proc_text_read(-1, "status", text));
    CHECK_STR(text, "");
    CHECK(!proc_text_read(getpid(), "status/and/a/name/that/is/much/longer/than/any/of/the/kernel/is", text));
}

TEST(a_descriptor_has_flags)
{
    char name[40];
    char text[PROC_TEXT_SIZE];
    unsigned long flags = 0;
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    (void)snprintf(name, sizeof name, "fdinfo/%d", fd);
    CHECK(proc_text_read(getpid(), name, text));
    CHECK(proc_text_number(text, "\nflags:", 0, 8, &flags));
    CHECK((flags & O_ACCMODE) == O_WRONLY && (flags & O_CLOEXEC));
    CHECK(close(fd) == 0);
}
