#include "confinement/debugger.h"

#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>

namespace zoobar {
namespace {

constexpr std::uint64_t kRedZone = 128;
constexpr std::uint64_t kInstructionBytes = 2;  // the length of syscall, and of int 0x80
constexpr int kMaxSteps = 1000;                 // the call takes one step, and each signal meanwhile one more
constexpr auto kPatience = std::chrono::seconds(30);
constexpr auto kGetFilter = static_cast<__ptrace_request>(PTRACE_SECCOMP_GET_FILTER);

}  // namespace

Debugger::Debugger(pid_t pid)
    : pid_(pid), memory_(open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDWR | O_CLOEXEC)) {
  EXPECT_TRUE(memory_.valid()) << "memory of " << pid << ": " << std::strerror(errno);
  if (ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) != 0 || ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) != 0) {
    ADD_FAILURE() << "ptrace " << pid << ": " << std::strerror(errno);
    return;
  }
  int status = 0;
  if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status)) {
    ADD_FAILURE() << "process " << pid << " does not stop";
    return;
  }
  if (status >> 16 == 0) late_signals_.push_back(WSTOPSIG(status));
  stopped_ = ptrace(PTRACE_GETREGS, pid, nullptr, &saved_) == 0;
}

Debugger::~Debugger() {
  if (!stopped_) return;
  ptrace(PTRACE_SETREGS, pid_, nullptr, &saved_);
  ptrace(PTRACE_DETACH, pid_, nullptr, nullptr);
  for (int signal : late_signals_) kill(pid_, signal);
}

std::uint64_t Debugger::FindInstruction(std::string_view bytes) const {
  std::ifstream maps("/proc/" + std::to_string(pid_) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find(" r-xp ") == std::string::npos || line.find("vsyscall") != std::string::npos) continue;
    std::uint64_t from = 0, to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx", &from, &to) != 2) continue;
    std::string code(to - from, '\0');
    const ssize_t count = pread(memory_.get(), code.data(), code.size(), static_cast<off_t>(from));
    if (count <= 0) continue;
    const std::size_t at = std::string_view(code.data(), static_cast<std::size_t>(count)).find(bytes);
    if (at != std::string_view::npos) return from + at;
  }
  ADD_FAILURE() << "no such instruction in process " << pid_;
  return 0;
}

void Debugger::Place(const std::vector<Argument>& arguments, user_regs_struct& regs, std::uint64_t (&values)[6]) {
  std::string block;
  std::vector<std::size_t> offsets;
  for (const Argument& argument : arguments) {
    offsets.push_back(block.size());
    block += argument.bytes;
    block.resize((block.size() + 15) / 16 * 16);
  }
  saved_bytes_at_ = (saved_.rsp - kRedZone - block.size()) & ~std::uint64_t{15};
  saved_bytes_.resize(block.size());
  if (!block.empty()) {
    if (pread(memory_.get(), saved_bytes_.data(), saved_bytes_.size(), static_cast<off_t>(saved_bytes_at_)) !=
            static_cast<ssize_t>(saved_bytes_.size()) ||
        pwrite(memory_.get(), block.data(), block.size(), static_cast<off_t>(saved_bytes_at_)) !=
            static_cast<ssize_t>(block.size())) {
      ADD_FAILURE() << "the stack of " << pid_ << ": " << std::strerror(errno);
    }
  }
  for (std::size_t i = 0; i < arguments.size() && i < 6; ++i) {
    values[i] = arguments[i].by_address ? saved_bytes_at_ + offsets[i] : arguments[i].value;
  }
  regs.rsp = saved_bytes_at_;
}

// Waits for the next stop or the end of the process. False, and a failure of the test, if neither comes.
bool Debugger::Wait(int& status) {
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  bool broken_off = false;
  for (;;) {
    const pid_t found = waitpid(pid_, &status, __WALL | WNOHANG);
    if (found == pid_) return !broken_off;
    if (found < 0) {
      ADD_FAILURE() << "wait: " << std::strerror(errno);
      return false;
    }
    if (!broken_off && std::chrono::steady_clock::now() > limit) {
      ADD_FAILURE() << "process " << pid_ << " does not come back from its call";
      broken_off = true;
      if (ptrace(PTRACE_INTERRUPT, pid_, nullptr, nullptr) != 0) return false;
    }
    usleep(50);
  }
}

