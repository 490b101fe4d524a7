#!/usr/bin/env python3
"""Attacks from inside a sandbox whose changes the broker makes: nothing outside the grants may change, and what changed in the tree must come back.

Usage: broker_attacks.py NONO TAKE_BACK ATTACK [NAME...]"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from broker_job import clear, exact, run, sessions, take_back
from bench import difference

ATTACK = os.path.abspath(sys.argv[3])
NAMES = """flip_open flip_truncate flip_chmod flip_utimes flip_xattr flip_unlink exchange proc links hard_link state broker calls foreign storm busy limits nested sibling reaped reaper failed crowd""".split()


def layout(home, name):
    """The tree, and the place that the attack is about."""
    tree = os.path.join(home, "tree")
    os.makedirs(os.path.join(tree, "a"))
    for path in ("a/f", "a/other"):
        with open(os.path.join(tree, path), "w") as f:
            f.write("as it was\n")
    for n in range(500 if name == "flip_truncate" else 0):
        with open(os.path.join(tree, "a", str(n)), "w") as f:
            f.write("as it was\n")
    if name == "state":
        done = run(home, tree, "echo more >> a/other; rm a/other")
        place = sessions(home)[-1]
        kept = [os.path.join(place, n) for n in ("journal", "left", "stash/0/001", "stash/0/002")]
        if done.returncode != 0 or not all(map(os.path.exists, kept)):
            raise AssertionError(f"the earlier session kept nothing\n{done.stderr[-1500:]}")
        return tree, place, ()
    if name == "hard_link":
        place = tempfile.mkdtemp(prefix="nono-attack-", dir=home)
        os.link(os.path.join(tree, "a/f"), os.path.join(place, "f"))
        return tree, place, ("--allow", place)
    place = os.path.join(home, "outside")
    os.mkdir(place)
    with open(os.path.join(place, "f"), "w") as f:
        f.write("outside\n")
    if name == "crowd":
        os.symlink(os.path.join(tree, "a/f"), os.path.join(place, "link"))
    return tree, place, ("--read", place)


def one(name, home):
    tree, place, grants = layout(home, name)
    looked_at = os.path.join(place, "stash") if name == "state" else place  # the rest of a session is written to when it is sealed
    wanted, around = exact(tree), exact(looked_at)
    program = os.path.join(home, "attack")
    shutil.copy(ATTACK, program)
    done = run(home, tree, f"exec {program} {name} {place}", options=(*grants, "--read", home + "/attack"))
    if done.returncode != 0:
        raise AssertionError(f"status {done.returncode}\n{done.stderr[-1500:]}")
    if name != "hard_link" and exact(looked_at) != around:
        raise AssertionError(f"outside is not as it was\n{difference(around, exact(looked_at))}")
    take_back(home, tree, wanted)
    if name == "hard_link" and exact(place) != around:
        raise AssertionError(f"the other place is not as it was\n{difference(around, exact(place))}")


def killed(home):
    """nono is killed: so is all that it started, no change comes after, and what was done can be taken back."""
    tree = os.path.join(home, "tree")
    os.makedirs(os.path.join(tree, "a"))
    wanted = exact(tree)
    nono = run(home, tree, "i=0; while :; do i=$((i+1)); echo $i > a/f$i; done", wait=False)
    deadline = time.time() + 100
    while len(os.listdir(os.path.join(tree, "a"))) < 20 and time.time() < deadline:
        time.sleep(0.01)
    nono.send_signal(signal.SIGKILL)
    nono.wait()
    nono.stderr.read()  # until nobody holds its other end
    after = exact(tree)
    time.sleep(0.2)
    if exact(tree) != after or after == wanted:
        raise AssertionError("something still runs, or never ran")
    take_back(home, tree, wanted)


def main():
    failed = 0
    for name in sys.argv[4:] or [*NAMES, "killed"]:
        home = os.path.realpath(tempfile.mkdtemp(prefix="nono-broker-", dir="/var/tmp"))
        try:
            killed(home) if name == "killed" else one(name, home)
            print(f"{name}: ok", flush=True)
        except AssertionError as e:
            print(f"{name}: {e}", flush=True)
            failed += 1
        clear(home)
    return failed > 0


sys.exit(main())
