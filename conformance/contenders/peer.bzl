"""Tests of a lock implementation by other people, where it is installed."""

load("@peers//:peers.bzl", "PEERS")
load("@rules_cc//cc:defs.bzl", "cc_test")
load("//conformance:defs.bzl", "lockfile_conformance_test")

def peer_tests(peer, contender, defects, data = []):
    """Defines the tests of one peer: `conformance_test` and `defects_test`.

    The first asserts its verdicts, given expected_failures.txt; the second that
    each of those failures can be seen without the suite. Bazel shows both as
    SKIPPED where the peer isn't installed.

    Example:

    ```
    peer_tests(
        contender = "contender.py",
        defects = ["defects/fifo.py"],
        peer = "filelock",
    )
    ```

    Args:
      peer: Its name in PEERS, see //tools:peers.bzl.
      contender: The contender's file.
      defects: Scripts that each show one defect and then exit with status 0.
      data: What the contender needs when it runs.
    """
    lockfile_conformance_test(
        name = "conformance_test",
        size = "large",
        contender = contender,
        data = data,
        expected_failures = "expected_failures.txt",
        strict = True,
        target_compatible_with = PEERS[peer],
        systematic = True,
    )
    cc_test(
        name = "defects_test",
        size = "small",
        args = ["$(rootpath expected_failures.txt)"] + [
            "$(rootpath %s)" % script
            for script in defects
        ],
        data = ["expected_failures.txt"] + defects,
        target_compatible_with = PEERS[peer],
        deps = ["//conformance/contenders:defects_test_main"],
    )
