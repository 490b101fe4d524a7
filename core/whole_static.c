/* whole: in the static program, becomes nono-main. */
#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "core/install.h"
#include "core/mem.h"
#include "core/quote.h"
#include "core/whole.h"

static char **arguments;
static bool stays;

void whole_remember(char **argv)
{
    arguments = argv;
}

int whole_become(struct err *e)
{
    AUTO(mem_free_ptr) char *exe = NULL;
    if (stays)
        return err_set(e, ERR_KERNEL, "this needs a part of nono that is not loaded while a command runs");
    if (install_self(&exe, e) < 0)
        return e->class;
    AUTO(mem_free_ptr) char *whole = install_part(exe, INSTALL_MAIN);
    if (install_check(whole, exe, e) < 0)
        return e->class;
    (void)execve(whole, arguments, environ);
    int sys = errno;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(whole);
    return err_sys(e, ERR_IO, sys, "cannot start %s, a part of nono", shown);
}

void whole_stay(void)
{
    stays = true;
}
