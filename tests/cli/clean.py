"""What tests in Python leave behind is nothing."""
import os
import shutil
import time


def remove_tree(path):
    """A session may still be sealed below it for a moment."""
    for _ in range(100):
        shutil.rmtree(path, ignore_errors=True)
        if not os.path.lexists(path):
            return
        time.sleep(0.1)
    shutil.rmtree(path)
