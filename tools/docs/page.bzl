"""Pages of docs/ that a program writes."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_test")

def generated_page(name, srcs, deps, page, sources = [], data = [], testonly = False):
    """A program that writes a page, and a test that the page is up to date.

    The program writes the page in the workspace; with --check it only says
    whether the page is what it would write, from its runfiles. `NAME_test` is
    that.

    Args:
      name: of the program.
      srcs: of the program.
      deps: of the program.
      page: the page, which only the test needs.
      sources: what the page is made from; the test needs it too.
      data: what else the program needs when it writes.
      testonly: whether the program is.

    Example:
      generated_page(
          name = "results",
          srcs = ["results.cc"],
          page = "//docs:results.md",
          sources = ["//conformance/contenders/flock:expected_failures.txt"],
          deps = [...],
      )
    """
    cc_binary(
        name = name,
        testonly = testonly,
        srcs = srcs,
        data = sources + data,
        deps = deps,
    )
    cc_test(
        name = name + "_test",
        size = "small",
        srcs = srcs,
        args = ["--check"],
        data = [page] + sources,
        deps = deps,
    )
