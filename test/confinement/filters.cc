#include "confinement/filters.h"

#include <gtest/gtest.h>
#include <linux/seccomp.h>

#include <cstring>
#include <optional>

namespace zoobar {
namespace {

// Evaluates one filter: classic BPF, as far as libseccomp's filters and our own filters for ids use it.
class Evaluation {
 public:
  Evaluation(const std::vector<sock_filter>& filter, const seccomp_data& data) : filter_(filter), data_(data) {}

  std::uint32_t Action() {
    for (; at_ < filter_.size(); ++at_) {
      const sock_filter& op = filter_[at_];
      if (op.code == (BPF_RET | BPF_K)) return op.k;
      if (op.code == (BPF_RET | BPF_A)) return a_;
      if (Compute(op)) continue;
      const std::optional<std::uint32_t> distance = Jump(op);
      if (!distance) {
        ADD_FAILURE() << "unknown filter instruction " << op.code;
        return SECCOMP_RET_ALLOW;
      }
      at_ += *distance;
    }
    ADD_FAILURE() << "filter without an end";
    return SECCOMP_RET_ALLOW;
  }

 private:
  std::uint32_t Load(std::uint32_t offset) const {
    std::uint32_t word = 0;
    if (offset + sizeof word > sizeof data_)
      ADD_FAILURE() << "filter reads at " << offset;
    else
      std::memcpy(&word, reinterpret_cast<const char*>(&data_) + offset, sizeof word);
    return word;
  }

  // False if the instruction is not one that changes a register or the memory.
  bool Compute(const sock_filter& op) {
    switch (op.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        a_ = Load(op.k);
        return true;
      case BPF_LD | BPF_IMM:
        a_ = op.k;
        return true;
      case BPF_LD | BPF_MEM:
        a_ = memory_[op.k % BPF_MEMWORDS];
        return true;
      case BPF_ST:
        memory_[op.k % BPF_MEMWORDS] = a_;
        return true;
      case BPF_MISC | BPF_TAX:
        x_ = a_;
        return true;
      case BPF_ALU | BPF_AND | BPF_K:
        a_ &= op.k;
        return true;
      default:
        return false;
    }
  }

  // The number of instructions to leave out; nothing if the instruction is not a jump.
  std::optional<std::uint32_t> Jump(const sock_filter& op) const {
    const auto distance = [&](bool taken) { return taken ? op.jt : op.jf; };
    switch (op.code) {
      case BPF_JMP | BPF_JA:
        return op.k;
      case BPF_JMP | BPF_JEQ | BPF_X:
        return distance(a_ == x_);
      case BPF_JMP | BPF_JEQ | BPF_K:
        return distance(a_ == op.k);
      case BPF_JMP | BPF_JGT | BPF_K:
        return distance(a_ > op.k);
      case BPF_JMP | BPF_JGE | BPF_K:
        return distance(a_ >= op.k);
      case BPF_JMP | BPF_JSET | BPF_K:
        return distance((a_ & op.k) != 0);
      default:
        return std::nullopt;
    }
  }

  const std::vector<sock_filter>& filter_;
  const seccomp_data& data_;
  std::size_t at_ = 0;
  std::uint32_t a_ = 0, x_ = 0;
  std::uint32_t memory_[BPF_MEMWORDS] = {};
};

}  // namespace

std::uint32_t ActionOf(const Filters& filters, long number, const std::vector<std::uint64_t>& arguments,
                       std::uint32_t architecture) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = architecture;
  for (std::size_t i = 0; i < arguments.size() && i < 6; ++i) data.args[i] = arguments[i];
  std::uint32_t harshest = SECCOMP_RET_ALLOW;
  for (const auto& filter : filters) {
    const std::uint32_t action = Evaluation(filter, data).Action();
    if (static_cast<std::int32_t>(action & SECCOMP_RET_ACTION_FULL) <
        static_cast<std::int32_t>(harshest & SECCOMP_RET_ACTION_FULL)) {
      harshest = action;
    }
  }
  return harshest;
}

}  // namespace zoobar
