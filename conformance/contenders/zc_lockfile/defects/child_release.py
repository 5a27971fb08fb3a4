#!/usr/bin/python3
"""A forked child that closes its copy of the lock frees its parent's."""

import os
import tempfile

import zc.lockfile

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "lock")
    lock = zc.lockfile.LockFile(path)
    if os.fork() == 0:
        lock.close()
        os._exit(0)
    os.wait()
    second = zc.lockfile.LockFile(path)  # raises LockError if `lock` still holds
    print("The parent has not released, and yet a second lock was given.")
