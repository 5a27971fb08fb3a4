#!/usr/bin/python3
"""A forked child that releases its copy of the lock frees its parent's."""

import os
import tempfile

import filelock

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "lock")
    lock = filelock.FileLock(path)
    lock.acquire()
    if os.fork() == 0:
        lock.release()
        os._exit(0)
    os.wait()
    second = filelock.FileLock(path)
    second.acquire(blocking=False)  # raises Timeout if `lock` still holds
    print(f"Both hold: first {lock.is_locked}, second {second.is_locked}.")
