/* record: whatever is read back as a session record is checked, and written again says the same. */
#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/record.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(session_record_release) struct session_record r = {0};
    AUTO(session_record_release) struct session_record again = {0};
    AUTO(str_release) struct str first = STR_INIT(STR_MAX_RECORD);
    AUTO(str_release) struct str second = STR_INIT(STR_MAX_RECORD);
    AUTO(mem_free_ptr) char *text = mem_alloc(size + 1); /* zeroes in the text, too */
    struct err e = ERR_INIT;
    if (size > 0)
        memcpy(text, data, size);
    if (size > STR_MAX_RECORD / 8 || record_parse(text, size, "fuzz", &r, &e) < 0)
        return 0;
    FUZZ_CHECK(session_id_is_valid(r.id) && path_is_clean(r.workdir) && r.kind && r.capture);
    FUZZ_CHECK(!r.undoes || session_id_is_valid(r.undoes));
    for (size_t i = 0; i < r.overlaps.n; i++)
        FUZZ_CHECK(session_id_is_valid(r.overlaps.item[i]));
    FUZZ_CHECK(record_format(&r, &first, &e) == 0);
    FUZZ_CHECK(record_parse(first.buf, first.len, "again", &again, &e) == 0);
    FUZZ_CHECK(record_format(&again, &second, &e) == 0);
    FUZZ_CHECK(first.len == second.len && memcmp(first.buf, second.buf, first.len) == 0);
    return 0;
}
