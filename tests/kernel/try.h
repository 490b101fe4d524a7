/* try: what the files of the program share. */
#pragma once

#include <errno.h>
#include <stdlib.h>

typedef int operation(char **argument);

static inline int status_of(long result)
{
    return result < 0 ? errno : 0;
}

static inline int number(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

/* try_files.c */
operation try_open_read, try_open_write, try_open_truncate, try_truncate_name, try_create, try_temporary, try_list, try_make_directory,
    try_remove_directory, try_remove_file, try_rename_to, try_link_to, try_symlink_to, try_make_fifo, try_make_device, try_change_mode,
    try_create_with_mode, try_change_owner, try_keep_owner, try_change_times, try_set_attribute, try_change_mode_of_fd;

/* try_net.c */
operation try_connect_tcp, try_connect_mapped, try_fast_open, try_fast_open_message, try_bind_tcp, try_listen_unbound, try_listen_autobound, try_listen_bad, try_upper_protocol, try_socket_with_protocol, try_connect_unix, try_connect_as, try_talk_unix, try_connect_bad, try_flip_unix, try_crowd_unix, try_bind_unix, try_socket_of, try_pair_of;

/* try_own.c */
operation try_own_unix, try_replaced_unix, try_turned_unix, try_wait_unix, try_many_unix, try_own_as, try_own_abstract, try_mix_unix;

/* try_terminal.c */
operation try_terminal_read, try_terminal_both, try_own_terminal, try_named_terminal;

/* try_storm.c: opens the path so often, in all, by threads, forked and vforked children, while signals come in. */
enum { TRY_STORM_OPENS = 4000 };
operation try_storm;
