#include "html/tree.h"

#include <ctime>

#include <algorithm>

namespace zoobar {
namespace {

constexpr std::size_t kBlock = 256 * 1024;
constexpr std::size_t kAskClockEvery = 64;  // allocations between two readings of the clock (a system call)

std::chrono::nanoseconds ThreadCpu() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

ParseBudget::ParseBudget(std::size_t memory, std::chrono::milliseconds cpu)
    : memory_(memory), cpu_end_(ThreadCpu() + cpu) {}

bool ParseBudget::CpuSpent() const { return ThreadCpu() >= cpu_end_; }

HtmlTree::HtmlTree(std::string_view html, const ParseBudget& budget) : budget_(budget) { Parse(html); }

// Allocate may jump back into this function, and a jump calls no destructors. Neither this function nor Allocate has an
// object with a destructor at that moment. Between the two there are only functions of gumbo, which are C.
void HtmlTree::Parse(std::string_view html) {
  if (setjmp(out_of_budget_) != 0) return;
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = &HtmlTree::Allocate;
  options.deallocator = [](void*, void*) {};
  options.userdata = this;
  options.max_errors = 0;
  options.fragment_context = GUMBO_TAG_DIV;
  output_ = gumbo_parse_with_options(&options, html.data(), html.size());
}

void* HtmlTree::Allocate(void* tree, std::size_t size) {
  HtmlTree& self = *static_cast<HtmlTree*>(tree);
  constexpr std::size_t kAlign = alignof(std::max_align_t);
  size = (std::max<std::size_t>(size, 1) + kAlign - 1) / kAlign * kAlign;
  self.used_ += size;
  const bool ask_clock = ++self.asked_ % kAskClockEvery == 0;
  if (self.used_ > self.budget_.memory() || (ask_clock && self.budget_.CpuSpent()))
    std::longjmp(self.out_of_budget_, 1);
  if (size > self.left_) {
    self.left_ = std::max(size, kBlock);
    self.blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(self.left_));
    self.free_ = self.blocks_.back().get();
  }
  void* memory = self.free_;
  self.free_ += size;
  self.left_ -= size;
  return memory;
}

}  // namespace zoobar
