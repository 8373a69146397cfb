#include "master/config.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <charconv>
#include <filesystem>
#include <map>
#include <set>

#include "ipc/channel.h"
#include "ipc/fd.h"
#include "ipc/sendable.h"
#include "ipc/try.h"
#include "ipc/utf8.h"
#include "roles/table.h"
#include "site/role.h"
#include "site/rows.h"

namespace zoobar {
namespace {

constexpr std::uint32_t kSanitizers = 2;  // by default: so one can be kept for members who use little of them

using google::protobuf::TextFormat;

constexpr std::size_t kMaxFile = 1 << 20;

// Keeps the first error: the later ones are mostly its echo.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (text.empty()) text = fmt::format("{}:{}: {}", line + 1, column + 1, message);
  }
  std::string text;
};

// One text and what it says, with the positions of its fields.
struct Source {
  std::string name;
  Config config;
  TextFormat::ParseInfoTree places;
};

struct Row {  // rows of one role from all sources, merged; the place is the first one's
  Config::RoleConfig row;
  std::string place;
};

std::string Place(const Source& source, const TextFormat::ParseInfoTree* tree, const google::protobuf::Message& message,
                  const char* field, int index = -1) {
  const auto* descriptor = message.GetDescriptor()->FindFieldByName(field);
  const auto at = tree ? tree->GetLocation(descriptor, index) : TextFormat::ParseLocation();
  return at.line < 0 ? source.name : fmt::format("{}:{}:{}", source.name, at.line + 1, at.column + 1);
}

// Roles could not read a configuration that is not UTF-8 from the master.
Status CheckUtf8(const std::string& name, std::string_view text) {
  std::size_t line = 1, column = 1;
  while (!text.empty()) {
    const Utf8Character next = FirstUtf8(text);
    if (!next.valid) return Error::Of("{}:{}:{}: not UTF-8", name, line, column);
    column = next.code == '\n' ? 1 : column + 1;
    line += next.code == '\n' ? 1 : 0;
    text.remove_prefix(next.length);
  }
  return {};
}

Result<std::unique_ptr<Source>> Parse(std::string name, const std::string& text) {
  TRY_STATUS(CheckUtf8(name, text));
  auto source = std::make_unique<Source>();
  source->name = std::move(name);
  FirstError error;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.WriteLocationsTo(&source->places);
  if (!parser.ParseFromString(text, &source->config)) return Error{source->name + ":" + error.text};
  return source;
}

Status CheckId(const Source& source, const TextFormat::ParseInfoTree* tree, const Config::RoleConfig& row,
               const char* field, std::uint32_t id, std::uint32_t base, int index = -1) {
  if (id > base && id < base + kRoleIds) return {};
  const std::string place = Place(source, tree, row, field, index);
  if (id == 0) return Error::Of("{}: role \"{}\": {} 0 is root; a role is never root", place, row.name(), field);
  return Error::Of("{}: role \"{}\": {} {} is outside this site's ids for roles, {} to {} (id_base: {})", place,
                   row.name(), field, id, base + 1, base + kRoleIds - 1, base);
}

Status CheckRow(const Source& source, const TextFormat::ParseInfoTree* tree, const Config::RoleConfig& row,
                std::uint32_t base) {
  const Role role = RoleByName(row.name());
  const RoleSpec* spec = FindRole(role);
  if (!spec && role != ROLE_MASTER) {
    return Error::Of("{}: there is no role \"{}\"", Place(source, tree, row, "name"), row.name());
  }
  if (row.has_uid()) {
    if (Status status = CheckId(source, tree, row, "uid", row.uid(), base); !status) return status;
  }
  if (row.has_gid()) {
    if (Status status = CheckId(source, tree, row, "gid", row.gid(), base); !status) return status;
  }
  if (spec && spec->privileges.owns_pool && row.has_uid() && row.has_gid() && row.uid() != row.gid()) {
    return Error::Of("{}: role \"{}\": gid {} must be {}, as its uid", Place(source, tree, row, "gid"), row.name(),
                     row.gid(), row.uid());
  }
  for (int i = 0; i < row.extra_gids_size(); ++i) {
    if (Status status = CheckId(source, tree, row, "extra_gids", row.extra_gids(i), base, i); !status) return status;
  }
  for (int i = 0; i < row.route_size(); ++i) {
    if (!row.route(i).starts_with('/')) {
      return Error::Of("{}: a route starts with \"/\"", Place(source, tree, row, "route", i));
    }
  }
  if (row.has_instances() && (row.instances() < 1 || row.instances() > 8)) {
    return Error::Of("{}: 1 to 8 instances", Place(source, tree, row, "instances"));
  }
  if (row.instances() > 1 && !(spec && spec->several_instances)) {
    return Error::Of("{}: there is one {} only: its state is its own", Place(source, tree, row, "instances"),
                     row.name());
  }
  return {};
}

