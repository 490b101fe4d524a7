#!/usr/bin/env python3
"""Every class of escape in tests/kernel/escapes.txt has the tests that it names."""
import os
import re
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


def has(reference):
    file, _, name = reference.partition(":")
    try:
        with open(os.path.join(TESTS, file), encoding="utf-8") as f:
            text = f.read()
    except OSError:
        return False
    return re.search(rf'\b(TEST|NEVER)\({name}[,)]|\{{"{name}", {name}\}}', text) is not None


def problems(lines):
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        what, _, proof = line.partition(" | ")
        if proof.startswith("open: "):
            continue
        if not proof.split():
            yield f"{number}: {what.strip()}: nothing proves it"
        for reference in proof.split():
            if not has(reference):
                yield f"{number}: {what}: there is no test {reference}"


def main():
    with open(os.path.join(TESTS, "kernel", "escapes.txt"), encoding="utf-8") as f:
        found = list(problems(f.read().splitlines()))
    assert list(problems(["x | kernel/test_calls.c:no_such_test", "y | "])), "a missing test is not seen"
    for problem in found:
        print(f"tests/kernel/escapes.txt:{problem}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
