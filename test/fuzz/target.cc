// Targets, hosts and paths (src/http/target.h), and where a request is sent on to (src/http/redirect.h,
// src/web/rules.h). The input's first line is a target, the second one a Host, and the others are fields.
#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/pieces.h"
#include "fuzz/require.h"
#include "http/form.h"
#include "http/redirect.h"
#include "http/target.h"
#include "web/rules.h"

namespace zoobar {
namespace {

bool IsCleanPath(std::string_view path) {
  const std::string slashed = std::string(path) + "/";
  for (const char byte : path) {
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f || byte == '\\') return false;
  }
  return path.starts_with('/') && slashed.find("/../") == slashed.npos && slashed.find("/./") == slashed.npos;
}

void CheckPath(std::string_view raw) {
  std::string path;
  const bool good = DecodePath(raw, &path);
  if (raw.find('%') == raw.npos) {
    Require(good == PathIsPlain(raw), "both checks of a plain path agree");
    Require(!good || path == raw, "a plain path is its own decoding");
  }
  if (!good) return;
  Require(IsCleanPath(path), "a decoded path is clean");
  std::string again;
  Require(DecodePath(Encoded(path), &again) && again == path, "a path that is encoded again is the same");
}

void CheckTarget(std::string_view text) {
  Target parts;
  if (!SplitTarget(text, &parts)) return;
  Require(parts.path.starts_with('/'), "a path begins with a slash");
  Require(parts.authority.empty() || IsHost(parts.authority), "an authority is a host");
  Require(parts.has_escapes == (parts.path.find('%') != parts.path.npos), "escapes are noticed");
  std::string same(parts.path);
  if (!parts.query.empty()) same.append("?").append(parts.query);
  if (parts.authority.empty()) Require(same == text || same + "?" == text, "the parts are the whole");
  CheckPath(parts.path);
}

// A redirect leads to the same host, path and query, and adds nothing.
void CheckRedirect(const RequestHead& head, std::uint32_t port) {
  const Response response = RedirectToHttps(head, port);
  Require(response.status == 308 || response.status == 400, "a redirect or a refusal");
  const std::string_view fields = View(response.fields());
  if (response.status == 400) return Require(fields.find("Location") == fields.npos, "a refusal leads nowhere");
  constexpr std::string_view kField = "Location: ";
  Require(fields.starts_with(kField) && fields.find("\r\n") == fields.size() - 2, "one field");
  const std::string_view location = fields.substr(kField.size(), fields.size() - kField.size() - 2);
  Target parts;
  Require(location.starts_with("https://") && SplitTarget(location, &parts), "to a target of https");
  const std::string suffix = port == 443 ? "" : ":" + std::to_string(port);
  std::string_view host = head.host();
  host = host.substr(0, host.find(':', host.starts_with('[') ? host.find(']') : 0));
  Require(parts.authority == std::string(host) + suffix, "to the same host");
  Require(parts.path == head.raw_path() && parts.query == head.query(), "to the same path and query");
}

void CheckRules(const RequestHead& head) {
  const std::string login = LoginFor(head);
  for (const char byte : login) Require(byte > 0x20 && byte < 0x7f, "the login's URL has only visible ASCII");
  const Result<FormFields> query = FormFields::Parse(std::string_view(login).substr(login.find('?') + 1));
  const bool with_query = head.method != HttpMethod::kPost && !head.query().empty();
  const std::string expected = std::string(head.path()) + (with_query ? "?" + std::string(head.query()) : "");
  Require(query.ok() && query->size() == 1 && query->Get("nexturl") == expected, "it leads back to the page");
  const std::string_view next = LocalOrHome(expected);
  Require(next == expected || next == kHomePath, "to this page, or home");
  const bool browser = head.Field("origin") || head.Field("sec-fetch-site");
  Require(browser || !IsCrossSite(head), "only a browser tells of another site");
}

void CheckLocal(std::string_view text) {
  const std::string_view next = LocalOrHome(text);
  Require(next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/\\"), "a path of this site");
  for (const char byte : next) Require(byte > 0x20 && byte < 0x7f, "of visible ASCII");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  std::string_view rest = InputText(data, size);
  const std::string target(TakeLine(rest)), host(TakeLine(rest));
  CheckTarget(target);
  CheckPath(target);
  CheckLocal(target);
  std::string bytes = (rest.starts_with('!') ? "POST " : "GET ") + target + " HTTP/1.1\r\nHost: " + host + "\r\n";
  while (!rest.empty()) {
    const std::string_view line = TakeLine(rest);
    if (!line.empty() && line != "!") bytes.append(line).append("\r\n");
  }
  bytes += "\r\n";
  RequestHead head;
  Refusal refusal;
  std::size_t scanned = 0;
  if (HeadParser(HttpLimits()).Parse(bytes, &scanned, &head, &refusal) != HeadParser::Outcome::kComplete) return 0;
  Require(IsHost(head.host()), "a head's host is one");
  CheckRedirect(head, data[0] % 2 ? 443 : 8443);
  CheckRules(head);
  return 0;
}
