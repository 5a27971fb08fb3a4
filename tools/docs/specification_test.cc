// docs/specification.md is what its generator gives.

#include "conformance/report/specification.h"

#include <fstream>
#include <iterator>
#include <string>

#include "conformance/requirements/catalogue.h"
#include "gtest/gtest.h"

namespace {

TEST(SpecificationTest, IsUpToDate) {
  std::ifstream file("docs/specification.md", std::ios::binary);
  ASSERT_TRUE(file.is_open());
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_TRUE(text == conformance::Specification(conformance::Catalogue()))
      << "out of date; run: tools/bazel run //tools:lockcheck -- list "
         "--markdown > docs/specification.md";
}

}  // namespace
