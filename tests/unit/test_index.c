#include "rollback/index.h"

#include <string.h>
#include <sys/stat.h>

#include "tests/unit/tap.h"

#define SECOND INT64_C(1000000000)
#define SETTLE INT64_C(10000000)
#define SCANNED (1000 * SECOND + 500000000)

static struct index_entry example(int64_t ctime_ns)
{
    return (struct index_entry){
        .ino = 1, .dev = 2, .size = 3, .mtime_ns = 4 * SECOND + 4, .ctime_ns = ctime_ns, .mode = S_IFREG | 0644, .uid = 5, .gid = 6, .nlink = 1};
}

TEST(only_old_stat_data_is_believed)
{
    static const struct {
        int64_t ctime_ns;
        bool holds;
    } at[] = {{1, true},
              {SCANNED - SETTLE - 1, true},
              {SCANNED - SETTLE, false},
              {SCANNED, false},
              {SCANNED + SECOND + 1, false},
              /* Whole seconds: a file system that keeps no fraction, perhaps steps of two. */
              {998 * SECOND, true},
              {999 * SECOND, false},
              {1000 * SECOND, false}};
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        struct index_entry x = example(at[i].ctime_ns);
        CHECK_INT(index_entry_holds(&x, &x, SCANNED, SETTLE), at[i].holds);
    }
}

TEST(a_young_mtime_counts_where_times_are_coarse)
{
    struct index_entry fine = example(900 * SECOND + 1), coarse = example(900 * SECOND);
    fine.mtime_ns = coarse.mtime_ns = 2000 * SECOND;
    CHECK(index_entry_holds(&fine, &fine, SCANNED, SETTLE));
    CHECK(!index_entry_holds(&coarse, &coarse, SCANNED, SETTLE));
}

TEST(every_field_counts)
{
    const struct index_entry old = example(900 * SECOND + 1);
    for (int i = 0; i < 10; i++) {
        struct index_entry cached = old, now = old;
        now.ino += i == 0;
        now.dev += i == 1;
        now.size += i == 2;
        now.mtime_ns += i == 3;
        now.ctime_ns -= i == 4;
        now.mode ^= i == 5 ? 1 : 0;
        now.uid += i == 6;
        now.gid += i == 7;
        now.nlink += i == 8;
        cached.flags = i == 9 ? SNAPSHOT_UNREADABLE : 0;
        CHECK(!index_entry_holds(&cached, &now, SCANNED, SETTLE));
    }
    CHECK(index_entry_holds(&old, &old, SCANNED, SETTLE));
}

TEST(an_entry_says_what_stat_said)
{
    const int64_t sec[] = {0, -1, 1234567890, -9000000000, 9223372036, 99999999999, -99999999999};
    for (size_t i = 0; i < sizeof(sec) / sizeof(sec[0]); i++) {
        struct stat st = {
            .st_mode = S_IFBLK | 02640, .st_uid = 7, .st_gid = 8, .st_nlink = 2, .st_ino = 99, .st_dev = 3, .st_rdev = 0x801, .st_size = 0};
        struct index_entry x;
        struct snapshot_node from_stat, from_entry;
        st.st_mtim = (struct timespec){sec[i], 999999999};
        index_entry_of(&st, &x);
        snapshot_node_of(&st, &from_stat);
        index_entry_node(&x, &from_entry);
        CHECK(memcmp(&from_stat, &from_entry, sizeof(from_stat)) == 0);
        CHECK_INT(from_stat.rdev, 0x801);
    }
}
