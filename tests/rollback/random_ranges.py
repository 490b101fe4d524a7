#!/usr/bin/env python3
"""Several sessions taken back as one, against each taken back by itself from the newest on: the trees must be the same, also where
somebody changed things between the sessions and after them. Usage: random_ranges.py [SEED [ROUNDS]]

A failure prints its seed and the operations that are left when all that do not matter are dropped."""
import random
import sys

from bench import Bench, difference
from random_operations import operation, script
from treehash import tree_hash

# A plan is a list of (who, operations): "command" is a session, "person" is somebody at work outside of one.


def loose_hash(tree):
    return tree_hash(tree, loose=True)


def attempt(plan):
    with Bench() as b:
        b.sh("mkdir a sub; echo 1 > a/b; echo 2 > sub/c; echo 3 > d; ln d sub/d")
        first = loose_hash(b.tree)
        sessions = []
        for who, operations in plan:
            if who == "command":
                sessions.append(b.run(script(operations)))
            else:
                b.sh("set +e\n" + script(operations))
        if not sessions:
            return
        last = loose_hash(b.tree)
        out = b.drive("since", sessions[0], ok=(0, 1, 3))
        if b.status == 3:  # nothing changed
            if loose_hash(b.tree) != first:
                raise AssertionError(out)
            return
        as_one = loose_hash(b.tree)
        clean = all(who == "command" for who, _ in plan)
        if clean and (b.status != 0 or as_one != first):
            raise AssertionError(f"nobody else was there, and it is not as before: {out}\n{difference(first, as_one)}")
        undo = out.split()[-1]
        if undo != "undo":
            b.restore(undo, ok=(0, 1))
        if loose_hash(b.tree) != last:
            raise AssertionError(f"taken back again it is not as it was\n{difference(last, loose_hash(b.tree))}")
        for session in reversed(sessions):
            b.restore(session, ok=(0, 1))
        one_by_one = loose_hash(b.tree)
        if one_by_one != as_one:
            raise AssertionError(f"as one (-) is not as one by one (+)\n{difference(as_one, one_by_one)}")


def fails(plan):
    try:
        attempt(plan)
    except AssertionError as e:
        return str(e)
    return None


def shrink(plan):
    for which in range(len(plan)):
        i = 0
        while i < len(plan[which][1]):
            less = [(who, list(operations)) for who, operations in plan]
            del less[which][1][i]
            if fails(less):
                plan = less
            else:
                i += 1
    return plan


def covered(r):
    """What nobody can read, the session of the restore cannot keep; the unit tests have it."""
    while True:
        one = operation(r)
        if "chmod 0 " not in one:
            return one


def make(r):
    plan = []
    people = r.random() < 0.6
    for _ in range(r.randint(2, 4)):
        plan.append(("command", [covered(r) for _ in range(r.randint(1, 12))]))
        if people and r.random() < 0.5:
            plan.append(("person", [covered(r) for _ in range(r.randint(1, 3))]))
    return plan


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    for n in range(seed, seed + rounds):
        plan = make(random.Random(n))
        if fails(plan):
            plan = shrink(plan)
            sys.exit(f"seed {n}\n" + "\n".join(f"{who}:\n{script(operations)}" for who, operations in plan) + f"\n{fails(plan)}")
    print(f"{rounds} rounds from seed {seed}")


main()
