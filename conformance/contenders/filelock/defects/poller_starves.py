#!/usr/bin/python3
"""Of two processes that ask again and again, one gets nearly all of the turns."""

import os
import sys
import tempfile
import time

import filelock


def take_turns(path, until):
    """How often this process got the lock, which it kept for a millisecond."""
    lock, turns = filelock.FileLock(path), 0
    while time.monotonic() < until:
        lock.acquire()
        turns += 1
        time.sleep(0.001)
        lock.release()
    return turns


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "lock")
    until = time.monotonic() + 3
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, b"%d" % take_turns(path, until))
        os._exit(0)
    turns = sorted([take_turns(path, until), int(os.read(read, 20))])
    os.wait()
    print(f"In three seconds one got {turns[1]} turns, the other {turns[0]}.")
    sys.exit(turns[0] * 10 > turns[1])
