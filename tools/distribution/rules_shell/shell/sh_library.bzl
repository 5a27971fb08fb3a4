"""sh_library under the label at which every Bazel has it."""

sh_library = native.sh_library
