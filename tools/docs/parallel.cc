// Results come through pipes, as JSON.

#include "tools/docs/parallel.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace conformance::docs {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

std::vector<Json> InParallel(int processes,
                             const std::function<Json(int)>& body) {
  std::vector<int> results;
  for (int k = 0; k < processes; ++k) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return {};
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      const std::string text = body(k).dump();
      for (size_t written = 0; written < text.size();) {
        const ssize_t n =
            ::write(ends[1], text.data() + written, text.size() - written);
        if (n < 0) ::_exit(1);
        written += static_cast<size_t>(n);
      }
      ::_exit(0);
    }
    ::close(ends[1]);
    results.push_back(ends[0]);
  }
  std::vector<Json> all;
  for (const int result : results) {
    std::string text;
    std::array<char, 4096> chunk;
    ssize_t n = 0;
    while ((n = ::read(result, chunk.data(), chunk.size())) > 0) {
      text.append(chunk.data(), static_cast<size_t>(n));
    }
    ::close(result);
    all.push_back(Json::parse(text, nullptr, false));
    if (all.back().is_discarded()) {
      std::cerr << "one of " << processes << " processes told nothing\n";
    }
  }
  while (::wait(nullptr) > 0) {
  }
  return all;
}

}  // namespace conformance::docs
