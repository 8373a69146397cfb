// Conditional and range requests on one representation (RFC 9110, 13 and 14), as a function of head and validators.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/head.h"

namespace zoobar {

struct Validators {
  std::string_view etag;          // strong, with its quotes
  std::int64_t modified_seconds;  // since 1970
  std::uint64_t size;
};

struct Selection {
  int status = 200;         // 200, 206, 304, 412 or 416
  std::uint64_t first = 0;  // of what is to be sent, with 206
  std::uint64_t size = 0;   // with 200 and 206
};

// If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, Range with If-Range, in RFC 9110's order (13.2.2).
// One range of bytes gives 206 or 416; several, or a unit not known, the whole. Lists of entity tags may come as
// several fields. A date that came twice is ignored (13.1.3, 13.1.4); so is Range where it or If-Range did
// (13.1.5, 14.2).
Selection Select(const RequestHead& head, const Validators& validators);

// Whether Accept-Encoding allows gzip and does not prefer identity (RFC 9110, 12.5.3).
bool AcceptsGzip(const RequestHead& head);

// By the name's ending; "application/octet-stream" for the rest.
std::string_view ContentType(std::string_view path);

}  // namespace zoobar
