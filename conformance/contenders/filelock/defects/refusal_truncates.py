#!/usr/bin/python3
"""A refused attempt empties the file that somebody else has locked."""

import os
import sys
import tempfile

import filelock

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "lock")
    holder = filelock.FileLock(path)
    holder.acquire()
    with open(path, "w") as file:
        file.write("the holder's notes\n")
    os.utime(path, (1000000000, 1000000000))
    try:
        filelock.FileLock(path).acquire(blocking=False)
        sys.exit("It was not refused: another defect than the one looked for.")
    except filelock.Timeout:
        pass
    size, changed = os.stat(path).st_size, os.stat(path).st_mtime
    if size > 0 and changed == 1000000000:
        sys.exit("The file is as it was: the defect does not show.")
    print(f"After the refusal the file has {size} bytes, changed at {changed}.")
