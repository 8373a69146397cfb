// Bounds on what a client may send and how long it may take. Every answer to a breach names the bound.
#pragma once

#include <cstddef>
#include <cstdint>

#include "config.pb.h"
#include "ipc/loop.h"

namespace zoobar {

struct HttpLimits {
  std::size_t head_bytes = 16384;        // request line and fields together: 431
  std::size_t line_bytes = 8192;         // the request line: 414. RFC 9112, 3 recommends at least 8000
  std::size_t fields = 100;              // 431
  std::size_t body_bytes = 131072;       // 413
  std::size_t chunk_extra_bytes = 4096;  // chunk extensions and trailers of one body together: 400
  Milliseconds head_time{10000};         // from a head's first byte to its last: 408
  Milliseconds body_time{20000};         // from the head's end to the body's: 408
  Milliseconds idle_time{120000};        // between requests: the connection is closed
  Milliseconds write_time{30000};        // without the client taking a byte: the connection is closed
  Milliseconds linger_time{5000};        // after a refusal, for the client to read it

  static HttpLimits From(const Config::Http& http) {
    HttpLimits limits;
    limits.head_bytes = http.head_bytes();
    limits.line_bytes = limits.line_bytes < limits.head_bytes ? limits.line_bytes : limits.head_bytes;
    limits.fields = http.fields();
    limits.body_bytes = http.body_bytes();
    limits.head_time = Milliseconds(1000LL * http.head_seconds());
    limits.body_time = Milliseconds(1000LL * http.body_seconds());
    limits.idle_time = Milliseconds(1000LL * http.idle_seconds());
    limits.write_time = Milliseconds(1000LL * http.write_seconds());
    return limits;
  }
};

}  // namespace zoobar
