// The assertion of fuzz targets.

#ifndef TOOLS_FUZZ_CHECK_H_
#define TOOLS_FUZZ_CHECK_H_

#include <cstdio>
#include <cstdlib>

namespace fuzz {

// Ends the process by abort(3), and says what should have been true. The driver
// and libFuzzer both keep the input then.
inline void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "it is not true that %s\n", what);
  std::abort();
}

}  // namespace fuzz

#endif  // TOOLS_FUZZ_CHECK_H_
