#include "roles/metrics.h"

#include <algorithm>

#include "roles/metrics/exposition.h"
#include "site/rows.h"

namespace zoobar {
namespace {

constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to ask all roles for their reports"},
    {Calls::kAccept, "to accept connections on the listening socket it was given"},
    {Calls::kServeHttp, "to read requests and write the figures"},
};
constexpr Privileges kPrivileges = {.folders = {}, .calls = kCalls, .limits = {.open_files = 512}};

// Prometheus, a load balancer and a person need few. One address may have half of them.
constexpr std::size_t kPlaces = 64;
constexpr int kRetryAfterSeconds = 1;
constexpr Milliseconds kRoundPatience{2000};     // longer than the deadline of Health.Report
constexpr std::int64_t kSameStartMillis = 2000;  // times of starts that differ by less are the same start

constexpr Role kNeeded[] = {ROLE_DISPATCHER, ROLE_APP,     ROLE_LOGIN,        ROLE_AUTH,
                            ROLE_BANK,       ROLE_PROFILE, ROLE_HONEYCHECKER, ROLE_STATIC};
constexpr Role kNeededForTls[] = {ROLE_EDGE, ROLE_KEYS};

Connections::Options OptionsOf() {
  Connections::Options options;
  options.limits.body_bytes = 1024;
  options.limits.head_time = Milliseconds(5000);
  options.limits.idle_time = Milliseconds(60000);
  options.numbered = true;
  return options;
}

std::string NameOf(Role role, std::uint32_t instance) { return fmt::format("{} {}", RoleName(role), instance); }

Response WellOr(const std::vector<std::string>& faults) {
  Response response = Response::Text(faults.empty() ? 200 : 503, faults.empty() ? "ok\n" : "");
  for (const std::string& fault : faults) response.body += fault + "\n";
  return response;
}

}  // namespace

Metrics::Metrics(Site& site)
    : site_(site),
      connections_(site.loop(), *this, OptionsOf()),
      acceptor_(site, kPlaces, kPlaces / 2, 0,
                {.on_entry =
                     [this](IpAddress peer, std::uint64_t number, Fd socket, Acceptor::Entry entry, Acceptor::Way) {
                       Client client;
                       client.peer = client.asker = peer;
                       client.number = number;
                       Welcome(client, std::move(socket), entry);
                     },
                 .give_way =
                     [this](std::uint64_t number, bool also_busy) {
                       Client client;
                       client.number = number;
                       return connections_.GiveWay(client, also_busy);
                     }}) {
  for (const Config::RoleConfig& row : site.config().role()) {
    const Role role = RoleByName(row.name());
    if (role == ROLE_MASTER || role == ROLE_METRICS) continue;
    for (std::uint32_t instance = 0; instance < row.instances(); ++instance) processes_[{role, instance}];
  }
}

void Metrics::Welcome(const Client& client, Fd socket, Acceptor::Entry entry) {
  if (entry == Acceptor::Entry::kWelcome) return connections_.Adopt(std::move(socket), client);
  if (connections_.size() >= 2 * kPlaces) return;  // `socket` is closed
  connections_.Refuse(
      std::move(socket), client,
      Response::Busy(fmt::format("All {} connections for figures are in use.", kPlaces), kRetryAfterSeconds));
}

void Metrics::PeerWired(Role role, std::uint32_t instance, std::int32_t, Fd) {
  if (const auto found = processes_.find({role, instance}); found != processes_.end()) ++found->second.times_wired;
}

void Metrics::Drain(std::function<void()> done) {
  if (!acceptor_.resting()) acceptor_.Shut();
  connections_.Drain([this, done = std::move(done)] { in_flight_.Drain(done); });
}

// ---- requests

Verdict Metrics::OnHead(HttpConnection& connection, const RequestHead& head) {
  if (head.method == HttpMethod::kGet || head.method == HttpMethod::kHead) return Verdict::kServe;
  Response refused = Response::Text(405, "Only GET and HEAD.\n");
  refused.AddField("Allow", "GET, HEAD");
  connection.AnswerWithoutBody(refused);
  return Verdict::kAnswered;
}

void Metrics::OnRequest(Exchange exchange, Request request) {
  std::string path(request.head.path());
  if (path == "/metrics" || path == "/healthz" || path == "/readyz") {
    Spawn(Answer(std::move(exchange), std::move(path)));
  } else {
    exchange.Answer(Response::Text(path == "/" ? 200 : 404, "There are /metrics, /healthz and /readyz.\n"));
  }
}

