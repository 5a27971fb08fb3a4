// The list of all race mutants, to which each adds itself.

#include "conformance/mutants/races/races.h"

#include <utility>
#include <vector>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/races/whole_locks.h"
#include "conformance/testing/registry.h"

namespace conformance {
namespace {

Registry<Mutant>& RaceMutants() {
  static auto* const mutants = new Registry<Mutant>();
  return *mutants;
}

}  // namespace

RegisteredRaceMutant::RegisteredRaceMutant(Mutant mutant) {
  RaceMutants().Add(std::move(mutant));
}

const std::vector<Mutant>& AllRaceMutants() { return RaceMutants().All(); }

const std::vector<Mutant>& AllWholeLocks() {
  static const auto* const kAll = new std::vector<Mutant>{
      {"whole_pid_file_by_link", "", {}, Serve<PidFileByLink>()},
      {"whole_pid_file_by_made_up_name", "", {}, Serve<PidFileByMadeUpName>()},
      {"whole_pid_in_link", "", {}, Serve<PidInLink>()},
      {"whole_record_in_place", "", {}, Serve<RecordInPlace>()},
      {"whole_removed_file", "", {}, Serve<RemovedFile>()},
  };
  return *kAll;
}

}  // namespace conformance
