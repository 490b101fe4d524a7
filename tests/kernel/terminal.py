#!/usr/bin/env python3
"""terminal.py "CONFINE [--full]": job control on a terminal of its own, with bash outside the sandbox: speaks TAP."""
import os
import pty
import re
import select
import sys
import termios
import time

PROMPT = "READY> "
# The terminal stops every process of the group: this one starts no other.
EDITOR = (r'exec perl -e "\$SIG{TSTP} = sub { select(undef, undef, undef, 0.3); print qq(restored\n); kill STOP => \$\$ };'
          r' \$|=1; print qq(up\n); sleep 1 while 1"')
# Of this test alone: others run beside it.
LEFT = f"sleep 61.{os.getpid()}"
GONE = f"pkill -KILL -fx {LEFT.replace(' ', '.')} && echo stayed || echo gone"
TIMEOUT = 100


def keep_what_is_printed():
    """A key that interrupts or stops makes the terminal forget what nobody has read yet: of what follows the signal as well, when that is quick."""
    modes = termios.tcgetattr(0)
    modes[3] |= termios.NOFLSH
    termios.tcsetattr(0, termios.TCSANOW, modes)


class Shell:
    """An interactive bash; what it prints is searched from where the last match ended."""

    def __init__(self, confine):
        self.confine = f"{confine} --ro /usr --ro /etc --ro /proc --rw /dev --"
        self.full = "--full" in confine
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            keep_what_is_printed()
            environment = {"PS1": PROMPT, "PATH": "/usr/bin:/bin", "HOME": "/", "TERM": "dumb"}
            os.execve("/bin/bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"], environment)
        self.expect(PROMPT)

    def close(self):
        os.close(self.fd)  # hangs up
        os.waitpid(self.pid, 0)

    def send(self, text):
        os.write(self.fd, text.encode())

    def expect(self, pattern):
        deadline = time.monotonic() + TIMEOUT
        while True:
            match = re.search(pattern, self.text, re.S)
            if match:
                self.text = self.text[match.end():]
                return match
            if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"no {pattern!r} in {self.text!r}")
            self.text += os.read(self.fd, 4096).decode(errors="replace")

    def has_terminal(self):
        """The process group in the foreground; told on this end, too."""
        return os.tcgetpgrp(self.fd)

    def expect_handover(self, group):
        """Waits until another has the terminal: what is typed before goes to the group."""
        deadline = time.monotonic() + TIMEOUT
        while self.has_terminal() == group:
            if time.monotonic() > deadline:
                raise AssertionError(f"{group} keeps the terminal")
            time.sleep(0.01)

    def expect_jobs(self, pattern):
        """Asks for the jobs until they are as wanted; bash tells of a change at its next prompt only."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            self.send("jobs; echo asked; echo\n")
            if re.search(pattern, self.expect("(.*)asked\r\n\r\n").group(1)):
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"no job is {pattern!r}")
            time.sleep(0.05)

    def inside(self, script, ready="up"):
        """Starts bash -c SCRIPT in the sandbox and waits until it says that it is up; the echo of the line does not match."""
        self.send(f"{self.confine} bash -c '{script}'\n")
        if ready:
            self.expect(ready + "\r\n")


def interrupt_ends_the_command(shell):
    shell.inside("echo up; sleep 60")
    shell.send("\x03")
    shell.expect(PROMPT)
    shell.send("echo status=$?\n")
    shell.expect("status=130\r\n")


def interrupt_ends_a_loop(shell):
    shell.send(f"for i in 1 2 3; do {shell.confine} bash -c 'echo up; sleep 60'; done\n")
    shell.expect("up\r\n")
    shell.send("\x03")
    shell.expect(PROMPT)
    shell.send("echo status=$?\n")
    shell.expect("status=130\r\n")


def a_command_that_handles_the_interrupt_decides(shell):
    shell.inside(r'exec perl -e "\$|=1; \$SIG{INT} = sub { print qq(caught\n); exit 4 }; print qq(up\n); sleep 60"')
    shell.send("\x03")
    shell.expect("caught\r\n")
    shell.expect(PROMPT)
    shell.send("echo status=$?\n")
    shell.expect("status=4\r\n")


def suspend_and_resume(shell):
    shell.inside("echo up; sleep 60")
    shell.send("\x1a")
    shell.expect("Stopped")
    shell.expect(PROMPT)
    shell.send("jobs\n")
    shell.expect("Stopped")
    shell.expect(PROMPT)
    group = shell.has_terminal()
    shell.send("fg\n")
    shell.expect_handover(group)
    shell.send("\x03")
    shell.expect(PROMPT)


def the_command_stops_before_the_shell_returns(shell):
    """An editor puts the terminal back before it stops; until then the shell must not have it."""
    shell.inside(EDITOR)
    shell.send("\x1a")
    match = shell.expect("(restored.*Stopped|Stopped)")
    assert match.group().startswith("restored"), match.group()
    shell.send("kill -KILL %1\n")
    shell.expect(PROMPT)


def a_command_that_ignores_suspension_goes_on(shell):
    shell.inside('trap "" TSTP; echo up; read -r line; echo on')
    shell.send("\x1a\n")
    shell.expect("on\r\n")
    shell.expect(PROMPT)


def reading_in_the_background_stops(shell):
    shell.send(f"{shell.confine} cat &\n")
    shell.expect(PROMPT)
    shell.expect_jobs("Stopped")
    shell.send("kill -KILL %1\n")
    shell.expect(PROMPT)


def a_shell_inside_has_its_own_jobs(shell):
    shell.send(f"{shell.confine} bash --norc --noprofile --noediting -i\n")
    shell.expect(PROMPT)
    # What the job itself says comes when it has the terminal, and no longer what the shell does with signals.
    shell.send("bash -c 'echo up; exec sleep 60'\n")
    shell.expect("up\r\n")
    shell.send("\x1a")
    shell.expect("Stopped")
    # bash does not wait for a job that it still holds for stopped, and does not exit while it has one.
    shell.send("kill -KILL %1; while [[ $(jobs) == *Stop* ]]; do sleep 0.1; done; jobs; echo none\n")
    shell.expect("none\r\n.*none\r\n")
    shell.send("exit 9\n")
    shell.expect("exit\r\n")
    shell.expect(PROMPT)
    shell.send("echo status=$?\n")
    shell.expect("status=9\r\n")


def a_script_has_the_terminal_again_after_a_shell_inside(shell):
    shell.send(f"bash -c '{shell.confine} bash --norc --noprofile --noediting -i; read -r line; echo got $line'\n")
    shell.expect(r"bash-[\d.]+[#$] ")
    shell.send("exit 3\n")
    shell.expect("exit\r\n")
    shell.send("this\n")
    shell.expect("got this\r\n")
    shell.expect(PROMPT)


def what_runs_in_the_background_ends_with_the_command(shell):
    shell.send(f"{shell.confine} bash -c '{LEFT} & disown; echo left'; {GONE}\n")
    shell.expect("left\r\n")
    shell.expect("gone\r\n" if shell.full else "(gone|stayed)\r\n")
    shell.expect(PROMPT)


CASES = [
    interrupt_ends_the_command,
    interrupt_ends_a_loop,
    a_command_that_handles_the_interrupt_decides,
    suspend_and_resume,
    the_command_stops_before_the_shell_returns,
    a_command_that_ignores_suspension_goes_on,
    reading_in_the_background_stops,
    a_shell_inside_has_its_own_jobs,
    a_script_has_the_terminal_again_after_a_shell_inside,
    what_runs_in_the_background_ends_with_the_command,
]


def main():
    failed = False
    print(f"1..{len(CASES)}")
    for number, case in enumerate(CASES, 1):
        shell = Shell(sys.argv[1])
        try:
            case(shell)
            print(f"ok {number} - {case.__name__}", flush=True)
        except (AssertionError, OSError) as error:
            failed = True
            print(f"# {error}\nnot ok {number} - {case.__name__}", flush=True)
        shell.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
