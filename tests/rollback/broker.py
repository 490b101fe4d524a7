#!/usr/bin/env python3
"""Real jobs inside the sandbox, captured by the broker and taken back by their journal: the whole tree must come back, inodes and link counts too.

Usage: broker.py NONO TAKE_BACK [JOB...]"""
import os
import subprocess
import sys
import tempfile

from broker_job import clear, exact, run, take_back

GIT = "git -c user.name=n -c user.email=e@example.com -c init.defaultBranch=main -c gc.auto=0 -c maintenance.auto=false"

FILES = """
mkdir -p src/deep/er docs empty shut; for i in $(seq 1 300); do echo "line $i" > src/f$i; done
cp src/f1 src/deep/er/copy; echo doc > docs/read.me; ln -s ../src docs/src; chmod 755 src/f2; chmod 600 src/f3
touch -d 2001-01-01 src/f4 docs; ln src/f5 docs/linked; mkfifo pipe; echo x > shut/in; chmod 555 shut
"""

MIX = r"""
import ctypes, mmap, os, socket, subprocess, threading
libc = ctypes.CDLL(None, use_errno=True)

def made(path, text="x", flags=0):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o666)
    os.write(fd, text.encode())
    os.close(fd)

f = open("src/f6", "r+b")
m = mmap.mmap(f.fileno(), 0)
m[0:4] = b"MMAP"
m.close()
fd = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o640)
os.write(fd, b"nameless")
assert libc.linkat(-100, b"/proc/self/fd/%d" % fd, -100, b"linked", 0x400) == 0
assert open("/proc/self/fd/%d" % fd).read() == "nameless"
assert libc.renameat2(-100, b"src", -100, b"docs", 2) == 0
os.rename("docs", "moved")
made("moved/f7", "reopened")
r = os.open("moved/f8", os.O_RDONLY)
w = os.open("/proc/self/fd/%d" % r, os.O_WRONLY | os.O_TRUNC)
os.write(w, b"through proc")
os.fchmod(r, 0o640)
os.utime(r, (1, 2))
os.setxattr("moved/f9", "user.note", b"v")
os.setxattr(r, "user.other", b"w")
os.removexattr(r, "user.other")
os.umask(0o027)
made("masked")
assert os.stat("masked").st_mode & 0o777 == 0o640
os.mkdir("masked.d")
assert os.stat("masked.d").st_mode & 0o777 == 0o750
os.truncate("moved/f10", 1)
os.chmod("shut", 0o755)
made("shut/new")
os.unlink("shut/in")
os.chmod("shut", 0o500)
a, b = socket.socketpair()
try:
    a.bind("socket")
except OSError as e:
    print("bind", e)
def write_fifo():
    open("pipe", "w").write("through the pipe")
t = threading.Thread(target=write_fifo)
t.start()
assert open("pipe").read() == "through the pipe"
t.join()
os.link("moved/f11", "hard")
made("hard", "by the other name", os.O_TRUNC)
os.symlink("moved/f12", "link")
made("link", "through a link", os.O_TRUNC)
os.symlink("not/there", "dangling")
for path, flags, error in (("moved/f13/", os.O_WRONLY, 20), ("dangling", os.O_WRONLY | os.O_CREAT, 2), ("hard", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 17),
                           ("moved", os.O_WRONLY, 21), ("nothing", os.O_WRONLY, 2), ("link", os.O_WRONLY | os.O_NOFOLLOW, 40),
                           ("new/", os.O_WRONLY | os.O_CREAT, 21)):
    try:
        os.open(path, flags)
        raise AssertionError(path)
    except OSError as e:
        assert e.errno == error, (path, e)
def elsewhere():
    os.chdir("moved/deep")
    made("from_a_thread")
if libc.unshare(0x200) == 0:
    elsewhere()
else:
    os.chdir("moved/deep")
    made("here")
    os.chdir("../..")
subprocess.run(["cp", "-a", "moved", "copied"], check=True)
os.remove("moved/f14")
os.rename("moved/f15", "moved/f16")
os.replace("moved/f17", "moved/deep/f17")
"""

