# The C++ of a page, as a source file.
#
# Of Markdown: what its ```cpp fences hold. Of a header: the indented lines of the
# comment that "// Example:" begins. With -v statements=NAME they are the body of
# the function NAME. Other people's headers are not as strict as -Wpedantic, so
# that it holds behind the #include lines only.

FILENAME ~ /\.md$/ && /^```cpp$/ { inside = 1; next }
FILENAME ~ /\.md$/ && /^```/ { inside = 0 }
FILENAME ~ /\.h$/ && /^\/\/ Example:$/ { inside = 1; next }
FILENAME ~ /\.h$/ && !/^\/\/($|   )/ { inside = 0 }
!inside { next }
{ found = 1 }
FILENAME ~ /\.h$/ { sub(/^\/\/ ? ? ?/, "") }
/^#include/ { includes = includes $0 "\n"; next }
{ body = body $0 "\n" }

END {
  if (!found) {
    print "no example" > "/dev/stderr"
    exit 1
  }
  if (statements) {
    includes = includes "#include \"tools/docs/snippets/snippets.h\"\n"
    body = "absl::Status " statements "() {\n" body "}\n"
  }
  printf "%s#pragma GCC diagnostic error \"-Wpedantic\"\n%s", includes, body
}
