#!/usr/bin/env python3
"""Random operations on a random tree, taken back: each state must come back exactly. Usage: random_operations.py [SEED [ROUNDS]]

A failure prints its seed and the operations that are left when all that do not matter are dropped."""
import os
import random
import shlex
import sys

from bench import Bench, tree_hash

OUTSIDE = "/nowhere/at-all"  # commands follow links: one out of the tree must lead where nothing can be made
NAMES = ["a", "b", "c", "d", "a-b", "a.b", "sub", "x y", "über", "new\nline", "-rf", ".hidden", "%25", "b\udcff"]


def name(r):
    return r.choice(NAMES)


def path(r, depth=3):
    return "/".join(name(r) for _ in range(r.randint(1, depth)))


def operation(r):
    p, q = (shlex.quote("./" + path(r)) for _ in range(2))
    text = r.randint(0, 99999)
    quiet = f"test -p {p} ||"  # a pipe would keep its writer waiting
    closed = "" if os.getuid() == 0 else f"test -d {p} ||"  # what a closed directory holds is not covered: the unit tests have it
    return r.choice([
        f"mkdir -p {p}", f"mkdir -p {p}", f"mkdir -p {p} && echo {text} > {p}/f", f"{quiet} echo {text} > {p}", f"{quiet} echo {text} >> {p}",
        f"{quiet} printf %s {text} > {p}", f"rm -rf {p}", f"rm -f {p}", f"mv {p} {q}", f"mv -T {p} {q}", f"cp -a {p} {q}", f"ln {p} {q}", f"ln -f {p} {q}",
        f"ln -s {q} {p}", f"ln -sfn {OUTSIDE} {p}", f"chmod {r.choice(['755', '700', '555', '4755', '2700', '1777'])} {p}",
        f"{closed} chmod {r.choice(['600', '644', '444'])} {p}",
        f"touch -d @{text} {p}", f"mkfifo {p}", f"setfattr -n user.t -v {text} {p}", f"setfattr -x user.t {p}", f"{quiet} truncate -s {text} {p}",
        f"{quiet} sed -i s/1/2/ {p}", f"rm -rf {p} && mkdir {p} && echo {text} > {p}/z", f"rm -rf {p} && echo {text} > {p}",
        f"rm -rf {p} && ln -s {q} {p}", f"touch -h -d @{text} {p}",
    ] + ([f"chown {text}:{text} {p}", f"chown -h 7:8 {p}"] if os.getuid() == 0 else [f"test -d {p} || chmod 0 {p}", f"test -d {p} && chmod 511 {p}"]))


def script(operations):
    return "\n".join(f"{{ {x}; }} 2>/dev/null" for x in operations) + "\ntrue"


def attempt(first, second):
    with Bench() as b:
        b.sh("set +e\n" + script(first))
        b.round_trip(script(second))


def fails(first, second):
    try:
        attempt(first, second)
    except AssertionError as e:
        return str(e)
    return None


def shrink(first, second):
    for which in (0, 1):
        i = 0
        while i < len((first, second)[which]):
            lists = [list(first), list(second)]
            del lists[which][i]
            if fails(*lists):
                first, second = lists
            else:
                i += 1
    return first, second


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    for n in range(seed, seed + rounds):
        r = random.Random(n)
        first = [operation(r) for _ in range(r.randint(5, 60))]
        second = [operation(r) for _ in range(r.randint(1, 30))]
        if fails(first, second):
            first, second = shrink(first, second)
            sys.exit(f"seed {n}\nbefore:\n{script(first)}\ncommand:\n{script(second)}\n{fails(first, second)}")
    print(f"{rounds} rounds from seed {seed}")


if __name__ == "__main__":
    main()
