#include "config/checks.h"

#include <algorithm>
#include <span>

#include "credentials/names.h"
#include "credentials/phc.h"
#include "http/address.h"
#include "ipc/channel.h"
#include "ipc/try.h"
#include "roles/table.h"
#include "site/places.h"
#include "site/role.h"
#include "site/rows.h"
#include "text/ascii.h"
#include "webauthn/origins.h"

namespace zoobar {
namespace {

struct Bound {
  const char* message;  // the path of the message that has the field, as in "auth.throttle"; "": Config itself
  const char* field;
  std::uint64_t least, greatest;
};

// A site could not work with values outside these bounds.
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
    {"auth.throttle", "max_delay_ms", 0, 8000},  // app waits at most 15 s for a whole login
    {"auth.throttle", "held", 1, 10000},
    {"auth.argon2", "memory_kib", Argon2Parameters::kMinMemoryKibPerLane, Argon2Parameters::kMaxMemoryKib},
    {"auth.argon2", "passes", 1, Argon2Parameters::kMaxPasses},
    {"auth.argon2", "lanes", 1, Argon2Parameters::kMaxLanes},
    {"bank", "initial_zoobars", 0, 1000000000},
    {"bank", "acts_burst", 1, 1000000},
    {"bank", "acts_per_hour", 1, 1000000000},
    {"notary", "sign_seconds", 1, 86400},
    {"metrics", "port", 0, 65535},
    {"console", "port", 0, 65535},
    {"profile", "max_source_bytes", 1, 65536},
    {"profile", "timeout_ms", 100, 60000},
    // The minimum is one page of memory, because a tmpfs of size 0 has no limit. The maximum fits into one frame
    // together with the program's source (sandbox/wire.h).
    {"profile", "files_bytes", 4096, 3145728},
    {"profile", "files_inodes", 1, 1024},
    {"profile", "output_bytes", 1024, 65536},  // the sanitizer accepts no more
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
    {"http", "handshake_seconds", 1, 3600},
    {"http", "hsts_seconds", 0, 63072000},  // two years, which is what browsers' preload lists ask for at most
    {"log", "rotate_bytes", 65536, 1ull << 40},
    {"log", "keep", 1, 100},
    {"log", "lines_per_second", 1, 1000000},
    {"log", "alarm_rotate_bytes", 65536, 1ull << 40},
    {"log", "alarm_keep", 1, 1000},
    {"log", "access_lines_per_second", 2, 10000000},
    {"log", "audit_rotate_bytes", 65536, 1ull << 40},
    {"log", "audit_keep", 1, 1000},
    {"log", "money_rotate_bytes", 65536, 1ull << 40},
    {"log", "money_keep", 1, 1000},
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

Status CheckNumbers(const ConfigSource& source) {
  for (const Bound& bound : kBounds) {
    const google::protobuf::Message* message = &source.config;
    const FieldPlaces* tree = &source.places;
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
      return Error::Of("{}: {} must be {} to {}", source.Place(tree, *message, bound.field), bound.field, bound.least,
                       bound.greatest);
    }
  }
  return {};
}

// Returns where the fields of the message `name` stand in the text. Null: it is not there.
const FieldPlaces* PlacesOf(const ConfigSource& source, const char* name) {
  return source.places.GetTreeForNested(Config::descriptor()->FindFieldByName(name), -1);
}

Status CheckListener(const ConfigSource& source, int index) {
  const Config::Listen& listen = source.config.listen(index);
  const auto* field = Config::descriptor()->FindFieldByName("listen");
  const auto* tree = source.places.GetTreeForNested(field, index);
  if (!IsIpAddress(listen.address())) {
    return Error::Of("{}: listen: \"{}\" is neither an IPv4 nor an IPv6 address",
                     source.Place(tree, listen, listen.has_address() ? "address" : "port"), listen.address());
  }
  if (!listen.has_port() || listen.port() > 65535) {
    return Error::Of("{}: listen: a port is 0 to 65535",
                     source.Place(tree, listen, listen.has_port() ? "port" : "address"));
  }
  if (listen.redirect_to_https() && listen.tls()) {
    return Error::Of("{}: listen: redirect_to_https is for a listener without tls",
                     source.Place(tree, listen, "redirect_to_https"));
  }
  if (listen.https_port() < 1 || listen.https_port() > 65535) {
    return Error::Of("{}: listen: https_port is 1 to 65535", source.Place(tree, listen, "https_port"));
  }
  return {};
}

Status CheckPasskeys(const ConfigSource& source) {
  const Config::Passkeys& passkeys = source.config.auth().passkeys();
  if (passkeys.origin_size() == 0) return {};
  const FieldPlaces* const auth = PlacesOf(source, "auth");
  const auto* field = Config::Auth::descriptor()->FindFieldByName("passkeys");
  const auto* tree = auth ? auth->GetTreeForNested(field, -1) : nullptr;
  for (int i = 0; i < passkeys.origin_size(); ++i) {
    const std::string place = source.Place(tree, passkeys, "origin", i);
    if (static_cast<std::size_t>(i) >= kMostPasskeyOrigins) {
      return Error::Of("{}: passkeys: at most {} origins", place, kMostPasskeyOrigins);
    }
    if (IsPasskeyOrigin(passkeys.origin(i))) continue;
    return Error::Of("{}: passkeys: \"{}\" is not \"https://HOST\" or \"https://HOST:PORT\" with HOST in lower case",
                     place, passkeys.origin(i));
  }
  return {};
}

Status CheckTls(const ConfigSource& source, int index) {
  const Config::Tls& tls = source.config.tls(index);
  const auto* tree = source.places.GetTreeForNested(Config::descriptor()->FindFieldByName("tls"), index);
  const bool whole = !tls.certificate().empty() && !tls.key().empty();
  const std::string place = source.Place(tree, tls, tls.has_certificate() ? "certificate" : "key");
  if (!whole) return Error::Of("{}: tls: needs both files, certificate and key", place);
  return {};
}

// settings: of the field `name`, which says where a role has a listener of its own.
template <typename Settings>
Status CheckOwnListener(const ConfigSource& source, const char* name, const Settings& settings) {
  if (IsIpAddress(settings.address())) return {};
  const FieldPlaces* const tree = PlacesOf(source, name);
  return Error::Of("{}: {}: \"{}\" is neither an IPv4 nor an IPv6 address", source.Place(tree, settings, "address"),
                   name, settings.address());
}

// One `role` row in one text of the configuration.
struct RowInText {
  const ConfigSource& source;
  const FieldPlaces* tree;
  const Config::RoleConfig& row;
  std::uint32_t id_base;

