#include "http/head_rules.h"

#include <algorithm>

#include "http/field_syntax.h"
#include "http/target.h"

namespace zoobar {
namespace {

// Fields that are refused when they are sent twice. Their meaning would be unclear, because a proxy could use one of
// the two and this server the other.
enum Single : std::uint32_t {
  kHost = 1,
  kContentLength = 2,
  kTransferEncoding = 4,
  kContentType = 8,
  kOrigin = 16,
  kExpect = 32,
  kFetchSite = 64,
  kForwardedProto = 128,
};

bool IsToken(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenByte); }

}  // namespace

bool HeadRules::Refuse(int status, const char* text) {
  refusal_.status = status;
  refusal_.text = text;
  return false;
}

bool HeadRules::Once(std::uint32_t bit, const char* text) {
  if (seen_ & bit) return Refuse(400, text);
  seen_ |= bit;
  return true;
}

bool HeadRules::Apply() {
  for (const auto& field : head_.fields_) {
    for (char byte : head_.At(field.value)) {
      const auto code = static_cast<unsigned char>(byte);
      if ((code < 0x20 && code != '\t') || code == 0x7f) return Refuse(400, "A header field holds a control byte.");
    }
    if (!CheckField(head_.At(field.name), field.value)) return false;
  }
  if (head_.minor_version == 1 && !(seen_ & kHost)) return Refuse(400, "The Host field is missing.");
  if ((seen_ & kTransferEncoding) && !ApplyTransferEncoding()) return false;
  head_.keep_alive = !close_ && (head_.minor_version == 1 || stay_);
  return true;
}

// Checks one field. Looks at the length of the name first, so that the name is compared only with the few names that
// could match.
bool HeadRules::CheckField(std::string_view name, RequestHead::Slice slice) {
  const std::string_view value = head_.At(slice);
  switch (name.size()) {
    case 4:
      return !EqualsNoCase(name, "host") || TakeHost(slice);
    case 6:
      if (EqualsNoCase(name, "expect")) return TakeExpect(value);
      return !EqualsNoCase(name, "origin") || Once(kOrigin, "Origin came twice.");
    case 10:
      if (EqualsNoCase(name, "connection")) {
        close_ = close_ || ListHolds(value, "close");
        stay_ = stay_ || ListHolds(value, "keep-alive");
      }
      return true;
    case 12:
      return !EqualsNoCase(name, "content-type") || Once(kContentType, "Content-Type came twice.");
    case 14:
      if (EqualsNoCase(name, "content-length")) return TakeContentLength(value);
      return !EqualsNoCase(name, "sec-fetch-site") || Once(kFetchSite, "Sec-Fetch-Site came twice.");
    case 17:
      if (EqualsNoCase(name, "transfer-encoding")) return TakeTransferEncoding(value);
      return !EqualsNoCase(name, "x-forwarded-proto") || Once(kForwardedProto, "X-Forwarded-Proto came twice.");
    default:
      return true;
  }
}

bool HeadRules::TakeHost(RequestHead::Slice slice) {
  if (!Once(kHost, "Host came twice.")) return false;
  if (!IsHost(head_.At(slice))) return Refuse(400, "Host is not a host name with an optional port.");
  if (head_.host_.size == 0) head_.host_ = slice;  // the host of a target in absolute form has precedence
  return true;
}

bool HeadRules::TakeContentLength(std::string_view value) {
  if (!Once(kContentLength, "Content-Length came twice.")) return false;
  constexpr std::size_t kDigits = 18;  // any number of 18 digits fits in 64 bits
  if (value.empty() || value.size() > kDigits ||
      !std::all_of(value.begin(), value.end(), [](char digit) { return digit >= '0' && digit <= '9'; })) {
    return Refuse(400, "Content-Length is not one decimal number.");
  }
  std::uint64_t length = 0;
  for (char digit : value) length = length * 10 + static_cast<std::uint64_t>(digit - '0');
  head_.content_length = length;
  return true;
}

bool HeadRules::TakeTransferEncoding(std::string_view value) {
  if (!Once(kTransferEncoding, "Transfer-Encoding came twice.")) return false;
  encoding_ = value;
  return true;
}

// If the last coding is chunked, the end of the body is clear. But no other coding before it is supported, so the
// status is 501. In all other cases the end of the body is unclear, so the status is 400 (RFC 9112, 6.1 and 6.3).
bool HeadRules::ApplyTransferEncoding() {
  if (head_.content_length) return Refuse(400, "Content-Length and Transfer-Encoding came together.");
  if (head_.minor_version == 0) return Refuse(400, "Transfer-Encoding is not part of HTTP/1.0.");
  if (EqualsNoCase(encoding_, "chunked")) return head_.chunked = true;
  const std::size_t last = encoding_.rfind(',');
  bool named = last != std::string_view::npos && EqualsNoCase(TrimBlanks(encoding_.substr(last + 1)), "chunked");
  std::string_view before = named ? encoding_.substr(0, last) : std::string_view();
  while (named) {
    const std::size_t comma = before.find(',');
    const std::string_view coding = before.substr(0, comma);  // with its parameters, if there are any
    const std::string_view name = TrimBlanks(coding.substr(0, coding.find(';')));
    named = IsToken(name) && !EqualsNoCase(name, "chunked") && coding.find('"') == std::string_view::npos;
    if (comma == std::string_view::npos) break;
    before.remove_prefix(comma + 1);
  }
  if (named) return Refuse(501, "The only supported Transfer-Encoding is chunked.");
  return Refuse(400, "Transfer-Encoding does not end with chunked, named once.");
}

bool HeadRules::TakeExpect(std::string_view value) {
  if (head_.minor_version == 0) return true;  // RFC 9110, 10.1.1: ignored in HTTP/1.0
  if (!Once(kExpect, "Expect came twice.")) return false;
  if (!EqualsNoCase(value, "100-continue")) return Refuse(417, "The only supported expectation is 100-continue.");
  head_.expects_continue = true;
  return true;
}

}  // namespace zoobar
