"""Fuzz targets: a test with what is known, and a program that looks for more."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_test")

def fuzz_test(name, srcs, deps, corpus, mutations = 3000, seconds = 8, size = "small", **kwargs):
    """Defines a fuzz target twice: `NAME` and `NAME_libfuzzer`.

    The first is a test without libFuzzer. It runs all files of the corpus, and some
    thousand inputs made of them, the same ones each time. The second is built by
    --config=fuzz alone (`tools/nightly fuzz`), and goes on for as long as it is told to.

    Example:

    ```
    fuzz_test(
        name = "schedule_fuzz",
        srcs = ["schedule_fuzz.cc"],
        corpus = glob(["corpus/schedule/*"]),
        deps = ["//conformance/explorer/schedules:schedule"],
    )
    ```

    Args:
      name: Of the test; it ends with _fuzz.
      srcs: One of them defines LLVMFuzzerTestOneInput.
      deps: What they include, besides //tools/fuzz:check.
      corpus: Files with an input each.
      mutations: How many inputs the test makes.
      seconds: After which it makes no more.
      size: Of the test.
      **kwargs: Of both, such as `data` and `tags`.
    """
    tags = kwargs.pop("tags", [])
    data = kwargs.pop("data", [])
    native.filegroup(
        name = name + "_corpus",
        srcs = corpus,
    )
    cc_test(
        name = name,
        size = size,
        srcs = srcs,
        args = [
            "--mutations=%d" % mutations,
            "--seconds=%d" % seconds,
            "$(rootpaths :%s_corpus)" % name,
        ],
        data = [":%s_corpus" % name] + data,
        tags = tags,
        deps = deps + [
            "//tools/fuzz:check",
            "//tools/fuzz:driver",
        ],
        **kwargs
    )
    cc_binary(
        name = name + "_libfuzzer",
        testonly = True,
        srcs = srcs,
        data = data,
        linkopts = ["-fsanitize=fuzzer"],
        tags = tags + ["manual"],
        deps = deps + ["//tools/fuzz:check"],
        **kwargs
    )
