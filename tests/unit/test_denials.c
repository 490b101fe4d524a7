/* The table of denials: equal ones are counted, its room is bounded, threads may fill it. */
#include "core/denials.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/str.h"
#include "tests/unit/tap.h"

static struct denial at(size_t i)
{
    struct denial d;
    denials_get(i, &d);
    return d;
}

TEST(nothing_was_denied)
{
    CHECK_INT(denials_count(), 0);
    CHECK_INT(denials_lost(), 0);
    denials_clear();
}

TEST(equal_ones_are_counted)
{
    denials_add(DENIALS_READ, DENIALS_BY_KERNEL, "/a", getpid());
    denials_add(DENIALS_WRITE, DENIALS_BY_KERNEL, "/a", 0);
    denials_add(DENIALS_READ, DENIALS_BY_NONO, "/a", 0);
    denials_add(DENIALS_READ, DENIALS_BY_KERNEL, "/b", 0);
    CHECK_INT(denials_count(), 3);
    CHECK_INT(at(0).count, 2);
    CHECK_INT(at(0).by, DENIALS_BY_KERNEL);
    CHECK_STR(at(0).program, "test_denials");
    CHECK_INT(at(1).operation, DENIALS_WRITE);
    CHECK_STR(at(1).program, "");
    CHECK_STR(at(2).target, "/b");
    denials_clear();
    CHECK_INT(denials_count(), 0);
    denials_add(DENIALS_READ, DENIALS_BY_KERNEL, "/b", 0);
    CHECK_INT(at(0).count, 1);
}

TEST(ports)
{
    denials_add_port(DENIALS_CONNECT, DENIALS_BY_KERNEL, "1.2.3.4", 443, 0);
    denials_add_port(DENIALS_CONNECT, DENIALS_BY_KERNEL, "::1", 80, 0);
    denials_add_port(DENIALS_LISTEN, DENIALS_BY_NONO, NULL, 8080, 0);
    CHECK_STR(at(0).target, "1.2.3.4:443");
    CHECK_STR(at(1).target, "[::1]:80");
    CHECK_STR(at(2).target, "8080");
}

TEST(there_is_room_for_so_many)
{
    char name[32];
    for (int i = 0; i < DENIALS_MAX + 7; i++) {
        (void)snprintf(name, sizeof name, "/file-%d", i);
        denials_add(DENIALS_READ, DENIALS_BY_KERNEL, name, 0);
    }
    CHECK_INT(denials_count(), DENIALS_MAX);
    CHECK_INT(denials_lost(), 7);
    denials_add(DENIALS_READ, DENIALS_BY_KERNEL, "/file-3", 0);
    CHECK_INT(at(3).count, 2);
}

TEST(there_is_room_for_so_much)
{
    static char name[STR_MAX_PATH];
    memset(name, 'x', sizeof name - 1);
    for (int i = 0; i < 70; i++) {
        name[0] = (char)(' ' + i);
        denials_add(DENIALS_READ, DENIALS_BY_KERNEL, name, 0);
    }
    CHECK_INT(denials_count(), DENIALS_MAX_TEXT / STR_MAX_PATH);
    CHECK_INT(denials_lost(), 70 - DENIALS_MAX_TEXT / STR_MAX_PATH);
    CHECK(at(denials_count() - 1).target[0] == ' ' + DENIALS_MAX_TEXT / STR_MAX_PATH - 1);
}

enum { THREADS = 8, ROUNDS = 20000, NAMES = 50 };

static void *fill(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "/n%d", i % NAMES);
        denials_add(DENIALS_WRITE, DENIALS_BY_NONO, name, 0);
    }
    return NULL;
}

TEST(threads_fill_it)
{
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&thread[i], NULL, fill, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
    CHECK_INT(denials_count(), NAMES);
    for (size_t i = 0; i < NAMES; i++)
        CHECK_INT(at(i).count, THREADS * ROUNDS / NAMES);
}
