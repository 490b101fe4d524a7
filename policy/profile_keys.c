/* profile_keys: the table of everything a profile may say. */
#include "policy/profile.h"

#include <stddef.h>

static const char *const modes[] = {"isolated", "allow_same_sandbox", "allow_all", NULL};
static const char *const ipc_modes[] = {"shared_memory_only", "full", NULL};
/* In the order of the bits of enum caps_access, so that the index is the access. */
static const char *const workdir_modes[] = {"none", "read", "write", "readwrite", NULL};

static const char *const mode_help[] = {
    "processes of the same sandbox only",
    "processes of the same sandbox only: nothing narrower is held",
    "any process; held as isolated",
    NULL,
};
static const char *const info_help[] = {
    "its own processes",
    "processes of the same sandbox",
    "any process",
    NULL,
};
static const char *const ipc_help[] = {
    "shared memory only",
    "every kind",
    NULL,
};
static const char *const workdir_help[] = {
    "nothing, unless it is agreed to or --allow-cwd is given",
    "read and execute",
    "create, change and remove, but not read",
    "read, write and execute",
    NULL,
};

/* In the order of enum caps_large. */
static const char *const large_modes[] = {"refuse", "skip", NULL};
static const char *const large_help[] = {
    "such a file cannot be written",
    "it can, and what was in it cannot be taken back; each run says so",
    NULL,
};

const char *const profile_sections[PROFILE_N_SECTIONS][3] = {
    [PROFILE_TOP] = {""},
    [PROFILE_META] = {"meta"},
    [PROFILE_SECURITY] = {"security"},
    [PROFILE_FILESYSTEM] = {"filesystem"},
    [PROFILE_POLICY] = {"policy"},
    [PROFILE_NETWORK] = {"network"},
    [PROFILE_WORKDIR] = {"workdir"},
    [PROFILE_ENVIRONMENT] = {"environment"},
    [PROFILE_ROLLBACK] = {"rollback", "undo"},
    [PROFILE_OPEN_URLS] = {"open_urls"},
};

const char *const profile_section_help[PROFILE_N_SECTIONS] = {
    [PROFILE_TOP] = "What a command may do",
    [PROFILE_META] = "What the profile is called and who made it; a child's replaces that of its base as a whole",
    [PROFILE_SECURITY] = "Groups of grants and denies, and what processes may do to each other",
    [PROFILE_FILESYSTEM] = "Paths that are granted",
    [PROFILE_POLICY] = "Changes to what groups and bases bring",
    [PROFILE_NETWORK] = "What of the network is open",
    [PROFILE_WORKDIR] = "The directory that the command is started in",
    [PROFILE_ENVIRONMENT] = "Which environment variables the command gets; secrets are withheld unless they are allowed",
    [PROFILE_ROLLBACK] = "What can be taken back, and what is left out",
    [PROFILE_OPEN_URLS] = "Pages that the command may open in a browser; null is the same as leaving it out",
};

#define KEY(sect, key, field, kind, how) \
    .section = PROFILE_##sect, .name = (key), .type = PROFILE_##kind, .merge = PROFILE_MERGE_##how, \
    .offset = offsetof(struct profile, field)

