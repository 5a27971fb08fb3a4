#!/usr/bin/python3
"""Where flock(2) isn't implemented, a free lock is said to be held."""

import ctypes
import errno
import os
import struct
import sys
import tempfile

import filelock

# A filter (seccomp(2)) under which flock(2), 73 on x86-64, fails with ENOSYS:
# load the number; if it is 73, return the error; else allow.
CODE = ((0x20, 0, 0, 0), (0x15, 0, 1, 73), (0x06, 0, 0, 0x00050000 | errno.ENOSYS),
        (0x06, 0, 0, 0x7FFF0000))
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
if os.uname().machine != "x86_64":
    sys.exit("This script knows x86-64 only.")
program = b"".join(struct.pack("=HBBI", *line) for line in CODE)
code = ctypes.create_string_buffer(program, len(program))
fprog = ctypes.create_string_buffer(
    struct.pack("@HP", len(CODE), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        PR_SET_SECCOMP, SECCOMP_MODE_FILTER, fprog, 0, 0):
    sys.exit("This machine allows no filter.")

with tempfile.TemporaryDirectory() as folder:
    try:
        filelock.FileLock(os.path.join(folder, "lock")).acquire(timeout=0)
    except filelock.Timeout as error:
        print(f"Nobody holds it, and it says: {error}")
        sys.exit(0)
    except (OSError, NotImplementedError) as error:
        sys.exit(f"It says what is wrong: {error!r}. The defect does not show.")
    sys.exit("It was locked: the defect does not show.")
