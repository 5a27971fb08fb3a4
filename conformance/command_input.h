// A contender's standard input: commands, line by line, also those that come
// while the contender's main thread waits for a lock.

#ifndef CONFORMANCE_COMMAND_INPUT_H_
#define CONFORMANCE_COMMAND_INPUT_H_

#include <pthread.h>

#include <functional>
#include <optional>
#include <string>

namespace conformance {

// One thread at a time.
class CommandInput {
 public:
  CommandInput() = default;
  CommandInput(const CommandInput&) = delete;
  CommandInput& operator=(const CommandInput&) = delete;

  // The next line without its newline, or nullopt at end of input.
  std::optional<std::string> Next();

  // While it lives, a thread of its own reads the input and hands each line to
  // `take`, and nullopt at end of input, which is the last that it takes. So
  // the wait stays in the main thread, which is where the kernel delivers
  // signals and where most programs wait; the other one blocks all signals.
  //
  // Where there is no such thread or descriptor to be had (EAGAIN, EMFILE),
  // nothing is read meanwhile.
  class Listener {
   public:
    Listener(CommandInput& input,
             std::function<void(std::optional<std::string>)> take);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    // Work that `take` has begun is done by then, and the thread has ended.
    ~Listener();

   private:
    void Listen();

    CommandInput& input_;
    const std::function<void(std::optional<std::string>)> take_;
    int stop_ = -1;  // an eventfd(2): readable when it is to end
    bool listens_ = false;
    pthread_t thread_ = {};
  };

 private:
  // A whole line that has been read already.
  std::optional<std::string> Buffered();
  // Reads more. False at end of input.
  bool Read();

  std::string buffer_;
};

}  // namespace conformance

#endif  // CONFORMANCE_COMMAND_INPUT_H_
