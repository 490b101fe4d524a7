#!/usr/bin/env python3
"""Real jobs around a session, taken back: the whole tree must come back, and again when that is taken back. Usage: jobs.py [JOB...]"""
import os
import shutil
import sys

from bench import Bench, tree_hash

GIT = "git -c user.name=n -c user.email=e@example.com -c init.defaultBranch=main -c gc.auto=0 -c maintenance.auto=false"

FILES = """
mkdir -p src/deep/er docs empty; for i in $(seq 1 300); do echo "line $i" > src/f$i; done
cp src/f1 src/deep/er/copy; echo doc > docs/read.me; ln -s ../src docs/src; chmod 755 src/f2; chmod 600 src/f3
touch -d 2001-01-01 src/f4; ln src/f5 docs/linked; mkfifo pipe
"""

JOBS = {
    "delete_half": (FILES, "rm src/f1* src/f2*; rm -r docs empty"),
    "delete_all": (FILES, "rm -rf -- * .[!.]*; true"),
    "npm_like": (FILES, """
        for i in $(seq 1 60); do mkdir -p node_modules/p$i/lib node_modules/.bin; echo "{}" > node_modules/p$i/package.json
        for j in 1 2 3 4 5; do echo "m($i,$j)" > node_modules/p$i/lib/$j.js; done; ln -s ../p$i/lib/1.js node_modules/.bin/p$i; done
        rm -rf node_modules/p7; echo lock > package-lock.json"""),
    "tar": (FILES, "tar cf all.tar src docs; rm -rf src; tar xpf all.tar; rm all.tar; tar xf - </dev/null 2>/dev/null; true"),
    "sed": (FILES, "sed -i s/line/LINE/ src/f1* src/f2*; sed -i 1d src/f3"),
    "modes": (FILES, "chmod -R go-rwx src; chmod 1777 docs; chmod 000 src/f9; touch -d 1990-05-05 src/f8 docs; chmod u+s src/f7"),
    "links": (FILES, "ln -sfn /etc docs/src; rm src/f4; ln -s f5 src/f4; ln src/f6 docs/six; rm docs/linked; echo x >> src/f5; mv src/deep d"),
    "exchange": (FILES, "rm -r docs; ln -s src docs; rm src/f10; mkdir src/f10; echo y > src/f10/y; rm -r src/deep; echo z > src/deep; rm pipe; echo p > pipe"),
    "names": ("mkdir ' ' ./-rf \"$(printf 'new\\nline')\"; echo 1 > ' /$(id)'; echo 2 > \"$(printf 'b\\377')\"; echo 3 > '*'; echo 4 > '\\\\'",
              "rm -r ' ' ./-rf '*' '\\\\'; echo 9 > \"$(printf 'b\\377')\"; echo 5 > \"$(printf 'new\\nline')/;\"; echo > \"$(printf '\\033[31m')\""),
    "large": ("head -c 20000000 /dev/urandom > big; head -c 5000000 /dev/zero > zero", "printf x >> big; truncate -s 10 zero; cp big other"),
    "git_clone": (FILES + f"{GIT} init -q repo; cd repo; for i in 1 2 3; do echo $i > f; {GIT} add f; {GIT} commit -qm $i; done; cd ..",
                  f"{GIT} clone -q --local repo copy; cd repo; {GIT} checkout -q HEAD~1; {GIT} branch other; {GIT} gc -q --prune=now; {GIT} reset -q --hard other"),
    "git_destroyed": (f"{GIT} init -q .; for i in 1 2 3; do echo $i > f$i; {GIT} add .; {GIT} commit -qm $i; done; echo secret > .env; echo .env > .gitignore",
                      f"{GIT} clean -fdxq; {GIT} reset -q --hard HEAD~2; rm -rf .git/refs; printf '#!/bin/sh\\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit"),
    "deep": ("d=.; for i in $(seq 1 100); do d=$d/d$i; done; mkdir -p $d; echo x > $d/x", "rm -rf d1"),
}


def main():
    for job in sys.argv[1:] or JOBS:
        before, command = JOBS[job]
        if "git" in job and not shutil.which("git"):
            print(f"{job}: skipped, no git")
            continue
        with Bench() as b:
            b.sh(before)
            b.round_trip(command)
            left = [n for _d, dirs, files in os.walk(b.tree) for n in dirs + files if n.startswith(".nono")]
            if left or not tree_hash(b.tree):
                raise AssertionError(f"left: {left}")
        print(f"{job}: ok")


main()