STEP_DOWN = r"""
import os
os.setgroups([])
os.setgid(1234)
os.setuid(1234)
with open("open/new", "w") as f:
    f.write("x")
assert (os.stat("open/new").st_uid, os.stat("open/new").st_gid) == (1234, 1234)
def denied(act, *words):
    try:
        act(*words)
    except PermissionError:
        return
    raise AssertionError(words)
denied(open, "closed/new", "w")
denied(open, "closed/f", "a")
denied(open, "open/of_root", "a")
denied(os.unlink, "closed/f")
denied(os.chmod, "open/of_root", 0o600)
denied(os.chown, "open/new", 0, 0)
os.mkdir("open/d")
os.rename("open/new", "open/d/n")
os.unlink("open/of_root")
"""

# Threads that make what is missing above a directory, as Node.js does: there is nothing but a directory that is missing, or there already.
PARENTS = r"""
import os, shutil, tempfile, threading
def make(path):
    while True:
        try:
            return os.mkdir(path)
        except FileExistsError:
            return
        except FileNotFoundError:
            make(os.path.dirname(path))
def thread(i):
    for r in range(25):
        start.wait()
        try:
            make(f"{base}/{r}/a/b/{i}")
        except BaseException as e:
            failed.append(e)
failed = []
outside = tempfile.mkdtemp()
for base in (os.getcwd() + "/made", outside + "/made"):
    start = threading.Barrier(8)
    threads = [threading.Thread(target=thread, args=(i,)) for i in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
shutil.rmtree(outside)
assert not failed, failed
"""

# What is known of a directory, and of a thing that the command made, while what is around it moves.
MOVING = r"""
import os
def add(name):
    return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=d)
d = os.open("a/b", os.O_RDONLY)
places = ["a", "x/a", "y"]
for i in range(60):
    fd = add(f"new{i}")
    os.unlink(f"old{i}", dir_fd=d)
    os.rename(places[i % 3], places[(i + 1) % 3])
    assert os.path.exists(f"{places[(i + 1) % 3]}/b/new{i}")
    os.fchmod(fd, 0o640)
    os.utime(fd, (1, 2))
    os.rename(f"new{i}", f"moved{i}", src_dir_fd=d, dst_dir_fd=d)
    os.fchown(fd, -1, os.getgid())
    os.link(f"moved{i}", f"again{i}", src_dir_fd=d, dst_dir_fd=d)
    os.unlink(f"moved{i}", dir_fd=d)
    os.setxattr(fd, "user.note", b"v")
    if i % 2:
        os.unlink(f"again{i}", dir_fd=d)
    os.fchmod(fd, 0o600)
    os.rmdir("c")
    os.mkdir("c")
    with open("c/f", "w") as f:
        os.fchmod(f.fileno(), 0o604)
    os.unlink("c/f")
    r = os.open(f"kept{i}", os.O_RDONLY, dir_fd=d)
    os.fchmod(r, 0o604)
    os.utime(r, (3, 4))
    os.close(r)
    os.close(fd)
"""

# Opens that wait, for the other end of a fifo or for a lease to be given up, hold nobody up; those of who was killed go away.
LEASE = r"""
import fcntl, os, signal, sys, time
def give_up(*_):
    time.sleep(0.1)
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    os._exit(0)
ready, told = os.pipe()
if os.fork():
    os.close(told)
    sys.exit(os.read(ready, 1) != b"x")
for other in (0, 1, 2):
    os.dup2(os.open("/dev/null", os.O_RDWR), other)
signal.signal(signal.SIGIO, give_up)
fd = os.open(sys.argv[1], os.O_RDONLY)
fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
os.write(told, b"x")
signal.alarm(300)
while True:
    signal.pause()
"""

