/* tls_hello: what is read is a name of a host. */
#include <string.h>

#include "core/tls_hello.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[DNS_MESSAGE_MAX_NAME];
    char again[DNS_MESSAGE_MAX_NAME];
    if (tls_hello_name(data, size, name))
        FUZZ_CHECK(dns_message_host(name, strlen(name), again) && strcmp(again, name) == 0);
    return 0;
}
