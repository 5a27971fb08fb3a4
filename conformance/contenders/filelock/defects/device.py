#!/usr/bin/python3
"""A device at the path is opened for writing, and locked."""

import sys

import filelock

lock = filelock.FileLock("/dev/null")
lock.acquire(blocking=False)  # raises OSError if it minds
print(f"Holds the lock of /dev/null: {lock.is_locked}.")
sys.exit(not lock.is_locked)