// Whether the signal is a fault of the processor at this instruction, which would come again at each further try.
bool Debugger::IsFaultAt(std::uint64_t instruction, int signal) const {
  siginfo_t info{};
  user_regs_struct regs{};
  return (signal == SIGSEGV || signal == SIGILL || signal == SIGBUS || signal == SIGFPE) &&
         ptrace(PTRACE_GETSIGINFO, pid_, nullptr, &info) == 0 && info.si_code > 0 &&
         ptrace(PTRACE_GETREGS, pid_, nullptr, &regs) == 0 && regs.rip == instruction;
}

CallResult Debugger::Step(std::uint64_t instruction) {
  CallResult answer;
  for (int steps = 0; steps < kMaxSteps; ++steps) {
    // ESRCH: the process was killed while it was stopped (ptrace(2), "Death under ptrace"). Wait reports its end.
    if (ptrace(PTRACE_SINGLESTEP, pid_, nullptr, nullptr) != 0 && errno != ESRCH) {
      ADD_FAILURE() << "step: " << std::strerror(errno);
      return answer;
    }
    int status = 0;
    if (!Wait(status)) return answer;
    if (WIFSIGNALED(status) || WIFEXITED(status)) {
      stopped_ = false;
      answer.died_of = WIFSIGNALED(status) ? WTERMSIG(status) : -1;
      return answer;
    }
    const int signal = WSTOPSIG(status);
    user_regs_struct regs{};
    ptrace(PTRACE_GETREGS, pid_, nullptr, &regs);
    if (signal == SIGTRAP && status >> 16 == 0 && regs.rip == instruction + kInstructionBytes) {
      answer.value = static_cast<long>(regs.rax);
      return answer;
    }
    if (status >> 16 == 0 && IsFaultAt(instruction, signal)) {
      answer.fault = signal;
      return answer;
    }
    if (signal != SIGTRAP) late_signals_.push_back(signal);
  }
  ADD_FAILURE() << "process " << pid_ << " is still at its call after " << kMaxSteps << " steps";
  return answer;
}

CallResult Debugger::Call(long number, const std::vector<Argument>& arguments, Way way) {
  if (!stopped_) {
    ADD_FAILURE() << "process " << pid_ << " is not stopped";
    return {-1, 0};
  }
  const std::uint64_t instruction = FindInstruction(way == Way::kSyscall ? "\x0f\x05" : "\xcd\x80");
  if (instruction == 0) return {-1, 0};
  user_regs_struct regs = saved_;
  std::uint64_t v[6] = {};
  Place(arguments, regs, v);
  regs.rip = instruction;
  regs.rax = static_cast<std::uint64_t>(number);
  regs.orig_rax = ~0ull;  // says that no interrupted call is to be restarted
  if (way == Way::kSyscall) {
    regs.rdi = v[0], regs.rsi = v[1], regs.rdx = v[2], regs.r10 = v[3], regs.r8 = v[4], regs.r9 = v[5];
  } else {
    regs.rbx = v[0], regs.rcx = v[1], regs.rdx = v[2], regs.rsi = v[3], regs.rdi = v[4], regs.rbp = v[5];
  }
  if (ptrace(PTRACE_SETREGS, pid_, nullptr, &regs) != 0) ADD_FAILURE() << "registers: " << std::strerror(errno);
  const CallResult answer = Step(instruction);
  if (stopped_ && !saved_bytes_.empty()) {
    EXPECT_EQ(pwrite(memory_.get(), saved_bytes_.data(), saved_bytes_.size(), static_cast<off_t>(saved_bytes_at_)),
              static_cast<ssize_t>(saved_bytes_.size()));
  }
  return answer;
}

Filters Debugger::ReadFilters() const {
  Filters filters;
  for (unsigned long index = 0;; ++index) {
    const long count = ptrace(kGetFilter, pid_, index, nullptr);
    if (count < 0) {
      EXPECT_EQ(errno, ENOENT) << "filters of " << pid_;
      return filters;
    }
    filters.emplace_back(static_cast<std::size_t>(count));
    EXPECT_EQ(ptrace(kGetFilter, pid_, index, filters.back().data()), count);
  }
}

}  // namespace zoobar
