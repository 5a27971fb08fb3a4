#!/usr/bin/python3
"""zc.lockfile (Debian: python3-zc.lockfile) as a contender.

Since its version 1.3.0 it logs nothing when it is refused, so `log` is not
claimed. Its default is to record the holder's pid.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "python"))

import lockfile_contender

try:
    import importlib.metadata

    import zc.lockfile
except ImportError:
    lockfile_contender.not_here("zc.lockfile")


class Adapter:
    name = "zc.lockfile"
    version = importlib.metadata.version("zc.lockfile")
    can = "fork thread touch chdir exit catch owner-pid"
    profile, at = "seed", "@"

    def acquire(self, path, wait):
        try:
            return zc.lockfile.LockFile(path)
        except zc.lockfile.LockError:
            return lockfile_contender.BUSY

    def release(self, lock):
        lock.close()


lockfile_contender.serve(Adapter())