struct Bound {
  const char* message;  // the field of Config that holds it; "" for Config itself
  const char* field;
  std::uint64_t least, greatest;
};

// Numbers a site could not run with. Paths of nested messages are dotted.
constexpr Bound kBounds[] = {
    {"", "id_base", 1000, 4294000000u},
    {"", "drain_seconds", 0, 3600},
    {"auth", "min_password_length", 1, 1024},
    {"auth", "max_password_length", 8, 65536},
    {"auth", "hashing_queue", 1, 4096},
    {"auth", "new_password_queue", 1, 4096},
    {"auth", "session_idle_seconds", 60, 31536000},
    {"auth", "session_max_seconds", 60, 315360000},
    {"auth", "sessions_per_member", 1, 1000},
    {"auth", "sweetwords", 2, 64},
    {"auth", "min_password_score", 0, 4},
    {"auth.throttle", "account_failures", 1, 1000000000},
    {"auth.throttle", "account_seconds", 1, 86400},
    {"auth.throttle", "address_failures", 1, 1000000000},
    {"auth.throttle", "address_seconds", 1, 86400},
    {"auth.throttle", "max_delay_ms", 0, 8000},  // a login's caller waits 15 s in all
    {"auth.throttle", "held", 1, 10000},
    {"auth.argon2", "memory_kib", 8, 4194304},
    {"auth.argon2", "passes", 1, 1000},
    {"auth.argon2", "lanes", 1, 16},
    {"bank", "initial_zoobars", 0, 1000000000},
    {"bank", "acts_burst", 1, 1000000},
    {"bank", "acts_per_hour", 1, 1000000000},
    {"profile", "max_source_bytes", 1, 65536},
    {"profile", "timeout_ms", 100, 60000},
    {"profile", "files_bytes", 4096,
     3145728},  // in one frame with the source (sandbox/wire.h); a tmpfs of 0 has no bound
    {"profile", "files_inodes", 1, 1024},
    {"profile", "output_bytes", 1024, 65536},  // what the sanitizer takes
    {"profile", "memory_bytes", 8388608, 4294967295u},
    {"profile", "api_calls_per_run", 1, 100000},
    {"profile", "parallel_runs", 1, 64},
    {"profile", "waiting_visits", 1, 10000},
    {"store", "map_bytes", 1 << 20, 1ull << 46},
    {"store", "max_map_bytes", 1 << 20, 1ull << 46},
    {"http", "head_bytes", 1024, 65536},
    {"http", "fields", 10, 1000},
    {"http", "body_bytes", 1024, 131072},
    {"http", "head_seconds", 1, 3600},
    {"http", "body_seconds", 1, 3600},
    {"http", "idle_seconds", 1, 86400},
    {"http", "connections", 1, 1000000},
    {"http", "connections_per_address", 0, 1000000},
    {"http", "write_seconds", 1, 3600},
    {"log", "rotate_bytes", 65536, 1ull << 40},
    {"log", "keep", 1, 100},
    {"log", "lines_per_second", 1, 1000000},
    {"log", "alarm_rotate_bytes", 65536, 1ull << 40},
    {"log", "alarm_keep", 1, 1000},
    {"log", "access_lines_per_second", 2, 10000000},
};

