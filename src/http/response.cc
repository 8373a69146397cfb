#include "http/response.h"

#include <fmt/format.h>

#include "ipc/result.h"

namespace zoobar {
namespace {

using std::string_view;

struct StatusText {
  int status;
  string_view line;  // "HTTP/1.1 200 OK\r\n"
};

constexpr StatusText kStatuses[] = {
    {200, "HTTP/1.1 200 OK\r\n"},
    {206, "HTTP/1.1 206 Partial Content\r\n"},
    {302, "HTTP/1.1 302 Found\r\n"},
    {303, "HTTP/1.1 303 See Other\r\n"},
    {304, "HTTP/1.1 304 Not Modified\r\n"},
    {307, "HTTP/1.1 307 Temporary Redirect\r\n"},
    {308, "HTTP/1.1 308 Permanent Redirect\r\n"},
    {400, "HTTP/1.1 400 Bad Request\r\n"},
    {403, "HTTP/1.1 403 Forbidden\r\n"},
    {404, "HTTP/1.1 404 Not Found\r\n"},
    {405, "HTTP/1.1 405 Method Not Allowed\r\n"},
    {408, "HTTP/1.1 408 Request Timeout\r\n"},
    {409, "HTTP/1.1 409 Conflict\r\n"},
    {412, "HTTP/1.1 412 Precondition Failed\r\n"},
    {413, "HTTP/1.1 413 Content Too Large\r\n"},
    {414, "HTTP/1.1 414 URI Too Long\r\n"},
    {415, "HTTP/1.1 415 Unsupported Media Type\r\n"},
    {416, "HTTP/1.1 416 Range Not Satisfiable\r\n"},
    {417, "HTTP/1.1 417 Expectation Failed\r\n"},
    {422, "HTTP/1.1 422 Unprocessable Content\r\n"},
    {429, "HTTP/1.1 429 Too Many Requests\r\n"},
    {431, "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
    {500, "HTTP/1.1 500 Internal Server Error\r\n"},
    {501, "HTTP/1.1 501 Not Implemented\r\n"},
    {503, "HTTP/1.1 503 Service Unavailable\r\n"},
    {505, "HTTP/1.1 505 HTTP Version Not Supported\r\n"},
};

void Add(Bytes* bytes, string_view text) { bytes->insert(bytes->end(), text.begin(), text.end()); }

}  // namespace

string_view StatusLine(int status) {
  for (const StatusText& known : kStatuses) {
    if (known.status == status) return known.line;
  }
  Die("no status line for {}", status);
}

string_view ReasonPhrase(int status) {
  string_view line = StatusLine(status);
  line.remove_prefix(sizeof("HTTP/1.1 200 ") - 1);
  line.remove_suffix(2);
  return line;
}

// App checks the Origin field of forms. With this referrer policy browsers send Origin with the site's own forms.
#define ZOOBAR_SECURITY_FIELDS(more)                                                                \
  "Content-Security-Policy: default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors" \
  " 'none'; " more                                                                                  \
  "\r\n"                                                                                            \
  "X-Content-Type-Options: nosniff\r\n"                                                             \
  "X-Frame-Options: DENY\r\n"                                                                       \
  "Referrer-Policy: same-origin\r\n"                                                                \
  "Cross-Origin-Opener-Policy: same-origin\r\n"                                                     \
  "Cross-Origin-Resource-Policy: same-origin\r\n"
string_view SecurityFields(Policy policy) {
  switch (policy) {
    case Policy::kPage:
      break;
    case Policy::kScript:
      return ZOOBAR_SECURITY_FIELDS("form-action 'self'; script-src 'self'; connect-src 'self'; img-src 'self';");
    case Policy::kEditor:
      return ZOOBAR_SECURITY_FIELDS("form-action 'self'; script-src 'self'; img-src 'self';");
    case Policy::kEditorPictures:
      return ZOOBAR_SECURITY_FIELDS("form-action 'self'; script-src 'self'; img-src 'self' data:;");
    case Policy::kPictures:
      return ZOOBAR_SECURITY_FIELDS("form-action 'self'; img-src 'self' data:;");
    case Policy::kFile:
      return ZOOBAR_SECURITY_FIELDS("form-action 'none'; img-src 'self';");
  }
  return ZOOBAR_SECURITY_FIELDS("form-action 'self'; img-src 'self';");
}
#undef ZOOBAR_SECURITY_FIELDS

std::string EscapeHtml(string_view text) {
  std::string escaped;
  for (char byte : text) {
    switch (byte) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += byte;
    }
  }
  return escaped;
}

void Response::AddField(string_view name, string_view value) {
  for (char byte : value) {
    if (byte == '\r' || byte == '\n' || byte == '\0') Die("field {} would hold a line end", name);
  }
  fields_.reserve(fields_.size() + name.size() + value.size() + 4);
  Add(&fields_, name);
  Add(&fields_, ": ");
  Add(&fields_, value);
  Add(&fields_, "\r\n");
}

void Response::SetCookie(string_view name, string_view value, std::int64_t max_age_seconds, bool secure) {
  Bytes cookie;
  cookie.reserve(name.size() + value.size() + 96);
  Add(&cookie, name);
  Add(&cookie, "=");
  Add(&cookie, value);
  Add(&cookie, "; Path=/; HttpOnly; SameSite=Lax");
  if (max_age_seconds != 0) Add(&cookie, fmt::format("; Max-Age={}", max_age_seconds < 0 ? 0 : max_age_seconds));
  if (secure) Add(&cookie, "; Secure");
  AddField("Set-Cookie", View(cookie));
}

Response Response::Text(int status, string_view text) {
  Response response;
  response.status = status;
  response.type = media_type::kText;
  response.body = text;
  return response;
}

Response Response::Message(int status, string_view title, string_view text) {
  Response response;
  response.status = status;
  const RequestId& request = CurrentRequest();
  const std::string named =
      status < 400 || request.none() ? "" : fmt::format("<p>Request <code>{}</code></p>", request.Hex());
  response.body = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<link rel=\"stylesheet\" href=\"/zoobar/media/zoobar.css\"></head>\n"
      "<body><main><h1>{0}</h1><p>{1}</p>{2}</main></body></html>\n",
      EscapeHtml(title), EscapeHtml(text), named);
  return response;
}

Response Response::Redirect(int status, string_view location) {
  Response response = Message(status, ReasonPhrase(status), "This page is at another address.");
  response.AddField("Location", location);
  return response;
}

Response Response::Busy(string_view text, int retry_after_seconds) {
  Response response = Message(503, ReasonPhrase(503), text);
  response.AddField("Retry-After", fmt::format("{}", retry_after_seconds));
  return response;
}

}  // namespace zoobar