  std::string Place(const char* field, int index = -1) const { return source.Place(tree, row, field, index); }
};

Status CheckId(const RowInText& at, const char* field, std::uint32_t id, int index = -1) {
  if (id > at.id_base && id < at.id_base + kRoleIds) return {};
  const std::string place = at.Place(field, index);
  if (id == 0) return Error::Of("{}: role \"{}\": {} 0 is root; a role is never root", place, at.row.name(), field);
  return Error::Of("{}: role \"{}\": {} {} is outside this site's ids for roles, {} to {} (id_base: {})", place,
                   at.row.name(), field, id, at.id_base + 1, at.id_base + kRoleIds - 1, at.id_base);
}

Status CheckIds(const RowInText& at, const RoleSpec* spec) {
  const Config::RoleConfig& row = at.row;
  if (row.has_uid()) TRY_STATUS(CheckId(at, "uid", row.uid()));
  if (row.has_gid()) TRY_STATUS(CheckId(at, "gid", row.gid()));
  if (spec && spec->privileges.owns_pool && row.has_uid() && row.has_gid() && row.uid() != row.gid()) {
    return Error::Of("{}: role \"{}\": gid {} must be the same as its uid, {}", at.Place("gid"), row.name(), row.gid(),
                     row.uid());
  }
  for (int i = 0; i < row.extra_gids_size(); ++i) TRY_STATUS(CheckId(at, "extra_gids", row.extra_gids(i), i));
  return {};
}

// Whether `name` can be the name of a module: letters, digits and _, no digit first.
bool IsModuleName(const std::string& name) {
  constexpr std::size_t kMostCharacters = 64;
  const auto is_letter = [](char c) { return IsLetter(c) || c == '_'; };
  return !name.empty() && name.size() <= kMostCharacters && is_letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || IsDigit(c); });
}

