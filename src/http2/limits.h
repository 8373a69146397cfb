// The bounds of one HTTP/2 connection. Beside these, http/limits.h applies to each stream as it does to a request of
// HTTP/1.1.
//
// Whose share: everything here belongs to one connection, and a connection belongs to its client's address. The owner of
// the connections bounds how many of them an address may have, and how many socket pairs all connections of an address
// may have together (Http2Connection::Hooks::connect). A client that takes all of its connection's bounds waits for
// itself: no stream waits for a stream of another connection.
//
// The most memory that a connection can take, whatever its client does:
//   nghttp2's session, with the HPACK tables and response heads that wait   session_bytes              256 KiB, enforced
//   heads of requests that wait for a socket pair                           waiting_heads              128 KiB + one head
//   bodies of requests                                                      connection_window()        440 KiB
//   bodies of responses                                    held_responses + backends * response_buffer 384 KiB
//   requests that are being written to socket pairs    backends * (head + 2 * Http2Backend::kOutbox)   256 KiB
//   what waits to be sent                                                   output + one frame          48 KiB
// So it is about 1.5 MiB. An idle connection takes about 30 KiB (nghttp2's buffer for one frame is most of it).
#pragma once

#include <cstddef>
#include <cstdint>

#include "http/limits.h"

namespace zoobar {

struct Http2Limits {
  HttpLimits http;                      // head, fields, line, body_time, idle_time, ...: the same as for HTTP/1.1
  std::uint32_t streams = 100;          // SETTINGS_MAX_CONCURRENT_STREAMS; RFC 9113, 6.5.2 recommends at least 100
  std::size_t backends = 8;             // the most socket pairs; each serves one stream at a time
  std::uint32_t first_window = 2048;    // bytes of body that a stream may send before it has a socket pair
  std::uint32_t stream_window = 32768;  // and once it has one
  std::size_t waiting_heads = 131072;   // size of the heads that wait for a socket pair; past it REFUSED_STREAM
  std::size_t header_list = 65536;      // size of a decoded field section, past which it is not decoded to its end
  std::size_t continuations = 8;        // CONTINUATION frames of one field section
  std::size_t response_buffer = 32768;  // bytes of one response that wait for the client's window
  std::size_t held_responses = 131072;  // no further stream begins while so many bytes of responses wait
  // While the responses of all connections together take so many bytes, a connection begins a stream only if it holds no
  // response, and no response takes more than crowded_buffer. So nobody is locked out, and memory does not grow on.
  std::size_t held_by_all = 67108864, crowded_buffer = 4096;
  std::size_t output = 32768;          // bytes that wait for the client's socket before more frames are composed
  std::size_t session_bytes = 262144;  // what nghttp2 may allocate for the connection
  Milliseconds settings_time{10000};   // for the client's preface, and for its acknowledgement of our settings
  Milliseconds wait_time{30000};       // for a stream that waits for a socket pair; status 503
  Milliseconds answer_time{120000};    // from a request's last byte to the head of its response; status 503
  Milliseconds backend_idle{5000};     // a socket pair without an exchange is closed after this time

  // The window of the connection. It is large enough for the windows of all streams, so that no stream can keep another
  // from sending its body.
  std::uint32_t connection_window() const {
    return streams * first_window + static_cast<std::uint32_t>(backends) * (stream_window - first_window);
  }
};

}  // namespace zoobar
