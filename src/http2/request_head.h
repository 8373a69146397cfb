// Turns the header fields of an HTTP/2 request (RFC 9113, 8.3) into the head of an HTTP/1.1 request.
//
// nghttp2 has checked the fields as RFC 9113 asks (names in lower case, pseudo fields, no fields of a connection). This
// class does not rely on that: it refuses bytes that could end a line, and it gives what it composed to HeadParser, the
// strict parser of HTTP/1.1. The head is used only if that parser finds one request in it, from the first byte to the
// last, with the body framed as intended. So a client gets over HTTP/2 the same refusals with the same status as over
// HTTP/1.1, and no field of HTTP/2 can become two of HTTP/1.1 or a second request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/head.h"
#include "ipc/bytes.h"

namespace zoobar {

// A request as the next server gets it.
struct Http1Request {
  Bytes head;  // whole, with the empty line at its end
  std::string method;
  std::string path;        // decoded; for the log
  bool head_only = false;  // the method is HEAD: the response has no body
  bool chunked = false;    // the body is sent in chunks, because the client did not tell its length
};

class Http2RequestHead {
 public:
  // `list_bytes`: the most that the fields may take, counted as RFC 9113, 6.5.2 counts (32 bytes more for each field).
  Http2RequestHead(const HttpLimits& limits, std::size_t list_bytes) : limits_(limits), list_bytes_(list_bytes) {}

  // Adds a field. Fields over HttpLimits::head_bytes are counted but not kept. Returns false if the fields take more
  // than `list_bytes`: the caller should not decode the rest.
  bool Add(std::string_view name, std::string_view value);
  // Composes the head, to be called after the last field. `body_follows`: the stream is still open for a body. Returns
  // the refusal, or nullopt if *request is complete. After a refusal only its method and head_only are set.
  std::optional<Refusal> Finish(bool body_follows, Http1Request* request);

 private:
  void AddPseudo(std::string_view name, std::string_view value);
  void AddRegular(std::string_view name, std::string_view value);
  bool Keep(std::size_t bytes);
  void Refuse(int status, std::string text);
  std::optional<Refusal> CheckTarget();
  std::optional<Refusal> Parse(bool body_follows, Http1Request* request) const;

  const HttpLimits& limits_;
  const std::size_t list_bytes_;
  std::size_t listed_ = 0;  // size of all fields as RFC 9113 counts
  std::size_t kept_ = 0;    // bytes that are kept
  std::string method_, scheme_, authority_, target_;
  std::optional<std::string> host_;
  Bytes fields_;  // complete lines
  Bytes cookie_;
  bool has_length_ = false;
  std::optional<Refusal> refusal_;  // the first one
};

}  // namespace zoobar
