"""The bench of the rollback tests: a temporary tree and state directory, the driver, and the tree hash."""
import os
import shutil
import subprocess
import tempfile

from treehash import tree_hash

DRIVE = os.environ.get("ROLLBACK_DRIVE", "rollback_drive")


def difference(a, b):
    left, right = set(a.splitlines()), set(b.splitlines())
    lines = ["  - " + x for x in sorted(left - right)] + ["  + " + x for x in sorted(right - left)]
    return "\n".join(lines[:20])


class Bench:
    """`with Bench() as b`: b.tree and b.state are there, and gone afterwards."""

    def __enter__(self):
        self.dir = os.path.realpath(tempfile.mkdtemp(prefix="nono-rollback-"))
        self.tree = os.path.join(self.dir, "tree")
        self.state = os.path.join(self.dir, "state")
        os.mkdir(self.tree)
        return self

    def __exit__(self, *_):
        for directory, dirs, _files in os.walk(self.dir):
            for name in dirs:
                path = os.path.join(directory, name)
                if not os.path.islink(path):
                    os.chmod(path, 0o700)
        shutil.rmtree(self.dir, ignore_errors=True)

    def drive(self, *args, ok=(0,), prefix=()):
        run = subprocess.run([*prefix, DRIVE, args[0], self.state, *args[1:]], capture_output=True)
        out = run.stdout.decode("utf-8", "surrogateescape")
        if ok is not None and run.returncode not in ok:
            raise AssertionError(f"drive {args[0]}: status {run.returncode}\n{out}{run.stderr.decode('utf-8', 'replace')}")
        self.status = run.returncode
        return out

    def sh(self, script):
        subprocess.run(["sh", "-ec", script], cwd=self.tree, check=True, stdout=subprocess.DEVNULL)

    def run(self, script):
        return self.drive("run", self.tree, script).split()[0]

    def restore(self, session, *paths, ok=(0,)):
        """Takes a session back; the id of the restore's own session."""
        out = self.drive("restore", session, *paths, ok=ok)
        words = out.split()
        return words[words.index("undo") + 1] if "undo" in words[:-1] else ""

    def expect(self, wanted, what):
        now = tree_hash(self.tree)
        if now != wanted:
            raise AssertionError(f"{what}: the tree is not as it was\n{difference(wanted, now)}")

    def round_trip(self, script):
        """Run, take back, take that back, and take that back again: each state must come back exactly."""
        before = tree_hash(self.tree)
        session = self.run(script)
        after = tree_hash(self.tree)
        if before == after:
            return session
        undo = self.restore(session)
        self.expect(before, "undo")
        redo = self.restore(undo)
        self.expect(after, "undo of the undo")
        self.restore(redo)
        self.expect(before, "undo of that")
        return session
