"""What the tests of the broker share: a run inside the sandbox, captured by it, and taken back by its journal."""
import os
import shutil
import subprocess
import sys

from bench import difference, tree_hash

NONO, TAKE_BACK = map(os.path.abspath, sys.argv[1:3])
BLOCKED = "rm rmdir mv cp ln dd chmod chown chgrp truncate shred kill pkill".split()


def exact(tree):
    """Inodes and link counts beside what tree_hash tells."""
    lines = [tree_hash(tree)]
    for directory, dirs, files in sorted(os.walk(tree)):
        for name in sorted(dirs + files):
            st = os.lstat(os.path.join(directory, name))
            lines.append(f"inode {ascii(os.path.join(os.path.relpath(directory, tree), name))} {st.st_ino} {st.st_nlink}")
    return "\n".join(lines)


def sessions(home):
    path = os.path.join(home, ".local/state/nono/sessions")
    return sorted(os.path.join(path, n) for n in os.listdir(path)) if os.path.isdir(path) else []


def run(home, tree, command, stdout=subprocess.DEVNULL, options=(), wait=True):
    environment = {"HOME": home, "PATH": "/usr/bin:/bin", "TMPDIR": "/tmp", "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
    allowed = [word for name in BLOCKED for word in ("--allow-command", name)]
    words = [NONO, "run", "--capture=broker", "--allow", tree, *allowed, *options, "--", "sh", "-ec", command]
    start = subprocess.run if wait else subprocess.Popen
    return start(words, cwd=tree, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True)


def take_back(home, tree, wanted):
    if exact(tree) == wanted:
        return
    back = subprocess.run([TAKE_BACK, sessions(home)[-1], tree, os.path.join(home, "back")], capture_output=True, text=True)
    now = exact(tree)
    if back.returncode != 0 or now != wanted:
        raise AssertionError(f"not as it was {back.stderr}\n{difference(wanted, now)}")


def clear(home):
    subprocess.run(["chmod", "-R", "u+rwx", home], check=False)
    while os.path.isdir(home):  # what was changed may be on its way into the store
        shutil.rmtree(home, ignore_errors=True)
