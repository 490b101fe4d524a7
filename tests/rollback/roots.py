#!/usr/bin/env python3
"""Real runs that write in more than one tree: all of it must come back, at once by the journal, inodes too, and later by the states that were stored.

Usage: roots.py NONO TAKE_BACK [JOB...]"""
import os
import re
import subprocess
import sys
import tempfile

from broker_job import NONO, clear, exact, run
from bench import difference, tree_hash

BEFORE = """
echo one > proj/a; mkdir proj/d; echo two > proj/d/b; ln proj/a proj/twin; mkdir -p notes/sub/deep; echo n > notes/n; echo s > notes/sub/s
echo x > notes/sub/deep/x; ln -s n notes/link; chmod 750 notes/sub; chmod 640 notes/n; touch -d 2001-01-01 notes/n notes/sub proj
"""

JOBS = {
    "each": "echo 2 >> a; echo 2 >> ../notes/n; rm -r ../notes/sub; mkdir new; echo f > new/f; echo g > ../notes/g; rm ../notes/link",
    "moved": "mv d ../notes/d; mv ../notes/sub here; python3 -c 'import os; os.rename(\"a\", \"../notes/a\"); os.link(\"twin\", \"../notes/twin\")'; echo more >> ../notes/a",
    "replaced": "python3 -c 'import os; os.replace(\"a\", \"../notes/n\"); os.replace(\"../notes/sub/s\", \"d/b\")'; chmod 700 ../notes; touch ../notes/sub",
    "boundary": """python3 - <<'PY'
import errno, os
def fails(act, *words):
    try:
        act(*words)
    except OSError as e:
        assert e.errno == errno.EXDEV, e
        return
    raise AssertionError(words)
fails(os.rename, "a", "../notes/a")
fails(os.link, "a", "../notes/a")
fails(os.rename, "../notes/sub", "sub")
os.rename("../notes/n", "../notes/sub/n")
PY
mv d ../notes/d; mv ../notes/sub here""",
    "only_there": "echo 2 >> ../notes/n; mkdir ../notes/made; echo f > ../notes/made/f; rm ../notes/sub/s",
    "scratch": "echo 2 >> ../notes/n; mkdir -p ../scratch/x; echo lost > ../scratch/x/y; mv d ../scratch/d; mv ../scratch/d ../notes/d",
}


def text(home, look=tree_hash):
    """Where the stash of a file system lies in the tree itself, it is nobody's."""
    lines = "\n".join(look(os.path.join(home, name)) for name in ("proj", "notes")).split("\n")
    return "\n".join(line for line in lines if ".nono-" not in line and not re.match(r"inode [^ ]*'\./?' ", line))


def expect(wanted, now, what):
    if now != wanted:
        raise AssertionError(f"{what}\n{difference(wanted, now)}")


def nono(home, *words, cwd="proj", ok=(0,)):
    environment = {"HOME": home, "PATH": "/usr/bin:/bin", "TZ": "UTC", "LANG": "C.UTF-8"}
    done = subprocess.run([NONO, "rollback", *words], cwd=os.path.join(home, cwd), env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode not in ok:
        raise AssertionError(f"{words}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def latest(home):
    return re.search(r'"session_id": "([^"]*)"', nono(home, "list", "--all", "--json")).group(1)


def profile(home):
    directory = os.path.join(home, ".config/nono/profiles")
    os.makedirs(directory)
    with open(os.path.join(directory, "p.json"), "w", encoding="ascii") as f:
        f.write('{"extends": "default", "filesystem": {"allow": ["~/notes", "~/scratch"]}, "rollback": {"scratch": ["~/scratch"]}}')


def make(job):
    home = os.path.realpath(tempfile.mkdtemp(prefix="nono-roots-", dir="/var/tmp"))
    for name in ("proj", "notes", "scratch"):
        os.mkdir(os.path.join(home, name))
    profile(home)
    if job.endswith("@tmpfs"):
        subprocess.run(["mount", "-t", "tmpfs", "none", os.path.join(home, "notes")], check=True)
    subprocess.run(["sh", "-ec", BEFORE], cwd=home, check=True)
    return home


def one(job, home):
    tree = os.path.join(home, "proj")
    before, before_inodes = text(home), text(home, exact)
    for how in ("journal", "states"):
        done = run(home, tree, JOBS[job.split("@")[0]], options=("-p", "p"))
        if done.returncode != 0:
            raise AssertionError(f"status {done.returncode}\n{done.stderr[-1500:]}")
        after = text(home)
        session = latest(home)
        if f"restore {session}" not in done.stderr or session not in nono(home, "list", "--json", cwd="notes"):
            raise AssertionError(f"{session} is not named, or not found where it changed something\n{done.stderr[-500:]}")
        shown = nono(home, "show", session)
        if os.path.join(home, "notes") not in shown or "scratch/" in shown.split("changes:")[1] or ("(scratch)" in shown) != (job == "scratch"):
            raise AssertionError(f"what it changed elsewhere is not shown\n{shown}")
        if how == "journal":
            nono(home, "restore", session, cwd="notes")
            expect(before_inodes, text(home, exact), "taken back by the journal")
            continue
        nono(home, "restore", session, os.path.join(home, "notes"))
        nono(home, "restore", session, tree)
        expect(before, text(home), "taken back by the states, tree by tree")
        nono(home, "restore", latest(home))
        undo = nono(home, "restore", session, home, ok=(0, 1))
        expect(before, text(home), f"and again, everything at once\n{undo}")
        nono(home, "restore", latest(home))
        nono(home, "restore", latest(home))
        expect(before, text(home), "the restore taken back, and that as well")
    if not after or after == before:
        raise AssertionError("the job changed nothing")
    nono(home, "verify", "--all")


# What is bound where nothing can be kept goes before nono is done.
BOUND = """
mount -t tmpfs none /srv; mkdir -p /srv/other/mount; mount -t tmpfs none /srv/other/mount; cd proj
"$1" run --capture=broker --allow . --allow /srv/other -- /usr/bin/python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/srv/other/socket")'
! test -e /srv/other/socket
"""


def bound(home):
    environment = {"HOME": home, "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8"}
    done = subprocess.run(["unshare", "-m", "sh", "-ec", BOUND, "bound", NONO], cwd=home, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0 or "not covered: what changes in /srv/other" not in done.stderr:
        raise AssertionError(f"status {done.returncode}\n{done.stderr[-1500:]}")


def main():
    failed = 0
    jobs = [job for job in JOBS if job != "boundary"] + (["each@tmpfs", "only_there@tmpfs", "boundary@tmpfs", "bound"] if os.geteuid() == 0 else [])
    for job in sys.argv[3:] or jobs:
        home = make(job)
        try:
            bound(home) if job == "bound" else one(job, home)
            print(f"{job}: ok", flush=True)
        except (AssertionError, subprocess.CalledProcessError) as e:
            print(f"{job}: {e}", flush=True)
            failed += 1
        if job.endswith("@tmpfs"):
            subprocess.run(["umount", "-l", os.path.join(home, "notes")], check=False)
        clear(home)
    return failed > 0


sys.exit(main())
