/* whole: in the whole program there is nothing to become. */
#include "core/whole.h"

void whole_remember(char **argv)
{
    (void)argv;
}

int whole_become(struct err *e)
{
    (void)e;
    return 0;
}

void whole_stay(void)
{
}
