#!/usr/bin/python3
"""A forked child that simply exits frees its parent's lock: __del__ unlocks."""

import os
import sys
import tempfile

import filelock

folder = tempfile.TemporaryDirectory()
path = os.path.join(folder.name, "lock")
lock = filelock.FileLock(path)
lock.acquire()
if os.fork() == 0:
    folder._finalizer.detach()  # the folder is the parent's to remove
    sys.exit(0)
os.wait()
second = filelock.FileLock(path)
second.acquire(blocking=False)  # raises Timeout if `lock` still holds
print(f"Both hold: first {lock.is_locked}, second {second.is_locked}.")
