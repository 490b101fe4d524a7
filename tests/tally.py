#!/usr/bin/env python3
"""Reads `ctest -V`, prints one line per test and the output of failed ones, and adds what it counted to a file.

A test that speaks TAP counts as its cases, any other as one. Exits 1 when something failed or nothing ran."""
import argparse
import re
import sys

RESULT = re.compile(r"\s*\d+/\d+ Test +#(\d+): (\S+) ?\.*\s*(.*?)\s+([\d.]+) sec\s*$")
OUTPUT = re.compile(r"(\d+): ?(.*)$")
CASE = re.compile(r"(not )?ok\b(.*)$")
SKIP = re.compile(r"#\s*skip", re.I)


class Test:
    def __init__(self):
        self.lines = []
        self.passed = self.failed = self.skipped = 0

    def add(self, line):
        self.lines.append(line)
        case = CASE.match(line)
        if not case:
            return
        if case.group(1):
            self.failed += 1
        elif SKIP.search(case.group(2)):
            self.skipped += 1
        else:
            self.passed += 1

    def settle(self, status):
        """What ctest saw counts more than what the test said of itself."""
        if "Skipped" in status:
            self.skipped = max(1, self.skipped)
        elif status != "Passed":
            self.failed = max(1, self.failed)
        elif not self.passed + self.failed + self.skipped:
            self.passed = 1

    def show(self, name, status, seconds):
        word = "FAIL" if self.failed else "ok  " if self.passed else "skip"
        counts = f"{self.passed} passed" + (f", {self.failed} failed" if self.failed else "")
        counts += f", {self.skipped} skipped" if self.skipped else ""
        print(f"  {word} {name:<34} {counts:<32} {seconds:>8} s", flush=True)
        if self.failed:
            print(f"       ({status})\n" + "".join(f"       | {line}\n" for line in self.lines), flush=True)
            return
        for line in self.lines:
            if SKIP.search(line) or "Skipped" in status:
                print(f"       | {line}", flush=True)


def read(stream):
    tests, totals = {}, [0, 0, 0]
    for line in stream:
        result = RESULT.match(line)
        output = OUTPUT.match(line)
        if result:
            test = tests.pop(result.group(1), None) or Test()
            test.settle(result.group(3))
            test.show(result.group(2), result.group(3), result.group(4))
            totals = [a + b for a, b in zip(totals, (test.passed, test.failed, test.skipped))]
        elif output and not re.match(r"(Test command|Working Directory|Test timeout computed|Environment variables)", output.group(2)):
            tests.setdefault(output.group(1), Test()).add(output.group(2))
    return totals


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("totals", help="file that gets a line 'PASSED FAILED SKIPPED'")
    options = parser.parse_args()
    sys.stdin.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    totals = read(sys.stdin)
    if sum(totals) == 0:
        print("  FAIL no test ran", flush=True)
        totals[1] = 1
    with open(options.totals, "a", encoding="ascii") as file:
        print(*totals, file=file)
    return 1 if totals[1] else 0


if __name__ == "__main__":
    sys.exit(main())
