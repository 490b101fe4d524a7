/* group_load: the groups compiled in. Apart from group.c, which the generator of that data links too. */
#include "policy/group.h"
#include "policy/group_builtin.h"

void group_set_load(struct group_set *ret)
{
    *ret = (struct group_set){.group = group_builtin, .n = group_builtin_n, .is_static = true};
}
