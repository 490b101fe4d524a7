#!/usr/bin/env python3
"""Each house rule finds a violation seeded for it, and leaves a clean tree alone. Prints TAP."""
import pathlib
import subprocess
import sys
import tempfile

LINT = pathlib.Path(__file__).with_name("lint.py")
BANNED = LINT.parents[2] / "core/banned.h"
BANNED_CALLS = ["strcpy(a, b)", "strcat(a, b)", "sprintf(a, b)", "strtok(a, b)", "gmtime(t)", "localtime(t)", "ctime(t)", "mktemp(a)",
                "tmpnam(a)", "tempnam(a, b)", "system(a)", "popen(a, b)"]
LONG_FUNCTION = "int f(void)\n{\n" + "    g();\n" * 90 + "}\n"

# (rule, file, text, what the finding must say; None: there must be none)
SEEDS = [
    ("layers", "core/a.c", '#include "policy/group.h"\n', "core/ may not include policy/group.h"),
    ("layers", "policy/a.c", '#include "rollback/store.h"\n', "policy/ may not include rollback/store.h"),
    ("layers", "hooks/a.c", '#include "shell/commands.h"\n', "hooks/ may not include shell/commands.h"),
    ("layers", "shell/a.c", '#include "policy/group.h"\n#include "core/err.h"\n', None),
    ("headers", "policy/a.c", "#include <cjson/cJSON.h>\n", "belongs in core/json*.c only"),
    ("headers", "rollback/a.c", "#include <git2.h>\n", "belongs in rollback/odb*.c only"),
    ("headers", "core/caps.c", "#include <linux/landlock.h>\n", "belongs in core/landlock_rules.c only"),
    ("headers", "rollback/odb.c", "#include <git2.h>\n#include <zstd.h>\n", None),
    ("headers", "core/own.c", '#include <stdio.h>\n#include "core/own.h"\n', "must be the first include"),
    ("headers", "core/bare.h", "int f(void);\n", "no #pragma once"),
    ("banned", "shell/a.c", 'void f(void)\n{\n    printf("x");\n}\n', "printf is banned here"),
    ("banned", "rollback/a.c", "void f(void)\n{\n    p = malloc(3);\n}\n", "malloc is banned here"),
    ("banned", "hooks/a.c", 'void f(void)\n{\n    p = getenv("HOME");\n}\n', "getenv is banned here"),
    ("banned", "policy/a.c", "void f(void)\n{\n    exit(1);\n}\n", "exit is banned here"),
    ("banned", "core/a.c", "/* TO" + "DO: later */\n", "does not belong in the code"),
    ("banned", "core/a.c", '/* malloc(3) */\nchar *s = "getenv(x)"; // exit(\nint n = snprintf(b, 2, "x");\n_exit(2);\n', None),
    ("banned", "core/heap.c", "void f(void)\n{\n    p = malloc(3);\n}\n", None),
    ("banned", "policy/group_gen.c", 'int main(void)\n{\n    printf("x");\n}\n', None),
    ("banned", "tests/a.c", "void f(void)\n{\n    exit(1);\n}\n", None),
    ("sizes", "core/a.c", LONG_FUNCTION, "f() has 92 lines"),
    ("sizes", "core/a.c", "int x;\n" * 601, "the file has 601 lines"),
    ("sizes", "core/a.c", "int f(void)\n{\n    return 0;\n}\n", None),
    ("readmes", "core/README.md", "x\n" * 21, "has 21 lines"),
    ("markdown", "README.md", "see [there](nowhere.md)\n", "leads nowhere"),
    ("markdown", "core/README.md", "```\nopen\n", "a code fence is not closed"),
    ("markdown", "README.md", "see [core](core/README.md) and [site](https://example.org/x)\n", None),
]


def clean_tree(root):
    for folder in ("core", "policy", "rollback", "hooks", "completions", "shell", "tests"):
        (root / folder).mkdir()
        (root / folder / "README.md").write_text("# x\n")
    (root / "README.md").write_text("# x\n")
    (root / "core/own.h").write_text("#pragma once\n")


def holds(rule, path, text, finding):
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        clean_tree(root)
        (root / path).write_text(text)
        run = subprocess.run([sys.executable, LINT, "--root", root, rule], capture_output=True, text=True, check=False)
        if finding is None:
            return run.returncode == 0 and run.stdout == "", run
        return run.returncode == 1 and f"{path}:" in run.stdout and finding in run.stdout, run


def does_not_compile(call):
    """core/banned.h takes the call away; without it the same line compiles."""
    headers = "".join(f"#include <{name}.h>\n" for name in ("stdio", "stdlib", "string", "time"))
    text = f"{headers}void f(char *a, char *b, void *t)\n{{\n    (void)a, (void)b, (void)t, (void){call};\n}}\n"
    gcc = ["gcc", "-fsyntax-only", "-D_GNU_SOURCE", "-x", "c", "-w", "-"]
    with_header = subprocess.run(gcc + ["-include", BANNED], input=text, capture_output=True, text=True, check=False)
    without = subprocess.run(gcc, input=text, capture_output=True, text=True, check=False)
    return with_header.returncode != 0 and "_is_banned" in with_header.stderr and without.returncode == 0, with_header


def main():
    cases = [(f"{rule} {path}: {finding or 'clean'}", holds, (rule, path, text, finding)) for rule, path, text, finding in SEEDS]
    cases += [(f"{call} does not compile", does_not_compile, (call,)) for call in BANNED_CALLS]
    failed = 0
    print(f"1..{len(cases)}")
    for number, (name, check, arguments) in enumerate(cases, 1):
        good, run = check(*arguments)
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if not good:
            failed += 1
            print(f"# exit {run.returncode}\n# " + (run.stdout + run.stderr).replace("\n", "\n# "))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
