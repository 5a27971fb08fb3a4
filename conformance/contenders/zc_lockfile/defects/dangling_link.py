#!/usr/bin/python3
"""A dangling link at the lock's path has its target created."""

import os
import sys
import tempfile

import zc.lockfile

with tempfile.TemporaryDirectory() as folder:
    target = os.path.join(folder, "target")
    path = os.path.join(folder, "lock")
    os.symlink(target, path)
    lock = zc.lockfile.LockFile(path)
    if not os.path.exists(target):
        sys.exit("The target was not created: the defect does not show.")
    print("The file that the dangling link names was created.")
