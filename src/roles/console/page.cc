#include "roles/console/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "roles/console/calls.h"
#include "roles/console/charts.h"
#include "text/calendar.h"

namespace zoobar {
namespace {

constexpr std::size_t kMostLines = 8;  // of alarms, and of denials
constexpr std::string_view kRunning = "running";

std::string Count(std::size_t count, std::string_view one, std::string_view several) {
  return fmt::format("{} {}", count, count == 1 ? one : several);
}

// "5 s", "12 min", "3 h", "40 d".
std::string Lasting(std::int64_t millis) {
  const std::int64_t seconds = std::max<std::int64_t>(millis / 1000, 0);
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} d", seconds / 86400);
}

std::string Rate(double per_second) {
  if (per_second <= 0) return "";
  if (per_second < 0.1) return "<0.1";
  return per_second < 10 ? fmt::format("{:.1f}", per_second) : fmt::format("{:.0f}", per_second);
}

int Weight(double per_second) {
  return per_second <= 0 ? 0 : per_second < 1 ? 1 : per_second < 10 ? 2 : per_second < 100 ? 3 : 4;
}

// The processes that admin names, with what they answer.
class Processes {
 public:
  Processes(const ShowConsoleReply& seen, const RoleReports& reports) : seen_(seen), reports_(reports) {}

  bool Answers(const Roster::Entry& entry) const {
    // These three have answered, or this page would not be made.
    if (entry.role() == ROLE_MASTER || entry.role() == ROLE_ADMIN || entry.role() == ROLE_CONSOLE) return true;
    const auto found = reports_.processes().find({entry.role(), entry.instance()});
    return found != reports_.processes().end() && found->second.answers;
  }
  bool Well(const Roster::Entry& entry) const {
    return Answers(entry) && entry.state() == kRunning && !entry.degraded();
  }
  std::string StateOf(const Roster::Entry& entry) const {
    std::string state = entry.state();
    if (entry.degraded()) state += fmt::format(", ends again and again ({})", entry.last_end());
    if (entry.state() == kRunning && !Answers(entry)) state += ", does not answer";
    return state;
  }
  std::vector<const Roster::Entry*> Of(Role role) const {
    std::vector<const Roster::Entry*> entries;
    for (const Roster::Entry& entry : seen_.roles()) {
      if (entry.role() == role) entries.push_back(&entry);
    }
    return entries;
  }

 private:
  const ShowConsoleReply& seen_;
  const RoleReports& reports_;
};

std::int64_t Restarts(const Roster::Entry& entry) { return std::max<std::int64_t>(entry.starts(), 1) - 1; }

void AddPicture(ConsolePage& page, const Processes& processes, const History& history, const Picture& picture) {
  page.width = picture.width;
  page.height = picture.height;
  std::map<Role, double> called;
  for (const auto& [call, rate] : history.calls()) called[call.second] += rate;
  for (const Picture::Node& node : picture.nodes) {
    ConsolePage::Node drawn{std::string(RoleName(node.role)), node.x, node.y, "not there", "", "not there", false};
    const auto entries = processes.Of(node.role);
    if (!entries.empty()) {
      std::int64_t restarts = 0;
      drawn.well = true;
      drawn.state = kRunning;
      for (const Roster::Entry* entry : entries) {
        restarts += Restarts(*entry);
        if (!processes.Well(*entry)) {
          drawn.well = false;
          drawn.state = processes.StateOf(*entry);
        }
      }
      drawn.below = drawn.well ? fmt::format("uid {}", entries.front()->uid()) : drawn.state;
      if (entries.size() > 1) drawn.below += fmt::format(" × {}", entries.size());
      if (restarts > 0 && drawn.well)
        drawn.below += ", " + Count(static_cast<std::size_t>(restarts), "restart", "restarts");
    }
    if (const auto found = called.find(node.role); found != called.end()) drawn.rate = Rate(found->second);
    page.nodes.push_back(std::move(drawn));
  }
  for (const Picture::Arrow& arrow : picture.arrows) {
    const auto found = history.calls().find({arrow.from, arrow.to});
    const double rate = found == history.calls().end() ? 0 : found->second;
    std::string what = fmt::format("{} may call {}", RoleName(arrow.from), RoleName(arrow.to));
    if (rate > 0) what += fmt::format(": {} a second", Rate(rate));
    page.arrows.push_back({std::move(what), arrow.path, Weight(rate), Rate(rate), arrow.label_x, arrow.label_y});
  }
}

std::string CallersOf(Role role) {
  std::string callers;
  for (const auto& [call, methods] : ShownCalls()) {
    if (call.second != role) continue;
    callers += callers.empty() ? "" : ", ";
    callers += RoleName(call.first);
  }
  return callers.empty() ? "nobody" : callers;
}

void AddProcesses(ConsolePage& page, const ShowConsoleReply& seen, const Processes& processes, std::int64_t now_ms) {
  for (const Roster::Entry& entry : seen.roles()) {
    page.processes.push_back({.role = std::string(RoleName(entry.role())),
                              .instance = std::to_string(entry.instance()),
                              .uid = std::to_string(entry.uid()),
                              .pid = entry.pid() > 0 ? std::to_string(entry.pid()) : "-",
                              .state = processes.StateOf(entry),
                              .up = entry.started_ms() > 0 ? Lasting(now_ms - entry.started_ms()) : "-",
                              .restarts = std::to_string(Restarts(entry)),
                              .callers = CallersOf(entry.role()),
                              .well = processes.Well(entry)});
  }
}

void AddQueues(ConsolePage& page, const RoleReports& reports) {
  constexpr std::string_view kPrefix = "queue.", kSuffix = ".waiting";
  for (const auto& [process, known] : reports.processes()) {
    if (!known.answers) continue;
    std::map<std::string_view, std::int64_t> counters;
    for (const auto& counter : known.report.counters()) counters[counter.name()] = counter.value();
    for (const auto& [name, waiting] : counters) {
      if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
      const std::string queue(name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size()));
      const auto of = [&](std::string_view what) {
        const auto found = counters.find(fmt::format("{}{}.{}", kPrefix, queue, what));
        return found == counters.end() ? std::int64_t{0} : found->second;
      };
      page.queues.push_back({std::string(RoleName(process.first)), queue, std::to_string(of("running")),
                             std::to_string(waiting), std::to_string(of("most_waiting")),
                             std::to_string(of("refused.share") + of("refused.full") + of("refused.late"))});
    }
  }
}

