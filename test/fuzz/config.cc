// The configuration (src/config/config.h): its text, values of --set and --listen. What is accepted means the same when it
// is printed and read again; what is refused is refused with a place and a reason.
#include <fuzzer/FuzzedDataProvider.h>
#include <google/protobuf/text_format.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/checks.h"
#include "config/config.h"
#include "config/source.h"
#include "fuzz/messages.h"
#include "fuzz/require.h"
#include "http/address.h"
#include "ipc/channel.h"
#include "ipc/sendable.h"
#include "roles/table.h"
#include "site/routes.h"
#include "site/rows.h"

namespace zoobar {
namespace {

void CheckRefusal(const Error& error, std::string_view file) {
  Require(!error.text.empty() && error.text.find('\n') == std::string::npos, "an error is one line");
  const bool placed =
      error.text.starts_with(file) || error.text.starts_with("--") || error.text.starts_with("(default)");
  Require(placed, "an error begins with its place");
  Require(error.text.size() > file.size() + 4, "an error says what is wrong");
}

// What a completed configuration promises to the master and to every role.
void CheckComplete(const Config& config) {
  Require(CheckSendable(config, 0, 0).ok(), "it can be sent to roles");
  Require(config.IsInitialized(), "it is whole");
  Require(config.state_dir().starts_with('/') && config.web_root().starts_with('/'), "paths are absolute");
  Require(config.listen_size() >= 1 && config.listen_size() <= 32, "there are listeners, and not too many");
  for (const Config::Listen& listen : config.listen()) {
    Require(IsIpAddress(listen.address()) && listen.port() <= 65535, "a listener has an address and a port");
    Require(!(listen.tls() && listen.redirect_to_https()), "a listener with TLS redirects nobody");
    Require(!listen.proxy_protocol() || config.trusted_proxies_size() > 0, "a proxy's header needs trusted proxies");
  }
  for (const Config::Tls& tls : config.tls())
    Require(tls.certificate().starts_with('/') && tls.key().starts_with('/'), "paths are absolute");
  std::set<std::uint32_t> uids;
  for (const Config::RoleConfig& row : config.role()) {
    const Role role = RoleByName(row.name());
    Require(role != ROLE_UNSPECIFIED, "a row is a role's");
    const auto inside = [&](std::uint32_t id) { return id > config.id_base() && id < config.id_base() + kRoleIds; };
    Require(inside(row.uid()) && inside(row.gid()), "ids are the site's, and never root's");
    for (const std::uint32_t gid : row.extra_gids()) Require(inside(gid), "ids are the site's, and never root's");
    Require(uids.insert(row.uid()).second, "no two roles have the same uid");
    const RoleSpec* spec = FindRole(role);
    Require(row.instances() >= 1 && row.instances() <= 8, "a role has 1 to 8 instances");
    Require(row.instances() == 1 || (spec && spec->several_instances), "a role with state has one instance");
    for (const std::string& route : row.route()) Require(route.starts_with('/'), "a route is a path");
  }
  for (const RoleSpec* spec : AllRoles()) Require(RowOf(config, spec->role).has_uid(), "each role has a row");
  Require(RowOf(config, ROLE_MASTER).has_uid(), "the master has a row");
  Require(config.has_auth() && config.auth().has_argon2() && config.has_bank() && config.has_store() &&
              config.has_http() && config.has_log() && config.has_profile() && config.has_notary(),
          "defaults are filled in");
  Require(config.id_base() <= 4294000000u && config.id_base() >= 1000, "id_base is within its bounds");
  Require(TrustedProxies::Parse(config.trusted_proxies()).ok(), "the roles can read the trusted proxies");
  Require(RouteTable::From(config).ok(), "the roles can read the routes");
  Require(config.bank().initial_zoobars() >= 0, "nobody begins with debts");
}

void CheckFixpoint(const Config& config, const std::string& file) {
  CheckComplete(config);
  std::string printed;
  google::protobuf::TextFormat::PrintToString(config, &printed);
  if (printed.size() > (1 << 20)) return;
  ConfigSources again;
  again.file = file;
  again.text = printed;
  const Result<Config> second = CompleteConfig(again);
  if (!second.ok()) std::fprintf(stderr, "%s\n%s\n", second.error().text.c_str(), printed.c_str());
  Require(second.ok(), "a completed configuration is accepted");
  Require(second->SerializeAsString() == config.SerializeAsString(), "a completed configuration means the same");
}

void CheckListenText(const std::string& text) {
  const Result<Config::Listen> listen = ParseListen(text);
  if (!listen.ok()) return CheckRefusal(listen.error(), "--listen=");
  Require(IsIpAddress(listen->address()) && listen->has_port() && listen->port() <= 65535, "an address and a port");
  std::string printed = "[" + listen->address() + "]:" + std::to_string(listen->port());
  if (listen->tls()) printed += ",tls";
  if (listen->redirect_to_https()) printed += ",redirect";
  if (listen->proxy_protocol()) printed += ",proxy";
  const Result<Config::Listen> again = ParseListen(printed);
  Require(again.ok() && again->SerializeAsString() == listen->SerializeAsString(), "a listener printed is the same");
}

std::string SomeConfigText(FuzzedDataProvider& input) {
  static const WorthTrying values = [] {
    WorthTrying made;
    for (const char* text :
         {"127.0.0.1", "::1", "bank", "edge", "master", "sandbox", "/zoobar/", "numpy", "10.0.0.0/8", "/x", "a/../b"})
      made.bytes.emplace_back(text);
    for (const std::uint64_t number :
         {8, 443, 1000, 8080, 4096, 61000, 61001, 61010, 61015, 61099, 61100, 65535, 65536, 1 << 20})
      made.numbers.push_back(number);
    return made;
  }();
  Config config;
  MessageBuilder(input, values).Fill(config);
  std::string text;
  google::protobuf::TextFormat::PrintToString(config, &text);
  return text;
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  const std::string file = "/etc/zoobar/zoobar.textproto";
  if (size == 0 || data[0] >= 0x20) {  // the input is the text of a file
    ConfigSources sources;
    sources.file = file;
    sources.text.assign(reinterpret_cast<const char*>(data), size);
    const Result<Config> config = CompleteConfig(sources);
    if (config.ok()) {
      CheckFixpoint(*config, file);
    } else {
      CheckRefusal(config.error(), file);
    }
    CheckListenText(sources.text);
    return 0;
  }
  FuzzedDataProvider input(data + 1, size - 1);
  ConfigSources sources;
  sources.file = file;
  sources.text = input.ConsumeBool() ? SomeConfigText(input) : input.ConsumeRandomLengthString(500);
  while (sources.sets.size() < 3 && input.ConsumeBool())
    sources.sets.push_back(input.ConsumeBool() ? SomeConfigText(input) : input.ConsumeRandomLengthString(200));
  while (sources.listens.size() < 3 && input.ConsumeBool()) {
    sources.listens.push_back(input.ConsumeRandomLengthString(40));
    CheckListenText(sources.listens.back());
  }
  if (input.ConsumeBool()) sources.state_dir = input.ConsumeRandomLengthString(40);
  const Result<Config> config = CompleteConfig(sources);
  if (config.ok()) {
    CheckFixpoint(*config, file);
  } else {
    CheckRefusal(config.error(), file);
  }
  return 0;
}
