// Gumbo's HTML5 tree under a budget.
//
// Gumbo is quadratic and recursive on hostile input (64 KiB of end tags inside <svg> cost seconds of CPU), takes no
// limit and cannot be asked to stop. It does ask for memory at every token, though, and all of it comes from here: when
// the budget is used up the allocator jumps out of the parser, and what it had is freed in one piece. Nothing recursive
// ever runs over the tree.
#pragma once

#include <gumbo.h>

#include <chrono>
#include <csetjmp>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace zoobar {

// What the parsing of one document may cost; shared by the passes over it.
class ParseBudget {
 public:
  // memory: bytes alive per tree. cpu: of this thread, from now on.
  ParseBudget(std::size_t memory, std::chrono::milliseconds cpu);

  std::size_t memory() const { return memory_; }
  bool CpuSpent() const;

 private:
  std::size_t memory_;
  std::chrono::nanoseconds cpu_end_;
};

class HtmlTree {
 public:
  // Parses `html` (valid UTF-8) as the content of a <div>. Both outlive the tree.
  HtmlTree(std::string_view html, const ParseBudget& budget);
  HtmlTree(const HtmlTree&) = delete;
  HtmlTree& operator=(const HtmlTree&) = delete;

  // The element whose children are the fragment; nullptr when the budget was used up.
  const GumboNode* root() const { return output_ ? output_->root : nullptr; }

 private:
  static void* Allocate(void* tree, std::size_t size);
  void Parse(std::string_view html);

  const ParseBudget& budget_;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::byte* free_ = nullptr;  // the rest of the last block
  std::size_t left_ = 0, used_ = 0, asked_ = 0;
  std::jmp_buf out_of_budget_;
  const GumboOutput* output_ = nullptr;
};

}  // namespace zoobar
