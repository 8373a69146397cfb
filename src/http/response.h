// Answers. Every one carries the security headers, Date and Content-Length; nothing of them can be left out by a page.
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

// What a page hands over. Content-Length, Date, Connection and the security headers are added when it is sent.
struct Response {
  int status = 200;
  std::string_view type = media_type::kHtml;  // outlives the answer: a constant
  std::string body;
  bool close = false;  // end the connection after it
  std::string member;  // whose session it was, for the access log; empty: none

  // Further fields. Die on CR, LF or NUL: a caller that passes on what a client sent must have checked it.
  void AddField(std::string_view name, std::string_view value);
  const Bytes& fields() const { return fields_; }  // whole lines

  // HttpOnly; SameSite=Lax; Path=/. Seconds 0: until the browser ends; below 0: deletes it. Precondition: value holds
  // only cookie-octets (RFC 6265, 4.1.1); base64url and hexadecimal do.
  void SetCookie(std::string_view name, std::string_view value, std::int64_t max_age_seconds, bool secure);

  static Response Text(int status, std::string_view text);
  // A small HTML page with a heading and one line; both are escaped.
  static Response Message(int status, std::string_view title, std::string_view text);
  // 303 (after a POST) or 302. Precondition: location is local, without control bytes.
  static Response Redirect(int status, std::string_view location);
  // 503 with Retry-After.
  static Response Busy(std::string_view text, int retry_after_seconds);

 private:
  Bytes fields_;
};

// Part of an open file.
struct FileSlice {
  std::shared_ptr<const Fd> file;
  std::uint64_t offset = 0, size = 0;
};

// An answer whose head is laid out already: what the dispatcher's cache holds. At most one of the three bodies is set.
struct PreparedResponse {
  int status = 200;
  std::string_view fields;  // whole lines: security headers, Content-Length, ...; all but Date and Connection. Copied.
  std::string_view copied;  // body, copied at once: for small ones
  std::shared_ptr<const std::string> shared;  // body, kept until it is sent
  FileSlice file;                             // body, by sendfile
  bool close = false;

  std::uint64_t body_size() const { return copied.size() + (shared ? shared->size() : 0) + file.size; }
};

// "HTTP/1.1 200 OK\r\n". Dies on a status this program never sends.
std::string_view StatusLine(int status);
// "Not Found".
std::string_view ReasonPhrase(int status);

// The lines every answer carries (Content-Security-Policy and its kin), ended by CRLF each. Pages have no inline script
// or style; profiles are sanitised HTML that may show images from elsewhere.
std::string_view SecurityFields();

// & < > " ' as entities.
std::string EscapeHtml(std::string_view text);

}  // namespace zoobar
