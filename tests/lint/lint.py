#!/usr/bin/env python3
"""House rules that no compiler knows: lint.py [--root DIR] RULE... prints one line per finding and exits 1 when there is any."""
import argparse
import fnmatch
import pathlib
import re
import sys

FOLDERS = ("core", "policy", "rollback", "hooks", "completions", "shell", "tests")
# The dependency runs one way, never sideways, never up.
ARROWS = {
    "core": {"core"},
    "policy": {"policy", "core"},
    "rollback": {"rollback", "core"},
    "hooks": {"hooks", "core"},
    "completions": {"completions", "core"},
    "shell": {"shell", "policy", "rollback", "hooks", "completions", "core"},
}
# One third-party header in one module only. Tests may use it as an oracle.
HEADER_HOME = {
    r"(cjson/)?cJSON\.h": ["core/json*.c"],
    r"seccomp\.h": ["core/seccomp_*.c"],
    r"linux/landlock\.h": ["core/landlock_rules.c"],
    r"git2(/.*)?\.h": ["rollback/odb*.c"],
    r"zstd\.h": ["rollback/odb*.c"],
    r"readline/.*\.h": ["shell/line*.c"],
}
# (calls, the files that may make them, what to use elsewhere). What is banned everywhere does not compile: core/banned.h.
# NAME_gen.c is a program of the build.
CALLS = [
    ("malloc calloc realloc reallocarray strdup strndup asprintf vasprintf", ["core/heap.c", "tests/*"], "core/mem"),
    ("getenv secure_getenv", ["core/world.c", "tests/*"], "core/world"),
    ("printf fprintf vprintf vfprintf puts fputs putchar fwrite perror", ["core/out.c", "*_gen.c", "tests/*"], "core/out"),
    ("exit", ["core/mem.c", "core/supervise.c", "shell/main.c", "tests/*"], "an error that main prints"),
]
# LD_PRELOAD never, but in the table of what is withheld; the other three are unfinished work.
MARKERS = re.compile(r"\b(TODO|FIXME|XXX|LD_PRELOAD)\b")
FUNCTION_WARN, FUNCTION_FAIL = 60, 80
FILE_WARN, FILE_FAIL = 400, 600
README_MAX = 20


class Report:
    """Findings are errors; notes are printed and do not fail."""

    def __init__(self):
        self.errors = 0

    def error(self, path, line, text):
        self.errors += 1
        print(f"{path}:{line}: {text}")

    @staticmethod
    def note(path, line, text):
        print(f"{path}:{line}: note: {text}")


class Source:
    """A C file: its text, and its code with comments and literals blanked, line by line."""

    TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)

    def __init__(self, root, path):
        self.path = str(path.relative_to(root))
        self.folder = self.path.split("/")[0]
        self.text = path.read_text(encoding="utf-8")
        self.lines = self.text.split("\n")
        self.code = self.TOKEN.sub(self._blank, self.text).split("\n")

    @staticmethod
    def _blank(match):
        return re.sub(r"[^\n]", " ", match.group())

    def includes(self):
        for number, line in enumerate(self.lines, 1):
            match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            if match:
                yield number, match.group(1)

    def is_one_of(self, patterns):
        return any(fnmatch.fnmatch(self.path, pattern) for pattern in patterns)


def sources(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.[ch]")):
            yield Source(root, path)


def layers(root, report):
    for source in sources(root):
        allowed = ARROWS.get(source.folder)
        for line, name in source.includes():
            target = name.split("/")[0]
            if allowed and "/" in name and target in FOLDERS and target not in allowed:
                report.error(source.path, line, f"{source.folder}/ may not include {name}: the arrow runs one way")


def headers(root, report):
    for source in sources(root):
        if source.folder == "tests":
            continue
        for line, name in source.includes():
            for pattern, home in HEADER_HOME.items():
                if re.fullmatch(pattern, name) and not source.is_one_of(home):
                    report.error(source.path, line, f"{name} belongs in {' '.join(home)} only")
        own = source.path[:-1] + "h"
        first = next((name for _, name in source.includes()), None)
        if source.path.endswith(".c") and (root / own).exists() and first != own:
            report.error(source.path, 1, f"its own header {own} must be the first include")
        if source.path.endswith(".h") and "#pragma once" not in source.text:
            report.error(source.path, 1, "no #pragma once")


def banned(root, report):
    for source in sources(root):
        for names, allowed, instead in CALLS:
            if source.is_one_of(allowed):
                continue
            call = re.compile(r"(?<![\w.>])(" + "|".join(names.split()) + r")\s*\(")
            for number, line in enumerate(source.code, 1):
                match = call.search(line)
                if match:
                    report.error(source.path, number, f"{match.group(1)} is banned here: use {instead}")
        for number, line in enumerate(source.lines, 1):
            match = MARKERS.search(line)
            withheld = match and match.group(1) == "LD_PRELOAD" and str(source.path).endswith("policy/environment_rows.c")
            if match and source.folder != "tests" and not withheld:
                report.error(source.path, number, f"{match.group(1)} does not belong in the code")


def functions(source):
    """(name, first line, length) of every function: its brace stands alone in column 1, and so does its end."""
    start = None
    for number, line in enumerate(source.code, 1):
        if line.rstrip() == "{":
            start = number
        elif line.startswith("}") and start:
            head = " ".join(source.code[max(0, start - 4):start - 1])
            names = re.findall(r"(\w+)\s*\(", head)
            yield (names[0] if names else "?"), start, number - start + 1
            start = None


def limit(report, what, size, bounds):
    path, line, text = what
    warn, fail = bounds
    if size > fail:
        report.error(path, line, f"{text} has {size} lines (at most {fail})")
    elif size > warn:
        report.note(path, line, f"{text} has {size} lines (aim at {warn})")


def sizes(root, report):
    for source in sources(root):
        limit(report, (source.path, 1, "the file"), source.text.count("\n"), (FILE_WARN, FILE_FAIL))
        for name, line, length in functions(source):
            limit(report, (source.path, line, f"{name}()"), length, (FUNCTION_WARN, FUNCTION_FAIL))


def readmes(root, report):
    for folder in FOLDERS:
        path = root / folder / "README.md"
        if not path.exists():
            report.error(f"{folder}/README.md", 1, "is missing")
        elif (count := path.read_text(encoding="utf-8").count("\n")) > README_MAX:
            report.error(f"{folder}/README.md", 1, f"has {count} lines (at most {README_MAX})")


def markdown(root, report):
    """Code fences are closed and relative links lead somewhere."""
    pages = [root / "README.md"] + [page for folder in FOLDERS for page in sorted((root / folder).rglob("*.md"))]
    for page in pages:
        name = str(page.relative_to(root))
        if not page.exists():
            report.error(name, 1, "is missing")
            continue
        fenced = False
        for number, line in enumerate(page.read_text(encoding="utf-8").split("\n"), 1):
            if line.startswith("```"):
                fenced = not fenced
            for target in [] if fenced else re.findall(r"\]\(([^)#]+)\)", line):
                if "://" not in target and not (page.parent / target).exists():
                    report.error(name, number, f"the link to {target} leads nowhere")
        if fenced:
            report.error(name, 1, "a code fence is not closed")


RULES = {rule.__name__: rule for rule in (layers, headers, banned, sizes, readmes, markdown)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("rule", nargs="*", choices=[[], *RULES])
    options = parser.parse_args()
    report = Report()
    for name in options.rule or RULES:
        RULES[name](options.root.resolve(), report)
    return 1 if report.errors else 0


if __name__ == "__main__":
    sys.exit(main())
