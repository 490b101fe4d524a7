/* start: where the static program begins. Its own relocation writes to every page of its tables, one fault and one copied page after the other: the kernel
 * copies them in one call here, before the C library begins. A kernel that does not know the call leaves the faults. */
#if defined(__x86_64__)
#define TABLES_BEHIND "24576" /* the tables of the policy, at the beginning of .data */
__asm__(".text\n"
        ".globl start_static\n"
        ".hidden start_static\n"
        ".type start_static, @function\n"
        "start_static:\n"
        "    endbr64\n"
        "    lea __init_array_start(%rip), %rdi\n"
        "    and $-4096, %rdi\n"
        "    lea _GLOBAL_OFFSET_TABLE_+" TABLES_BEHIND "(%rip), %rsi\n"
        "    sub %rdi, %rsi\n"
        "    mov $23, %edx\n" /* MADV_POPULATE_WRITE */
        "    mov $28, %eax\n" /* madvise */
        "    syscall\n"
        "    xor %edx, %edx\n"
        "    jmp _start\n"
        ".size start_static, . - start_static\n");
#endif
