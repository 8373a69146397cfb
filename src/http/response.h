// Responses. Every response has the security headers, Date and Content-Length; a page cannot leave any of them out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ipc/bytes.h"
#include "ipc/fd.h"

namespace zoobar {

namespace media_type {
inline constexpr std::string_view kHtml = "text/html; charset=utf-8";
inline constexpr std::string_view kText = "text/plain; charset=utf-8";
inline constexpr std::string_view kScript = "text/javascript; charset=utf-8";
}  // namespace media_type

// What a page produces. Content-Length, Date, Connection and the security headers are added when it is sent.
struct Response {
  int status = 200;
  std::string_view type = media_type::kHtml;  // a constant, because it must outlive the response
  std::string body;
  bool close = false;  // end the connection after this response
  std::string member;  // for the access log: the name of the member whose session it was; empty: none

  // Adds a field. A CR, LF or NUL in it ends the process: a caller that passes on what a client sent must have checked
  // it.
  void AddField(std::string_view name, std::string_view value);
  const Bytes& fields() const { return fields_; }  // complete lines

  // Adds a cookie with HttpOnly, SameSite=Lax and Path=/. max_age_seconds: 0 keeps it until the browser is closed, a
  // negative number deletes it. Precondition: value contains only cookie-octets (RFC 6265, 4.1.1), as base64url and
  // hexadecimal text do.
  void SetCookie(std::string_view name, std::string_view value, std::int64_t max_age_seconds, bool secure);

  static Response Text(int status, std::string_view text);
  // A small HTML page with a heading and one line of text. Both are escaped.
  static Response Message(int status, std::string_view title, std::string_view text);
  // status: 303 after a POST, else 302. Precondition: location is on this server and contains no control bytes.
  static Response Redirect(int status, std::string_view location);
  // Status 503 with Retry-After.
  static Response Busy(std::string_view text, int retry_after_seconds);

 private:
  Bytes fields_;
};

// Part of an open file.
struct FileSlice {
  std::shared_ptr<const Fd> file;
  std::uint64_t offset = 0, size = 0;
};

// A response whose head is already composed, as the dispatcher's cache holds it. At most one of the three bodies is
// set.
struct PreparedResponse {
  int status = 200;
  std::string_view
      fields;  // complete lines (security headers, Content-Length, ...) without Date and Connection; copied
  std::string_view copied;                    // a small body, copied at once
  std::shared_ptr<const std::string> shared;  // a body that is kept until it is sent
  FileSlice file;                             // a body that sendfile sends
  bool close = false;

  std::uint64_t body_size() const { return copied.size() + (shared ? shared->size() : 0) + file.size; }
};

// "HTTP/1.1 200 OK\r\n". A status that is not in the table ends the process.
std::string_view StatusLine(int status);
// "Not Found".
std::string_view ReasonPhrase(int status);

// The lines that every response contains (Content-Security-Policy and others), each ended by CRLF. Pages have no inline
// script or style. Profiles are sanitised HTML and may show images from other servers.
std::string_view SecurityFields();

// Replaces & < > " ' by entities.
std::string EscapeHtml(std::string_view text);

}  // namespace zoobar
