#!/usr/bin/env python3
"""learn_strace.py [JOB...]: whether `nono learn` sees the accesses to paths that strace sees, on the same run of real programs.

strace runs below nono, so that both watch one run. What strace itself opens is learned from a run of it with nothing to do.
Noise that is left out: /proc/PID and the descriptors behind it, and what strace cannot name (a path cut short)."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the sources may be read-only
import clean  # noqa: E402
import tiny_wheel  # noqa: E402

NONO = os.environ["NONO"]
CALL = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+|\?)(?:<(.*)>)?(?: (E\w+).*)?$")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(\.\.\.)?')
FD = re.compile(r"^(AT_FDCWD|\d+)<((?:[^>\\]|\\.)*)>")
WRITES = {"mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "mknod", "mknodat", "rename", "renameat", "renameat2", "truncate", "creat", "chmod", "chown",
          "lchown", "fchmodat", "fchmodat2", "fchownat", "utime", "utimes", "futimesat", "utimensat", "setxattr", "lsetxattr", "removexattr", "lremovexattr"}
NEW = {"symlink": 1, "symlinkat": 1, "link": None, "linkat": None}
LOOKS = {"stat", "lstat", "access", "readlink", "newfstatat", "statx", "faccessat", "faccessat2", "readlinkat", "statfs", "chdir", "inotify_add_watch",
         "getxattr", "lgetxattr", "listxattr", "llistxattr"}
NO_FOLLOW = WRITES - {"truncate", "creat", "chmod", "chown", "fchmodat", "utime", "utimes", "setxattr", "removexattr"} | set(NEW) | {"lstat", "readlink", "readlinkat", "lgetxattr", "llistxattr"}
# Errors that say that a path led nowhere; with others it was found, and something else was wrong.
NOWHERE = {"ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "EFAULT", "EBADF"}


def text(raw):
    return raw.encode("latin-1").decode("unicode_escape").encode("latin-1").decode("utf-8", "surrogateescape")


class Run:
    """What one log of strace says."""

    def __init__(self, log, directory):
        self.cwd = {}
        self.start = str(directory)
        self.links = {}
        self.ok = {"read": set(), "write": set(), "execute": set(), "look": set()}
        self.failed = set()
        pending = {}
        for line in log.read_text(errors="surrogateescape").splitlines():
            pid = line.split(None, 1)[0]
            if line.endswith("<unfinished ...>"):
                pending[pid] = line[: -len("<unfinished ...>")].rstrip()
                continue
            resumed = re.match(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$", line)
            if resumed:
                line = pending.pop(pid, "") + resumed[2]
            self.call(line)

    def place(self, pid, base, name, follow):
        at = self.cwd.get(pid, self.start)
        if base and base[0] != "AT_FDCWD":
            at = text(base[1])
        path = os.path.join(at, name)
        if follow and not name.endswith("/"):
            return os.path.realpath(path)
        if name.endswith("/") or os.path.basename(path) in (".", "..", ""):
            return os.path.realpath(path)
        return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))

    def names(self, pid, args, follow):
        """Each path among the arguments, with the directory before it."""
        base = None
        found = []
        for part in re.findall(r'(?:AT_FDCWD|\d+)<(?:[^>\\]|\\.)*>|"(?:[^"\\]|\\.)*"(?:\.\.\.)?', args):
            if part[0] != '"':
                base = FD.match(part).groups()
            elif not part.endswith("..."):
                found.append((text(part[1:-1]), base))
                base = None
            if len(found) == 2:
                break
        return [(name, self.place(pid, base, name, follow)) for name, base in found]

    def call(self, line):
        m = CALL.match(line)
        if not m:
            return
        pid, name, args, result, target, error = m.groups()
        if name in ("fork", "vfork", "clone", "clone3"):
            if not result.startswith("-"):
                self.cwd[result] = self.cwd.get(pid, self.start)
            return
        if name == "fchdir":
            self.cwd[pid] = text(FD.match(args)[2]) if result == "0" else self.cwd.get(pid, self.start)
            return
        follow = not (name in NO_FOLLOW or "NOFOLLOW" in args or "O_EXCL" in args)
        names = self.names(pid, args, follow)
        if name in NEW and NEW[name] == 1:
            names = names[1:]
        elif name.startswith(("rename", "link")):
            names = names[:2]
        else:
            names = names[:1]
        for written, path in names:
            if written:
                self.keep(pid, name, args, path, result, target, error)

    def keep(self, pid, name, args, path, result, target, error):
        if error:
            if error not in NOWHERE:
                self.failed.add(path)
            return
        if name in ("open", "openat", "openat2"):
            path = text(target) if target else path
            path = path.removesuffix(" (deleted)")
            if "O_PATH" in args:
                self.ok["look"].add(path)
            elif "O_WRONLY" not in args:
                self.ok["read"].add(path)
            if "O_PATH" not in args and re.search("O_WRONLY|O_RDWR|O_TRUNC", args):
                self.ok["write"].add(path)
        elif name.startswith("execve"):
            self.ok["execute"].add(path)
        elif name in WRITES or name in NEW:
            self.ok["write"].add(path)
        elif name in LOOKS:
            self.ok["look"].add(path)
        if name == "chdir":
            self.cwd[pid] = path


def is_noise(path):
    return re.match(r"^/proc/(self|thread-self|\d+)(/|$)|^(pipe|socket|anon_inode|/dev/(fd|stdin|stdout|stderr|null|tty))", path) is not None


def learned(report, ways):
    uses = [u["path"] for u in report["uses"] if any(u[w] for w in ways)]
    return {p for p in uses if not is_noise(p)}


def learn(directory, command, log):
    strace = ["strace", "-f", "-y", "-qq", "-s", "8192", "-o", str(log), "-e", "trace=%file,fchdir,fork,vfork,clone,clone3,inotify_add_watch"]
    done = subprocess.run([NONO, "-s", "learn", "--no-rdns", "--unconfined", "--yes", "--all", "--json", "--", *strace, "--", *command], cwd=directory,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="surrogateescape", timeout=250, check=False)
    if done.returncode != 0:
        sys.exit(f"{command}: status {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout[done.stdout.rindex('\n{\n  "filesystem"') + 1 if '\n{\n  "filesystem"' in done.stdout else 0:])


def compare(name, directory, command, own):
    log = directory / "strace.log"
    report = learn(directory, command, log)
    run = Run(log, directory)
    seen = {w: learned(report, [w]) for w in ("read", "write", "execute")}
    seen["look"] = set(report["looked_at"]) | learned(report, ["read", "write", "execute"])
    wrong = []
    for way, paths in run.ok.items():
        there = {p for p in paths if not is_noise(p)}
        wrong += [f"{way}: strace alone: {p}" for p in sorted(there - seen[way])]
    everything = set().union(*run.ok.values()) | run.failed | own | {str(log)}
    known = {p for p in (seen["look"]) if not is_noise(p)}
    wrong += [f"nono alone: {p}" for p in sorted(known - everything) if not loaded(p, run)]
    if len(seen["execute"]) == 0 or len(seen["look"]) < 3:
        wrong.append("hardly anything was seen")
    print(f"{name}: {sum(len(p) for p in run.ok.values())} accesses, {len(set().union(*run.ok.values()))} paths, {len(wrong)} differences")
    for line in wrong[:20]:
        print("#", line)
    return not wrong and report["lost"] == 0


def loaded(path, run):
    """The interpreter and the loader, which the kernel opens without a call."""
    return "/ld-" in path or any(path == os.path.realpath(w) for p in run.ok["execute"] if os.path.exists(p) for w in interpreter(p))


def interpreter(path):
    with open(path, "rb") as f:
        line = f.readline(256)
    return [line[2:].split()[0].decode()] if line.startswith(b"#!") and line[2:].split() else []


STATIC_C = "#include <fcntl.h>\n#include <unistd.h>\nint main(void) { return write(open(\"made\", O_CREAT | O_WRONLY, 0600), \"x\", 1) != 1; }\n"
THREADS = """
import os, threading
def work(n):
    for i in range(20):
        name = "t%d-%d" % (n, i)
        open(name, "w").close(); os.stat(name); os.rename(name, name + "x"); os.unlink(name + "x")
