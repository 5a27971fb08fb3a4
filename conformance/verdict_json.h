// Verdicts as JSON: how a trial's process hands its verdict to the runner, and
// what `lockcheck run --json` writes.

#ifndef CONFORMANCE_VERDICT_JSON_H_
#define CONFORMANCE_VERDICT_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "conformance/verdict.h"
#include "nlohmann/json.hpp"

namespace conformance {

// Bytes that are no UTF-8 are shown as in C, e.g. \377, so that every string is
// valid JSON. Times are in milliseconds.
nlohmann::ordered_json VerdictToJson(const Verdict& verdict);

// InvalidArgument when the text is not what VerdictToJson gives.
absl::StatusOr<Verdict> VerdictFromJson(absl::string_view text);

}  // namespace conformance

#endif  // CONFORMANCE_VERDICT_JSON_H_