std::uint64_t NumberIn(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor* field) {
  const auto* reflection = message.GetReflection();
  switch (field->cpp_type()) {
    case google::protobuf::FieldDescriptor::CPPTYPE_UINT32:
      return reflection->GetUInt32(message, field);
    case google::protobuf::FieldDescriptor::CPPTYPE_UINT64:
      return reflection->GetUInt64(message, field);
    default: {
      const std::int64_t value = reflection->GetInt64(message, field);
      return value < 0 ? ~0ull : static_cast<std::uint64_t>(value);
    }
  }
}

Status CheckBounds(const Source& source) {
  for (const Bound& bound : kBounds) {
    const google::protobuf::Message* message = &source.config;
    const TextFormat::ParseInfoTree* tree = &source.places;
    std::string_view path = bound.message;
    while (!path.empty() && message) {
      const auto dot = path.find('.');
      const auto* field = message->GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
      const bool set = message->GetReflection()->HasField(*message, field);
      tree = set && tree ? tree->GetTreeForNested(field, -1) : nullptr;
      message = set ? &message->GetReflection()->GetMessage(*message, field) : nullptr;
      path = dot == std::string_view::npos ? "" : path.substr(dot + 1);
    }
    if (!message) continue;
    const auto* field = message->GetDescriptor()->FindFieldByName(bound.field);
    if (!message->GetReflection()->HasField(*message, field)) continue;
    const std::uint64_t value = NumberIn(*message, field);
    if (value < bound.least || value > bound.greatest) {
      return Error::Of("{}: {} must be {} to {}", Place(source, tree, *message, bound.field), bound.field, bound.least,
                       bound.greatest);
    }
  }
  return {};
}

Status CheckListen(const Source& source, int index) {
  const Config::Listen& listen = source.config.listen(index);
  const auto* field = Config::descriptor()->FindFieldByName("listen");
  const auto* tree = source.places.GetTreeForNested(field, index);
  char buffer[sizeof(in6_addr)];
  if (inet_pton(AF_INET, listen.address().c_str(), buffer) != 1 &&
      inet_pton(AF_INET6, listen.address().c_str(), buffer) != 1) {
    return Error::Of("{}: listen: \"{}\" is neither an IPv4 nor an IPv6 address",
                     Place(source, tree, listen, listen.has_address() ? "address" : "port"), listen.address());
  }
  if (!listen.has_port() || listen.port() > 65535) {
    return Error::Of("{}: listen: a port is 0 to 65535",
                     Place(source, tree, listen, listen.has_port() ? "port" : "address"));
  }
  return {};
}

Result<Config::Listen> ParseListen(const std::string& text) {
  const auto colon = text.rfind(':');
  std::string address = colon == std::string::npos ? "127.0.0.1" : text.substr(0, colon);
  const std::string_view port = std::string_view(text).substr(colon == std::string::npos ? 0 : colon + 1);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  if (address.empty()) address = "0.0.0.0";
  Config::Listen listen;
  listen.set_address(address);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  char buffer[sizeof(in6_addr)];
  const bool known =
      inet_pton(AF_INET, address.c_str(), buffer) == 1 || inet_pton(AF_INET6, address.c_str(), buffer) == 1;
  if (error != std::errc() || end != port.data() + port.size() || number > 65535 || !known) {
    return Error::Of("--listen={}: want ADDRESS:PORT, with an IPv6 address in brackets", text);
  }
  listen.set_port(number);
  return listen;
}

