/* profile: the text of one profile as data, strictly checked, and how a profile lies over its base.
 *
 * profile_keys is the one table of keys: parsing, merging and whatever lists or shows a profile walk it. Every value remembers
 * where it was written, also after several profiles were merged. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

struct json_doc;
struct json_sink;

enum {
    PROFILE_MAX_NAME = 64,
    PROFILE_MAX_ITEMS = 1024, /* of one list or map */
    PROFILE_MAX_MEMBERS = 16, /* of one record of a map */
    PROFILE_MAX_VARIABLE = 256,    /* bytes of the name of an environment variable, or of a pattern for such names */
    PROFILE_MAX_SETTING = 64 * 1024, /* bytes of its value; the kernel takes 128 kB of one string */
    PROFILE_MIN_PORT = 1,
    PROFILE_MAX_PORT = 65535,
};

struct profile_place {
    char *profile;       /* the name it was asked for by; owns the memory of all three */
    const char *source;  /* "built-in profile default", or the path of a file */
    const char *pointer; /* JSON pointer (RFC 6901) */
};

struct profile_item {
    char *text; /* a port is written as a number */
    struct profile_place place;
};

struct profile_list {
    struct profile_item *item;
    size_t n, cap;
};

enum profile_state { PROFILE_UNSET, PROFILE_CLEARED /* null */, PROFILE_SET };

struct profile_value {
    enum profile_state state;
    char *text;     /* a string, or the name of a choice */
    int64_t number; /* a boolean, or the index of a choice */
    struct profile_place place;
};

struct profile_field {
    char *name, *value;
};

struct profile_record { /* a member of env_credentials, custom_credentials or hooks */
    char *key;
    struct profile_field *field;
    size_t n_fields, cap_fields;
    struct profile_place place;
};

struct profile_map {
    struct profile_record *record;
    size_t n, cap;
};

enum profile_section {
    PROFILE_TOP,
    PROFILE_META,
    PROFILE_SECURITY,
    PROFILE_FILESYSTEM,
    PROFILE_POLICY,
    PROFILE_NETWORK,
    PROFILE_WORKDIR,
    PROFILE_ENVIRONMENT,
    PROFILE_ROLLBACK,
    PROFILE_OPEN_URLS,
    PROFILE_N_SECTIONS,
};

struct profile {
    char *name;        /* as asked for */
    char *source;      /* as in profile_place */
    unsigned sections; /* bit per enum profile_section that is written */
    size_t n_bytes;    /* of its text; 0 for a built-in one */
    struct profile_list extends;
    struct profile_value schema;
    struct profile_value meta_name, meta_version, meta_description, meta_author;
    struct profile_list groups, allowed_commands;
    struct profile_value signal_mode, process_info_mode, ipc_mode, capability_elevation;
    struct profile_list allow, read, write, allow_file, read_file, write_file, guard;
    struct profile_list exclude_groups, add_allow_read, add_allow_write, add_allow_readwrite, add_deny_access,
        add_deny_commands, override_deny;
    struct profile_value network_block, network_profile, upstream_proxy;
    struct profile_list allow_domain, credentials, open_port, listen_port, allow_unix, upstream_bypass;
    struct profile_map custom_credentials, env_credentials, hooks;
    struct profile_list env_allow, env_deny;
    struct profile_map env_set;
    struct profile_value workdir_access; /* number: enum caps_access bits, 0 for "none" */
    struct profile_list exclude_patterns, exclude_globs, scratch;
    struct profile_value max_copy, large_files; /* number of large_files: enum caps_large */
    struct profile_list allow_origins;
    struct profile_value allow_localhost;
    struct profile_value allow_launch_services, interactive;
    struct profile_list skipdirs;
};

enum profile_type {
    PROFILE_TEXT,
    PROFILE_NAME,      /* a profile name */
    PROFILE_BOOL,
    PROFILE_CHOICE,
    PROFILE_SIZE,      /* of content, with a unit, or "unlimited" */
    PROFILE_TEXTS,
    PROFILE_NAMES,     /* group names, or names of programs: no '/' */
    PROFILE_PATHS,
    PROFILE_PORTS,
    PROFILE_ENV_NAMES, /* names of environment variables, '*' stands for any text */
    PROFILE_PATTERNS,  /* of files: core/guard.h */
    PROFILE_BASES,     /* one profile name or a list of them */
    PROFILE_VARIABLES, /* map to names of environment variables */
    PROFILE_SETTINGS,  /* map from names of environment variables to their values */
    PROFILE_CREDENTIALS,
    PROFILE_HOOKS,
};

enum profile_merge {
    PROFILE_MERGE_NEVER,   /* belongs to the one file it is written in */
    PROFILE_MERGE_APPEND,  /* the base's items, then those of the child that are new */
    PROFILE_MERGE_KEYS,    /* maps: the child's record of a key replaces the base's */
    PROFILE_MERGE_CHILD,   /* the child's, when it is written */
    PROFILE_MERGE_NONZERO, /* the child's, unless it is false or "none" */
    PROFILE_MERGE_SECTION, /* replaced together with its whole section */
};

