// One function for each mutant, defined in the file of its name.

#ifndef CONFORMANCE_MUTANTS_ALL_H_
#define CONFORMANCE_MUTANTS_ALL_H_

#include "conformance/mutants/mutant.h"

namespace conformance {

Mutant NoLockMutant();

}  // namespace conformance

#endif  // CONFORMANCE_MUTANTS_ALL_H_
