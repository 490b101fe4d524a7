/* odb_backend: our segments as a backend of libgit2's object database, so that any of its calls works on the store. */
#pragma once

#include "core/err.h"
#include "rollback/odb_segments.h"

struct git_odb_backend;
struct git_odb_stream;

/* Borrows `s`; NULL makes a backend that takes streams and keeps nothing, for hashing. libgit2 frees it with its database. */
struct git_odb_backend *odb_backend_new(struct odb_segments *s);
/* What made the last call on a stream fail; class 0 when it was libgit2 itself. */
const struct err *odb_backend_stream_error(const struct git_odb_stream *stream);
