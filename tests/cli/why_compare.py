#!/usr/bin/env python3
"""why_compare.py NONO [SEED]: whatever `nono why` says of files all over this system is what a sandboxed program finds when it opens them.
Compared is what is possible without a sandbox."""
import errno
import json
import os
import random
import stat
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the sources may be read-only
import clean  # noqa: E402

ROOTS = ["/etc", "/usr", "/var/lib", "/var/log", "/root", "/opt", "/home", "/tmp", "/run", "/proc/1", "/proc/sys", "/srv"]
PER_ROOT, SEEN_MAX = 12, 2000


def attempt(path, flags, reads=False):
    """0 or the errno of what changes nothing: an open, and the reading of one byte. Some files of /proc are judged only then."""
    fd = -1
    try:
        fd = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        if reads:
            os.read(fd, 1)
        return 0
    except OSError as error:
        return error.errno
    finally:
        if fd >= 0:
            os.close(fd)


def attempts(path):
    is_dir = stat.S_ISDIR(os.stat(path).st_mode)
    return {"read": attempt(path, os.O_RDONLY, not is_dir), "write": attempt(path, os.O_TMPFILE | os.O_WRONLY if is_dir else os.O_WRONLY)}


def sample(roots):
    found = []
    for root in roots:
        seen = []
        for directory, _, names in os.walk(root):
            seen += [directory] + [os.path.join(directory, name) for name in names]
            if len(seen) > SEEN_MAX:
                break
        random.shuffle(seen)
        found += seen[:PER_ROOT]
    return found


def possible_outside(paths):
    result = []
    for path in paths:
        try:
            mode = os.stat(path).st_mode
        except OSError:
            continue
        if "\n" in path or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            continue
        result += [(path, op) for op, error in attempts(path).items() if error == 0]
    return result


def inside(listing):
    with open(listing, encoding="utf-8", errors="surrogateescape") as lines:
        print(json.dumps([attempts(line[:-1]) if os.path.exists(line[:-1]) else dict.fromkeys(["read", "write"], errno.ENOENT) for line in lines]))


def compare(nono, options, pairs, listing):
    with open(listing, "w", encoding="utf-8", errors="surrogateescape") as out:
        out.writelines(path + "\n" for path, _ in pairs)
    # The interpreter that runs this need not be one of the system's.
    options = options + ["--read", sys.base_prefix, "--read", os.path.dirname(os.path.abspath(__file__)), "--read-file", listing]
    command = [os.path.realpath(sys.executable), os.path.abspath(__file__), "--inside", listing]
    ran = subprocess.run([nono, "run", "-s", "--no-rollback", *options, "--", *command], stdout=subprocess.PIPE, check=True)
    denied = wrong = 0
    for (path, op), found in zip(pairs, json.loads(ran.stdout)):
        if found[op] == errno.ENOENT:  # gone meanwhile
            continue
        asked = subprocess.run([nono, "why", "--json", "--path", path, "--op", op, *options], stdout=subprocess.PIPE, check=True)
        answer = json.loads(asked.stdout)
        denied += found[op] != 0
        if (answer["status"] == "allowed") != (found[op] == 0):
            wrong += 1
            print(f"{path} {op}: why says {answer['status']} ({answer['reason']}), the kernel {os.strerror(found[op]) if found[op] else 'allows it'}")
    print(f"{len(pairs)} compared, {denied} denied, {wrong} differ")
    return wrong == 0 and 0 < denied < len(pairs)


def main():
    nono = os.path.abspath(sys.argv[1])
    random.seed(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    home = tempfile.mkdtemp(prefix="nono-why.", dir="/var/tmp")  # /tmp is granted
    try:
        for name in [".ssh/id", "project/file", "other/file", ".config/app/file"]:
            os.makedirs(os.path.join(home, os.path.dirname(name)), exist_ok=True)
            with open(os.path.join(home, name), "w", encoding="utf-8") as out:
                out.write("x\n")
        os.chdir(os.path.join(home, "project"))
        os.environ["HOME"] = home
        for name in ["NONO_PROFILE", "NONO_ALLOW", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"]:
            os.environ.pop(name, None)
        pairs = possible_outside(sample(ROOTS + [home]))
        listing = os.path.join(home, "listing")
        results = [compare(nono, options, pairs, listing)
                   for options in (["--allow-cwd"], ["--allow-cwd", "--read", home, "--allow", os.path.join(home, "other")])]
        return 0 if all(results) else 1
    finally:
        clean.remove_tree(home)


if sys.argv[1] == "--inside":
    inside(sys.argv[2])
else:
    sys.exit(main())
