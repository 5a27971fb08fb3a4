#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/socket_lock.h"

namespace conformance {
namespace {

class AbstractSocket : public SocketLock {
  std::string Resolve(const std::string& path) override { return path; }
};

const RegisteredMutant kAbstractSocket({
    "abstract_socket",
    "Binds an abstract socket that is named after the path as it was typed.",
    {{"Exclusion.RelativeAndAbsoluteNamesExclude"},
     {"Exclusion.DotDotNamesExclude"},
     {"Exclusion.SymlinkedDirectoriesExclude"}},
    Serve<AbstractSocket>(),
});

}  // namespace
}  // namespace conformance
