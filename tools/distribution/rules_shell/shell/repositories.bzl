"""What WORKSPACE calls; the distribution's Bazel needs none of it."""

# buildifier: disable=unnamed-macro
def rules_shell_dependencies():
    """Adds nothing."""

# buildifier: disable=unnamed-macro
def rules_shell_toolchains():
    """Registers nothing."""
