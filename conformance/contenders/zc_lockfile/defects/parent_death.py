#!/usr/bin/python3
"""A holder is killed, and its forked child keeps the lock."""

import os
import signal
import sys
import tempfile

import zc.lockfile

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "lock")
    read, write = os.pipe()
    holder = os.fork()
    if holder == 0:
        lock = zc.lockfile.LockFile(path)
        child = os.fork()
        if child != 0:
            os.write(write, b"%d" % child)
        signal.pause()
    child = int(os.read(read, 20))
    os.kill(holder, signal.SIGKILL)
    os.waitpid(holder, 0)
    try:
        zc.lockfile.LockFile(path)
        sys.exit("The lock was free: the defect does not show.")
    except zc.lockfile.LockError:
        print("The holder is dead, and the lock is still held.")
    finally:
        os.kill(child, signal.SIGKILL)
