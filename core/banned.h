/* banned: calls that have a safer form here do not compile. Included by the compiler's command line (core/flags.cmake)
 * before every file of the product; the headers come first, for they declare what is then taken away. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(call) call##_is_banned_see_core_banned_h

/* core/str: bounded, and always terminated */
#undef strcpy
#define strcpy(...) BANNED(strcpy)
#undef strcat
#define strcat(...) BANNED(strcat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef stpcpy
#define stpcpy(...) BANNED(stpcpy)
#undef strncpy
#define strncpy(...) BANNED(strncpy)
#undef strncat
#define strncat(...) BANNED(strncat)
#undef gets
#define gets(...) BANNED(gets)
#undef alloca
#define alloca(...) BANNED(alloca)
#undef strtok
#define strtok(...) BANNED(strtok)

/* the _r forms: no static buffer */
#undef gmtime
#define gmtime(...) BANNED(gmtime)
#undef localtime
#define localtime(...) BANNED(localtime)
#undef ctime
#define ctime(...) BANNED(ctime)
#undef asctime
#define asctime(...) BANNED(asctime)

/* core/fs: no name before the file */
#undef mktemp
#define mktemp(...) BANNED(mktemp)
#undef tmpnam
#define tmpnam(...) BANNED(tmpnam)
#undef tempnam
#define tempnam(...) BANNED(tempnam)

/* core/launch: no shell between */
#undef system
#define system(...) BANNED(system)
#undef popen
#define popen(...) BANNED(popen)
