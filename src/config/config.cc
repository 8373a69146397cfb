#include "config/config.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "config/checks.h"
#include "config/source.h"
#include "config/task_file.h"
#include "ipc/channel.h"
#include "ipc/fd.h"
#include "ipc/sendable.h"
#include "ipc/try.h"
#include "roles/table.h"
#include "site/control.h"
#include "site/role.h"
#include "site/rows.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

// The default number of sanitizer instances. With two of them, one can be reserved for members who recently used little
// sanitizer time.
constexpr std::uint32_t kSanitizers = 2;

// With two instances of edge, the clients of one still have their connections if the other one ends.
constexpr std::uint32_t kEdges = 2;

constexpr std::size_t kMaxFile = 1 << 20;

// The configuration of one role, merged from the rows in all texts.
struct Row {
  Config::RoleConfig row;
  std::string place;  // the place of the first of these rows
};

// Merges the rows of one text into `rows`. If an earlier text had a row for the same role, each field that the later
// row sets replaces the earlier value.
Status CollectRows(const ConfigSource& source, std::uint32_t id_base, std::map<std::string, Row>& rows) {
  const auto* field = Config::descriptor()->FindFieldByName("role");
  std::set<std::string> seen;
  for (int i = 0; i < source.config.role_size(); ++i) {
    TRY_STATUS(CheckRow(source, i, id_base));
    const Config::RoleConfig& row = source.config.role(i);
    const std::string place = source.Place(source.places.GetTreeForNested(field, i), row, "name");
    if (!seen.insert(row.name()).second) return Error::Of("{}: role \"{}\" has two rows here", place, row.name());
    Row& merged = rows[row.name()];
    if (merged.place.empty()) merged.place = place;
    if (row.route_size()) merged.row.clear_route();
    if (row.extra_gids_size()) merged.row.clear_extra_gids();
    merged.row.MergeFrom(row);
  }
  return {};
}

// Returns the configured row of this role. If there is none, returns a row with the default ids.
Result<Row> RowFor(Role role, const std::map<std::string, Row>& rows, const Config& config) {
  const std::string name(RoleName(role));
  if (const auto found = rows.find(name); found != rows.end()) {
    const auto& [row, place] = found->second;
    if (row.has_uid() && row.has_gid()) return found->second;
    return Error::Of("{}: role \"{}\": {} is missing; a role's row states uid and gid", place, name,
                     row.has_uid() ? "gid" : "uid");
  }
  Row fresh{{}, "(default)"};
  const std::uint32_t id = config.id_base() + RoleId(role);
  fresh.row.set_name(name);
  fresh.row.set_uid(id);
  fresh.row.set_gid(id);
  return fresh;
}

std::uint32_t DefaultInstances(Role role) {
  if (role == ROLE_SANITIZER) return kSanitizers;
  return role == ROLE_EDGE ? kEdges : 1;
}

// Gives the master and every built-in role a complete row. Returns an Error if two roles have the same uid.
Status CompleteRows(const std::map<std::string, Row>& rows, Config& config) {
  config.clear_role();
  std::map<std::uint32_t, std::string> owner;
  std::vector<Role> roles = {ROLE_MASTER};
  for (const RoleSpec* spec : AllRoles()) roles.push_back(spec->role);
  for (Role role : roles) {
    TRY(Row chosen, RowFor(role, rows, config));
    Config::RoleConfig& row = chosen.row;
    if (row.instances() == 0) row.set_instances(DefaultInstances(role));
    const auto [other, fresh] = owner.emplace(row.uid(), row.name());
    if (!fresh) {
      return Error::Of("{}: role \"{}\": role \"{}\" already has uid {}", chosen.place, row.name(), other->second,
                       row.uid());
    }
    const RoleSpec* const spec = FindRole(role);
    if (spec && row.route_size() == 0) {
      for (std::string_view route : spec->default_routes) row.add_route(std::string(route));
    }
    *config.add_role() = std::move(row);
  }
  return {};
}

Status CompleteListeners(const std::vector<std::string>& listens, Config& config) {
  if (!listens.empty()) config.clear_listen();
  for (const std::string& text : listens) {
    TRY(*config.add_listen(), ParseListen(text));
  }
  if (config.listen_size() == 0) {
    config.add_listen()->set_address("127.0.0.1");
    config.mutable_listen(0)->set_port(8080);
  }
  const auto tls = std::ranges::find_if(config.listen(), [](const Config::Listen& each) { return each.tls(); });
  for (Config::Listen& listen : *config.mutable_listen()) {
    if (!listen.redirect_to_https() || listen.has_https_port()) continue;
    if (tls != config.listen().end() && tls->port() != 0) listen.set_https_port(tls->port());
  }
  return {};
}