struct profile_key {
    enum profile_section section;
    const char *name;
    const char *alias[3]; /* older names, still accepted; ends in NULL */
    enum profile_type type;
    bool nullable;
    enum profile_merge merge;
    size_t offset;              /* of the field in struct profile */
    const char *const *choices;     /* NULL-terminated */
    const char *const *choice_help; /* one for each choice */
    const char *help;               /* one line, no full stop: what it grants or changes; says so where nothing holds it */
};
extern const struct profile_key profile_keys[];
extern const size_t profile_n_keys;
/* Name of a section ("" for PROFILE_TOP), its older name if there is one, NULL. */
extern const char *const profile_sections[PROFILE_N_SECTIONS][3];
extern const char *const profile_section_help[PROFILE_N_SECTIONS]; /* one line, no full stop */

/* What a record of a map may hold. */
struct profile_member {
    const char *name; /* NULL ends the table */
    bool required;
    const char *const *choices; /* NULL-terminated; NULL: any text */
    const char *pattern, *unlike; /* regular expressions that the text must, must not match; NULL. For the schema; the loader looks itself */
    const char *needs;            /* a member that must be there too when the text matches `needs_when`; NULL */
    const char *needs_when;
    const char *help;
};
/* Of one record of a map of this type; none for one whose records are texts. */
const struct profile_member *profile_members(enum profile_type type);

/* Dotted names: "filesystem.allow", "extends", and with older names "undo.exclude_globs". NULL when there is no such key. */
const struct profile_key *profile_key_find(const char *dotted);
/* Same for a name that may go on into a map: "env_credentials.REF", "hooks.APP.event". *ret_rest points to what follows the key, or
 * to "". */
const struct profile_key *profile_key_split(const char *dotted, const char **ret_rest);
/* The dotted name, appended. */
void profile_key_name(const struct profile_key *k, struct str *out);
/* Dotted name of the key that `dotted` may have meant, a key without its section ("groups") included; NULL. Caller owns. */
char *profile_key_nearest(const char *dotted);
/* ERR_USAGE "there is no key 'x'; did you mean…". */
int profile_key_unknown(const char *key, struct err *e);
/* "a list of paths", "a port number"… */
const char *profile_type_name(enum profile_type type);

/* `name` is how the profile was asked for, `source` what messages call it. Comments are accepted. Nothing outside the
 * text is looked at: whether groups, bases and paths exist is for extend and resolve. ERR_INPUT. */
MUST_CHECK int profile_parse(const char *text, size_t len, const char *name, const char *source, struct profile *ret,
                             struct err *e);
struct profile_text {
    const char *text;
    size_t len;
    const char *name, *source; /* as for profile_parse */
    struct json_sink *sink;    /* NULL: the first error is the result */
};
/* Same; with a sink every error goes there, `ret` is what could be read, and only a text that is not JSON is ERR_INPUT. */
MUST_CHECK int profile_read(const struct profile_text *t, struct profile *ret, struct err *e);
void profile_init(struct profile *p);
void profile_release(struct profile *p);
/* Lays `child` over `base`, which becomes the result. Takes what it needs out of `child`; its extends, name and source stay behind. */
void profile_merge(struct profile *base, struct profile *child);

/* What a PROFILE_SIZE may be, as a regular expression for the schema; the loader looks by hand. */
#define PROFILE_SIZE_PATTERN "^(unlimited|[1-9][0-9]{0,11}B?|[1-9][0-9]{0,5}(\\.[0-9]{1,3})?[KMGT](B|iB)?)$"
bool profile_size_is_valid(const char *text);
/* [A-Za-z0-9-], no '-' at either end. */
bool profile_name_is_valid(const char *name);

void profile_list_add(struct profile_list *l, const char *text, const struct profile_place *place);
bool profile_list_has(const struct profile_list *l, const char *text);
/* Puts "SOURCE:LINE: POINTER: " in front of an error about a value that was found wrong after parsing. Reads the file again for
 * the line: places are many, errors few. Returns e->class. */
int profile_place_add(const struct profile_place *p, struct err *e);

/* 1-based line of the place, 0 when the file has changed or gone since, or the profile is built in. Reads the file. */
unsigned profile_place_line(const struct profile_place *p);
/* Its two steps, for many places of one file. NULL when it is no file, or is none any more. */
struct json_doc *profile_place_open(const char *source);
unsigned profile_place_line_in(const struct json_doc *doc, const char *pointer);

/* For profile_merge and the parser. */
struct profile_list *profile_list_of(struct profile *p, const struct profile_key *k);
struct profile_value *profile_value_of(struct profile *p, const struct profile_key *k);
struct profile_map *profile_map_of(struct profile *p, const struct profile_key *k);
enum profile_shape { PROFILE_SHAPE_LIST, PROFILE_SHAPE_VALUE, PROFILE_SHAPE_MAP };
enum profile_shape profile_shape(enum profile_type type);
bool profile_is_flat(enum profile_type type); /* a map whose records are texts */
struct profile_place profile_place_dup(const struct profile_place *p);
struct profile_place profile_place_below(const struct profile_place *p, const char *key);
void profile_place_release(struct profile_place *p);
void profile_list_release(struct profile_list *l);
void profile_value_release(struct profile_value *v);
void profile_map_release(struct profile_map *m);
