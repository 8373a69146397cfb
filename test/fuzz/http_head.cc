// A request's head (src/http/head.h), whole and in pieces.
#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/require.h"
#include "http/field_syntax.h"
#include "http/head.h"

namespace zoobar {
namespace {

// What a head that was accepted promises to its reader.
void CheckPromises(const RequestHead& head, std::string_view bytes, const HttpLimits& limits) {
  Require(head.size <= bytes.size() && bytes.substr(0, head.size).ends_with("\n\r\n"),
          "the head ends with an empty line");
  Require(head.size <= limits.head_bytes + 4, "the head is within its limit");
  Require(head.path().starts_with('/') && head.raw_path().starts_with('/'), "a path begins with /");
  for (const unsigned char byte : head.path()) Require(byte >= 0x20 && byte != 0x7f && byte != '\\', "a clean path");
  const std::string slashed = std::string(head.path()) + "/";
  Require(slashed.find("/../") == std::string::npos && slashed.find("/./") == std::string::npos, "no segment . or ..");
  for (const unsigned char byte : head.raw_path()) Require(byte > 0x20 && byte < 0x7f, "a raw path of visible ASCII");
  Require(!(head.chunked && head.content_length), "one framing of the body");
  Require(head.minor_version == 0 || head.minor_version == 1, "version 1.0 or 1.1");
  Require(head.minor_version == 0 || !head.host().empty(), "HTTP/1.1 has a host");
  for (std::size_t i = 0; i < head.field_count(); ++i) {
    for (const unsigned char byte : head.field_value(i))
      Require(byte >= 0x20 || byte == '\t', "no control byte in a value");
  }
}

// What was understood, written once more in the plainest form, must be understood in the same way.
void CheckRoundTrip(const RequestHead& head, const HeadParser& parser) {
  std::string text(MethodName(head.method));
  text.append(" ").append(head.raw_path());
  if (!head.query().empty()) text.append("?").append(head.query());
  text.append(head.minor_version == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  for (std::size_t i = 0; i < head.field_count(); ++i) {
    const bool host = EqualsNoCase(head.field_name(i), "host");  // a target in absolute form replaces it
    text.append(head.field_name(i)).append(":").append(host ? head.host() : head.field_value(i)).append("\r\n");
  }
  text += "\r\n";
  RequestHead again;
  Refusal refusal;
  std::size_t scanned = 0;
  Require(parser.Parse(text, &scanned, &again, &refusal) == HeadParser::Outcome::kComplete, "a head is read again");
  const std::string moved = text;
  again.Rebase(moved.data());
  text.assign(text.size(), 'x');
  Require(again.path() == head.path() && again.raw_path() == head.raw_path() && again.query() == head.query(),
          "with the same path and query");
  Require(again.chunked == head.chunked && again.content_length == head.content_length, "the same framing");
  Require(again.keep_alive == head.keep_alive && again.expects_continue == head.expects_continue, "the same wishes");
  Require(again.field_count() == head.field_count(), "and as many fields");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  const HttpLimits limits;
  const HeadParser parser(limits);
  const std::string bytes(reinterpret_cast<const char*>(data), size);

  RequestHead head;
  Refusal refusal;
  std::size_t scanned = 0;
  const HeadParser::Outcome whole = parser.Parse(bytes, &scanned, &head, &refusal);
  if (whole == HeadParser::Outcome::kComplete) {
    CheckPromises(head, bytes, limits);
    CheckRoundTrip(head, parser);
  }
  if (whole == HeadParser::Outcome::kRefused)
    Require(refusal.status >= 400 && !refusal.text.empty(), "a refusal says why");

  // A head that comes byte by byte must be understood in the same way, or refused as early.
  RequestHead piecewise;
  std::size_t seen = 0;
  for (std::size_t length = 1; length <= bytes.size(); ++length) {
    const auto outcome = parser.Parse(std::string_view(bytes).substr(0, length), &seen, &piecewise, &refusal);
    if (outcome == HeadParser::Outcome::kIncomplete) continue;
    Require(outcome == whole, "pieces change nothing");
    if (outcome == HeadParser::Outcome::kComplete)
      Require(piecewise.size == head.size && piecewise.path() == head.path(), "the same head");
    return 0;
  }
  Require(whole == HeadParser::Outcome::kIncomplete, "pieces change nothing");
  return 0;
}
