// Decodes a chunked body (RFC 9112, 7.1) strictly. Lines end with CRLF. A size has at most 8 hexadecimal digits. Chunk
// extensions (with quoted values, and with blanks around ";" and "=") and trailers are skipped; their bytes are counted
// together against one limit. Everything else is refused.
//
// An extension contains no CR and no LF, not even in quotes. So every reader finds the end of its line at the same
// CRLF.
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

  // Decodes from `bytes` and appends to *body. Sets *used to the number of bytes taken: all of them on kMore, up to the
  // end of the body on kDone. Returns kTooLarge as soon as a chunk's size line exceeds the limit, before its data
  // arrives.
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
  std::uint64_t chunk_ = 0;  // the chunk's size while it is read, then the bytes of it that are still missing
  int digits_ = 0;
  std::size_t extra_ = 0;
};

}  // namespace zoobar
