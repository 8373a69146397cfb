#include "http/head_rules.h"

#include <algorithm>

#include "http/target.h"

namespace zoobar {
namespace {

// Fields that mean something else when they come twice: which of the two counts is anybody's guess.
enum Single : std::uint32_t {
  kHost = 1,
  kContentLength = 2,
  kTransferEncoding = 4,
  kContentType = 8,
  kOrigin = 16,
  kExpect = 32,
  kRange = 64,
  kFetchSite = 128,
  kIfRange = 256,
  kIfModifiedSince = 512,
  kForwardedProto = 1024,
};

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
      if ((code < 0x20 && code != '\t') || code >= 0x7f) {
        return Refuse(400, "A header field holds a byte outside printable ASCII.");
      }
    }
    if (!CheckField(head_.At(field.name), field.value)) return false;
  }
  if (head_.minor_version == 1 && !(seen_ & kHost)) return Refuse(400, "The Host field is missing.");
  if (head_.chunked && head_.content_length) return Refuse(400, "Content-Length and Transfer-Encoding came together.");
  if (head_.minor_version == 0 && (seen_ & kTransferEncoding)) {
    return Refuse(400, "Transfer-Encoding is not part of HTTP/1.0.");
  }
  head_.keep_alive = !close_ && (head_.minor_version == 1 || stay_);
  return true;
}

// By length first: a name is compared with the few that could match.
bool HeadRules::CheckField(std::string_view name, RequestHead::Slice slice) {
  const std::string_view value = head_.At(slice);
  switch (name.size()) {
    case 4:
      return !EqualsNoCase(name, "host") || TakeHost(slice);
    case 5:
      return !EqualsNoCase(name, "range") || Once(kRange, "Range came twice.");
    case 6:
      if (EqualsNoCase(name, "expect")) return TakeExpect(value);
      return !EqualsNoCase(name, "origin") || Once(kOrigin, "Origin came twice.");
    case 8:
      return !EqualsNoCase(name, "if-range") || Once(kIfRange, "If-Range came twice.");
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
      if (EqualsNoCase(name, "x-forwarded-proto")) return Once(kForwardedProto, "X-Forwarded-Proto came twice.");
      return !EqualsNoCase(name, "if-modified-since") || Once(kIfModifiedSince, "If-Modified-Since came twice.");
    default:
      return true;
  }
}

bool HeadRules::TakeHost(RequestHead::Slice slice) {
  if (!Once(kHost, "Host came twice.")) return false;
  if (!IsHost(head_.At(slice))) return Refuse(400, "Host is not a host name with an optional port.");
  if (head_.host_.size == 0) head_.host_ = slice;  // a target in absolute form has named it already and wins
  return true;
}

bool HeadRules::TakeContentLength(std::string_view value) {
  if (!Once(kContentLength, "Content-Length came twice.")) return false;
  constexpr std::size_t kDigits = 18;  // fits 64 bits whatever they are
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
  if (!EqualsNoCase(value, "chunked")) return Refuse(400, "The only Transfer-Encoding served is chunked.");
  head_.chunked = true;
  return true;
}

bool HeadRules::TakeExpect(std::string_view value) {
  if (head_.minor_version == 0) return true;  // RFC 9110, 10.1.1: ignored there
  if (!Once(kExpect, "Expect came twice.")) return false;
  if (!EqualsNoCase(value, "100-continue")) return Refuse(417, "The only expectation met is 100-continue.");
  head_.expects_continue = true;
  return true;
}

}  // namespace zoobar