// A line of a log: JSON, as logger writes it. A line that is none is shown as it is.
ConsolePage::LogLine LineOf(const std::string& line) {
  const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return {"", "", "", line};
  const auto text = [](const nlohmann::json& value) {
    return value.is_string() ? value.get<std::string>()
                             : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  ConsolePage::LogLine shown;
  if (json.contains("time")) shown.time = text(json["time"]).substr(0, 19);  // without parts of a second
  std::ranges::replace(shown.time, 'T', ' ');
  if (json.contains("role")) shown.role = text(json["role"]);
  if (json.contains("event")) shown.event = text(json["event"]);
  if (json.contains("fields") && json["fields"].is_object()) {
    for (const auto& [key, value] : json["fields"].items())
      shown.fields += fmt::format("{}{}: {}", shown.fields.empty() ? "" : "; ", key, text(value));
  }
  return shown;
}

void AddLines(ConsolePage& page, const ShowConsoleReply& seen) {
  page.knows_lines = seen.knows_lines();
  for (auto line = seen.alarms().rbegin(); line != seen.alarms().rend() && page.alarms.size() < kMostLines; ++line) {
    page.alarms.push_back(LineOf(*line));
  }
  for (auto line = seen.programs().rbegin(); line != seen.programs().rend() && page.denials.size() < kMostLines;
       ++line) {
    page.denials.push_back(LineOf(*line));
  }
}

void AddCertificates(ConsolePage& page, const ShowConsoleReply& seen) {
  for (const CertificateReport& report : seen.certificates()) {
    std::string names;
    for (const std::string& name : report.names()) names += (names.empty() ? "" : ", ") + name;
    page.certificates.push_back(
        {std::move(names), fmt::format("{}, in {} days", IsoTimeOfSeconds(report.not_after()), report.days_left()),
         !report.ends_soon()});
  }
}

void Judge(ConsolePage& page, const ShowConsoleReply& seen, const Processes& processes) {
  const auto ill = static_cast<std::size_t>(
      std::ranges::count_if(seen.roles(), [&](const Roster::Entry& entry) { return !processes.Well(entry); }));
  const auto all = static_cast<std::size_t>(seen.roles_size());
  page.well = ill == 0 && !seen.draining();
  page.state = ill == 0 ? fmt::format("All {} processes are well", all)
                        : fmt::format("{} of {} processes {} not well", ill, all, ill == 1 ? "is" : "are");
  if (seen.draining()) page.state += "; the site takes no new connections";
}

}  // namespace

ConsolePage PageOf(const ShowConsoleReply& seen, const RoleReports& reports, const History& history,
                   const Picture& picture, std::int64_t now_ms) {
  const Processes processes(seen, reports);
  ConsolePage page;
  Judge(page, seen, processes);
  page.time = IsoTime(now_ms).substr(0, 19);
  std::ranges::replace(page.time, 'T', ' ');
  const auto moments = static_cast<std::int64_t>(history.moments().size());
  page.since = moments == 0 ? "The first values come within 20 seconds."
               : moments < static_cast<std::int64_t>(History::kMoments)
                   ? fmt::format("A value every {} s, for {}.", History::kEvery.count() / 1000,
                                 Lasting(moments * History::kEvery.count()))
                   : fmt::format("A value every {} s.", History::kEvery.count() / 1000);
  AddPicture(page, processes, history, picture);
  page.charts = ChartsOf(history);
  AddLines(page, seen);
  AddQueues(page, reports);
  AddProcesses(page, seen, processes, now_ms);
  AddCertificates(page, seen);
  return page;
}

}  // namespace zoobar
