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

constexpr Role kNeeded[] = {ROLE_DISPATCHER, ROLE_APP,     ROLE_LOGIN,        ROLE_AUTH,
                            ROLE_BANK,       ROLE_PROFILE, ROLE_HONEYCHECKER, ROLE_STATIC};
constexpr Role kNeededForTls[] = {ROLE_EDGE, ROLE_KEYS};

std::string NameOf(Role role, std::uint32_t instance) { return fmt::format("{} {}", RoleName(role), instance); }

Response WellOr(const std::vector<std::string>& faults) {
  Response response = Response::Text(faults.empty() ? 200 : 503, faults.empty() ? "ok\n" : "");
  for (const std::string& fault : faults) response.body += fault + "\n";
  return response;
}

}  // namespace

Metrics::Metrics(Site& site) : SmallServer(site, "figures"), site_(site), reports_(site, ROLE_METRICS) {}

void Metrics::Drain(std::function<void()> done) {
  DrainServer([this, done = std::move(done)] { in_flight_.Drain(done); });
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
  auto asking = reports_.Ask();
  co_await asking;
  exchange.Answer(path == "/metrics" ? Figures() : path == "/healthz" ? Healthy() : Ready());
}

// ---- answers

Response Metrics::Figures() const {
  Exposition exposition;
  exposition.Add("zoobar_build_info", {{"version", site_.version()}}, 1);
  for (const auto& [process, known] : reports_.processes()) {
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
  for (const auto& [process, known] : reports_.processes()) {
    const std::int64_t since = known.answered_us == 0 ? began_us_ : known.answered_us;
    if (known.answers || now - since < forgiven) continue;
    faults.push_back(
        fmt::format("{} has not answered for {} s", NameOf(process.first, process.second), (now - since) / 1'000'000));
  }
  return WellOr(faults);
}

Response Metrics::Ready() const {
  std::vector<std::string> faults;
  const auto need = [&](Role role) {
    if (!reports_.Answers(role)) faults.push_back(fmt::format("{} does not answer", RoleName(role)));
  };
  std::ranges::for_each(kNeeded, need);
  const auto& listens = site_.config().listen();
  if (std::ranges::any_of(listens, &Config::Listen::tls)) std::ranges::for_each(kNeededForTls, need);
  for (const auto& [process, known] : reports_.processes()) {
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
