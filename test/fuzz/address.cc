// Addresses, trusted proxies and X-Forwarded-For (src/http/address.h). The input's first line is the client's own
// address, the second one lists proxies with blanks between them, and the others are fields.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/made_head.h"
#include "fuzz/require.h"
#include "http/address.h"
#include "http/field_syntax.h"

namespace zoobar {
namespace {

void CheckAddress(const IpAddress& address) {
  const auto again = IpAddress::Parse(address.Text());
  Require(again == address && again->Hash() == address.Hash(), "an address is read as it is written");
  const IpAddress key = address.CapKey();
  Require(key.CapKey() == key && key.is_v4() == address.is_v4(), "a key is the key of itself");
  Require(key.SharesPrefix(address, address.is_v4() ? 128 : 64), "a key has the address's first bits");
  Require(address.SharesPrefix(address, 128) && address.SharesPrefix(IpAddress(), 0), "prefixes");
}

void CheckPrefixes(const IpAddress& a, const IpAddress& b) {
  bool shared = true;
  for (int bits = 0; bits <= 128; ++bits) {
    const bool now = a.SharesPrefix(b, bits);
    Require(shared || !now, "a longer prefix is shared only if the shorter one is");
    Require(now == b.SharesPrefix(a, bits), "both share it");
    shared = now;
  }
  Require(shared == (a == b), "equal addresses share all bits");
}

// An entry of X-Forwarded-For by a second reader.
std::optional<IpAddress> EntryOf(std::string_view entry) {
  entry = TrimBlanks(entry);
  if (entry.starts_with('[')) {
    const std::size_t end = entry.find(']');
    return end == entry.npos ? std::nullopt : IpAddress::Parse(entry.substr(1, end - 1));
  }
  const std::size_t colon = entry.find(':');
  const bool port = colon != entry.npos && entry.find(':', colon + 1) == entry.npos;
  return IpAddress::Parse(port ? entry.substr(0, colon) : entry);
}

// The client by the rule in the header, on all entries as one list.
IpAddress ClientOf(const TrustedProxies& proxies, const IpAddress& peer, const RequestHead& head) {
  if (!proxies.Trusts(peer)) return peer;
  std::string list;
  bool any = false;
  for (std::size_t i = 0; i < head.field_count(); ++i) {
    if (!EqualsNoCase(head.field_name(i), "x-forwarded-for")) continue;
    list.append(any ? "," : "").append(head.field_value(i));
    any = true;
  }
  IpAddress client = peer;
  while (any) {
    const std::size_t comma = list.rfind(',');
    const auto entry = EntryOf(comma == list.npos ? list : list.substr(comma + 1));
    if (!entry) break;
    client = *entry;
    if (comma == list.npos || !proxies.Trusts(client)) break;
    list.resize(comma);
  }
  return client;
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  std::string_view rest = InputText(data, size);
  const auto peer = IpAddress::Parse(TakeLine(rest));
  if (peer) CheckAddress(*peer);
  std::vector<std::string> entries;
  for (std::string_view line = TakeLine(rest); !line.empty();) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) entries.emplace_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  for (const std::string& entry : entries) {
    const auto address = IpAddress::Parse(entry);
    if (address) CheckAddress(*address);
    if (address && peer) CheckPrefixes(*address, *peer);
    if (address) Require(TrustedProxies::Parse(std::vector{entry})->Trusts(*address), "a proxy trusts itself");
  }
  const Result<TrustedProxies> proxies = TrustedProxies::Parse(entries);
  if (!proxies.ok()) Require(proxies.error().text.starts_with("trusted_proxies: "), "the error names the entry");
  MadeHead made;
  if (!proxies.ok() || !peer || !MakeHead("GET / HTTP/1.1", rest, &made)) return 0;
  Require(proxies->empty() == entries.empty(), "no entry is lost");
  const TrustedProxies::Client client = proxies->ClientOf(*peer, made.head);
  Require(client.address == ClientOf(*proxies, *peer, made.head), "the client is the one of the rule");
  Require(!client.secure || proxies->Trusts(*peer), "only a trusted proxy says that the client uses TLS");
  return 0;
}
