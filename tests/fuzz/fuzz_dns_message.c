/* dns_message: what is read is a name of a host, and no more than there is room for. */
#include <string.h>

#include "core/dns_message.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_message m;
    char again[DNS_MESSAGE_MAX_NAME];
    if (!dns_message_read(data, size, &m))
        return 0;
    FUZZ_CHECK(strlen(m.name) < DNS_MESSAGE_MAX_NAME);
    FUZZ_CHECK(dns_message_host(m.name, strlen(m.name), again) && strcmp(again, m.name) == 0);
    FUZZ_CHECK(m.n <= DNS_MESSAGE_MAX_ADDRESSES && (m.is_answer || m.n == 0));
    return 0;
}
