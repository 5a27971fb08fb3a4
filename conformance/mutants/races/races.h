// Race mutants: locks whose defect shows only in a few of all interleavings, or
// when a process is killed, or a call fails, at one certain moment. Stress
// mostly misses them; an exhaustive exploration finds each of them every time.
//
// Each behaves as a lock should when nobody interferes, and its file says by
// which interleaving it is found out, in as few steps as possible, for
// contenders a and b.

#ifndef CONFORMANCE_MUTANTS_RACES_RACES_H_
#define CONFORMANCE_MUTANTS_RACES_RACES_H_

#include <vector>

#include "conformance/mutants/mutant.h"

namespace conformance {

// As RegisteredMutant, but for this list.
class RegisteredRaceMutant {
 public:
  explicit RegisteredRaceMutant(Mutant mutant);
};

// By name, in alphabetical order. Not before main.
const std::vector<Mutant>& AllRaceMutants();

// The correct locks that they break (whole_locks.h), as if they were mutants:
// with nothing that kills them.
const std::vector<Mutant>& AllWholeLocks();

}  // namespace conformance

#endif  // CONFORMANCE_MUTANTS_RACES_RACES_H_
