#!/usr/bin/python3
"""Acquiring the lock empties a file that was there."""

import os
import sys
import tempfile

import filelock

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "data")
    with open(path, "w") as file:
        file.write("precious content\n")
    filelock.FileLock(path).acquire()
    if os.stat(path).st_size > 0:
        sys.exit("The file is as it was: the defect does not show.")
    print("The file is empty now.")
