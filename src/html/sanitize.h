// Strangers' HTML in, the part of it on the allow-list out: never the input mended, always a new text written from the
// HTML5 tree, element by element (allow_list.h).
//
// What comes out is balanced, holds no comment, no raw '<', '>' or '"' but the ones written here, and is read by an
// HTML5 parser as exactly the tree it was written from: every result is parsed again and must come out unchanged before
// it is given away. That closes the door on mutation (text that is harmless in one parse and markup in the next):
// <plaintext>, <noscript>, <select>, foreign content, elements moved out of tables.
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
  std::size_t nodes = 20000;           // of the tree, what is dropped whole not counted
  std::size_t depth = 200;             // browsers stop at 512
  std::size_t memory = 32 << 20;       // of one tree
  std::chrono::milliseconds cpu{150};  // of the calling thread, over all passes
  int passes = 8;                      // until the result comes out unchanged
};

enum class SanitizeOutcome {
  kClean,
  kTooLarge,  // the input
  kNotUtf8,
  kTooComplex,  // any other limit
};

struct Sanitized {
  SanitizeOutcome outcome;
  std::string html;  // empty unless kClean
};

// May stand as the content of a block element of a page in standards mode. For every x that comes out clean with an
// output within limits.input: Sanitize(Sanitize(x).html).html == Sanitize(x).html.
Sanitized Sanitize(std::string_view html, const SanitizeLimits& limits = {});

}  // namespace zoobar
