// Reads CBOR (RFC 8949) in the one form that authenticators write: CTAP2 canonical CBOR (CTAP 2.1, section 8). Numbers
// and lengths have their shortest form, all lengths are definite, the keys of a map are in order and none comes twice.
// There are no tags and no floating-point numbers, and nothing is nested deeper than four levels. What is not of this
// form is refused, so there is only one text for each value.
//
// The reader allocates nothing. Its views point into the text, which must outlive them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ipc/result.h"

namespace zoobar {

class CborReader {
 public:
  static constexpr int kMostNested = 4;  // CTAP 2.1, section 8

  explicit CborReader(std::string_view text) : left_(text) {}

  // What was not read yet.
  std::string_view left() const { return left_; }

  // Each of these reads the next item, which must be of its kind. After an Error the reader must not be used.
  Result<std::int64_t> Integer();
  Result<std::string_view> ByteString();
  // Reads only the head of a map, and returns how many pairs of key and value follow.
  Result<std::size_t> Map();
  // Reads over the next item, whatever it is.
  Status Skip() { return Skip(kMostNested); }

 private:
  struct Head {
    unsigned major = 0;
    std::uint64_t value = 0;
  };
  Result<Head> ReadHead();
  Result<Head> ReadHead(unsigned major);
  Result<std::string_view> Take(std::uint64_t size);
  Status Skip(int depth);
  Status SkipMap(std::uint64_t pairs, int depth);

  std::string_view left_;
};

}  // namespace zoobar
