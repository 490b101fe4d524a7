#!/usr/bin/env python3
"""Runs the rows of table.ini: outside the sandbox, then inside, where each must do what the table says. Speaks TAP.

compat.py run NONO PROFILE LEVEL [ROW]   LEVEL is full or landlock; NO_NAMESPACES names the program that takes namespaces away
compat.py readme [README]                prints the table for people, or checks that README has it"""
import os
import pwd
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
USUAL = ["default", "developer"]
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/go/bin"
ROW_SECONDS = 300
SKIPPED = 77
INDENT = "    "


class Row:
    def __init__(self, name, section):
        self.name = name
        self.script = section["run"]
        self.needs = section.get("needs", "").split()
        self.optional = "optional" in section
        self.blocked = section.get("blocked", "").split()
        self.profiles = section.get("profiles", " ".join(p for p in USUAL if p not in self.blocked)).split()
        self.full_only = section.get("full-only")
        self.never = section.get("never")
        self.control = section.get("control") != "no"

    def concerns(self, profile):
        return self.never is not None or profile in self.profiles or profile in self.blocked

    def works(self, profile, level):
        if self.never:
            return False
        if profile in self.blocked: # without namespaces, nono refuses such a command only where it starts it itself
            return level != "full"
        return level == "full" or not self.full_only


def sections():
    """Names and dictionaries: "key = value", where a value may go on in lines that are indented by INDENT."""
    found = []
    key = None
    with open(os.path.join(HERE, "table.ini"), encoding="utf-8") as f:
        for line in f.read().splitlines():
            if line.startswith("["):
                found.append((line.strip("[]"), {}))
            elif line.startswith(INDENT):
                found[-1][1][key] += line[len(INDENT):] + "\n"
            elif line and not line.startswith(";"):
                key, _, value = line.partition(" =")
                found[-1][1][key] = value.lstrip() + "\n" * (value != "" and key == "run")
    return found


def rows():
    return [Row(name, section) for name, section in sections()]


class Place:
    """A HOME of its own, not below /tmp: commands may write there by policy."""

    def __init__(self, nono):
        self.home = tempfile.mkdtemp(prefix="nono-compat.", dir="/var/tmp")
        self.real_home = pwd.getpwuid(os.getuid()).pw_dir
        bin_dir = os.path.join(self.home, ".local", "bin")
        os.makedirs(bin_dir)
        os.symlink(nono, os.path.join(bin_dir, "nono"))
        with open(os.path.join(self.home, ".gitconfig"), "w", encoding="utf-8") as f:
            f.write("[user]\n\tname = someone\n\temail = someone@example.org\n[init]\n\tdefaultBranch = main\n")
        self.path = f"{bin_dir}:{PATH}"
        self.link_rust()

    def link_rust(self):
        toolchains = os.path.join(self.real_home, ".rustup")
        try:
            names = sorted(os.listdir(os.path.join(toolchains, "toolchains")))
        except OSError:
            return
        os.symlink(toolchains, os.path.join(self.home, ".rustup"))
        for name in names:
            self.path += f":{toolchains}/toolchains/{name}/bin"

    def environment(self):
        return {"HOME": self.home, "PATH": self.path, "LANG": "C.UTF-8", "TERM": "xterm", "USER": pwd.getpwuid(os.getuid()).pw_name}

    def work(self):
        work = os.path.join(self.home, "work")
        subprocess.run(["rm", "-rf", work], check=False)
        os.mkdir(work)
        return work

    def remove(self):
        subprocess.run(["chmod", "-R", "u+rwX", self.home], check=False)
        subprocess.run(["rm", "-rf", self.home], check=False)


def run(place, command, script):
    return subprocess.run(command + ["bash", "-e", "-o", "pipefail", "-c", script], cwd=place.work(), env=place.environment(), timeout=ROW_SECONDS, text=True,
                          errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def inside(nono, profile, level):
    prefix = [os.environ["NO_NAMESPACES"]] if level == "landlock" else []
    network = ["--block-net"] if profile.endswith("-dev") else []
    return prefix + [nono, "run", "-s", "-p", profile, "--allow-cwd", "--allow", "."] + network + ["--"]


def holds(place, nono, profile, level):
    command = inside(nono, profile, level)
    command[command.index("-s")] = "--dry-run"
    shown = run(place, command, "true").stdout
    return f"level  {level}:" in shown and run(place, inside(nono, profile, level), "true").returncode == 0


def verdict(place, row, nono, profile, level):
    """None when all is as the table says, else what is not; a text that begins with "# SKIP" when it cannot be told."""
    missing = [n for n in row.needs if not shutil.which(n, path=place.path)]
    if missing and row.optional:
        return f"# SKIP not installed: {' '.join(missing)}"
    if missing:
        return f"not installed: {' '.join(missing)} (./dev setup)"
    if row.control and level == "full":
        outside = run(place, [], row.script)
        if outside.returncode != 0:
            return "does not work outside either:\n" + outside.stdout
    tried = run(place, inside(nono, profile, level), row.script)
    if (tried.returncode == 0) == row.works(profile, level):
        return None
    return "works, and the table says it does not" if tried.returncode == 0 else f"status {tried.returncode}:\n" + tried.stdout


def run_rows(nono, profile, level, only):
    place = Place(nono)
    try:
        if not holds(place, nono, profile, level):
            print(f"1..0 # SKIP level {level} is not to be had here")
            return SKIPPED
        failed = 0
        chosen = [r for r in rows() if r.concerns(profile) and only in (None, r.name)]
        print(f"1..{len(chosen)}")
        for n, row in enumerate(chosen, 1):
            problem = verdict(place, row, nono, profile, level)
            skipped = problem and problem.startswith("# SKIP")
            state = "" if row.works(profile, level) else "refused: "
            if problem and not skipped:
                failed += 1
                for line in problem.splitlines()[-20:]:
                    print(f"# {line}")
            print(f"{'not ok' if problem and not skipped else 'ok'} {n} - {state}{row.name}{' ' + problem if skipped else ''}", flush=True)
        return 1 if failed else 0
    finally:
        place.remove()


def mark(row, profile):
    if row.never:
        return "no"
    if profile in row.blocked:
        return "blocked (full level)"
    if profile not in row.profiles:
        return "no"
    return "at the full level" if row.full_only else "yes"


def readme_table():
    lines = ["| | `default` | `developer` | also, and why not |", "|---|---|---|---|"]
    for row in rows():
        more = [f"`{p}`" for p in row.profiles if p not in USUAL]
        why = row.never or (f"needs namespaces for {row.full_only}" if row.full_only else "")
        lines.append(f"| {row.name} | {mark(row, 'default')} | {mark(row, 'developer')} | {', '.join(more + ([why] if why else []))} |")
    return "\n".join(lines) + "\n"


def main(argv):
    if len(argv) in (5, 6) and argv[1] == "run":
        return run_rows(os.path.abspath(argv[2]), argv[3], argv[4], argv[5] if len(argv) == 6 else None)
    if len(argv) == 2 and argv[1] == "readme":
        print(readme_table(), end="")
        return 0
    if len(argv) == 3 and argv[1] == "readme":
        with open(argv[2], encoding="utf-8") as f:
            same = readme_table() in f.read()
        if not same:
            print(f"{argv[2]} does not have this table (compat.py readme prints it):\n{readme_table()}")
        return 0 if same else 1
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv))
