// An exploration, as people read it.

#ifndef CONFORMANCE_CLI_PRINT_EXPLORED_H_
#define CONFORMANCE_CLI_PRINT_EXPLORED_H_

#include <ostream>

#include "conformance/again.h"
#include "conformance/contender.h"
#include "conformance/explorer/campaign/search.h"

namespace conformance {

struct PrintExploredOptions {
  ContenderSource source;
  Invocation invocation;
  bool statistics = false;  // with the table of them
  bool colors = false;
  bool merged = false;  // shards that are missing should be there
};

// The findings, the certificate, and a last line that sums them up. Returns the
// exit status: not as expected when there is a violation; incomplete when there
// is none in less than half of the searches, or shards are missing though some
// were merged.
int PrintExplored(const PrintExploredOptions& options,
                  const explorer::Exploration& explored, std::ostream& out);

}  // namespace conformance

#endif  // CONFORMANCE_CLI_PRINT_EXPLORED_H_