ts = [threading.Thread(target=work, args=(n,)) for n in range(4)]
[t.start() for t in ts]; [t.join() for t in ts]
"""
FORKS = "i=0; while [ $i -lt 40 ]; do (cd d && cat ../f$((i % 3)) >/dev/null && ls . >out$i); i=$((i+1)); done; /bin/cp -r d e; rm -r e; ln -s d l; mv f1 f4; chmod 600 f4; touch l/z; rm f2; rmdir h; ln f0 g"


def prepare(base):
    """name -> (directory, command)"""
    def fresh(name):
        (base / name).mkdir()
        return base / name
    jobs = {"python": (fresh("python"), ["python3", "-c", "import ssl, json, sqlite3; sqlite3.connect('x.db').execute('create table t(a)')"])}
    wheel = fresh("venv")
    tiny_wheel.make(wheel)
    jobs["venv"] = (wheel, ["python3", "-m", "venv", "--without-pip", "v"])
    jobs["pip"] = (wheel, ["python3", "-m", "pip", "--no-cache-dir", "--disable-pip-version-check", "install", "--no-index", "--target", "t", f"./{tiny_wheel.NAME}"])
    tree = fresh("npm")
    (tree / "dep").mkdir()
    (tree / "dep/package.json").write_text('{"name": "dep", "version": "1.0.0"}')
    (tree / "package.json").write_text('{"name": "tree", "version": "1.0.0", "dependencies": {"dep": "file:dep"}}')
    jobs["npm"] = (tree, ["npm", "install", "--offline", "--no-audit", "--no-fund"])
    c = fresh("gcc")
    (c / "s.c").write_text(STATIC_C)
    jobs["gcc"] = (c, ["gcc", "-O0", "-static", "-o", "s", "s.c"])
    jobs["static"] = (c, ["./s"])
    git = fresh("git")
    subprocess.run("git init -q a && cd a && echo x >f && git add f && git -c user.name=n -c user.email=e commit -qm x", shell=True, cwd=git, check=True)
    jobs["git clone"] = (git, ["git", "clone", "-q", "a", "b"])
    forks = fresh("forks")
    (forks / "d").mkdir()
    (forks / "h").mkdir()
    for i in range(3):
        (forks / f"f{i}").write_text("x")
    jobs["bash, many forks"] = (forks, ["bash", "-c", FORKS])
    jobs["threads"] = (fresh("threads"), ["python3", "-c", THREADS])
    return jobs


def main():
    if not shutil.which("strace"):
        print("1..0 # skip strace is not installed")
        sys.exit(77)
    base = pathlib.Path(tempfile.mkdtemp(prefix="nono-test.", dir="/var/tmp"))
    os.environ["HOME"] = str(base / "home")
    (base / "home").mkdir()
    try:
        jobs = {name: job for name, job in prepare(base).items() if name in sys.argv[1:] or len(sys.argv) < 2}
        report = learn(base, ["true"], base / "own.log")
        own = {u["path"] for u in report["uses"]} | set(report["looked_at"])
        good = [compare(name, directory, command, own) for name, (directory, command) in jobs.items()]
    finally:
        clean.remove_tree(base)
    sys.exit(not all(good))


main()
