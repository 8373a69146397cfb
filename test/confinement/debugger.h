// Debugger: makes a live, confined process issue system calls of the test's choosing, as code injected into it would:
// ptrace(2) stops its main thread, points it at a `syscall` instruction it has mapped, and steps over it. x86-64 only.
// Needs root outside the process's user namespace.
#pragma once

#include <linux/filter.h>
#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ipc/fd.h"

namespace zoobar {

// A number, or bytes that are put in the process's memory and passed by address.
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

struct Answer {
  int died_of = 0;  // the signal that ended the process; 0: it lives
  long value = 0;   // what the call returned, or -errno
  int fault = 0;    // the signal of the processor's fault that the instruction was; no call was made, and it lives
};

class Debugger {
 public:
  enum class Way { kSyscall, kInt80 };

  // Stops the process's main thread; the test fails when that cannot be done.
  explicit Debugger(pid_t pid);
  Debugger(const Debugger&) = delete;
  Debugger& operator=(const Debugger&) = delete;
  // Lets it go on where it was stopped.
  ~Debugger();

  // After an answer with died_of the process is gone and no other call may follow. The test fails when the call has not
  // come back after half a minute; it is broken off then.
  Answer Call(long number, const std::vector<Argument>& arguments = {}, Way way = Way::kSyscall);
  // The filters of the process, as the kernel holds them (PTRACE_SECCOMP_GET_FILTER).
  std::vector<std::vector<sock_filter>> Filters() const;

 private:
  std::uint64_t FindInstruction(std::string_view bytes) const;
  void Place(const std::vector<Argument>& arguments, user_regs_struct& regs, std::uint64_t (&values)[6]);
  bool Wait(int& status);
  bool IsFaultAt(std::uint64_t instruction, int signal) const;
  Answer Step(std::uint64_t instruction);

  pid_t pid_;
  Fd memory_;
  bool stopped_ = false;
  user_regs_struct saved_{};
  std::string under_;  // what the arguments overwrote
  std::uint64_t under_at_ = 0;
  std::vector<int> late_signals_;
};

// What the filters together answer to a call: a SECCOMP_RET_ value, the harshest as the kernel takes it.
std::uint32_t Judge(const std::vector<std::vector<sock_filter>>& filters, long number,
                    const std::vector<std::uint64_t>& arguments = {}, std::uint32_t architecture = 0xc000003e);

}  // namespace zoobar