// All sockets of one kind, and all files of certificates, go to a role in one message (ipc/descriptors.h). Several texts
// of the configuration add up.
Status CheckCounts(const ConfigSources& sources, const Config& config) {
  constexpr int kListeners = 32, kCertificates = 16;
  if (config.listen_size() > kListeners)
    return Error::Of("{}: listen: {} listeners, at most {}", sources.file, config.listen_size(), kListeners);
  if (config.tls_size() > kCertificates)
    return Error::Of("{}: tls: {} certificates, at most {}", sources.file, config.tls_size(), kCertificates);
  return {};
}

// Only trusted proxies may connect to a listener with proxy_protocol, so without any it would be of no use.
Status CheckProxies(const ConfigSources& sources, const Config& config) {
  if (config.trusted_proxies_size() > 0) return {};
  for (const Config::Listen& listen : config.listen()) {
    if (listen.proxy_protocol()) return Error::Of("{}: listen: proxy_protocol needs trusted_proxies", sources.file);
  }
  return {};
}

void CompletePaths(const ConfigSources& sources, Config& config) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path home = fs::absolute(sources.file, ignored).parent_path();
  if (!sources.state_dir.empty()) config.set_state_dir(sources.state_dir);
  config.set_state_dir(fs::absolute(config.state_dir(), ignored).lexically_normal());
  const fs::path root = config.has_web_root() ? fs::path(config.web_root()) : fs::path("../web/root");
  const auto from_home = [&home](const fs::path& path) {
    return (path.is_absolute() ? path : home / path).lexically_normal().string();
  };
  config.set_web_root(from_home(root));
  for (Config::Tls& tls : *config.mutable_tls()) {
    tls.set_certificate(from_home(tls.certificate()));
    tls.set_key(from_home(tls.key()));
  }
}

// Stores the default values of proto/config.proto in the message itself, so that every role that receives it reads the
// same numbers.
void FillDefaults(Config& config) {
  config.mutable_auth()->mutable_argon2();
  config.mutable_auth()->mutable_throttle();
  config.mutable_bank();
  config.mutable_notary();
  config.mutable_profile();
  config.mutable_store();
  config.mutable_http();
  config.mutable_log();
  config.set_id_base(config.id_base());
}

}  // namespace

Result<std::string> ReadConfigFile(int directory, const std::string& name) {
  Fd file(openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) return Error::FromErrno(name);
  std::string text(kMaxFile + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = read(file.get(), text.data() + size, text.size() - size);
    if (count < 0) return Error::FromErrno(name);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > kMaxFile) return Error::Of("{}: a configuration is at most {} bytes", name, kMaxFile);
  text.resize(size);
  return text;
}

namespace {

Result<Config> Complete(const ConfigSources& sources) {
  std::vector<std::unique_ptr<ConfigSource>> parsed;
  std::vector<std::pair<std::string, const std::string*>> texts = {{sources.file, &sources.text}};
  for (const std::string& set : sources.sets) texts.emplace_back("--set", &set);
  Config config;
  for (const auto& [name, text] : texts) {
    TRY(std::unique_ptr<ConfigSource> source, ParseConfig(name, *text));
    TRY_STATUS(CheckNumbersAndListeners(*source));
    config.MergeFrom(source->config);
    parsed.push_back(std::move(source));
  }
  std::map<std::string, Row> rows;
  for (const auto& source : parsed) TRY_STATUS(CollectRows(*source, config.id_base(), rows));
  FillDefaults(config);
  TRY_STATUS(CompleteRows(rows, config));
  TRY_STATUS(CompleteListeners(sources.listens, config));
  TRY_STATUS(CheckCounts(sources, config));
  TRY_STATUS(CheckProxies(sources, config));
  CompletePaths(sources, config);
  TRY_STATUS(CompleteTasks(sources, config));
  // The texts were checked to be UTF-8. But an escape sequence in a text, or a path from the command line, can still
  // produce a string that is not UTF-8.
  if (Status status = CheckSendable(config, 0, 0); !status.ok())
    return Error::Of("{}: {}", sources.file, status.error().text);
  if (config.ByteSizeLong() > kMostConfigBytes) {
    return Error::Of(
        "{}: everything together has {} bytes, at most {}; the texts of tasks and reserved names take most",
        sources.file, config.ByteSizeLong(), kMostConfigBytes);
  }
  return config;
}

}  // namespace

Result<Config> CompleteConfig(const ConfigSources& sources) {
  Result<Config> config = Complete(sources);
  // An Error may quote a value, and a value may have any character.
  if (!config.ok()) return Error{Printable(config.error().text)};
  return config;
}

Result<Config> ReadConfig(ConfigSources& sources) {
  TRY(sources.text, ReadConfigFile(AT_FDCWD, sources.file));
  return CompleteConfig(sources);
}

}  // namespace zoobar
