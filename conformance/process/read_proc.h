// Files of /proc as text.

#ifndef CONFORMANCE_PROCESS_READ_PROC_H_
#define CONFORMANCE_PROCESS_READ_PROC_H_

#include <string>

namespace conformance {

// The content of a file of a process; "" when there is no such process, or no
// more. Not by a stream: reads fail when the process ends, or closes the
// descriptor that fdinfo tells of, between open and read (proc(5)), and then a
// stream throws.
std::string ReadProc(const std::string& path);

}  // namespace conformance

#endif  // CONFORMANCE_PROCESS_READ_PROC_H_
