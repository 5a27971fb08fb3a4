#!/usr/bin/python3
"""Whoever releases has the lock again before the one that waits looks for it."""

import os
import sys
import tempfile
import time

import filelock

with tempfile.TemporaryDirectory() as folder:
    until = time.monotonic() + 2
    turns = os.open(os.path.join(folder, "turns"), os.O_RDWR | os.O_CREAT | os.O_APPEND)
    me = b"p" if os.fork() else b"c"
    lock = filelock.FileLock(os.path.join(folder, "lock"))
    while time.monotonic() < until:
        with lock:
            os.write(turns, me)
            time.sleep(0.001)
    if me == b"c":
        os._exit(0)
    os.wait()
    order = os.pread(turns, 1000000, 0)
    changes = order.count(b"pc") + order.count(b"cp")
    print(f"Of {len(order)} turns, {changes} went to the one that waited.")
    sys.exit(changes * 5 > len(order))
