// Writes docs/bazel.md: what the .bzl files that others load have to offer,
// from their docstrings.
//
//   tools/bazel run //tools/docs:starlark
//
// Bazel has a rule for that, starlark_doc_extract, but not before its seventh
// release, and the distribution's is the fourth.
//
// With --check it only says whether the page is made from them.

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "tools/docs/page.h"

namespace conformance::docs {
namespace {

constexpr absl::string_view kQuotes = R"(""")";
constexpr absl::string_view kIndentation = "    ";

[[noreturn]] void Die(absl::string_view message) {
  std::cerr << message << "\n";
  std::exit(2);
}

struct Parameter {
  std::string name, default_value, meaning;
};

struct Function {
  std::string name;
  std::vector<Parameter> parameters;
  std::string description;
};

struct File {
  std::string label;
  std::string description;
  std::vector<Function> functions;
};

// Removes the text up to `mark`, and the mark, and returns that text.
std::string TakeUntil(absl::string_view& text, absl::string_view mark) {
  const size_t at = text.find(mark);
  if (at == absl::string_view::npos) Die(absl::StrCat("no ", mark, " in it"));
  std::string taken(text.substr(0, at));
  text.remove_prefix(at + mark.size());
  return taken;
}

// A docstring without the indentation of what stands in a function. It is the
// next thing in the text: what comes later belongs to something else.
std::string TakeDocstring(absl::string_view& text, absl::string_view of) {
  if (!absl::StripAsciiWhitespace(TakeUntil(text, kQuotes)).empty()) {
    Die(absl::StrCat(of, " has no docstring"));
  }
  std::vector<std::string> lines =
      absl::StrSplit(TakeUntil(text, kQuotes), '\n');
  for (std::string& line : lines) {
    line = std::string(absl::StripPrefix(line, kIndentation));
  }
  return absl::StrJoin(lines, "\n");
}

std::vector<Parameter> ParseParameters(absl::string_view list) {
  std::vector<Parameter> parameters;
  for (absl::string_view part : absl::StrSplit(list, ',', absl::SkipEmpty())) {
    const std::vector<std::string> sides = absl::StrSplit(
        absl::StripAsciiWhitespace(part), absl::MaxSplits('=', 1));
    if (sides[0].empty()) continue;
    Parameter parameter;
    parameter.name = std::string(absl::StripAsciiWhitespace(sides[0]));
    if (sides.size() > 1) {
      parameter.default_value =
          std::string(absl::StripAsciiWhitespace(sides[1]));
    }
    parameters.push_back(parameter);
  }
  return parameters;
}

// The lines `  NAME: MEANING`, and those below that are indented further.
void ParseMeanings(absl::string_view section, Function& function) {
  Parameter* current = nullptr;
  for (absl::string_view line : absl::StrSplit(section, '\n')) {
    if (absl::ConsumePrefix(&line, kIndentation)) {
      if (current == nullptr) Die("a line under Args: belongs to no argument");
      absl::StrAppend(&current->meaning, " ", line);
    } else if (absl::ConsumePrefix(&line, "  ")) {
      const std::string name = TakeUntil(line, ": ");
      current = nullptr;
      for (Parameter& parameter : function.parameters) {
        if (parameter.name == name) current = &parameter;
      }
      if (current == nullptr) {
        Die(absl::StrCat(function.name, " has no argument ", name));
      }
      current->meaning = std::string(line);
    }
  }
  for (const Parameter& parameter : function.parameters) {
    if (parameter.meaning.empty()) {
      Die(absl::StrCat(function.name, " doesn't say what ", parameter.name,
                       " is"));
    }
  }
}

Function ParseFunction(absl::string_view& text) {
  Function function;
  function.name = TakeUntil(text, "(");
  function.parameters = ParseParameters(TakeUntil(text, "):\n"));
  const std::vector<std::string> parts = absl::StrSplit(
      TakeDocstring(text, function.name), absl::MaxSplits("\nArgs:\n", 1));
  function.description = std::string(absl::StripAsciiWhitespace(parts[0]));
  if (function.parameters.empty() == (parts.size() > 1)) {
    Die(absl::StrCat(function.name, " has arguments, or a section Args:, and ",
                     "not both"));
  }
  if (parts.size() > 1) ParseMeanings(parts[1], function);
  return function;
}

File Parse(absl::string_view label, const std::string& path) {
  const std::string content = ReadFile(path);
  absl::string_view text = content;
  File file;
  file.label = std::string(label);
  for (absl::string_view line : absl::StrSplit(content, '\n')) {
    if (!line.empty() && absl::ascii_isalpha(line[0]) &&
        absl::StrContains(line, " = ")) {
      Die(absl::StrCat(path, " offers what is no function: ", line));
    }
  }
  file.description = TakeDocstring(text, path);
  for (size_t at; (at = text.find("\ndef ")) != absl::string_view::npos;) {
    text.remove_prefix(at + 5);
    if (!absl::StartsWith(text, "_")) {
      file.functions.push_back(ParseFunction(text));
    }
  }
  if (file.functions.empty()) Die(absl::StrCat(path, " offers nothing"));
  return file;
}

// An example's heading is no heading of Markdown.
std::string Markdown(absl::string_view docstring) {
  return absl::StrReplaceAll(docstring, {{"\nExample:\n", "\nAn example:\n"}});
}

std::string Render(const std::vector<File>& files) {
  std::string page =
      "# For Bazel\n\n"
      "<!-- Generated: tools/bazel run //tools/docs:starlark -->\n\n"
      "What the `.bzl` files have to offer to a workspace that depends on this "
      "one. How to\ndepend on it: "
      "[README](../README.md#in-your-own-workspace).\n";
  for (const File& file : files) {
    absl::StrAppend(&page, "\n## ", file.label, "\n\n",
                    absl::StripAsciiWhitespace(file.description), "\n");
    for (const Function& function : file.functions) {
      absl::StrAppend(&page, "\n### ", function.name, "\n\n```python\nload(\"",
                      file.label, "\", \"", function.name, "\")\n```\n\n",
                      Markdown(function.description), "\n");
      if (function.parameters.empty()) continue;
      absl::StrAppend(&page,
                      "\n| argument | default | what it is |\n"
                      "| --- | --- | --- |\n");
      for (const Parameter& parameter : function.parameters) {
        absl::StrAppend(&page, "| `", parameter.name, "` | ",
                        parameter.default_value.empty()
                            ? std::string("–")
                            : absl::StrCat("`", parameter.default_value, "`"),
                        " | ",
                        absl::StrReplaceAll(parameter.meaning, {{"|", "\\|"}}),
                        " |\n");
      }
    }
  }
  return page;
}

int Main(bool check) {
  const std::string page =
      Render({Parse("@lockfile//conformance:defs.bzl", "conformance/defs.bzl"),
              Parse("@lockfile//:deps.bzl", "deps.bzl")});
  if (!check) return WritePage(InDocs("bazel.md"), page);
  if (ReadFile("docs/bazel.md") == page) return 0;
  std::cerr << "docs/bazel.md isn't made from the docstrings; run: "
               "tools/bazel run //tools/docs:starlark\n";
  return 1;
}

}  // namespace
}  // namespace conformance::docs

int main(int argc, char** argv) {
  const bool check = argc == 2 && absl::string_view(argv[1]) == "--check";
  if (argc > 1 && !check) {
    std::cerr << "usage: starlark [--check]\n";
    return 64;
  }
  return conformance::docs::Main(check);
}
