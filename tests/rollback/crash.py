#!/usr/bin/env python3
"""Kills nono at its n-th change of the disk, for every n, while it opens, closes and restores; then carries on.

Afterwards the tree must be as it was before the command or as the command left it, never between, and nothing of nono may be left in it.
Usage: crash.py open|close|restore [STEP]: with STEP, only every STEP-th n."""
import os
import shutil
import subprocess
import sys

from bench import Bench, tree_hash

CALLS = ("write,pwrite64,openat,rename,renameat,renameat2,unlinkat,mkdirat,symlinkat,linkat,mknodat,chmod,fchmod,fchownat,utimensat,"
         "setxattr,removexattr,fsync,fdatasync,ftruncate,flock")

PREPARE = """
mkdir -p gone/deep/er empty same; echo one > gone/a; echo two > gone/deep/b; echo three > gone/deep/er/c; chmod 555 gone/deep/er
echo keep > same/keep; echo old > changed; echo mode > mode; ln changed twin; ln -s changed link; mkfifo pipe; chmod 640 mode
mkdir ro; echo x > ro/x; chmod 555 ro; touch -d 2001-02-03 same/keep; echo f > swap; mkdir swapdir
"""
COMMAND = """
chmod -R u+w gone; rm -rf gone; echo new > changed; chmod 777 mode; rm link pipe; ln -s / link; mkdir -p fresh/er; echo n > fresh/er/n
chmod u+w ro; rm ro/x; echo y > ro/y; rmdir empty; rm swap; mkdir swap; echo in > swap/in; rmdir swapdir; echo file > swapdir
"""


def killed(b, n, *args):
    """Runs the driver and kills it at its n-th change; True when it got that far. A shell it starts is
    traced, too, with a count of its own."""
    trace = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={CALLS}", "-e", f"inject={CALLS}:signal=KILL:when={n}"]
    b.drive(*args, ok=None, prefix=trace)
    return b.status != 0


def calls(b, *args):
    """How many changes one thread or process makes at most."""
    log = os.path.join(b.dir, "strace")
    b.drive(*args, ok=None, prefix=["strace", "-f", "-o", log, "-e", f"trace={CALLS}"])
    count = {}
    with open(log, errors="replace") as f:
        for line in f:
            if "resumed>" not in line and "+++" not in line and "---" not in line:
                pid = line.split()[0]
                count[pid] = count.get(pid, 0) + 1
    return max(count.values())


def no_leftovers(b):
    for directory, dirs, files in os.walk(b.tree):
        for name in dirs + files:
            if name.startswith(".nono-"):
                raise AssertionError(f"{os.path.join(directory, name)} was left")


def each(total, step, attempt):
    hits = sum(attempt(n) for n in range(1, total + 1, step))
    if hits == 0:
        raise AssertionError("nothing was killed")
    print(f"{hits} kills of {total} calls survived")


def crash_open(step):
    def attempt(n):
        with Bench() as b:
            b.sh(PREPARE)
            before = tree_hash(b.tree)
            hit = killed(b, n, "open", b.tree)
            b.expect(before, f"kill {n}")
            b.round_trip(COMMAND)
            return hit
    with Bench() as b:
        b.sh(PREPARE)
        total = calls(b, "open", b.tree)
    each(total, step, attempt)


def crash_close(step):
    """The command runs to its end; nono is killed while it opens or closes around it."""
    def attempt(n):
        with Bench() as b:
            b.sh(PREPARE)
            before = tree_hash(b.tree)
            hit = killed(b, n, "run", b.tree, COMMAND)
            after = tree_hash(b.tree)
            b.drive("recover")
            sessions = sorted(os.listdir(os.path.join(b.state, "sessions"))) if os.path.isdir(os.path.join(b.state, "sessions")) else []
            sessions = [s for s in sessions if os.path.exists(os.path.join(b.state, "sessions", s, "session.json"))]
            if before != after:
                if len(sessions) != 1:
                    raise AssertionError(f"kill {n}: the command ran and there is no record of it")
                b.restore(sessions[0])
                b.expect(before, f"kill {n}")
            return hit
    with Bench() as b:
        b.sh(PREPARE)
        total = calls(b, "run", b.tree, COMMAND)
    each(total, step, attempt)


def crash_restore(step):
    with Bench() as model:
        model.sh(PREPARE)
        before = tree_hash(model.tree)
        session = model.run(COMMAND)
        after = tree_hash(model.tree)
        state = model.dir + ".copy"
        # A copy has other inodes than the record names: the same directory is filled again from the archive.
        subprocess.run(["cp", "-a", "--", model.state, state], check=True)
        archive = model.dir + ".tar"
        subprocess.run(["tar", "--xattrs", "--acls", "--selinux", "-C", model.tree, "--format=posix", "-cf", archive, "."], check=True)

        def reset():
            subprocess.run(["chmod", "-R", "u+rwX", model.tree], check=True)
            for name in os.listdir(model.tree):
                subprocess.run(["rm", "-rf", "--", os.path.join(model.tree, name)], check=True)
            shutil.rmtree(model.state)
            subprocess.run(["cp", "-a", "--", state, model.state], check=True)
            subprocess.run(["tar", "--xattrs", "--acls", "-C", model.tree, "-xpf", archive], check=True)

        def attempt(n):
            reset()
            model.expect(after, "the test's own reset")
            hit = killed(model, n, "restore", session)
            model.drive("recover")
            no_leftovers(model)
            model.restore(session)
            no_leftovers(model)
            model.expect(before, f"kill {n}")
            return hit
        try:
            total = calls(model, "restore", session)
            each(total, step, attempt)
        finally:
            shutil.rmtree(state)
            os.unlink(archive)


def main():
    if not shutil.which("strace"):
        print("needs strace")
        sys.exit(77)
    step = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    {"open": crash_open, "close": crash_close, "restore": crash_restore}[sys.argv[1]](step)


main()
