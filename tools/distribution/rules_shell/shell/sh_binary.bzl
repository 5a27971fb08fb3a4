"""sh_binary under the label at which every Bazel has it."""

sh_binary = native.sh_binary
