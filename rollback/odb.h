/* odb: what the module nono-odb.so offers to store.c: a table of functions, so that libgit2 is loaded only where objects are needed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "rollback/oid.h"
#include "rollback/store.h"

enum { ODB_ABI = 3 }; /* of the table: a module of another build is refused */
#define ODB_FILE "nono-odb.so"
#define ODB_SYMBOL "nono_odb_module"

struct odb;
struct odb_export;

struct odb_sweep {
    bool (*is_live)(void *arg, const struct oid *id);
    void *arg;
    /* Called once before the first object goes, when any does. */
    int (*before)(void *before_arg, struct err *e);
    void *before_arg;
    bool thorough; /* as in store_sweep */
};

struct odb_module {
    uint32_t abi, err_size;
    int (*open)(int dirfd, struct odb **ret, struct err *e); /* dirfd is borrowed */
    void (*close)(struct odb *o);
    int (*refresh)(struct odb *o, struct err *e);
    int (*put)(struct odb *o, enum store_kind kind, const void *data, size_t len, struct oid *ret, struct err *e);
    int (*hash)(enum store_kind kind, const void *data, size_t len, struct oid *ret, struct err *e);
    int (*put_fd)(struct odb *o, int fd, uint64_t size, struct oid *ret, struct err *e);
    int (*hash_fd)(struct odb *o, int fd, uint64_t size, struct oid *ret, struct err *e);
    bool (*has)(struct odb *o, const struct oid *id);
    int (*get)(struct odb *o, const struct oid *id, enum store_kind kind, void **ret, size_t *ret_len, struct err *e);
    int (*get_fd)(struct odb *o, const struct oid *id, int fd, struct err *e);
    int (*commit)(struct odb *o, struct err *e);
    void (*drop)(struct odb *o); /* what was put and not committed */
    int (*usage)(struct odb *o, struct store_usage *ret, struct err *e);
    uint64_t (*stored)(struct odb *o, const struct oid *id);
    int (*each)(struct odb *o, int (*visit)(void *arg, const struct oid *id, struct err *e), void *arg, struct err *e);
    /* Loose objects for a git repository, below a directory that is there. */
    int (*export_open)(const char *objects_dir, struct odb_export **ret, struct err *e);
    int (*export_add)(struct odb *o, struct odb_export *x, const struct oid *id, struct err *e); /* any kind and size */
    int (*export_put)(struct odb_export *x, enum store_kind kind, const void *data, size_t len, struct oid *ret, struct err *e);
    void (*export_close)(struct odb_export *x);
    int (*sweep)(struct odb *o, const struct odb_sweep *how, uint64_t *ret_freed, struct err *e);
};

extern const struct odb_module nono_odb_module;