// Rows of the same role from several sources become one; later ones win field by field.
Status CollectRows(const Source& source, std::uint32_t base, std::map<std::string, Row>& rows) {
  const auto* field = Config::descriptor()->FindFieldByName("role");
  std::set<std::string> seen;
  for (int i = 0; i < source.config.role_size(); ++i) {
    const Config::RoleConfig& row = source.config.role(i);
    const auto* tree = source.places.GetTreeForNested(field, i);
    if (Status status = CheckRow(source, tree, row, base); !status) return status;
    if (!seen.insert(row.name()).second) {
      return Error::Of("{}: role \"{}\" stands here twice", Place(source, tree, row, "name"), row.name());
    }
    Row& merged = rows[row.name()];
    if (merged.place.empty()) merged.place = Place(source, tree, row, "name");
    if (row.route_size()) merged.row.clear_route();
    if (row.extra_gids_size()) merged.row.clear_extra_gids();
    merged.row.MergeFrom(row);
  }
  return {};
}

// Every built-in role has a row; ids are given or derived, never left out in a row that exists, never shared.
Status CompleteRows(std::map<std::string, Row>& rows, Config& config) {
  config.clear_role();
  std::map<std::uint32_t, std::string> owner;
  std::vector<Role> roles = {ROLE_MASTER};
  for (const RoleSpec* spec : AllRoles()) roles.push_back(spec->role);
  for (Role role : roles) {
    const std::string name(RoleName(role));
    Config::RoleConfig row;
    std::string place = "(default)";
    if (const auto found = rows.find(name); found != rows.end()) {
      row = found->second.row;
      place = found->second.place;
      if (!row.has_uid() || !row.has_gid()) {
        return Error::Of("{}: role \"{}\": {} is missing; a role's row states uid and gid", place, name,
                         row.has_uid() ? "gid" : "uid");
      }
    } else {
      const std::uint32_t id = config.id_base() + RoleId(role);
      row.set_name(name);
      row.set_uid(id);
      row.set_gid(id);
    }
    const RoleSpec* const spec = FindRole(role);
    if (row.instances() == 0) row.set_instances(role == ROLE_SANITIZER ? kSanitizers : 1);
    const auto [other, fresh] = owner.emplace(row.uid(), name);
    if (!fresh) return Error::Of("{}: role \"{}\": uid {} is {}'s already", place, name, row.uid(), other->second);
    if (spec && row.route_size() == 0) {
      for (std::string_view route : spec->default_routes) row.add_route(std::string(route));
    }
    *config.add_role() = row;
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
  config.set_web_root((root.is_absolute() ? root : home / root).lexically_normal());
}

// Copies the defaults of proto/config.proto into the message, so that every reader sees the same numbers.
void FillDefaults(Config& config) {
  config.mutable_auth()->mutable_argon2();
  config.mutable_bank();
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

Result<Config> CompleteConfig(const ConfigSources& sources) {
  std::vector<std::unique_ptr<Source>> parsed;
  std::vector<std::pair<std::string, const std::string*>> texts = {{sources.file, &sources.text}};
  for (const std::string& set : sources.sets) texts.emplace_back("--set", &set);
  Config config;
  for (const auto& [name, text] : texts) {
    TRY(std::unique_ptr<Source> source, Parse(name, *text));
    TRY_STATUS(CheckBounds(*source));
    for (int i = 0; i < source->config.listen_size(); ++i) {
      TRY_STATUS(CheckListen(*source, i));
    }
    config.MergeFrom(source->config);
    parsed.push_back(std::move(source));
  }
  std::map<std::string, Row> rows;
  for (const auto& source : parsed) {
    TRY_STATUS(CollectRows(*source, config.id_base(), rows));
  }
  FillDefaults(config);
  TRY_STATUS(CompleteRows(rows, config));
  if (!sources.listens.empty()) config.clear_listen();
  for (const std::string& text : sources.listens) {
    TRY(Config::Listen listen, ParseListen(text));
    *config.add_listen() = listen;
  }
  if (config.listen_size() == 0) {
    config.add_listen()->set_address("127.0.0.1");
    config.mutable_listen(0)->set_port(8080);
  }
  CompletePaths(sources, config);
  // What an escape or a path given on the command line may have brought.
  if (Status status = CheckSendable(config, 0, 0); !status)
    return Error::Of("{}: {}", sources.file, status.error().text);
  return config;
}

}  // namespace zoobar
