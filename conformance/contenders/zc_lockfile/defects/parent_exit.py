#!/usr/bin/python3
"""A holder exits, and its forked child keeps the lock."""

import os
import signal
import subprocess
import sys
import tempfile

import zc.lockfile

HOLDER = """
import os, signal, sys, zc.lockfile
lock = zc.lockfile.LockFile(sys.argv[1])
child = os.fork()
if child == 0:
    os.close(1)
    signal.pause()
print(child)
"""

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "lock")
    holder = subprocess.run([sys.executable, "-c", HOLDER, path],
                            check=True, stdout=subprocess.PIPE)
    child = int(holder.stdout)
    try:
        zc.lockfile.LockFile(path)
        sys.exit("The lock was free: the defect does not show.")
    except zc.lockfile.LockError:
        print("The holder has exited, and the lock is still held.")
    finally:
        os.kill(child, signal.SIGKILL)
