#!/usr/bin/python3
"""A wait empties, at each attempt, the file that somebody else has locked."""

import os
import sys
import tempfile

import filelock

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "lock")
    holder = filelock.FileLock(path)
    holder.acquire()
    os.utime(path, (1000000000, 1000000000))
    try:
        filelock.FileLock(path).acquire(timeout=0.2)
        sys.exit("It was not refused: another defect than the one looked for.")
    except filelock.Timeout:
        pass
    changed = os.stat(path).st_mtime
    if changed == 1000000000:
        sys.exit("The file is as it was: the defect does not show.")
    print(f"After the wait the file was changed at {changed}.")
