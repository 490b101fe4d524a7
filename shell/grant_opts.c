/* grant_opts: the options that say what a command may do, as a request to the policy. */
#include "shell/grant_opts.h"

struct resolve_request grant_request(const struct grant_args *a, const struct world *w, const char *workdir)
{
    return (struct resolve_request){
        .world = w,
        .profile = a->profile,
        .workdir = workdir,
        .allow = &a->allow,
        .read = &a->read,
        .write = &a->write,
        .allow_file = &a->allow_file,
        .read_file = &a->read_file,
        .write_file = &a->write_file,
        .override_deny = &a->override_deny,
        .allow_command = &a->allow_command,
        .block_command = &a->block_command,
        .block_net = a->block_net,
        .allow_net = a->allow_net,
    };
}