// Checks that each of profile.packages has the form of a module's name, so that none can be a path.
Status CheckPackages(const ConfigSource& source) {
  constexpr int kMost = 64;
  const Config::Profile& profile = source.config.profile();
  const FieldPlaces* const tree = PlacesOf(source, "profile");
  for (int i = 0; i < profile.packages_size(); ++i) {
    const std::string place = source.Place(tree, profile, "packages", i);
    if (i >= kMost) return Error::Of("{}: packages: at most {} modules", place, kMost);
    if (!IsModuleName(profile.packages(i)))
      return Error::Of("{}: packages: \"{}\" is not the name of a module, as \"numpy\"", place, profile.packages(i));
  }
  return {};
}

Status CheckReservedNames(const ConfigSource& source) {
  constexpr int kMost = 1000;
  const Config::Auth& auth = source.config.auth();
  const FieldPlaces* const tree = PlacesOf(source, "auth");
  for (int i = 0; i < auth.reserved_names_size(); ++i) {
    const std::string place = source.Place(tree, auth, "reserved_names", i);
    if (i >= kMost) return Error::Of("{}: reserved_names: at most {} names", place, kMost);
    if (!NormalisedName(auth.reserved_names(i)))
      return Error::Of("{}: reserved_names: a name has 1 to 128 bytes of UTF-8 and no control characters", place);
  }
  return {};
}

Status CheckTrustedProxies(const ConfigSource& source) {
  for (int i = 0; i < source.config.trusted_proxies_size(); ++i) {
    const auto parsed = TrustedProxies::Parse(std::span(&source.config.trusted_proxies(i), 1));
    if (!parsed.ok())
      return Error::Of("{}: {}", source.Place(&source.places, source.config, "trusted_proxies", i),
                       parsed.error().text);
  }
  return {};
}

bool IsPath(std::string_view text) { return !text.empty() && text.find('\0') == text.npos; }

// An empty path would mean the current folder, or the folder of the configuration.
Status CheckPaths(const ConfigSource& source) {
  const Config& config = source.config;
  const bool state = config.has_state_dir() && !IsPath(config.state_dir());
  if (!state && (!config.has_web_root() || IsPath(config.web_root()))) return {};
  const char* const field = state ? "state_dir" : "web_root";
  return Error::Of("{}: {}: a path is not empty and has no zero byte", source.Place(&source.places, config, field),
                   field);
}

bool ServesRequests(Role role) {
  return role == ROLE_STATIC || std::ranges::find(kPageRoles, role) != std::end(kPageRoles);
}

}  // namespace

Status CheckNumbersAndListeners(const ConfigSource& source) {
  TRY_STATUS(CheckNumbers(source));
  TRY_STATUS(CheckPaths(source));
  TRY_STATUS(CheckPackages(source));
  TRY_STATUS(CheckReservedNames(source));
  TRY_STATUS(CheckTrustedProxies(source));
  TRY_STATUS(CheckOwnListener(source, "metrics", source.config.metrics()));
  TRY_STATUS(CheckOwnListener(source, "console", source.config.console()));
  for (int i = 0; i < source.config.listen_size(); ++i) TRY_STATUS(CheckListener(source, i));
  TRY_STATUS(CheckPasskeys(source));
  for (int i = 0; i < source.config.tls_size(); ++i) TRY_STATUS(CheckTls(source, i));
  return {};
}

Status CheckRow(const ConfigSource& source, int index, std::uint32_t id_base) {
  const Config::RoleConfig& row = source.config.role(index);
  const auto* field = Config::descriptor()->FindFieldByName("role");
  const RowInText at{source, source.places.GetTreeForNested(field, index), row, id_base};
  const Role role = RoleByName(row.name());
  const RoleSpec* const spec = FindRole(role);
  if (!spec && role != ROLE_MASTER) return Error::Of("{}: there is no role \"{}\"", at.Place("name"), row.name());
  TRY_STATUS(CheckIds(at, spec));
  for (int i = 0; i < row.route_size(); ++i) {
    if (!ServesRequests(role)) {
      return Error::Of("{}: role \"{}\" serves no pages, so it can have no route", at.Place("route", i), row.name());
    }
    if (!row.route(i).starts_with('/')) return Error::Of("{}: a route starts with \"/\"", at.Place("route", i));
  }
  if (row.has_instances() && (row.instances() < 1 || row.instances() > 8)) {
    return Error::Of("{}: instances must be 1 to 8", at.Place("instances"));
  }
  if (row.instances() > 1 && !(spec && spec->several_instances)) {
    return Error::Of("{}: role \"{}\" can have only one instance, because it has state of its own",
                     at.Place("instances"), row.name());
  }
  return {};
}

}  // namespace zoobar
