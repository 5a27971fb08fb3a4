#!/usr/bin/python3
"""A symbolic link at the lock's path has its target overwritten."""

import os
import sys
import tempfile

import zc.lockfile

with tempfile.TemporaryDirectory() as folder:
    target = os.path.join(folder, "target")
    path = os.path.join(folder, "lock")
    with open(target, "w") as file:
        file.write("precious content\n")
    os.symlink(target, path)
    lock = zc.lockfile.LockFile(path)
    with open(target) as file:
        content = file.read()
    if content == "precious content\n":
        sys.exit("The target is as it was: the defect does not show.")
    print(f"The link's target now holds {content!r}.")
