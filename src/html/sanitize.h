// Takes HTML that other people wrote and returns the part of it that is allowed (allow_list.h). The input is never
// repaired. It is parsed into an HTML5 tree, and the result is a new text that is written from the tree, element by
// element.
//
// The result is balanced and contains no comment. It contains no raw '<', '>' or '"' except those that this code
// writes. An HTML5 parser reads the result as exactly the tree from which it was written. To check this, every result
// is parsed and written again, and it is returned only if it comes out unchanged. The check prevents mutation attacks,
// where a text is harmless in one parse and becomes markup in the next. These attacks use <plaintext>, <noscript>,
// <select>, foreign content, and elements that are moved out of tables.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "html/allow_list.h"

namespace zoobar {

struct SanitizeLimits {
  std::size_t input = 64 * 1024;
  std::size_t output = 256 * 1024;
  std::size_t nodes = 20000;           // of the tree; the content of elements that are removed whole does not count
  std::size_t depth = 200;             // of nested elements; browsers stop at 512
  std::size_t memory = 32 << 20;       // bytes, for one tree
  std::chrono::milliseconds cpu{150};  // CPU time of the calling thread, for all passes together
  int passes = 8;                      // at most this many passes until the result comes out unchanged
};

enum class SanitizeOutcome {
  kClean,
  kTooLarge,  // the input is longer than SanitizeLimits::input
  kNotUtf8,
  kTooComplex,  // another limit was exceeded
};

struct Sanitized {
  SanitizeOutcome outcome;
  std::string html;                       // empty unless kClean
  std::vector<std::string> removed = {};  // what was left out of the document: "<svg>", "onclick" (html/removed.h)
};

// The result may be the content of a block element in a page in standards mode. A second call does not change it:
// Sanitize(Sanitize(x).html).html == Sanitize(x).html for every x whose result is clean and not longer than
// limits.input.
Sanitized Sanitize(std::string_view html, const SanitizeLimits& limits = {});

// Does the same with what a program printed. Output without any HTML tag is plain text: it is shown as it is, in a
// <pre> (html/plain_text.h).
Sanitized SanitizeOutput(std::string_view output, const SanitizeLimits& limits = {});

}  // namespace zoobar
