// Limits for what a client may send and how long it may take. If a client exceeds one of the limits that have a status
// beside them, it gets a response with this status that names the limit. Beside the limits there is the field that
// tells browsers to use only https, because the same owners of connections need it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "config.pb.h"
#include "ipc/loop.h"

namespace zoobar {

struct HttpLimits {
  std::size_t head_bytes = 16384;        // size of the request line and all fields together; status 431
  std::size_t line_bytes = 8192;         // size of the request line; status 414. RFC 9112, 3 recommends at least 8000
  std::size_t fields = 100;              // number of fields; status 431
  std::size_t body_bytes = 131072;       // size of the body; status 413
  std::size_t chunk_extra_bytes = 4096;  // size of all chunk extensions and trailers of one body; status 400
  Milliseconds head_time{10000};         // from the first byte of a head to its last byte; status 408
  Milliseconds body_time{20000};         // from the end of the head to the end of the body; status 408
  Milliseconds idle_time{120000};        // while a connection waits for a request; then the connection is closed
  Milliseconds write_time{30000};        // while a client reads nothing of a response; then the connection is closed
  Milliseconds linger_time{5000};        // connection stays open after a refusal, so that the client can read it

  // The whole line Strict-Transport-Security (RFC 6797, 6.1). Responses over TLS have it. Empty: they do not.
  std::string hsts;

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
    if (http.hsts_seconds() > 0) {
      limits.hsts = "Strict-Transport-Security: max-age=" + std::to_string(http.hsts_seconds()) +
                    (http.hsts_subdomains() ? "; includeSubDomains\r\n" : "\r\n");
    }
    return limits;
  }
};

}  // namespace zoobar
