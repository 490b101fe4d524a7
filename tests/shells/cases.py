#!/usr/bin/env python3
"""Whether each case of cases.txt has, for each shell, a test that is there."""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SHELLS = {"bash", "zsh", "fish"}
LAST = 67
SEEDED = (  # each has something wrong
    "scenarios: plain: no such check", "scenarios: plain", "scenarios: no such scenario: sandboxed", "scenarios: heredoc: here document",
    "cli: no such test", "complete: no such line", "script:", "none:", "elsewhere: x",
)


def read(*path):
    with open(os.path.join(HERE, *path), encoding="utf-8") as f:
        return f.read()


def scenarios(text):
    """{name: (shells, body)}; a hostile setting is a scenario with the checks of all of them."""
    sets = {"$all": SHELLS, "$posix": {"bash", "zsh"}}
    found = {}
    begin = re.compile(r"^(scenario|hostile) (\{.*?\}|\S+) (\$\w+|\{.*?\}) \{", re.M)
    marks = list(begin.finditer(text))
    hostile = text[text.index("proc hostile"):marks[[m[1] for m in marks].index("hostile")].start()]
    for i, m in enumerate(marks):
        name = m[2].strip("{}")
        end = marks[i + 1].start() if i + 1 < len(marks) else len(text)
        shells = sets.get(m[3]) or set(m[3].strip("{}").split())
        if m[1] == "hostile":
            found["with " + name] = (shells, hostile)
        else:
            found[name] = (shells, text[m.start():end])
    return found


def problem(where, shells, files):
    kind, _, rest = (part.strip() for part in where.partition(":"))
    if kind == "none":
        return None if rest else "says not why"
    if kind == "scenarios":
        name, _, check = max(((n, ":", rest[len(n) + 2:]) for n in files["scenarios"] if rest.startswith(n + ": ")),
                             key=lambda found: len(found[0]), default=("", "", ""))
        if not name:
            return f"there is no scenario for '{rest}'"
        missing = shells - files["scenarios"][name][0]
        if missing:
            return f"the scenario '{name}' is not run in {' '.join(sorted(missing))}"
        return None if check and f'{check}"' in files["scenarios"][name][1] else f"the scenario '{name}' has no check '{check}'"
    if kind == "cli":
        return None if f'@test "{rest}" {{' in files["cli"] else f"hook.bats has no test '{rest}'"
    if kind in ("complete", "script"):
        return None if rest and rest in files[kind] else f"no '{rest}' there"
    return f"'{kind}' is no kind of test"


def main():
    files = {
        "scenarios": scenarios(read("scenarios.tcl")),
        "complete": read("complete.exp"),
        "script": read("script.sh"),
        "cli": read("..", "cli", "hook.bats"),
    }
    seen, failed = set(), 0
    for where in SEEDED:
        if not problem(where, SHELLS, files):
            print(f"not ok - '{where}' is taken for a test")
            failed += 1
    for number, line in enumerate(read("cases.txt").split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split(" | ")]
        shells = set(parts[2].split()) if len(parts) == 4 else set()
        why = problem(parts[3], shells, files) if shells and shells <= SHELLS and parts[0].isdigit() else "is not NUMBER | what | shells | where"
        if why:
            print(f"not ok - line {number}: {why}")
            failed += 1
        seen |= {(int(parts[0]), shell) for shell in shells} if parts[0].isdigit() else set()
    for case in sorted({(n, shell) for n in range(1, LAST + 1) for shell in SHELLS} ^ seen):
        print(f"not ok - case {case[0]} has no test in {case[1]}" if case not in seen else f"not ok - there is no case {case[0]}")
        failed += 1
    print(f"{'not ok' if failed else 'ok'} 1 - {LAST} cases, each in {' '.join(sorted(SHELLS))}")
    print("1..1")
    return 1 if failed else 0


sys.exit(main())
