"""Counts the files of the project."""
import pathlib

print(sum(p.is_file() for p in pathlib.Path("src").rglob("*")), "files in src/")
