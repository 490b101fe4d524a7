#!/usr/bin/env python3
"""learn_tools.py [TOOL...]: a learned profile is just wide enough, for real tools.

For each: learn a command without a sandbox and save; the same command runs confined by that profile, the first time; learning it again asks for nothing; and
how much another typical command of the same tool asks for beyond, which is printed and bounded in sum."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the sources may be read-only
import clean  # noqa: E402
import tiny_wheel  # noqa: E402

NONO = os.environ["NONO"]
MORE_ALLOWED = 12  # proposals for all the second commands together
FAKE_HOME = {
    ".gitconfig": "[user]\n name = n\n email = n@example.org\n[core]\n excludesFile = ~/.config/git/ignore\n",
    ".config/git/ignore": "*.o\n",
    ".vimrc": "set nocompatible\nset viminfo='10,n~/.vim/info\n",
    ".vim/colors/mine.vim": "hi clear\n",
    ".config/pip/pip.conf": "[global]\ndisable-pip-version-check = true\nno-index = true\n",
    ".sqliterc": ".headers on\n",
    ".tmux.conf": "set -g status off\nset -g default-shell /bin/sh\n",
    ".lesskey": "#command\n",
    ".config/tool/settings": "x\n",
    "notes/list": "one\ntwo\nthree\n",
    "notes/more": "four\n",
    "library/part.mk": "PART = 1\n",
    "library/part.h": "#define PART 1\n",
    "library/other.h": "#define OTHER 1\n",
    "library/helper.bash": "helped() { true; }\n",
    "library/Helper.pm": "package Helper; sub x { 1 } 1;\n",
    "library/helper.py": "X = 1\n",
    "library/helper.js": "module.exports = 1\n",
    "library/fix.patch": "--- a/text\n+++ b/text\n@@ -1 +1 @@\n-one\n+two\n",
}
PROJECT = {
    "text": "one\n",
    "a.c": "#include <part.h>\nint main(void) { return PART - 1; }\n",
    "b.c": "#include <other.h>\nint f(void);\nint f(void) { return OTHER; }\n",
    "Makefile": "include $(HOME)/library/part.mk\nall: a\na: a.c\n\t$(CC) -I$(HOME)/library -o $@ $<\nlist:\n\t@ls\n",
    "package.json": '{"name": "p", "version": "1.0.0", "scripts": {"t": "node -e 1"}, "dependencies": {"dep": "file:dep"}}',
    "dep/package.json": '{"name": "dep", "version": "1.0.0"}',
    "t.bats": 'load ~/library/helper.bash\n@test "x" { helped; }\n',
    "u.bats": '@test "y" { true; }\n',
    "pyproject.toml": "[project]\nname = 'p'\nversion = '1'\n",
}
# name, the command that is learned, another
TOOLS = [
    ("python3", "python3 -c 'import sys, os, ssl, sqlite3; sys.path.insert(0, os.path.expanduser(\"~/library\")); import helper; open(\"made\", \"w\")'",
     "python3 -c 'import csv, email, xml.dom.minidom, urllib.request; print(1)'"),
    ("venv", "python3 -m venv --without-pip v", "python3 -m venv --without-pip --symlinks w"),
    ("pip", f"python3 -m pip install -q --target t ./{tiny_wheel.NAME}", f"python3 -m pip download -q -d d ./{tiny_wheel.NAME}"),
    ("node", "node -e 'require(process.env.HOME + \"/library/helper.js\"); require(\"fs\").writeFileSync(\"made\", \"\")'", "node -e 'require(\"crypto\").randomBytes(9); require(\"os\").cpus()'"),
    ("npm", "npm install --offline --no-audit --no-fund", "npm run t"),
    ("gcc", "gcc -I$HOME/library -o a a.c", "gcc -O2 -g -I$HOME/library -c b.c"),
    ("make", "make -s all", "make -s list"),
    ("git", "git init -q r && echo x >r/text && cd r && git add text && git commit -qm x && git status -s", "git clone -q repo copy && git -C repo log -1 && git -C repo diff"),
    ("tar", "tar czf x.tgz text dep && tar xzf x.tgz -C dep", "tar cJf x.txz -C ~/notes list"),
    ("rsync", "rsync -a dep/ copy/", "rsync -a --delete t.bats copy/"),
    ("sqlite3", "sqlite3 x.db 'create table t(a); insert into t values (1); select * from t'", "sqlite3 y.db '.schema'"),
    ("vim", "vim -es text +'s/one/two/' +wq", "vim -es a.c +'%p' +q"),
    ("tmux", "tmux -S $PWD/sock new-session -d -s x 'sleep 60' && tmux -S $PWD/sock kill-server", "tmux -V"),
    ("less", "less -F text | cat", "less -F ~/notes/list | cat"),
    ("man", "man -P cat -w ls >/dev/null; man -V", "man -k nothing-at-all; true"),
    ("ssh-keygen", "ssh-keygen -q -t ed25519 -N '' -f key && ssh -V", "ssh-keygen -lf key.pub"),
    ("find", "find ~/notes dep -type f", "find . -name '*.c' -newer text"),
    ("sed", "sed -i s/one/two/ text && sed -n 1p ~/notes/list", "sed -n 2p ~/notes/more"),
    ("awk", "awk '{ print > \"made\" }' ~/notes/list", "awk 'END { print NR }' text"),
    ("perl", "perl -I$HOME/library -MHelper -MPOSIX -e 'open(F, \">made\"); print F getcwd()'", "perl -MData::Dumper -e 'print Dumper([1])'"),
    ("xz", "xz -k text && unxz -c text.xz", "xz -9 -c ~/notes/list >l.xz"),
    ("patch", "patch -p1 <~/library/fix.patch", "patch -p1 --dry-run <~/library/fix.patch"),
    ("bats", "bats t.bats", "bats -t u.bats"),
    ("bash", "bash -c '. ~/library/helper.bash; helped; mapfile -t x <~/notes/list; echo \"${x[@]}\" >made'", "bash -c 'for i in *; do echo $i; done'"),
]
PREPARED = {"ssh-keygen": "ssh-keygen -q -t ed25519 -N '' -f key", "git": "git init -q repo && cd repo && echo x >f && git add f && git commit -qm x", "sqlite3": "sqlite3 y.db 'create table t(a)'"}


def words(command):
    """A command by itself where it is one: then it is meant, even where a group blocks it."""
    plain = command.startswith(("npm ", "rsync ")) and not re.search("[&|;<>~$]", command)
    return command.split() if plain else ["sh", "-c", command]


def write(base, files):
    for name, text in files.items():
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_text(text)


class Tool:
    def __init__(self, home, name):
        self.name, self.project = name, home / "project"
        self.said = ""

    def fresh(self, prepared=False):
        shutil.rmtree(self.project, ignore_errors=True)
        self.project.mkdir()
        write(self.project, PROJECT)
        tiny_wheel.make(self.project)
        if prepared and self.name in PREPARED:
            subprocess.run(["sh", "-c", PREPARED[self.name]], cwd=self.project, check=True)

    def nono(self, *words):
        done = subprocess.run([NONO, *words], cwd=self.project, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=120, check=False)
        self.said = f"{' '.join(words)}: status {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done

    def blocked(self):
        """What the report names under EXECUTES WHAT IS BLOCKED: the person decides, and here allows it."""
        part = re.search(r"EXECUTES WHAT IS BLOCKED.*?\n-+\n((?:  .*\n)+)", self.said)
        return [line.split()[0] for line in part[1].splitlines()] if part else []

    def learn(self, command, *options):
        """The report, of a run below the profile."""
        out = self.nono("learn", "--no-rdns", "-p", self.name, "--json", *options, "--", *words(command)).stdout
        start = out.rfind('\n{\n  "filesystem"') + 1 if not out.startswith('{\n  "filesystem"') else 0
        return json.loads(out[start:])


def asked(report):
    lists = [*report["filesystem"].values(), *(report[k] for k in ("groups", "allowed_commands", "blocked_commands", "denied", "left")),
             *(report["network"][k] for k in ("open_port", "listen_port", "allow_unix", "refused_unix")), ["network"] * report["network"]["blocked"]]
    return [p for paths in lists for p in paths] + ([report["workdir"]] if report["workdir"] else [])


def try_tool(home, name, command, other):
    """How many proposals the other command needs; None when the promise does not hold."""
    t = Tool(home, name)
    t.fresh()
    if t.nono("learn", "--no-rdns", "--unconfined", "--yes", "--save", name, "--", *words(command)).returncode != 0:
        return t, None
    for blocked in t.blocked():
        t.nono("profile", "add", name, "security.allowed_commands", blocked)
    t.fresh()
    if t.nono("run", "-p", name, "--", *words(command)).returncode != 0:
        return t, None
    t.fresh()
    again = t.learn(command)
    if asked(again):
        t.said = f"a second time it asks for {asked(again)}"
        return t, None
    t.fresh(prepared=True)
    more = asked(t.learn(other))
    t.said = ", ".join(more)
    return t, len(more)


def main():
    os.environ["PATH"] = "/usr/local/bin:/usr/bin:/bin"
    home = pathlib.Path(tempfile.mkdtemp(prefix="nono-test.", dir="/var/tmp"))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR", "NONO_PROFILE"):
        os.environ.pop(name, None)
    os.environ["HOME"] = str(home)
    write(home, FAKE_HOME)
    more, failed, n = 0, [], 0
    try:
        for name, command, other in TOOLS:
            if sys.argv[1:] and name not in sys.argv[1:] or not shutil.which(command.split()[0]):
                continue
            t, needs = try_tool(home, name, command, other)
            print(f"{name}: " + (f"ok; another command asks for {needs}{': ' if needs else ''}{t.said}" if needs is not None else f"FAILED: {t.said}"), flush=True)
            failed += [name] if needs is None else []
            more += needs or 0
            n += 1
    finally:
        clean.remove_tree(home)
    print(f"{n} tools, {len(failed)} failed, {more} more for the other commands")
    sys.exit(bool(failed) or more > MORE_ALLOWED or (n < 15 and not sys.argv[1:]))


main()
