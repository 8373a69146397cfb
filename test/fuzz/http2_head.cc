// The fields of an HTTP/2 request that become a head of HTTP/1.1 (src/http2/request_head.h). The first byte of the
// input says whether a body follows. Each line after it is one field: a name, a tab, and a value.
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/pieces.h"
#include "fuzz/require.h"
#include "http2/request_head.h"

namespace zoobar {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Fields FieldsOf(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const std::string_view line = TakeLine(text);
    const std::size_t tab = std::min(line.find('\t'), line.size());
    fields.emplace_back(line.substr(0, tab), line.substr(std::min(tab + 1, line.size())));
  }
  return fields;
}

std::size_t CountOf(const Fields& fields, std::string_view name) {
  return static_cast<std::size_t>(
      std::count_if(fields.begin(), fields.end(), [name](const auto& field) { return field.first == name; }));
}

// The next server must find in the head what the client has sent, and nothing else.
void CheckHead(const Fields& fields, const Http1Request& request, bool body_follows) {
  const HttpLimits limits;
  RequestHead head;
  Refusal refusal;
  std::size_t scanned = 0;
  const auto outcome = HeadParser(limits).Parse(View(request.head), &scanned, &head, &refusal);
  Require(outcome == HeadParser::Outcome::kComplete, "the next server accepts the head");
  Require(head.size == request.head.size(), "it is one head, from the first byte to the last");
  Require(head.path() == request.path && MethodName(head.method) == request.method, "with the same path and method");
  Require(head.chunked == request.chunked && (body_follows || !head.has_body()), "the body is framed as intended");
  Require(head.keep_alive && head.minor_version == 1, "the connection stays open");

  std::size_t expected = 1 + (request.chunked ? 1 : 0) + (CountOf(fields, "cookie") > 0 ? 1 : 0);
  for (const auto& [name, value] : fields) {
    const bool elsewhere = name.starts_with(':') || name == "host" || name == "cookie" || name == "te";
    expected += elsewhere ? 0 : 1;
    if (elsewhere) continue;
    bool found = false;
    for (std::size_t i = 0; i < head.field_count(); ++i) {
      const std::string_view there = head.field_value(i);
      const std::size_t at = value.find(there);
      // HTTP/1.1 drops blanks around a value.
      found = found || (head.field_name(i) == name && at != value.npos &&
                        value.find_first_not_of(" \t") >= std::min(at, value.size() - there.size()));
    }
    Require(found, "each field reaches the next server");
  }
  Require(head.field_count() == expected || CountOf(fields, "cookie") > 0, "no field becomes two");
  Require(head.field_count() <= expected, "no field becomes two");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  if (size == 0) return 0;
  const HttpLimits limits;
  const bool body_follows = data[0] & 1;
  Fields fields = FieldsOf(InputText(data + 1, size - 1));
  if (data[0] & 2) {  // what every request has; the input has the rest
    const Fields usual = {
        {":method", "POST"}, {":scheme", "https"}, {":authority", "bank.example"}, {":path", "/zoobar/index.cgi/"}};
    fields.insert(fields.begin(), usual.begin(), usual.end());
  }
  Http2RequestHead head(limits, 65536);
  std::size_t listed = 0;
  for (const auto& [name, value] : fields) {
    listed += name.size() + value.size() + 32;
    const bool goes_on = head.Add(name, value);
    Require(goes_on == (listed <= 65536), "the list's size is counted as RFC 9113 counts");
    if (!goes_on) return 0;
  }
  Http1Request request;
  const auto refusal = head.Finish(body_follows, &request);
  if (!refusal) {
    CheckHead(fields, request, body_follows);
  } else {
    Require(refusal->status >= 400 && refusal->status < 600 && !refusal->text.empty(), "a refusal says why");
    Require(request.path.empty(), "after a refusal there is no path");
  }
  Require(request.head_only == (request.method == "HEAD"), "HEAD has no body in its answer");
  return 0;
}