WAITING = r"""
import os, signal, subprocess, threading
signal.alarm(250)
for i in range(40):
    child = subprocess.Popen(["sh", "-c", "exec >pipe"])
    while open(f"/proc/{child.pid}/wchan").read() in ("", "0") and child.poll() is None and open(f"/proc/{child.pid}/stat").read().split()[2] == "R":
        pass
    child.send_signal(signal.SIGKILL)
    child.wait()
order = []
def write():
    with open("pipe", "w") as f:
        order.append("opened")
        f.write("text")
thread = threading.Thread(target=write)
thread.start()
for i in range(50):
    open(f"made{i}", "w").close()
order.append("made")
with open(os.open("pipe", os.O_RDONLY)) as f:
    assert f.read() == "text"
thread.join()
assert order == ["made", "opened"], order
def read():
    with open(os.open("pipe", os.O_RDONLY | os.O_CREAT)) as f:
        order.append(f.read())
thread = threading.Thread(target=read)
thread.start()
for i in range(50):
    os.unlink(f"made{i}")
order.append("unlinked")
with open(os.open("pipe", os.O_WRONLY), "w") as f:
    f.write("more")
thread.join()
assert order == ["made", "opened", "unlinked", "more"], order
with open("leased", "a") as f:
    f.write("new")
os.truncate("leased2", 1)
"""

JOBS = {
    "write_one": ("echo old > f; echo g > g", "echo x > f; rm g"),
    "delete_half": (FILES, "rm src/f1* src/f2*; rm -r docs empty"),
    "delete_all": (FILES, "chmod 755 shut; rm -rf -- * .[!.]*; true"),
    "sed": (FILES, "sed -i s/line/LINE/ src/f1* src/f2*; sed -i 1d src/f3"),
    "modes": (FILES, "chmod -R go-rwx src; chmod 1777 docs; chmod 000 src/f9; touch -d 1990-05-05 src/f8 docs"),
    "links": (FILES, "ln -sfn /etc docs/src; rm src/f4; ln -s f5 src/f4; ln src/f6 docs/six; rm docs/linked; echo x >> src/f5; mv src/deep d"),
    "exchange": (FILES, "rm -r docs; ln -s src docs; rm src/f10; mkdir src/f10; echo y > src/f10/y; rm -r src/deep; echo z > src/deep; rm pipe; echo p > pipe"),
    "names": ("mkdir ' ' ./-rf \"$(printf 'new\\nline')\"; echo 1 > ' /$(id)'; echo 2 > \"$(printf 'b\\377')\"; echo 3 > '*'; echo 4 > '\\\\'",
              "rm -r ' ' ./-rf '*' '\\\\'; echo 9 > \"$(printf 'b\\377')\"; echo 5 > \"$(printf 'new\\nline')/;\"; echo > \"$(printf '\\033[31m')\""),
    "large": ("head -c 20000000 /dev/urandom > big; head -c 5000000 /dev/zero > zero", "printf x >> big; truncate -s 10 zero; cp big other"),
    "tar": (FILES, "tar cf all.tar src docs; rm -rf src; tar xpf all.tar; rm all.tar"),
    "tar_thousands": ("""mkdir -p a; for d in $(seq 1 40); do mkdir a/d$d; (cd a/d$d; for i in $(seq 1 50); do echo $i > f$i; done); done; tar cf a.tar a""",
                      "rm -rf a; tar xf a.tar; tar cf b.tar a; mkdir b; tar xf b.tar -C b; rm -rf b/a/d1*"),
    "git_clone": (FILES + f"{GIT} init -q repo; cd repo; for i in 1 2 3; do echo $i > f; {GIT} add f; {GIT} commit -qm $i; done; cd ..",
                  f"{GIT} clone -q --local repo copy; cd repo; {GIT} checkout -q HEAD~1; {GIT} branch other; {GIT} gc -q --prune=now; {GIT} reset -q --hard other"),
    "git_rebase": (f"{GIT} init -q .; for i in 1 2 3; do echo $i > f$i; {GIT} add .; {GIT} commit -qm $i; done; {GIT} checkout -qb side HEAD~1; echo s > s; {GIT} add s; {GIT} commit -qm s",
                   f"{GIT} rebase -q main; {GIT} checkout -q main; {GIT} merge -q side; {GIT} fsck; {GIT} init -q new"),
    "git_destroyed": (f"{GIT} init -q .; for i in 1 2 3; do echo $i > f$i; {GIT} add .; {GIT} commit -qm $i; done; echo secret > .env; echo .env > .gitignore",
                      f"{GIT} clean -fdxq; {GIT} reset -q --hard HEAD~2; rm -rf .git/refs; printf '#!/bin/sh\\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit"),
    "venv": ("echo > requirements.txt", "/usr/bin/python3 -m venv --without-pip v; v/bin/python -c 'import json'; rm -rf v/lib"),
    "gcc": ("for i in $(seq 1 6); do printf 'int f%d(void){return %d;}\\n' $i $i > f$i.c; done; echo 'int main(void){return 0;}' > main.c; touch old.o",
            "for f in *.c; do cc -c $f -o ${f%.c}.o; done; ar cr libf.a f?.o; cc -o main main.o libf.a; ./main; cc -o main main.o libf.a; ./main; rm f?.o"),
    "mix": (FILES, "python3 - <<'PY'\n" + MIX + "\nPY"),
    "moving": ("mkdir -p a/b x c; for i in $(seq 0 59); do echo $i > a/b/old$i; echo $i > a/b/kept$i; done", "python3 - <<'PY'\n" + MOVING + "\nPY"),
    "waiting": ("mkfifo pipe; for f in leased leased2; do echo old > $f; python3 -c '" + LEASE + "' $f; done", "python3 - <<'PY'\n" + WAITING + "\nPY"),
    "deep": ("d=.; for i in $(seq 1 100); do d=$d/d$i; done; mkdir -p $d; echo x > $d/x", "rm -rf d1"),
    "orphan": ("echo old > f", "(setsid sh -c 'i=0; while [ $i -lt 50 ]; do echo $i > late$i; echo $i >> f; i=$((i+1)); sleep 0.01; done' >/dev/null 2>&1 &); until [ -e late3 ]; do sleep 0.01; done"),
    "outside": ("echo old > f", "echo x > f; d=$(mktemp -d); echo y > $d/y; mv $d/y g; cp g $d/z; mv f $d/f; echo new > f; rm -r $d"),
    "parents": ("echo old > f", "python3 - <<'PY'\n" + PARENTS + "\nPY"),
    "stdout": ("echo old > out", "echo shown"),
}

