#include "http2/request_head.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/field_syntax.h"
#include "text/ascii.h"

namespace zoobar {
namespace {

using std::string_view;

constexpr std::size_t kFieldOverhead = 32;  // RFC 9113, 6.5.2

void Join(Bytes* bytes, string_view text) { bytes->insert(bytes->end(), text.begin(), text.end()); }

bool IsFieldName(string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char byte) { return IsTokenByte(byte) && !IsUpper(byte); });
}

// Whether the value stays within its line. HeadParser refuses other control bytes.
bool StaysInLine(string_view value) { return value.find_first_of(string_view("\r\n\0", 3)) == string_view::npos; }

// Fields that belong to one connection (RFC 9110, 7.6.1; RFC 9113, 8.2.2).
bool IsOfConnection(string_view name) {
  constexpr string_view kNames[] = {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

}  // namespace

void Http2RequestHead::Refuse(int status, std::string text) {
  if (!refusal_) refusal_ = Refusal{status, std::move(text)};
}

// Counts bytes that would be kept. Past the limit the request is refused, and what was kept is freed.
bool Http2RequestHead::Keep(std::size_t bytes) {
  kept_ += bytes;
  if (kept_ <= limits_.head_bytes) return true;
  Refuse(431, fmt::format("The request's head is over {} bytes.", limits_.head_bytes));
  fields_ = Bytes();
  cookie_ = Bytes();
  return false;
}

bool Http2RequestHead::Add(string_view name, string_view value) {
  listed_ += name.size() + value.size() + kFieldOverhead;
  if (listed_ > list_bytes_) return false;
  if (!Keep(name.size() + value.size() + 4) || refusal_) return true;
  if (!StaysInLine(value)) {
    Refuse(400, "A header field holds a control byte.");
  } else if (!name.empty() && name.front() == ':') {
    AddPseudo(name, value);
  } else {
    AddRegular(name, value);
  }
  return true;
}

void Http2RequestHead::AddPseudo(string_view name, string_view value) {
  std::string* place = nullptr;
  if (name == ":method") place = &method_;
  if (name == ":scheme") place = &scheme_;
  if (name == ":authority") place = &authority_;
  if (name == ":path") place = &target_;
  if (place == nullptr) return Refuse(400, "A pseudo header field is unknown.");
  if (!place->empty()) return Refuse(400, "A pseudo header field came twice.");
  *place = value;
}

void Http2RequestHead::AddRegular(string_view name, string_view value) {
  if (!IsFieldName(name)) return Refuse(400, "The name of a header field is malformed.");
  if (IsOfConnection(name)) return Refuse(400, "A header field of HTTP/1.1 connections came in HTTP/2.");
  if (name == "te") {  // speaks of this connection alone, so it is not handed on
    return value == "trailers" ? void() : Refuse(400, "TE holds something else than trailers.");
  }
  if (name == "host") {
    if (host_) return Refuse(400, "Host came twice.");
    host_ = value;
    return;
  }
  if (name == "cookie") {  // RFC 9113, 8.2.3: pieces of one field
    if (!cookie_.empty()) Join(&cookie_, "; ");
    return Join(&cookie_, value);
  }
  has_length_ = has_length_ || name == "content-length";
  fields_.reserve(fields_.size() + name.size() + value.size() + 4);
  Join(&fields_, name);
  Join(&fields_, ": ");
  Join(&fields_, value);
  Join(&fields_, "\r\n");
}

// The parts that have no place of their own in HTTP/1.1, or that come twice.
std::optional<Refusal> Http2RequestHead::CheckTarget() {
  if (scheme_ != "https") return Refusal{400, "The scheme of the request is not https."};
  if (authority_.empty() && host_) authority_ = *host_;
  if (host_ && *host_ != authority_) return Refusal{400, "Host and :authority name different hosts."};
  // CONNECT has no path (RFC 9113, 8.5), and "*" is the path of OPTIONS alone. Other targets are paths of this server:
  // HTTP/1.1's absolute form could name another host than :authority.
  const bool path = !target_.empty() && (target_.front() == '/' || target_ == "*");
  if (!path && method_ != "CONNECT") return Refusal{400, "The :path does not begin with a slash."};
  return std::nullopt;
}

std::optional<Refusal> Http2RequestHead::Finish(bool body_follows, Http1Request* request) {
  request->head_only = method_ == "HEAD";
  request->method = method_;
  if (!refusal_) refusal_ = CheckTarget();
  if (refusal_) return refusal_;
  request->chunked = body_follows && !has_length_;
  Bytes& head = request->head;
  head.reserve(kept_ + 128);
  Join(&head, method_);
  Join(&head, " ");
  Join(&head, target_.empty() ? authority_ : target_);
  Join(&head, " HTTP/1.1\r\nhost: ");
  Join(&head, authority_);
  Join(&head, "\r\n");
  Join(&head, View(fields_));
  if (!cookie_.empty()) {
    Join(&head, "cookie: ");
    Join(&head, View(cookie_));
    Join(&head, "\r\n");
  }
  if (request->chunked) Join(&head, "transfer-encoding: chunked\r\n");
  Join(&head, "\r\n");
  return Parse(body_follows, request);
}

// Reads the composed head as the next server will read it.
std::optional<Refusal> Http2RequestHead::Parse(bool body_follows, Http1Request* request) const {
  std::size_t scanned = 0;
  RequestHead parsed;
  Refusal refusal;
  const auto outcome = HeadParser(limits_).Parse(View(request->head), &scanned, &parsed, &refusal);
  if (outcome == HeadParser::Outcome::kRefused) return refusal;
  const bool whole = outcome == HeadParser::Outcome::kComplete && parsed.size == request->head.size();
  // A length of 0 needs no body in HTTP/1.1, whether or not the stream is still open.
  const bool framed = parsed.chunked == request->chunked && (body_follows || !parsed.has_body());
  if (!whole || !framed || parsed.minor_version != 1 || !parsed.keep_alive) {
    return Refusal{400, "The header fields are malformed."};
  }
  request->path = parsed.path();
  return std::nullopt;
}

}  // namespace zoobar
