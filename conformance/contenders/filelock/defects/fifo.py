#!/usr/bin/python3
"""A FIFO at the path is locked as if it were a file."""

import os
import sys
import tempfile

import filelock

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "fifo")
    os.mkfifo(path)
    lock = filelock.FileLock(path)
    lock.acquire(blocking=False)  # raises OSError if it minds
    print(f"Holds the lock of a FIFO: {lock.is_locked}.")
    sys.exit(not lock.is_locked)
