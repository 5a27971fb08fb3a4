"""The dependencies, for a workspace whose Bazel reads WORKSPACE (up to 8).

MODULE.bazel says the same to newer ones.
"""

load("@bazel_tools//tools/build_defs/repo:http.bzl", "http_archive")
load("//tools:peers.bzl", "peers_repository")

def _archive(name, **kwargs):
    if not native.existing_rule(name):
        http_archive(name = name, **kwargs)

def lockfile_dependencies():
    """Makes the repositories that this project needs, each as the pinned archive.

    A repository that the workspace has already is left as it is, so a workspace
    chooses its own release of one by defining it before. None is fetched before
    a target needs it: the library alone needs Abseil, rules_cc, platforms and
    bazel_skylib, which Abseil loads.
    """
    _archive(
        name = "platforms",
        sha256 = "29742e87275809b5e598dc2f04d86960cc7a55b3067d97221c9abbc9926bff0f",
        urls = ["https://github.com/bazelbuild/platforms/releases/download/0.0.11/platforms-0.0.11.tar.gz"],
    )
    _archive(
        name = "bazel_skylib",
        sha256 = "bc283cdfcd526a52c3201279cda4bc298652efa898b10b4db0837dc51652756f",
        urls = ["https://github.com/bazelbuild/bazel-skylib/releases/download/1.7.1/bazel-skylib-1.7.1.tar.gz"],
    )
    _archive(
        name = "rules_cc",
        sha256 = "2037875b9a4456dce4a79d112a8ae885bbc4aad968e6587dca6e64f3a0900cdf",
        strip_prefix = "rules_cc-0.0.9",
        urls = ["https://github.com/bazelbuild/rules_cc/releases/download/0.0.9/rules_cc-0.0.9.tar.gz"],
    )
    _archive(
        name = "com_google_absl",
        sha256 = "f50e5ac311a81382da7fa75b97310e4b9006474f9560ac46f54a9967f07d4ae3",
        strip_prefix = "abseil-cpp-20240722.0",
        urls = ["https://github.com/abseil/abseil-cpp/releases/download/20240722.0/abseil-cpp-20240722.0.tar.gz"],
    )
    _archive(
        name = "com_google_googletest",
        build_file = Label("//tools:overlay/com_google_googletest.BUILD"),
        sha256 = "78c676fc63881529bf97bf9d45948d905a66833fbfa5318ea2cd7478cb98f399",
        strip_prefix = "googletest-1.16.0",
        urls = ["https://github.com/google/googletest/releases/download/v1.16.0/googletest-1.16.0.tar.gz"],
    )
    _archive(
        name = "com_github_google_benchmark",
        build_file = Label("//tools:overlay/com_github_google_benchmark.BUILD"),
        sha256 = "32131c08ee31eeff2c8968d7e874f3cb648034377dfc32a4c377fa8796d84981",
        strip_prefix = "benchmark-1.9.1",
        urls = ["https://github.com/google/benchmark/archive/refs/tags/v1.9.1.tar.gz"],
    )
    _archive(
        name = "nlohmann_json",
        build_file = Label("//tools:overlay/nlohmann_json.BUILD"),
        sha256 = "a22461d13119ac5c78f205d3df1db13403e58ce1bb1794edc9313677313f4a9d",
        urls = ["https://github.com/nlohmann/json/releases/download/v3.11.3/include.zip"],
    )
    _archive(
        name = "cli11",
        build_file = Label("//tools:overlay/cli11.BUILD"),
        sha256 = "f2d893a65c3b1324c50d4e682c0cdc021dd0477ae2c048544f39eed6654b699a",
        strip_prefix = "CLI11-2.4.2",
        urls = ["https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.4.2.tar.gz"],
    )

    # It says which other lock implementations this machine has, for their tests.
    if not native.existing_rule("peers"):
        peers_repository(name = "peers")
