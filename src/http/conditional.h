// Conditional requests and range requests for one representation (RFC 9110, 13 and 14). The result depends only on the
// request's head and the representation's validators.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/head.h"

namespace zoobar {

struct Validators {
  std::string_view etag;          // a strong entity tag, including its quotes
  std::int64_t modified_seconds;  // time of the last change, in seconds since 1970
  std::uint64_t size;
};

struct Selection {
  int status = 200;         // 200, 206, 304, 412 or 416
  std::uint64_t first = 0;  // position of the first byte to send, if the status is 206
  std::uint64_t size = 0;   // how many bytes to send, if the status is 200 or 206
};

// Evaluates If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, and Range with If-Range, in the order of
// RFC 9110, 13.2.2. A Range with one range of bytes gives 206 or 416. A Range with several ranges, or with a unit other
// than bytes, is ignored, so that the whole representation is sent. A list of entity tags may be spread over several
// fields. A date that was sent twice is ignored (13.1.3, 13.1.4). Range is ignored if Range or If-Range was sent twice
// (13.1.5, 14.2).
Selection Select(const RequestHead& head, const Validators& validators);

// Whether Accept-Encoding allows gzip and does not prefer identity (RFC 9110, 12.5.3).
bool AcceptsGzip(const RequestHead& head);

// Returns the media type for the ending of the file name, or "application/octet-stream" for an unknown ending.
std::string_view ContentType(std::string_view path);

}  // namespace zoobar
