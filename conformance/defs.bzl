"""The rules by which an implementation of lock files tests itself."""

load("@rules_cc//cc:defs.bzl", "cc_test")

def lockfile_conformance_test(
        name,
        contender,
        args = [],
        expected_failures = None,
        filter = "*",
        size = "medium",
        shard_count = None,
        strict = False,
        systematic = False,
        data = [],
        **kwargs):
    """Tests that a lock-file implementation keeps the suite's requirements.

    Each requirement is a GoogleTest test named by its id, so
    `--test_filter=Exclusion.*`, sharding and test.xml work. A requirement whose
    capability the contender does not claim is skipped, and so is what the
    machine cannot run; the log says why.

    Example:

    ```
    load("@lockfile//conformance:defs.bzl", "lockfile_conformance_test")

    lockfile_conformance_test(
        name = "my_lock_conformance_test",
        contender = ":my_contender",
        expected_failures = "my_expected_failures.txt",
    )
    ```

    Args:
      name: Name of the test.
      contender: Label of an executable that speaks the contender protocol,
        version 1: a cc_binary that links //conformance:contender_main, a script,
        or anything else that can be run.
      args: Arguments of the contender. $(location) and $(rootpath) of what is in
        `data` are expanded.
      expected_failures: Label of a file of lines `ID VERDICT REASON`. The test
        fails when one of them is stale, unknown, or ends with another verdict.
      filter: Which requirements to test: patterns with * and ?, separated by
        colons; those after a - are left out.
      size: As of every test. The whole catalogue takes a few seconds for a
        compiled contender.
      shard_count: As of every test. Each shard goes through its share of each
        systematic search, so with remote execution many machines share one.
      systematic: Whether to go through all interleavings, crashes and failing
        calls, too (chapter Systematic). It takes up to a minute, and more than
        that for a contender in a language that starts slowly.
      strict: Whether a violation of a SHOULD fails the test, too.
      data: Files that the contender needs when it runs.
      **kwargs: Passed on to cc_test: tags, target_compatible_with, visibility...
    """
    if not systematic:
        filter += (":" if "-" in filter else "-") + "Systematic.*"
    runner_args = ["--only='%s'" % filter]
    runner_data = [contender] + data
    if strict:
        runner_args.append("--strict")
    if expected_failures:
        runner_args.append("--expect=$(rootpath %s)" % expected_failures)
        runner_data.append(expected_failures)
    cc_test(
        name = name,
        size = size,
        args = runner_args + ["--", "$(rootpath %s)" % contender] + args,
        data = runner_data,
        shard_count = shard_count,
        deps = [Label("//conformance:gtest_main")],
        **kwargs
    )

def lockfile_replay_test(
        name,
        contender,
        schedule,
        args = [],
        size = "small",
        data = [],
        **kwargs):
    """Tests that a race which was mended stays mended.

    Plays one schedule, as `lockcheck replay --continue` does: the test fails
    when the schedule shows a violation, and also when it isn't possible any
    more, since it then says nothing. The log has the schedule that was played
    instead, which may take its place once `lockcheck explore` has found nothing.

    Example:

    ```
    load("@lockfile//conformance:defs.bzl", "lockfile_replay_test")

    lockfile_replay_test(
        name = "two_acquire_after_unlink_test",
        contender = ":my_contender",
        schedule = "v1 contenders=2 cycles=2,2 initial=empty steps=a5 b6 a",
    )
    ```

    Args:
      name: Name of the test.
      contender: Label of an executable that speaks the contender protocol.
      schedule: The schedule, as `lockcheck explore` has printed it.
      args: Arguments of the contender. $(location) and $(rootpath) of what is in
        `data` are expanded.
      size: As of every test.
      data: Files that the contender needs when it runs.
      **kwargs: Passed on to cc_test: tags, target_compatible_with, visibility...
    """
    cc_test(
        name = name,
        size = size,
        args = [
            "replay",
            "--continue",
            "'%s'" % schedule,
            "--",
            "$(rootpath %s)" % contender,
        ] + args,
        data = [contender] + data,
        deps = [Label("//tools:lockcheck_main")],
        **kwargs
    )
