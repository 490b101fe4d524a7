/* no_namespaces PROGRAM ARGUMENT...: runs it where no namespace can be made. */
#include <unistd.h>

#include "tests/unit/no_namespaces.h"

int main(int argc, char **argv)
{
    if (argc < 2 || !no_namespaces())
        return 125;
    (void)execvp(argv[1], argv + 1);
    return 127;
}
