// Responses. Every response has the security headers, Date and Content-Length; a page cannot leave any of them out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "request/request.h"

namespace zoobar {

namespace media_type {
inline constexpr std::string_view kHtml = "text/html; charset=utf-8";
inline constexpr std::string_view kText = "text/plain; charset=utf-8";
inline constexpr std::string_view kStyle = "text/css; charset=utf-8";
inline constexpr std::string_view kSvg = "image/svg+xml";
inline constexpr std::string_view kScript = "text/javascript; charset=utf-8";
}  // namespace media_type

// The response that the code of a page produces. Content-Length, Date, Connection and the security headers are added
// when the response is sent.
// What a browser may load for a response and run in it (Content-Security-Policy, w3.org/TR/CSP3). All allow the styles
// and images of this site, and nothing inline.
enum class Policy {
  kPage,    // and forms; no script
  kScript,  // and forms, and the scripts of this site. The page names the hash of each script (w3.org/TR/SRI), because
            // the role that serves scripts must not be able to change what runs in this page
  kEditor,  // and forms, and the script of the editor, which the page names as in kScript; it loads nothing
  kEditorPictures,  // kEditor and kPictures
  kPictures,  // and forms, and images in data: addresses, which the sanitizer has checked (html/picture.h); no script
  kFile,      // a file of the web root: no script and no forms, so that no file acts for a member who opens it
};

struct Response {
  int status = 200;
  std::string_view type = media_type::kHtml;  // must be a constant, because it must outlive the response
  std::string body;
  bool close = false;  // end the connection after this response
  Policy policy = Policy::kPage;
  std::string member;  // for the access log: the member who was logged in; empty: nobody was

  // Adds a field. Ends the process if the value contains a CR, LF or NUL. If the value comes from a client, the caller
  // must check it before it calls AddField.
  void AddField(std::string_view name, std::string_view value);
  const Bytes& fields() const { return fields_; }  // complete lines, each ended by CRLF

  // Adds a cookie with HttpOnly, SameSite=Lax and Path=/. If max_age_seconds is 0, the browser keeps the cookie until
  // it is closed. If max_age_seconds is negative, the browser deletes the cookie. Precondition: value contains only
  // cookie-octets (RFC 6265, 4.1.1), as base64url and hexadecimal text do.
  void SetCookie(std::string_view name, std::string_view value, std::int64_t max_age_seconds, bool secure);

  static Response Text(int status, std::string_view text);
  // A small HTML page with a heading and one line of text. Both are escaped. If it reports an error, it names the
  // current request.
  static Response Message(int status, std::string_view title, std::string_view text);
  // Makes a redirect. `status` should be 303 after a POST, else 302. With the method and the body: 307, or 308 for good.
  // Precondition: location is on this server and contains no control bytes.
  static Response Redirect(int status, std::string_view location);
  // Makes a small page with status 503 and the field Retry-After.
  static Response Busy(std::string_view text, int retry_after_seconds);

 private:
  Bytes fields_;
};

// Part of an open file.
struct FileSlice {
  std::shared_ptr<const Fd> file;
  std::uint64_t offset = 0, size = 0;
};

// A response whose fields are already composed. The dispatcher keeps such responses in its cache. At most one of the
// three bodies `copied`, `shared` and `file` is set.
struct PreparedResponse {
  int status = 200;
  std::string_view
      fields;  // whole lines (security headers, Content-Length, ...) without Date and Connection; Compose copies them
  std::string_view copied;                    // a small body; it is copied behind the head
  std::shared_ptr<const std::string> shared;  // a body that is kept until it is sent
  FileSlice file;                             // a body that sendfile sends
  bool close = false;

  std::uint64_t body_size() const { return copied.size() + (shared ? shared->size() : 0) + file.size; }
};

// Returns the status line, for example "HTTP/1.1 200 OK\r\n". Ends the process if the table has no such status.
std::string_view StatusLine(int status);
// Returns the words of the status line, for example "Not Found".
std::string_view ReasonPhrase(int status);

// The lines that every response contains (Content-Security-Policy and others), each ended by CRLF.
std::string_view SecurityFields(Policy policy);

// Replaces & < > " ' by entities.
std::string EscapeHtml(std::string_view text);

}  // namespace zoobar
