"""Finds out which lock implementations by other people, and languages, there are.

The repository @peers offers, for each of them, what a test of it writes as its
target_compatible_with, so that Bazel reports the test as SKIPPED where the
implementation isn't installed, and never as passed:

    load("@peers//:peers.bzl", "PEERS")

    sh_test(
        name = "filelock_test",
        target_compatible_with = PEERS["filelock"],
        ...
    )

The probes run again whenever LOCKFILE_PEERS changes; tools/bazel sets it to a
list of the files that installing or removing one of them would change.
tools/install_peers installs them all.
"""

# The interpreter is the distribution's, because its packages are what is
# probed: another python3 on the PATH wouldn't see them.
_PROBES = {
    "boost": ["/bin/sh", "-c", "test -e /usr/include/boost/interprocess/sync/file_lock.hpp"],
    "filelock": ["/usr/bin/python3", "-c", "import filelock"],
    "flock": ["/bin/sh", "-c", "flock --version | grep util-linux"],
    "go": ["/bin/sh", "-c", "go version"],
    "java": ["/bin/sh", "-c", "javac -version && java -version"],
    "node": ["/bin/sh", "-c", "node --version"],
    "zc_lockfile": ["/usr/bin/python3", "-c", "import zc.lockfile"],
}

def _peers_repository_impl(repository_ctx):
    lines = ["\"\"\"Written by //tools:peers.bzl.\"\"\"", "", "PEERS = {"]
    for name, probe in sorted(_PROBES.items()):
        found = repository_ctx.execute(probe).return_code == 0
        constraints = "[]" if found else "[\"@platforms//:incompatible\"]"
        lines.append("    \"%s\": %s," % (name, constraints))
    lines.append("}")
    repository_ctx.file("peers.bzl", "\n".join(lines) + "\n")
    repository_ctx.file("BUILD.bazel", "exports_files([\"peers.bzl\"])\n")

peers_repository = repository_rule(
    implementation = _peers_repository_impl,
    doc = "Provides PEERS in //:peers.bzl: from a peer's name to its target_compatible_with.",
    environ = ["LOCKFILE_PEERS"],
    local = True,
)
