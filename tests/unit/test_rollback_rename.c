/* rollback_rename: what counts as the same thing under another name. */
#include "shell/rollback_rename.h"

#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "tests/unit/tap.h"

/* "+d/" a created directory, "-f=7" a deleted file with content 7; in the order of a walk. */
static struct change_list changes(const char *const *text)
{
    struct change_list l = {0};
    for (; *text; text++) {
        const char *equals = strchr(*text, '=');
        size_t len = strlen(*text) - 1 - (equals ? strlen(equals) : 1);
        struct snapshot_node node = {.type = equals ? SNAPSHOT_FILE : SNAPSHOT_DIR};
        if (equals) {
            node.size = equals[1] == '0' ? 0 : 9;
            node.content.byte[0] = (unsigned char)equals[1];
        }
        mem_reserve(&l.item, &l.cap, l.n + 1, sizeof *l.item);
        struct change *c = &l.item[l.n++];
        *c = (struct change){.path = mem_strndup(*text + 1, len), .kind = **text == '+' ? CHANGE_CREATED : CHANGE_DELETED};
        *(c->kind == CHANGE_CREATED ? &c->after : &c->before) = node;
    }
    return l;
}

/* "old>new " for each line that is told. */
static void told(const char *const *text, const char *wanted, size_t count)
{
    AUTO(change_list_release) struct change_list l = changes(text);
    AUTO(mem_free_ptr) struct rollback_rename *renames = rollback_renames(&l);
    AUTO(str_release) struct str got = STR_INIT(STR_MAX_LINE);
    for (size_t i = 0; i < l.n; i++) {
        if (renames[i].other >= 0 && !renames[i].is_told)
            str_addf(&got, "%s>%s ", l.item[renames[i].other].path, l.item[i].path);
        CHECK(renames[i].other < 0 || renames[renames[i].other].other == (ptrdiff_t)i);
    }
    CHECK_STR(got.buf, wanted);
    CHECK_INT(rollback_rename_count(&l, renames), count);
}

TEST(a_file_with_its_content_is_renamed)
{
    told((const char *const[]){"-a=1", "+b=1", NULL}, "a>b ", 1);
    told((const char *const[]){"-a=1", "+b=2", NULL}, "", 0);
    told((const char *const[]){"-a=1", "+b=1", "+c=1", NULL}, "a>b ", 1);
}

TEST(an_empty_file_is_like_every_other)
{
    told((const char *const[]){"-a=0", "+b=0", NULL}, "", 0);
}

TEST(of_many_the_one_with_the_same_name_is_taken)
{
    told((const char *const[]){"-a=1", "-d/x=1", "+e/x=1", NULL}, "d/x>e/x ", 1);
}

TEST(a_directory_that_moved_as_a_whole_is_one_line)
{
    told((const char *const[]){"-old/", "-old/a=1", "-old/s/", "-old/s/b=2", "+new/", "+new/a=1", "+new/s/", "+new/s/b=2", NULL}, "old>new ", 2);
    told((const char *const[]){"-old/", "-old/a=1", "-old/e=0", "+new/", "+new/a=1", "+new/e=0", NULL}, "old>new ", 2);
}

TEST(one_in_which_something_changed_is_told_file_by_file)
{
    told((const char *const[]){"-old/", "-old/a=1", "-old/b=2", "+new/", "+new/a=1", "+new/b=3", NULL}, "old/a>new/a ", 1);
    told((const char *const[]){"-old/", "-old/a=1", "+new/", "+new/a=1", "+new/c=3", NULL}, "old/a>new/a ", 1);
}

TEST(pairs_that_a_directory_takes_over_stay_pairs)
{
    told((const char *const[]){"-a=1", "-old/", "-old/x=1", "-old/y=2", "+new/", "+new/x=1", "+new/y=2", "+z=1", NULL}, "old>new a>z ", 3);
}
