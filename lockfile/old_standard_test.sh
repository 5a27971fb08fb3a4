#!/bin/bash
# The public headers, which are the arguments, tell a compiler of an older
# standard what they need, before anything else fails. Abseil isn't found here,
# so that each compilation fails; what counts is the first error.

set -euo pipefail

readonly need='lockfile needs C++17: compile with -std=c++17'

# first_error HEADER FLAG...
first_error() {
  local header=$1
  shift
  LC_ALL=C "${CC:-cc}" -fsyntax-only -I. -x c++ "$@" "$header" 2>&1 |
    grep -m 1 -e 'error:' || true
}

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

(($# == 2)) || fail "needs the two public headers"
for header; do
  for flags in -std=c++11 -std=c++14 "-std=c++14 -D_MSVC_LANG=201402L"; do
    read -ra words <<<"$flags"
    error=$(first_error "$header" "${words[@]}")
    [[ $error == *"$need"* ]] || fail "$header, $flags: $error"
  done
  for flags in -std=c++17 -std=c++20 "-std=c++14 -D_MSVC_LANG=201703L"; do
    read -ra words <<<"$flags"
    error=$(first_error "$header" "${words[@]}")
    [[ $error != *"$need"* ]] || fail "$header, $flags: $error"
  done
done
