"""The repository @peers for MODULE.bazel.

A file of its own, because a Bazel without modules can't load one that names
module_extension.
"""

load("//tools:peers.bzl", "peers_repository")

def _peers_impl(_module_ctx):
    peers_repository(name = "peers")

peers = module_extension(
    implementation = _peers_impl,
    doc = "Provides @peers; see //tools:peers.bzl.",
)
