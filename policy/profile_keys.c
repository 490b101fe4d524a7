/* profile_keys: the table of everything a profile may say. */
#include "policy/profile.h"

#include <stddef.h>

static const char *const modes[] = {"isolated", "allow_same_sandbox", "allow_all", NULL};
static const char *const ipc_modes[] = {"shared_memory_only", "full", NULL};
/* In the order of the bits of enum caps_access, so that the index is the access. */
static const char *const workdir_modes[] = {"none", "read", "write", "readwrite", NULL};

const char *const profile_sections[PROFILE_N_SECTIONS][3] = {
    [PROFILE_TOP] = {""},
    [PROFILE_META] = {"meta"},
    [PROFILE_SECURITY] = {"security"},
    [PROFILE_FILESYSTEM] = {"filesystem"},
    [PROFILE_POLICY] = {"policy"},
    [PROFILE_NETWORK] = {"network"},
    [PROFILE_WORKDIR] = {"workdir"},
    [PROFILE_ROLLBACK] = {"rollback", "undo"},
    [PROFILE_OPEN_URLS] = {"open_urls"},
};

#define KEY(sect, key, field, kind, how) \
    .section = PROFILE_##sect, .name = (key), .type = PROFILE_##kind, .merge = PROFILE_MERGE_##how, \
    .offset = offsetof(struct profile, field)

const struct profile_key profile_keys[] = {
    {KEY(TOP, "$schema", schema, TEXT, NEVER)},
    {KEY(TOP, "extends", extends, BASES, NEVER)},
    {KEY(META, "name", meta_name, NAME, SECTION)},
    {KEY(META, "version", meta_version, TEXT, SECTION)},
    {KEY(META, "description", meta_description, TEXT, SECTION), .nullable = true},
    {KEY(META, "author", meta_author, TEXT, SECTION), .nullable = true},
    {KEY(SECURITY, "groups", groups, NAMES, APPEND)},
    {KEY(SECURITY, "allowed_commands", allowed_commands, NAMES, APPEND)},
    {KEY(SECURITY, "signal_mode", signal_mode, CHOICE, CHILD), .nullable = true, .choices = modes},
    {KEY(SECURITY, "process_info_mode", process_info_mode, CHOICE, CHILD), .nullable = true, .choices = modes},
    {KEY(SECURITY, "ipc_mode", ipc_mode, CHOICE, CHILD), .nullable = true, .choices = ipc_modes},
    {KEY(SECURITY, "capability_elevation", capability_elevation, BOOL, CHILD), .nullable = true},
    {KEY(FILESYSTEM, "allow", allow, PATHS, APPEND)},
    {KEY(FILESYSTEM, "read", read, PATHS, APPEND)},
    {KEY(FILESYSTEM, "write", write, PATHS, APPEND)},
    {KEY(FILESYSTEM, "allow_file", allow_file, PATHS, APPEND)},
    {KEY(FILESYSTEM, "read_file", read_file, PATHS, APPEND)},
    {KEY(FILESYSTEM, "write_file", write_file, PATHS, APPEND)},
    {KEY(POLICY, "exclude_groups", exclude_groups, NAMES, APPEND)},
    {KEY(POLICY, "add_allow_read", add_allow_read, PATHS, APPEND)},
    {KEY(POLICY, "add_allow_write", add_allow_write, PATHS, APPEND)},
    {KEY(POLICY, "add_allow_readwrite", add_allow_readwrite, PATHS, APPEND)},
    {KEY(POLICY, "add_deny_access", add_deny_access, PATHS, APPEND)},
    {KEY(POLICY, "add_deny_commands", add_deny_commands, NAMES, APPEND)},
    {KEY(POLICY, "override_deny", override_deny, PATHS, APPEND)},
    {KEY(NETWORK, "block", network_block, BOOL, NONZERO)},
    {KEY(NETWORK, "network_profile", network_profile, TEXT, CHILD), .nullable = true},
    {KEY(NETWORK, "allow_domain", allow_domain, TEXTS, APPEND), .alias = {"proxy_allow", "allow_proxy"}},
    {KEY(NETWORK, "credentials", credentials, TEXTS, APPEND), .alias = {"proxy_credentials"}},
    {KEY(NETWORK, "open_port", open_port, PORTS, APPEND), .alias = {"port_allow", "allow_port"}},
    {KEY(NETWORK, "listen_port", listen_port, PORTS, APPEND)},
    {KEY(NETWORK, "custom_credentials", custom_credentials, CREDENTIALS, KEYS)},
    {KEY(NETWORK, "upstream_proxy", upstream_proxy, TEXT, CHILD), .nullable = true, .alias = {"external_proxy"}},
    {KEY(NETWORK, "upstream_bypass", upstream_bypass, TEXTS, APPEND), .alias = {"external_proxy_bypass"}},
    {KEY(TOP, "env_credentials", env_credentials, VARIABLES, KEYS), .alias = {"secrets"}},
    {KEY(WORKDIR, "access", workdir_access, CHOICE, NONZERO), .choices = workdir_modes},
    {KEY(TOP, "hooks", hooks, HOOKS, KEYS)},
    {KEY(ROLLBACK, "exclude_patterns", exclude_patterns, TEXTS, APPEND)},
    {KEY(ROLLBACK, "exclude_globs", exclude_globs, TEXTS, APPEND)},
    {KEY(OPEN_URLS, "allow_origins", allow_origins, TEXTS, SECTION)},
    {KEY(OPEN_URLS, "allow_localhost", allow_localhost, BOOL, SECTION)},
    {KEY(TOP, "allow_launch_services", allow_launch_services, BOOL, CHILD), .nullable = true},
    {KEY(TOP, "interactive", interactive, BOOL, NONZERO)},
    {KEY(TOP, "skipdirs", skipdirs, TEXTS, APPEND)},
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
        return PROFILE_SHAPE_LIST;
    case PROFILE_VARIABLES:
    case PROFILE_CREDENTIALS:
    case PROFILE_HOOKS:
        return PROFILE_SHAPE_MAP;
    case PROFILE_TEXT:
    case PROFILE_NAME:
    case PROFILE_BOOL:
    case PROFILE_CHOICE:
        break;
    }
    return PROFILE_SHAPE_VALUE;
}
