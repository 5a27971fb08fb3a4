"""sh_test under the label at which every Bazel has it."""

sh_test = native.sh_test