if os.geteuid() == 0:  # a program of root's that becomes another user has that user's rights, whoever makes its changes
    JOBS["step_down"] = ("mkdir open closed; chown 1234 open; echo f > closed/f; echo r > open/of_root", "python3 - <<'PY'\n" + STEP_DOWN + "\nPY")


def one(name, home):
    before, command = JOBS[name]
    tree = os.path.join(home, "tree")
    os.mkdir(tree)
    subprocess.run(["sh", "-ec", before], cwd=tree, check=True, stdout=subprocess.DEVNULL)
    wanted = exact(tree)
    if name == "stdout":
        with open(os.path.join(tree, "out"), "w") as out:
            os.truncate(out.name, 0)
            wanted = exact(tree)
            done = run(home, tree, command, out)
    else:
        done = run(home, tree, command)
    if done.returncode != 0:
        raise AssertionError(f"status {done.returncode}\n{done.stderr[-1500:]}")
    if exact(tree) == wanted:
        raise AssertionError("the job changed nothing")
    take_back(home, tree, wanted)


def main():
    failed = 0
    for name in sys.argv[3:] or JOBS:
        home = os.path.realpath(tempfile.mkdtemp(prefix="nono-broker-", dir="/var/tmp"))
        try:
            one(name, home)
            print(f"{name}: ok", flush=True)
        except (AssertionError, subprocess.CalledProcessError) as e:
            print(f"{name}: {e}", flush=True)
            failed += 1
        clear(home)
    return failed > 0


sys.exit(main())
