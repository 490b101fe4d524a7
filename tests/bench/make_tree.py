#!/usr/bin/env python3
"""make_tree.py DIR FILES: a source-like tree, the same on every machine: 50 files a directory, 200 bytes to 6 kB each."""
import pathlib
import random
import sys

FILES_PER_DIR = 50


def main():
    top, files = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    dice = random.Random(1)
    words = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randint(2, 10))) for _ in range(2000)]
    for number in range(files):
        folder = number // FILES_PER_DIR
        place = top / f"part{folder // 20}" / f"module{folder % 20}"
        if number % FILES_PER_DIR == 0:
            place.mkdir(parents=True)
        text = " ".join(dice.choices(words, k=dice.randint(30, 900)))
        (place / f"file{number}.txt").write_text(f"{number} {text}\n", encoding="ascii")


if __name__ == "__main__":
    main()
