// Conditions, ranges, codings and dates (src/http/conditional.h, date.h), and the field traceparent. The first byte of
// the input chooses the method and the size of the representation. Each line after it is one field.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <string>

#include "fuzz/made_head.h"
#include "fuzz/require.h"
#include "http/conditional.h"
#include "http/date.h"
#include "request/request.h"

namespace zoobar {
namespace {

constexpr std::int64_t kModified = 784111777;       // Sun, 06 Nov 1994 08:49:37 GMT
constexpr std::int64_t kLastSecond = 253402300799;  // of the year 9999

void CheckSelection(const RequestHead& head, const Validators& validators) {
  const Selection selection = Select(head, validators);
  const auto has = [&head](std::string_view name) { return head.Field(name).has_value(); };
  switch (selection.status) {
    case 200:
      Require(selection.first == 0 && selection.size == validators.size, "200 sends everything");
      break;
    case 206:
      Require(head.method == HttpMethod::kGet && head.SingleField("range").has_value(), "206 needs one Range and GET");
      Require(selection.size > 0 && selection.first < validators.size &&
                  selection.size <= validators.size - selection.first,
              "206 sends a part");
      break;
    case 304:
      Require(has("if-none-match") || has("if-modified-since"), "304 needs a condition");
      break;
    case 412:
      Require(has("if-match") || has("if-unmodified-since"), "412 needs a condition");
      break;
    case 416:
      Require(head.method == HttpMethod::kGet && head.SingleField("range").has_value(), "416 needs one Range and GET");
      break;
    default:
      Require(false, "no other status");
  }
}

// A tag that is quoted in the field alone must match; another one must not.
void CheckTag(std::string_view tag) {
  const std::string quoted = "\"" + std::string(tag) + "\"";
  if (tag.find('"') != tag.npos) return;
  MadeHead made;
  const auto status = [&](const char* name, std::string_view etag) {
    if (!MakeHead("GET / HTTP/1.1", std::string(name) + ": " + quoted + "\n", &made)) return 0;
    return Select(made.head, {etag, kModified, 10}).status;
  };
  const int same = status("If-None-Match", quoted), other = status("If-None-Match", "\"zz other\"");
  if (same == 0) return;  // not a value of a field
  Require(same == 304 && (other == 200 || tag == "zz other"), "If-None-Match compares tags");
  Require(status("If-Match", quoted) == 200, "If-Match compares tags");
  MakeHead("GET / HTTP/1.1", "If-Match: W/" + quoted + "\n", &made);
  Require(Select(made.head, {quoted, kModified, 10}).status == 412, "a weak tag never matches strongly");
}

void CheckDates(std::string_view line) {
  const auto seconds = ParseHttpDate(line);
  if (!seconds) return;
  Require(*seconds >= 0 && *seconds <= kLastSecond, "a date from 1970 to 9999");
  Require(FormatHttpDate(*seconds) == line, "a date is written as it was read");
  std::tm parts{};
  const char* end = strptime(std::string(line).c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  Require(end != nullptr && timegm(&parts) == *seconds, "the C library reads the same date");
}

void CheckNumber(std::string_view bytes) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof(number)));
  const auto seconds = static_cast<std::int64_t>(number % static_cast<std::uint64_t>(kLastSecond + 1));
  Require(ParseHttpDate(FormatHttpDate(seconds)) == seconds, "a date that was written is read");
}

void CheckTraceparent(std::string_view line) {
  const auto id = RequestId::FromTraceparent(line);
  if (!id) return;
  Require(!id->none() && line.find('-') != line.npos, "a trace has an id");
  Require(RequestId::FromHex(id->Hex())->bytes == id->bytes, "an id is read as it is written");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  if (size == 0) return 0;
  const std::string_view text = InputText(data + 1, size - 1);
  constexpr std::uint64_t kSizes[] = {0, 1, 10, 1000, UINT64_MAX};
  constexpr const char* kMethods[] = {"GET / HTTP/1.1", "HEAD / HTTP/1.1", "POST / HTTP/1.0"};
  MadeHead made;
  if (MakeHead(kMethods[data[0] % 3], text, &made)) {
    const std::uint64_t bytes = kSizes[data[0] / 3 % std::size(kSizes)];
    CheckSelection(made.head, {"\"abc-1\"", kModified, bytes});
    CheckSelection(made.head, {"\"\"", 0, bytes});
    if (AcceptsGzip(made.head)) Require(made.head.Field("accept-encoding").has_value(), "gzip is never a surprise");
  }
  Require(ContentType(text).find('/') != std::string_view::npos, "a media type");
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = TakeLine(rest);
    const std::string_view value = line.substr(std::min(line.size(), line.find(':') + 1));
    for (const std::string_view each : {line, value.substr(std::min<std::size_t>(1, value.size()))}) {
      CheckDates(each);
      CheckTraceparent(each);
      CheckTag(each);
    }
  }
  CheckNumber(text);
  return 0;
}
