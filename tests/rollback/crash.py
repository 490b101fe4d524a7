#!/usr/bin/env python3
"""Ends nono at its n-th change of the disk, or makes the disk full there, for every n, while it opens, closes and restores; then carries on.

Afterwards the tree must be as it was before the command or as the command left it, never between, nothing of nono may be left in it, and
the same thing done again must end as if nothing had happened.
Usage: crash.py open|close|restore|since|before|both kill|full|full-from [STEP]: with STEP, only every STEP-th n."""
import os
import shutil
import subprocess
import sys

from bench import Bench, difference, tree_hash

INJECT = os.environ.get("ROLLBACK_INJECT", "inject")
KILLED, TOO_FEW, SKIP = 125, 126, 77

PREPARE = """
mkdir -p gone/deep/er empty same; echo one > gone/a; echo two > gone/deep/b; echo three > gone/deep/er/c; chmod 555 gone/deep/er
echo keep > same/keep; echo old > changed; echo mode > mode; ln changed twin; ln -s changed link; mkfifo pipe; chmod 640 mode
mkdir ro; echo x > ro/x; chmod 555 ro; touch -d 2001-02-03 same/keep; echo f > swap; mkdir swapdir
"""
COMMAND = """
chmod -R u+w gone; rm -rf gone; echo new > changed; chmod 777 mode; rm link pipe; ln -s / link; mkdir -p fresh/er; echo n > fresh/er/n
chmod u+w ro; rm ro/x; echo y > ro/y; rmdir empty; rm swap; mkdir swap; echo in > swap/in; rmdir swapdir; echo file > swapdir
"""


SECOND = "echo newer > changed; mkdir -p gone/deep; echo b > gone/deep/b; chmod 600 mode; rm -rf swap; echo x > ro/y"
EDIT = "echo mine > changed; echo mine > mode; echo mine > link2; rm -f link; echo mine > link; rm -rf swap; echo mine > swap"


def run_injected(b, how, n, *args):
    """True when the fault came."""
    b.out = b.drive(*args, ok=None, prefix=[INJECT, how, str(n)])
    if b.status == SKIP:
        print("ptrace(2) is not allowed here, or this is not x86-64")
        sys.exit(SKIP)
    return b.status != TOO_FEW


def count_calls(b, *args):
    file = os.path.join(b.dir, "calls")
    b.drive(*args, ok=None, prefix=[INJECT, "count", file])
    if b.status == SKIP:
        print("ptrace(2) is not allowed here, or this is not x86-64")
        sys.exit(SKIP)
    with open(file, encoding="ascii") as f:
        return int(f.read())


def no_leftovers(b):
    for directory, dirs, files in os.walk(b.tree):
        for name in dirs + files:
            if name.startswith(".nono-"):
                raise AssertionError(f"{os.path.join(directory, name)} was left")


def each(how, total, step, attempt):
    hits = 0
    for n in range(1, total + 1, step):
        try:
            hits += attempt(n)
        except AssertionError as e:
            raise AssertionError(f"{how} at {n} of {total}: {e}") from e
    if hits < total // step // 2:
        raise AssertionError(f"only {hits} of {total} changes were met")
    print(f"{how}: {hits} of {total} changes, all survived")


def crash_open(how, step):
    def attempt(n):
        with Bench() as b:
            b.sh(PREPARE)
            before = tree_hash(b.tree)
            hit = run_injected(b, how, n, "open", b.tree)
            b.expect(before, "opened")
            b.round_trip(COMMAND)
            return hit
    with Bench() as b:
        b.sh(PREPARE)
        total = count_calls(b, "open", b.tree)
    each(how, total, step, attempt)


def sessions_of(b):
    directory = os.path.join(b.state, "sessions")
    names = sorted(os.listdir(directory)) if os.path.isdir(directory) else []
    return [s for s in names if os.path.exists(os.path.join(directory, s, "session.json"))]


def crash_close(how, step):
    """The command runs to its end; the fault comes while nono opens or closes around it."""
    def attempt(n):
        with Bench() as b:
            b.sh(PREPARE)
            before = tree_hash(b.tree)
            hit = run_injected(b, how, n, "run", b.tree, COMMAND)
            after = tree_hash(b.tree)
            b.drive("recover")
            sessions = sessions_of(b)
            if before != after:
                if len(sessions) != 1:
                    raise AssertionError("the command ran and there is no record of it")
                b.restore(sessions[0])
                b.expect(before, "taken back")
            return hit
    with Bench() as b:
        b.sh(PREPARE)
        total = count_calls(b, "run", b.tree, COMMAND)
    each(how, total, step, attempt)


class Model(Bench):
    """A tree with sessions that can be brought back again and again: the same directory, since the records name its inode."""

    def keep(self):
        self.kept_state = self.dir + ".copy"
        self.archive = self.dir + ".tar"
        subprocess.run(["cp", "-a", "--", self.state, self.kept_state], check=True)
        subprocess.run(["tar", "--xattrs", "--acls", "-C", self.tree, "--format=posix", "-cf", self.archive, "."], check=True)

    def reset(self):
        subprocess.run(["chmod", "-R", "u+rwX", self.tree], check=True)
        for name in os.listdir(self.tree):
            subprocess.run(["rm", "-rf", "--", os.path.join(self.tree, name)], check=True)
        shutil.rmtree(self.state)
        subprocess.run(["cp", "-a", "--", self.kept_state, self.state], check=True)
        subprocess.run(["tar", "--xattrs", "--acls", "-C", self.tree, "-xpf", self.archive], check=True)

    def __exit__(self, *args):
        shutil.rmtree(self.kept_state, ignore_errors=True)
        if os.path.exists(self.archive):
            os.unlink(self.archive)
        super().__exit__(*args)


def crash_restore(verb, how, step):
    ok = (0, 1) if verb == "both" else (0,)
    with Model() as b:
        b.sh(PREPARE)
        before = tree_hash(b.tree)
        session = b.run(COMMAND)
        if verb == "since":
            b.run(SECOND)
        if verb in ("before", "both"):
            b.sh(EDIT)
        after = tree_hash(b.tree)
        b.keep()
        total = count_calls(b, verb, session)
        wanted = tree_hash(b.tree)
        if verb in ("restore", "since") and wanted != before:
            raise AssertionError(f"without any fault it is not as before\n{difference(before, wanted)}")

        def attempt(n):
            b.reset()
            b.expect(after, "the test's own reset")
            hit = run_injected(b, how, n, verb, session)
            if b.status in ok and verb != "both":
                b.expect(wanted, "said to be done")
            b.drive("recover")
            no_leftovers(b)
            b.drive(verb, session, ok=ok)
            no_leftovers(b)
            b.expect(wanted, "done again")
            return hit
        each(how, total, step, attempt)


def main():
    what, how = sys.argv[1:3]
    step = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    if what in ("open", "close"):
        {"open": crash_open, "close": crash_close}[what](how, step)
    else:
        crash_restore(what, how, step)


main()
