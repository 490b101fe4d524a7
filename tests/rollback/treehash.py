#!/usr/bin/env python3
"""Everything a restore must bring back, one line per entry: type, mode, owner, time, content, link target, attributes, hard links.

Usage: treehash.py [--loose] TREE. With --loose, times of directories are left out."""
import hashlib
import os
import stat
import sys


def attributes(path):
    try:
        return sorted((n, os.getxattr(path, n, follow_symlinks=False)) for n in os.listxattr(path, follow_symlinks=False))
    except OSError:
        return []


def content(path, st):
    if stat.S_ISLNK(st.st_mode):
        return os.readlink(path)
    if not stat.S_ISREG(st.st_mode):
        return b""
    try:
        with open(path, "rb") as f:
            return hashlib.sha256(f.read()).hexdigest()
    except PermissionError:
        return "unreadable"


def entries(root):
    yield b"."
    for directory, dirs, files in os.walk(root):
        for name in dirs + files:
            yield os.path.relpath(os.path.join(directory, name), root)


def lines(root, loose=False):
    root = os.fsencode(root)
    first = {}
    for rel in sorted(entries(root)):
        path = os.path.join(root, rel)
        try:
            st = os.lstat(path)
        except PermissionError:
            yield f"{ascii(rel)} hidden"
            continue
        is_dir = stat.S_ISDIR(st.st_mode)
        twin = first.setdefault((st.st_dev, st.st_ino), rel) if st.st_nlink > 1 and not is_dir else None
        time = 0 if loose and is_dir else st.st_mtime_ns
        nlink = 0 if is_dir else st.st_nlink
        yield (f"{ascii(rel)} {oct(st.st_mode)} {st.st_uid} {st.st_gid} {time} {nlink} {st.st_rdev if stat.S_ISCHR(st.st_mode) else 0} "
               f"{ascii(content(path, st))} {attributes(path)} {ascii(twin)}")


def tree_hash(root, loose=False):
    return "\n".join(lines(root, loose)) + "\n"


if __name__ == "__main__":
    print(tree_hash(sys.argv[-1], "--loose" in sys.argv), end="")
