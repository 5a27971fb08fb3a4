"""The C++ examples of the documentation, as sources."""

def snippet(name, page, statements = None):
    """The C++ of a page, in the file `NAME.cc`.

    Args:
      name: of the rule.
      page: Label of a Markdown page, or of a header with an "Example:".
      statements: Name of the function that they are the body of, if they are no
        program by themselves.

    Example:
      snippet(
          name = "readme",
          page = "//:README.md",
          statements = "OfReadme",
      )
    """
    native.genrule(
        name = name,
        srcs = [page, "snippet.awk"],
        outs = [name + ".cc"],
        cmd = "awk %s -f $(location snippet.awk) $(location %s) > $@" %
              ("-v statements=" + statements if statements else "", page),
    )
