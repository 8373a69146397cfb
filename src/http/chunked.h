// Decodes a chunked body (RFC 9112, 7.1) strictly. Lines end with CRLF. A size has at most 8 hexadecimal digits. Chunk
// extensions (with quoted values, and with blanks around ";" and "=") and trailers are skipped; their bytes are counted
// together against one limit. Everything else is refused.
//
// CR and LF are refused inside an extension, even in quotes. So a proxy and this decoder always find the end of the
// size line at the same CRLF.
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

  // Decodes `bytes` and appends the data to *body. Sets *used to the number of bytes that it decoded. On kMore these
  // are all bytes; on kDone, all bytes up to the end of the body. Returns kTooLarge as soon as the size of a chunk
  // shows that the body would exceed max_body, before the data of the chunk arrives.
  Outcome Feed(std::string_view bytes, std::size_t* used, Bytes* body);

 private:
  enum class State {
    kSize,
    kAfterSize,       // expects blanks, then ";"
    kExtensionStart,  // expects blanks, then the name of an extension
    kExtensionName,
    kAfterName,   // expects blanks, then "=" or ";" or the end of the line
    kValueStart,  // expects blanks, then a token or a quoted string
    kValue,
    kQuoted,
    kEscaped,  // directly after a backslash inside quotes
    kQuotedEnd,
    kAfterValue,  // expects blanks, then ";" or the end of the line
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
  std::uint64_t chunk_ = 0;  // first the chunk's size; later the number of its bytes that have not arrived yet
  int digits_ = 0;
  std::size_t extra_ = 0;
};

}  // namespace zoobar
