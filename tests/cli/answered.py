#!/usr/bin/env python3
"""answered.py CALLS COMMAND...: runs a command below a program that answers its system calls, as a container runtime may: those of the names CALLS
(comma separated, "" none) by letting them go on, and ptrace, if it is among them, by refusing it. Its status is the command's."""
import ctypes
import errno
import fcntl
import os
import struct
import sys
import threading

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": {"seccomp": 317, "ptrace": 101, "openat": 257, "mkdirat": 258, "execve": 59},
           "aarch64": {"seccomp": 277, "ptrace": 117, "openat": 56, "mkdirat": 34, "execve": 221}}[os.uname().machine]
PIDFD_GETFD, PIDFD_OPEN = 438, 434
ALLOW, ASK, REFUSE = 0x7FFF0000, 0x7FC00000, 0x00050001
RECEIVE, SEND, GOES_ON = 0xC0502100, 0xC0182101, 1


def listen(calls):
    """In the process that becomes the command."""
    insns = [(0x20, 0, 0, 0)]
    for call in calls:
        insns += [(0x15, 0, 1, NUMBERS[call]), (6, 0, 0, REFUSE if call == "ptrace" else ASK)]
    insns.append((6, 0, 0, ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *i) for i in insns))
    LIBC.prctl(38, 1, 0, 0, 0)
    fd = LIBC.syscall(NUMBERS["seccomp"], 1, 8, struct.pack("HxxxxxxQ", len(insns), ctypes.addressof(code)))
    if fd < 0:
        sys.exit(77)
    return fd


def serve(listener):
    while True:
        call = bytearray(80)
        try:
            fcntl.ioctl(listener, RECEIVE, call)
            fcntl.ioctl(listener, SEND, struct.pack("8sqiI", bytes(call[:8]), 0, 0, GOES_ON))
        except OSError as e:
            if e.errno != errno.ENOENT:
                return


def main():
    calls = [c for c in sys.argv[1].split(",") if c]
    told, tell = os.pipe()
    taken, take = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(told)
        os.close(take)
        os.write(tell, struct.pack("i", listen(calls)))
        os.read(taken, 1)
        os.execvp(sys.argv[2], sys.argv[2:])
    os.close(taken)
    number = struct.unpack("i", os.read(told, 4))[0]
    listener = LIBC.syscall(PIDFD_GETFD, LIBC.syscall(PIDFD_OPEN, pid, 0), number, 0)
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    os.write(take, b"x")
    _, status = os.waitpid(pid, 0)
    os._exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


main()
