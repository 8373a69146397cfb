// The state of one stream of an HTTP/2 connection. Http2Connection owns and changes it.
#pragma once

#include <cstdint>
#include <string>

#include "http2/request_head.h"
#include "ipc/bytes.h"

namespace zoobar {

class Http2Backend;

struct Http2Stream {
  std::int32_t id = 0;
  Http1Request request;             // its head is dropped when it cannot be needed again
  bool body_open = false;           // more of the request's body may come
  bool body_ended = false;          // the end of the body is given to the backend
  ByteQueue body;                   // what has come and was not given to the backend yet
  Http2Backend* backend = nullptr;  // while the exchange runs
  bool waiting = false;             // for a backend
  bool retried = false;

  bool continued = false;  // "100 Continue" was sent
  bool answered = false;   // the head of the response was given to the session
  bool complete = false;   // the whole response is in `response`, or was sent
  ByteQueue response;      // bytes of the response's body that were not sent yet

  // Times in milliseconds of the loop's clock.
  std::uint64_t waiting_since = 0;
  std::uint64_t body_since = 0;      // since when the client may send the body
  std::uint64_t progress_since = 0;  // the last time when the exchange made progress
};

}  // namespace zoobar
