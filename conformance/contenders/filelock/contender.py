#!/usr/bin/python3
"""py-filelock (Debian: python3-filelock) as a contender."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "python"))

import lockfile_contender

try:
    import filelock
except ImportError:
    lockfile_contender.not_here("filelock")


class Adapter:
    name = "filelock"
    version = filelock.__version__
    can = "wait forever fork thread touch chdir exit catch"

    def acquire(self, path, wait):
        lock = filelock.FileLock(path)
        try:
            if wait is None:
                lock.acquire(timeout=-1)
            elif wait == 0:
                lock.acquire(blocking=False)
            else:
                lock.acquire(timeout=wait)
            return lock
        except filelock.Timeout:
            return lockfile_contender.BUSY

    def release(self, lock):
        lock.release()


lockfile_contender.serve(Adapter())
