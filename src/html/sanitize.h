// Takes HTML that other people wrote and returns the part of it that is allowed (allow_list.h). The input is never
// repaired: the result is a new text, written element by element from the HTML5 tree.
//
// The result is balanced, contains no comment and no raw '<', '>' or '"' except those written here, and an HTML5 parser
// reads it as exactly the tree from which it was written. This is checked: every result is parsed again and must come
// out unchanged before it is returned. This prevents mutation, where a text is harmless in one parse and markup in the
// next: <plaintext>, <noscript>, <select>, foreign content, elements that are moved out of tables.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "html/allow_list.h"

namespace zoobar {

struct SanitizeLimits {
  std::size_t input = 64 * 1024;
  std::size_t output = 256 * 1024;
  std::size_t nodes = 20000;           // of the tree, without the content of elements that are removed whole
  std::size_t depth = 200;             // browsers stop at 512
  std::size_t memory = 32 << 20;       // bytes, for one tree
  std::chrono::milliseconds cpu{150};  // CPU time of the calling thread, for all passes together
  int passes = 8;                      // at most, until the result comes out unchanged
};

enum class SanitizeOutcome {
  kClean,
  kTooLarge,  // the input
  kNotUtf8,
  kTooComplex,  // another limit was exceeded
};

struct Sanitized {
  SanitizeOutcome outcome;
  std::string html;  // empty unless kClean
};

// The result may be the content of a block element in a page in standards mode. For every x whose result is clean and
// not longer than limits.input: Sanitize(Sanitize(x).html).html == Sanitize(x).html.
Sanitized Sanitize(std::string_view html, const SanitizeLimits& limits = {});

}  // namespace zoobar
