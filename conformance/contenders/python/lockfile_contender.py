"""The contender protocol, version 1, for lock implementations in Python.

    import lockfile_contender
    import mylock

    class Adapter:
        name, version, can = "mylock", "1.2", "fork thread touch chdir exit"

        def acquire(self, path, wait):       # wait: seconds, None for ever
            try:
                return mylock.Lock(path)     # what release() is given
            except mylock.Busy:
                return lockfile_contender.BUSY
            # Any other exception becomes an `error` answer.

        def release(self, lock):
            lock.close()

    lockfile_contender.serve(Adapter())

docs/protocol.md describes the protocol, docs/writing_a_contender.md the rest.
"""

import os
import signal
import sys
import threading
import urllib.parse

PROTOCOL = "lockfile-contender/1"
BUSY = object()
_PLAIN = "._~/:;+,@=-"


def _encode(text):
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    return urllib.parse.quote_from_bytes(raw, safe=_PLAIN) or "%"


def _decode(field):
    if field == "%":
        return ""
    return os.fsdecode(urllib.parse.unquote_to_bytes(field))


def _answer(*fields):
    os.write(1, (" ".join(map(_encode, fields)) + "\n").encode("ascii"))


def log(severity, message):
    """Reports a record that the implementation logged while it was called."""
    _answer("log", severity, message)


class _Server:
    def __init__(self, adapter):
        self.adapter = adapter
        self.can = adapter.can.split()
        self.handles = {}  # name -> (path, lock or None)

    def execute(self, word, args):
        if word == "hello" and len(args) == 1:
            more = [f"{key}={getattr(self.adapter, key)}"
                    for key in ("profile", "at", "stale", "user")
                    if hasattr(self.adapter, key)]
            _answer("hello", PROTOCOL, "name=" + self.adapter.name,
                    "version=" + self.adapter.version, f"pid={os.getpid()}",
                    "can=" + ",".join(self.can), *more)
        elif word == "acquire" and len(args) == 3:
            self.acquire(*args)
        elif word == "thread" and len(args) == 3 and "thread" in self.can:
            thread = threading.Thread(target=self.acquire, args=args)
            thread.start()
            thread.join()
        elif word == "release" and len(args) == 1:
            self.release(args[0])
        elif word == "touch" and len(args) == 1 and "touch" in self.can:
            try:
                os.close(os.open(args[0], os.O_RDWR | os.O_CREAT, 0o666))
                _answer("touched")
            except OSError as error:
                _answer("error", args[0], str(error))
        elif word == "chdir" and len(args) == 1 and "chdir" in self.can:
            os.chdir(args[0])
            _answer("changed")
        elif word == "fork" and len(args) == 2 and "fork" in self.can:
            self.fork(*args)
        elif word == "catch" and not args and "catch" in self.can:
            signal.signal(signal.SIGUSR1, lambda number, frame: None)
            _answer("catching")
        elif word == "setenv" and args and "setenv" in self.can:
            os.environ.pop(args[0], None)
            if len(args) == 2:
                os.environ[args[0]] = args[1]
            _answer("set")
        elif word == "become" and len(args) == 2 and "become" in self.can:
            try:
                os.setgroups([])
                os.setgid(int(args[1]))
                os.setuid(int(args[0]))
                _answer("became")
            except OSError as error:
                _answer("error", args[0], str(error))
        elif word == "exit" and not args and "exit" in self.can:
            os._exit(0)
        else:
            _answer("unsupported")

    def acquire(self, name, path, wait):
        if wait == "forever":
            seconds = None
        else:
            seconds = int(wait) / 1000
        if "forever" not in self.can and seconds is None or \
                "wait" not in self.can and seconds:
            return _answer("unsupported")
        lock = None
        try:
            lock = self.adapter.acquire(path, seconds)
            answer = ("busy", name) if lock is BUSY else ("acquired", name)
        except Exception as error:  # whatever it is, the runner wants to know
            answer = ("error", name, f"{type(error).__name__}: {error}")
        self.handles[name] = (path, None if lock is BUSY else lock)
        _answer(*answer)

    def release(self, name):
        _, lock = self.handles.get(name, (None, None))
        if lock is None:
            return _answer("error", name, "there is nothing to release")
        try:
            self.adapter.release(lock)
        except Exception as error:
            return _answer("error", name, f"{type(error).__name__}: {error}")
        _answer("released", name)

    def fork(self, name, mode):
        path, lock = self.handles.get(name, (None, None))
        if lock is None or mode not in ("idle", "release", "exit", "exec", "acquire"):
            return _answer("unsupported")
        done, at_work = os.pipe()  # closes when the child has done its part
        child = os.fork()
        if child == 0:
            os.close(done)
            self.be_child(lock, path, mode, at_work)
        os.close(at_work)
        with os.fdopen(done) as said:
            result = said.read()
        _answer("forked", str(child), *([result] if result else []))

    def be_child(self, lock, path, mode, at_work):
        # The runner takes the end of standard output for the contender's.
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        if mode == "exit":
            sys.exit(0)  # the interpreter ends as it normally does
        if mode == "exec":
            os.execvp("sleep", ["sleep", "1000000"])
        if mode == "release":
            try:
                self.adapter.release(lock)
            except Exception as error:  # the child lives on all the same
                print(f"{type(error).__name__}: {error}", file=sys.stderr)
        if mode == "acquire":
            try:
                self.kept = self.adapter.acquire(path, 0)
                os.write(at_work, b"busy" if self.kept is BUSY else b"acquired")
            except Exception:
                os.write(at_work, b"error")
        os.close(at_work)
        threading.Event().wait()


def serve(adapter):
    """Serves the protocol on standard input and output until end of input."""
    server = _Server(adapter)
    for line in sys.stdin.buffer:
        fields = line.decode("ascii", "surrogateescape").rstrip("\n").split(" ")
        server.execute(fields[0], [_decode(field) for field in fields[1:]])


def not_here(what):
    """Says that what this contender drives is not installed, and exits."""
    print(f"{what} is not installed", file=sys.stderr)
    sys.exit(69)
