// Debugger: makes a live, confined process issue system calls that the test chooses, as code injected into the process
// would. ptrace(2) stops the main thread, points it at a `syscall` instruction in its memory, and steps over that. For
// x86-64 only. Needs root outside the process's user namespace.
#pragma once

#if !defined(__x86_64__)
#error \
    "test/confinement knows the registers and the system calls of x86-64 alone; CMakeLists.txt leaves it out elsewhere"
#endif

#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "confinement/filters.h"
#include "ipc/fd.h"

namespace zoobar {

// An argument of a system call: a number, or bytes that are written into the process's memory and passed by address.
struct Argument {
  template <typename T>
    requires(std::is_integral_v<T> || std::is_enum_v<T>)
  Argument(T number) : value(static_cast<std::uint64_t>(number)) {}
  Argument(const char* text) : bytes(std::string(text) + '\0'), by_address(true) {}
  Argument(std::string memory) : bytes(std::move(memory)), by_address(true) {}

  std::uint64_t value = 0;
  std::string bytes;
  bool by_address = false;
};

struct CallResult {
  int died_of = 0;  // the signal that ended the process; 0 if it lives
  long value = 0;   // what the call returned, or -errno
  int fault = 0;  // the signal of a processor's fault at the instruction: then no call was made, and the process lives
};

class Debugger {
 public:
  enum class Way { kSyscall, kInt80 };

  // Stops the process's main thread. The test fails if that cannot be done.
  explicit Debugger(pid_t pid);
  Debugger(const Debugger&) = delete;
  Debugger& operator=(const Debugger&) = delete;
  // Lets the process go on where it was stopped.
  ~Debugger();

  // After a result with `died_of` the process is gone, and Call must not be called again. If the system call has not
  // returned after half a minute, it is interrupted and the test fails.
  CallResult Call(long number, const std::vector<Argument>& arguments = {}, Way way = Way::kSyscall);
  // Reads the filters of the process from the kernel (PTRACE_SECCOMP_GET_FILTER).
  Filters ReadFilters() const;

 private:
  std::uint64_t FindInstruction(std::string_view bytes) const;
  void Place(const std::vector<Argument>& arguments, user_regs_struct& regs, std::uint64_t (&values)[6]);
  bool Wait(int& status);
  bool IsFaultAt(std::uint64_t instruction, int signal) const;
  CallResult Step(std::uint64_t instruction);

  pid_t pid_;
  Fd memory_;
  bool stopped_ = false;
  user_regs_struct saved_{};
  std::string saved_bytes_;  // the bytes that the arguments overwrote
  std::uint64_t saved_bytes_at_ = 0;
  std::vector<int> late_signals_;
};

}  // namespace zoobar
