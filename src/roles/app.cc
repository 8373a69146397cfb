#include "roles/app.h"

#include <sys/resource.h>

#include <algorithm>

#include "site/places.h"
#include "site/queue_counters.h"

namespace zoobar {
namespace {

constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to take calls and call others"},
    {Calls::kServeHttp, "to serve the connections dispatcher hands over"},
    {Calls::kAskForFile, "ctemplate looks for a file behind each compiled-in template it parses; the root holds none"},
};
constexpr Privileges kPrivileges = {
    .folders = {},
    .calls = kCalls,
    .limits = {.open_files = kAppOpenFiles, .address_space = 0, .file_bytes = 0, .processes = 1}};
// "/" matches every path that no other role serves. app answers a request for such a path with its page "Not found".
constexpr std::string_view kDefaultRoutes[] = {"/", "/zoobar/index.cgi", "/zoobar/index.cgi/"};

// After this time without a request, a connection goes back to the dispatcher, which keeps it at less cost.
constexpr Milliseconds kKeepIdle{1000};
// The pages that app works on at the same time. They are enough to keep the other roles busy, and few enough that no
// page waits long for its turn. One address may be a whole classroom, so it has many places to wait in.
constexpr FairQueue::Limits kPages = {
    .slots = 192, .slots_per_principal = 96, .waiting = 4096, .waiting_per_principal = 1024};
// The calls to auth with a password. In auth they may wait for a hash, or for the time when another guess is allowed.
// They are fewer than the lasting calls that a channel takes. The share of one address is large enough for a classroom.
constexpr FairQueue::Limits kEntering = {
    .slots = 512, .slots_per_principal = 128, .waiting = 4096, .waiting_per_principal = 1024};
// The bytes of the calls to profile that carry a text, at the same time. They are two thirds of the bytes that a
// channel takes for lasting calls. Half of the slots are for members who have used little lately.
constexpr std::size_t kTextBytes = 2 << 20;
constexpr std::size_t kBesideText = 4096;  // the bytes of a call beside its text: ticket and header

FairQueue::Limits TextsOf(const Config& config) {
  const std::size_t slots = std::max<std::size_t>(4, kTextBytes / (config.profile().max_source_bytes() + kBesideText));
  return {.slots = slots,
          .slots_per_principal = slots / 4,
          .reserved = slots / 2,
          .light = Milliseconds(2000),
          .waiting = 1024,
          .waiting_per_principal = 32};
}

std::size_t CapacityOf(std::size_t open_files) {
  rlimit limit{};
  if (open_files == 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0) Die("RLIMIT_NOFILE cannot be read");
  if (open_files == 0) open_files = static_cast<std::size_t>(limit.rlim_cur);
  return AppPlaces(open_files);
}

TrustedProxies ProxiesOf(const Config& config) {
  return MustHave(TrustedProxies::Parse(config.trusted_proxies()));  // checked when the configuration was read
}

}  // namespace

App::App(Site& site, std::size_t open_files)
    : site_(site),
      auth_(site.peer(ROLE_AUTH)),
      bank_(site.peer(ROLE_BANK)),
      profile_(site.peer(ROLE_PROFILE)),
      echo_(site.peer(ROLE_ECHO)),
      dispatcher_(site.peer(ROLE_DISPATCHER)),
      password_rules_(PasswordRules::From(site.config().auth())),
      course_graders_(site.config().auth().course_graders()),
      profile_limit_(site.config().profile().max_source_bytes()),
      manual_(ManualOf(site.config().profile())),
      routes_(MustHave(RouteTable::From(site.config()))),
      capacity_(CapacityOf(open_files)),
      connections_(site.loop(), *this,
                   {HttpLimits::From(site.config().http()), ProxiesOf(site.config()), kKeepIdle, true}),
      pages_in_work_(site.loop(), kPages),
      entering_(site.loop(), kEntering),
      texts_(site.loop(), TextsOf(site.config())),
      tell_again_(site.loop()) {
  site.service().Handle(&App::Serve, this);
  site.service().Handle(&App::LetGo, this);
  site.Count("connections", [this] { return static_cast<std::int64_t>(connections_.size()); });
  site.Count("connections.capacity", [this] { return static_cast<std::int64_t>(capacity_); });
  site.Count("connections.orphans", [this] { return static_cast<std::int64_t>(connections_.orphans()); });
  site.Count("connections.turned_away", [this] { return turned_away_; });
  site.Count("requests", [this] { return served_; });
  site.Count("requests.unavailable", [this] { return unavailable_; });
  CountQueue(site, "pages", pages_in_work_);
  CountQueue(site, "entering", entering_);
  CountQueue(site, "texts", texts_);
}

void App::Drain(std::function<void()> done) {
  connections_.Drain([this, done = std::move(done)] { in_flight_.Drain(done); });
}

void App::Reload(const Config& config) {
  Result<RouteTable> routes = RouteTable::From(config);
  Result<TrustedProxies> trusted = TrustedProxies::Parse(config.trusted_proxies());
  if (!routes.ok() || !trusted.ok()) {
    return site_.log().Failure("reload-refused", {{"why", routes.ok() ? trusted.error().text : routes.error().text}});
  }
  routes_ = std::move(*routes);
  connections_.SetLimits(HttpLimits::From(config.http()), std::move(*trusted));
  password_rules_ = PasswordRules::From(config.auth());
  course_graders_ = config.auth().course_graders();
  profile_limit_ = config.profile().max_source_bytes();
  texts_.SetLimits(TextsOf(config));
  manual_ = ManualOf(config.profile());
}

const RoleSpec kAppRole = {
    .role = ROLE_APP,
    .several_instances = true,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<App>(site); },
    .default_routes = kDefaultRoutes,
};

}  // namespace zoobar
