/* attack: what its files share. */
#pragma once

enum { TRIES = 4000, SIZE = 4096 };

extern const char *outside;
/* Tells what has to hold and did not; 1. */
int fail(const char *what);

int flip_open(void);
int flip_truncate(void);
int flip_chmod(void);
int flip_utimes(void);
int flip_xattr(void);
int flip_unlink(void);
int exchange_folder(void);
int hard_link(void);
int crowd(void);
int nested(void);
int sibling(void);
int reaped(void);
int reaper(void);