Task<void> Metrics::Answer(Exchange exchange, std::string path) {
  const InFlight::Call mark(in_flight_);
  auto asking = Ask();
  co_await asking;
  exchange.Answer(path == "/metrics" ? Figures() : path == "/healthz" ? Healthy() : Ready());
}

// ---- asking the roles

Task<void> Metrics::Ask() {
  const std::int64_t fresh = std::chrono::microseconds(kFresh).count();
  if (pending_ == 0) {
    if (asked_us_ != 0 && MonotonicMicros() - asked_us_ < fresh) co_return;
    pending_ = 1;  // this function itself
    for (auto& [process, known] : processes_) {
      std::shared_ptr<Channel> channel = site_.peer(process.first).Instance(process.second);
      known.answers = false;
      if (!channel) continue;
      ++pending_;
      Spawn(AskOne(process, std::move(channel)));
    }
    --pending_;
  }
  if (pending_ > 0) {
    auto waiting = round_.Wait(site_.loop(), kRoundPatience);
    co_await waiting;
  }
  asked_us_ = MonotonicMicros();
}

Task<void> Metrics::AskOne(Process process, std::shared_ptr<Channel> channel) {
  ReportRequest request;
  auto call = channel->Call<ReportReply>(request);
  Result<Incoming<ReportReply>> reply = co_await call;
  if (reply.ok()) TakeReport(process, std::move(reply->message));
  if (--pending_ == 0) round_.WakeAll();
}

void Metrics::TakeReport(const Process& process, ReportReply report) {
  Known& known = processes_[process];
  const std::int64_t started = WallMillis() - report.uptime_ms();
  if (std::abs(started - known.started_ms) >= kSameStartMillis) known.started_ms = started;
  known.answers = true;
  known.answered_us = MonotonicMicros();
  known.report = std::move(report);
}

// ---- answers

Response Metrics::Figures() const {
  Exposition exposition;
  exposition.Add("zoobar_build_info", {{"version", site_.version()}}, 1);
  for (const auto& [process, known] : processes_) {
    const auto& [role, instance] = process;
    const Exposition::Labels labels = Exposition::LabelsOf(role, instance);
    exposition.Add("zoobar_role_up", labels, known.answers ? 1 : 0);
    exposition.Add("zoobar_role_restarts_total", labels,
                   static_cast<double>(std::max<std::int64_t>(known.times_wired - 1, 0)));
    if (!known.answers) continue;  // old figures would look like present ones
    exposition.Add("zoobar_role_start_time_seconds", labels, static_cast<double>(known.started_ms) / 1000);
    exposition.AddReport(role, instance, known.report);
  }
  Response response = Response::Text(200, exposition.Text());
  response.type = Exposition::kType;
  return response;
}

Response Metrics::Healthy() const {
  std::vector<std::string> faults;
  const std::int64_t now = MonotonicMicros(), forgiven = std::chrono::microseconds(kForgiven).count();
  for (const auto& [process, known] : processes_) {
    const std::int64_t since = known.answered_us == 0 ? began_us_ : known.answered_us;
    if (known.answers || now - since < forgiven) continue;
    faults.push_back(
        fmt::format("{} has not answered for {} s", NameOf(process.first, process.second), (now - since) / 1'000'000));
  }
  return WellOr(faults);
}

bool Metrics::Answers(Role role) const {
  return std::ranges::any_of(processes_,
                             [role](const auto& each) { return each.first.first == role && each.second.answers; });
}

Response Metrics::Ready() const {
  std::vector<std::string> faults;
  const auto need = [&](Role role) {
    if (!Answers(role)) faults.push_back(fmt::format("{} does not answer", RoleName(role)));
  };
  std::ranges::for_each(kNeeded, need);
  const auto& listens = site_.config().listen();
  if (std::ranges::any_of(listens, &Config::Listen::tls)) std::ranges::for_each(kNeededForTls, need);
  for (const auto& [process, known] : processes_) {
    if (process.first != ROLE_DISPATCHER || !known.answers) continue;
    const auto draining = std::ranges::find(known.report.counters(), "draining", &ReportReply::Counter::name);
    if (draining != known.report.counters().end() && draining->value() != 0)
      faults.emplace_back("the site takes no new connections (zoobar ctl drain)");
  }
  return WellOr(faults);
}

const RoleSpec kMetricsRole = {
    .role = ROLE_METRICS,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<Metrics>(site); },
};

}  // namespace zoobar
