// Folders for trials, which are gone when those are over.

#ifndef CONFORMANCE_PROCESS_SCRATCH_H_
#define CONFORMANCE_PROCESS_SCRATCH_H_

#include <string>

namespace conformance {

// Where folders are made: `base`, or TMPDIR, or /tmp.
std::string ScratchBase(const std::string& base);

// A new folder in `base`, or in TMPDIR, or in /tmp: its absolute name without
// symbolic links; its owner may do everything in it, whatever the umask. "",
// with errno, when there is none to be had.
std::string MakeScratch(const std::string& base);

// Removes it with all that is in it, folders included that their owner may not
// write in.
void RemoveScratch(const std::string& directory);

}  // namespace conformance

#endif  // CONFORMANCE_PROCESS_SCRATCH_H_
