// Decodes a chunked body (RFC 9112, 7.1), strictly: CRLF line ends, at most 8 hexadecimal digits, extensions (quoted
// values and blanks around ";" and "=" included) and trailers read over and bounded together, nothing else let through.
// No extension holds a CR or LF, quoted or not, so its line ends at its first CRLF to every reader.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/limits.h"
#include "ipc/bytes.h"

namespace zoobar {

class ChunkedDecoder {
 public:
  enum class Outcome { kMore, kDone, kMalformed, kTooLarge, kExtraTooLarge };

  ChunkedDecoder(std::size_t max_body, std::size_t max_extra) : max_body_(max_body), max_extra_(max_extra) {}

  // Decodes from `bytes`, appends to *body, sets *used to the bytes taken: all of them on kMore, up to the body's end
  // on kDone. kTooLarge comes as soon as a chunk's size says so, before its data.
  Outcome Feed(std::string_view bytes, std::size_t* used, Bytes* body);

 private:
  enum class State {
    kSize,
    kAfterSize,       // blanks, then ";"
    kExtensionStart,  // blanks, then the name
    kExtensionName,
    kAfterName,   // blanks, then "=" or ";" or the end
    kValueStart,  // blanks, then a token or a quoted string
    kValue,
    kQuoted,
    kEscaped,  // after a backslash in quotes
    kQuotedEnd,
    kAfterValue,  // blanks, then ";" or the end
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailer,
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kEndLf
  };

  Outcome OnSize(char byte, std::size_t have);
  Outcome OnLineByte(char byte);
  Outcome OnExtension(char byte);
  Outcome OnTrailerName(char byte);
  Outcome CountExtra();

  std::size_t max_body_, max_extra_;
  State state_ = State::kSize;
  std::uint64_t chunk_ = 0;  // of the chunk being read: its size, then what is left of it
  int digits_ = 0;
  std::size_t extra_ = 0;
};

}  // namespace zoobar
