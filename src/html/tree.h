// Parses HTML with gumbo into an HTML5 tree, within a budget of memory and CPU time.
//
// Gumbo needs quadratic time and recursion on hostile input (64 KiB of end tags inside <svg> cost seconds of CPU time),
// and it has no limits and no way to stop it. But gumbo allocates memory at every token, always through the allocator
// of this class. When the budget is used up, the allocator jumps out of the parser, and all memory of the parser is
// freed at once. Code that handles the tree is not recursive, or has a limit for the depth (svg.h).
#pragma once

#include <gumbo.h>

#include <chrono>
#include <csetjmp>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace zoobar {

// White space (infra.spec.whatwg.org, "ASCII whitespace").
inline constexpr std::string_view kHtmlBlanks = " \t\n\f\r";

// The limits for parsing one document. All passes over the document share them.
class ParseBudget {
 public:
  // `memory` is the number of bytes that one tree may hold. `cpu` is the CPU time that this thread may use from now on.
  ParseBudget(std::size_t memory, std::chrono::milliseconds cpu);

  std::size_t memory() const { return memory_; }
  bool CpuSpent() const;

 private:
  std::size_t memory_;
  std::chrono::nanoseconds cpu_end_;
};

class HtmlTree {
 public:
  // Parses `html` (valid UTF-8) as the content of a <div>. `html` and `budget` must outlive the tree.
  HtmlTree(std::string_view html, const ParseBudget& budget);
  HtmlTree(const HtmlTree&) = delete;
  HtmlTree& operator=(const HtmlTree&) = delete;

  // The element whose children are the parsed nodes, or nullptr if the budget was used up.
  const GumboNode* root() const { return output_ ? output_->root : nullptr; }

 private:
  static void* Allocate(void* tree, std::size_t size);
  void Parse(std::string_view html);

  const ParseBudget& budget_;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::byte* free_ = nullptr;  // the first free byte of the last block
  std::size_t left_ = 0, used_ = 0, asked_ = 0;
  std::jmp_buf out_of_budget_;
  const GumboOutput* output_ = nullptr;
};

}  // namespace zoobar