const struct profile_key profile_keys[] = {
    {KEY(TOP, "$schema", schema, TEXT, NEVER),
     .help = "Address of the JSON Schema, for editors; nono does not read it"},
    {KEY(TOP, "extends", extends, BASES, NEVER),
     .help = "A profile, or several, that this one lies over; a later one lies over an earlier one"},
    {KEY(META, "name", meta_name, NAME, SECTION),
     .help = "Name of the profile, for readers; nono finds it by the name of its file"},
    {KEY(META, "version", meta_version, TEXT, SECTION),
     .help = "Version of the profile, any text"},
    {KEY(META, "description", meta_description, TEXT, SECTION), .nullable = true,
     .help = "What the profile is for, in one line; shown in lists of profiles"},
    {KEY(META, "author", meta_author, TEXT, SECTION), .nullable = true,
     .help = "Who wrote the profile"},
    {KEY(SECURITY, "groups", groups, NAMES, APPEND),
     .help = "Named sets of grants and denies; without any, and without extends, those of the default profile"},
    {KEY(SECURITY, "allowed_commands", allowed_commands, NAMES, APPEND),
     .help = "Programs that may be started although a group or policy.add_deny_commands blocks them"},
    {KEY(SECURITY, "signal_mode", signal_mode, CHOICE, CHILD), .nullable = true, .choices = modes, .choice_help = mode_help,
     .help = "Which processes the command may send signals to; every value is held as isolated"},
    {KEY(SECURITY, "process_info_mode", process_info_mode, CHOICE, CHILD), .nullable = true, .choices = modes, .choice_help = info_help,
     .help = "Which processes the command may look at; has no effect on Linux"},
    {KEY(SECURITY, "ipc_mode", ipc_mode, CHOICE, CHILD), .nullable = true, .choices = ipc_modes, .choice_help = ipc_help,
     .help = "Which inter-process communication is open; has no effect on Linux"},
    {KEY(SECURITY, "capability_elevation", capability_elevation, BOOL, CHILD), .nullable = true,
     .help = "Whether more may be granted while the command runs; true is held as false, the default"},
    {KEY(FILESYSTEM, "allow", allow, PATHS, APPEND),
     .help = "Directories and files to read, write and execute, with everything below them"},
    {KEY(FILESYSTEM, "read", read, PATHS, APPEND),
     .help = "Directories and files to read and execute, with everything below them"},
    {KEY(FILESYSTEM, "write", write, PATHS, APPEND),
     .help = "Directories and files to create, change and remove but not read, with everything below them"},
    {KEY(FILESYSTEM, "allow_file", allow_file, PATHS, APPEND),
     .help = "Single files to read and write; a directory of that name is not granted"},
    {KEY(FILESYSTEM, "read_file", read_file, PATHS, APPEND),
     .help = "Single files to read; a directory of that name is not granted"},
    {KEY(FILESYSTEM, "write_file", write_file, PATHS, APPEND),
     .help = "Single files to write but not read; a directory of that name is not granted"},
    {KEY(FILESYSTEM, "guard", guard, PATTERNS, APPEND),
     .help = "Files to leave alone where the rest may be written: names (*.pem), paths (.vscode/tasks.json) and .git; needs 'nono run'"},
    {KEY(POLICY, "exclude_groups", exclude_groups, NAMES, APPEND),
     .help = "Groups to leave out, whoever names them; a required group is an error"},
    {KEY(POLICY, "add_allow_read", add_allow_read, PATHS, APPEND),
     .help = "More directories and files to read; as filesystem.read"},
    {KEY(POLICY, "add_allow_write", add_allow_write, PATHS, APPEND),
     .help = "More directories and files to write; as filesystem.write"},
    {KEY(POLICY, "add_allow_readwrite", add_allow_readwrite, PATHS, APPEND),
     .help = "More directories and files to read and write; as filesystem.allow"},
    {KEY(POLICY, "add_deny_access", add_deny_access, PATHS, APPEND),
     .help = "Paths that stay closed with everything below them, whatever grants them"},
    {KEY(POLICY, "add_deny_commands", add_deny_commands, NAMES, APPEND),
     .help = "Programs that neither nono nor what a command starts can execute; a guard, since a program may do the same itself"},
    {KEY(POLICY, "override_deny", override_deny, PATHS, APPEND),
     .help = "Denied paths to give back; each must be granted as well, here or by an option"},
    {KEY(NETWORK, "block", network_block, BOOL, NONZERO),
     .help = "true: no network at all but for open_port and listen_port; false, the default: all of it"},
    {KEY(NETWORK, "network_profile", network_profile, TEXT, CHILD), .nullable = true,
     .help = "Named set of hosts to limit the network to; not held yet, so it is refused; null takes back that of a base"},
    {KEY(NETWORK, "allow_domain", allow_domain, TEXTS, APPEND), .alias = {"proxy_allow", "allow_proxy"},
     .help = "Hosts to limit the network to; not held yet, so it is refused without --block-net or --allow-net"},
    {KEY(NETWORK, "credentials", credentials, TEXTS, APPEND), .alias = {"proxy_credentials"},
     .help = "Services whose keys a proxy keeps from the command; not held yet, so it is refused as allow_domain is"},
    {KEY(NETWORK, "open_port", open_port, PORTS, APPEND), .alias = {"port_allow", "allow_port"},
     .help = "TCP ports (1 to 65535) of any host to connect to in a blocked network; has no effect without block"},
    {KEY(NETWORK, "listen_port", listen_port, PORTS, APPEND),
     .help = "TCP ports (1 to 65535) to accept connections on in a blocked network; has no effect without block"},
    {KEY(NETWORK, "allow_unix", allow_unix, PATHS, APPEND),
     .help = "Unix sockets, or directories of them, that may be connected to, whatever block says; needs 'nono run' or 'nono shell'"},
    {KEY(NETWORK, "custom_credentials", custom_credentials, CREDENTIALS, KEYS),
     .help = "Services that credentials may name: where each is and how its key is sent; has no effect yet"},
    {KEY(NETWORK, "upstream_proxy", upstream_proxy, TEXT, CHILD), .nullable = true, .alias = {"external_proxy"},
     .help = "Proxy (HOST:PORT) that all traffic goes through; not held yet, so it is refused as allow_domain is"},
    {KEY(NETWORK, "upstream_bypass", upstream_bypass, TEXTS, APPEND), .alias = {"external_proxy_bypass"},
     .help = "Hosts to reach without upstream_proxy; has no effect yet"},
    {KEY(TOP, "env_credentials", env_credentials, VARIABLES, KEYS), .alias = {"secrets"},
     .help = "Entries of a key store and the environment variables to pass them in; not passed on: there is no key store here"},
    {KEY(WORKDIR, "access", workdir_access, CHOICE, NONZERO), .choices = workdir_modes, .choice_help = workdir_help,
     .help = "What the command may do with the directory that it is started in; none, the default, asks or takes --allow-cwd"},
    {KEY(ENVIRONMENT, "allow", env_allow, ENV_NAMES, APPEND),
     .help = "Environment variables to pass on although nono or a deny withholds them; * stands for any text, a name beats a pattern"},
    {KEY(ENVIRONMENT, "deny", env_deny, ENV_NAMES, APPEND), .alias = {"deny_vars"},
     .help = "Environment variables to withhold; * stands for any text, a longer pattern beats a shorter one"},
    {KEY(ENVIRONMENT, "set", env_set, SETTINGS, KEYS), .alias = {"set_vars"},
     .help = "Environment variables to set; a value that begins with ~/ or $ is a path and expanded as such, $$ is a dollar sign"},
    {KEY(TOP, "hooks", hooks, HOOKS, KEYS),
     .help = "Hooks for another program: its name, then event, matcher and script; nono does not install them"},
    {KEY(ROLLBACK, "exclude_patterns", exclude_patterns, TEXTS, APPEND),
     .help = "Names of files and directories, at any depth, that snapshots and restore leave out"},
    {KEY(ROLLBACK, "exclude_globs", exclude_globs, TEXTS, APPEND),
     .help = "The same by shell pattern, such as *.pyc"},
    {KEY(ROLLBACK, "scratch", scratch, PATHS, APPEND),
     .help = "Directories outside the working directory where changes are not kept, since what is there can be made again; grants nothing"},
    {KEY(ROLLBACK, "max_copy", max_copy, SIZE, CHILD),
     .help = "Largest file that is copied before it is first written to, where the file system cannot clone it; 1G when left out"},
    {KEY(ROLLBACK, "large_files", large_files, CHOICE, CHILD), .choices = large_modes, .choice_help = large_help,
     .help = "What becomes of a larger one that was there before; refuse when left out"},
    {KEY(OPEN_URLS, "allow_origins", allow_origins, TEXTS, SECTION),
     .help = "Origins (https://HOST) whose pages the command may open in a browser; has no effect on Linux"},
    {KEY(OPEN_URLS, "allow_localhost", allow_localhost, BOOL, SECTION),
     .help = "Whether it may open pages of this machine in a browser; has no effect on Linux"},
    {KEY(TOP, "allow_launch_services", allow_launch_services, BOOL, CHILD), .nullable = true,
     .help = "Whether it may start programs through Launch Services; has no effect on Linux"},
    {KEY(TOP, "interactive", interactive, BOOL, NONZERO),
     .help = "Obsolete; has no effect"},
    {KEY(TOP, "skipdirs", skipdirs, TEXTS, APPEND),
     .help = "Directories to leave out when learning a profile; has no effect yet"},
};
const size_t profile_n_keys = sizeof profile_keys / sizeof *profile_keys;

/* The offset was taken of a field of the very type that the key's shape says; the unit test walks the whole table. */
static void *field_at(struct profile *p, const struct profile_key *k)
{
    return (char *)p + k->offset;
}

struct profile_list *profile_list_of(struct profile *p, const struct profile_key *k)
{
    return field_at(p, k);
}

struct profile_value *profile_value_of(struct profile *p, const struct profile_key *k)
{
    return field_at(p, k);
}

struct profile_map *profile_map_of(struct profile *p, const struct profile_key *k)
{
    return field_at(p, k);
}

enum profile_shape profile_shape(enum profile_type type)
{
    switch (type) {
    case PROFILE_TEXTS:
    case PROFILE_NAMES:
    case PROFILE_PATHS:
    case PROFILE_PORTS:
    case PROFILE_BASES:
    case PROFILE_ENV_NAMES:
    case PROFILE_PATTERNS:
        return PROFILE_SHAPE_LIST;
    case PROFILE_VARIABLES:
    case PROFILE_SETTINGS:
    case PROFILE_CREDENTIALS:
    case PROFILE_HOOKS:
        return PROFILE_SHAPE_MAP;
    case PROFILE_TEXT:
    case PROFILE_NAME:
    case PROFILE_BOOL:
    case PROFILE_CHOICE:
    case PROFILE_SIZE:
        break;
    }
    return PROFILE_SHAPE_VALUE;
}

bool profile_is_flat(enum profile_type type)
{
    return type == PROFILE_VARIABLES || type == PROFILE_SETTINGS;
}
