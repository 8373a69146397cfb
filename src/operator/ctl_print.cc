#include "operator/ctl_print.h"

#include <google/protobuf/util/json_util.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "ipc/channel.h"
#include "master/restart.h"
#include "operator/certificates_print.h"
#include "site/counters.h"
#include "text/calendar.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

// Returns how many columns a text takes on a terminal. It counts one column for each character. This may be wrong only
// for text that a role or a member chose, because all other texts are ASCII.
std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string OrDash(std::int64_t number) { return number > 0 ? std::to_string(number) : "-"; }

std::int64_t CounterOf(const StatusReply& status, Role role, std::string_view name) {
  for (const StatusReply::Member& member : status.roles()) {
    if (member.entry().role() != role) continue;
    for (const ReportReply::Counter& counter : member.report().counters()) {
      if (counter.name() == name) return counter.value();
    }
  }
  return 0;
}

// A counter that each queue has (queue_counters.h), and the title of the column in which it is printed.
struct QueueColumn {
  std::string_view figure, title;
};
constexpr std::string_view kQueuePrefix = "queue.";
constexpr QueueColumn kQueueColumns[] = {
    {"running", ">RUNNING"},   {"waiting", ">WAITING"},   {"principals", ">CALLERS"},
    {"most_waiting", ">MOST"}, {"granted", ">SERVED"},    {"refused.share", ">OVER SHARE"},
    {"refused.full", ">FULL"}, {"refused.late", ">LATE"}, {"given_up", ">GIVEN UP"},
    {"mean_us", ">MEAN"},
};

// Returns the name of the queue that has this counter, and the counter's column. Returns nullopt if the counter is not
// of a queue.
std::optional<std::pair<std::string_view, std::size_t>> QueueCounter(std::string_view name) {
  if (!name.starts_with(kQueuePrefix)) return std::nullopt;
  name.remove_prefix(kQueuePrefix.size());
  for (std::size_t i = 0; i < std::size(kQueueColumns); ++i) {
    const std::string_view figure = kQueueColumns[i].figure;
    if (name.size() > figure.size() + 1 && name.ends_with(figure) && name[name.size() - figure.size() - 1] == '.')
      return std::pair(name.substr(0, name.size() - figure.size() - 1), i);
  }
  return std::nullopt;
}

std::string QueueFigure(std::size_t column, std::int64_t value) {
  if (kQueueColumns[column].figure != "mean_us") return std::to_string(value);
  return value < 10'000 ? fmt::format("{}us", value) : fmt::format("{}ms", value / 1000);
}

// Prints a table with one row for each queue of each role.
void PrintQueues(const StatusReply& status, std::ostream& out) {
  std::vector<std::string> titles = {"QUEUE", ">#"};
  for (const QueueColumn& column : kQueueColumns) titles.emplace_back(column.title);
  std::vector<std::vector<std::string>> rows;
  for (const StatusReply::Member& member : status.roles()) {
    std::map<std::string_view, std::vector<std::string>> queues;
    for (const ReportReply::Counter& counter : member.report().counters()) {
      const auto queue = QueueCounter(counter.name());
      if (!queue) continue;
      std::vector<std::string>& figures = queues[queue->first];
      figures.resize(std::size(kQueueColumns), "-");
      figures[queue->second] = QueueFigure(queue->second, counter.value());
    }
    for (const auto& [name, figures] : queues) {
      std::vector<std::string>& row = rows.emplace_back();
      row.push_back(fmt::format("{} {}", RoleName(member.entry().role()), Printable(name)));
      row.push_back(std::to_string(member.entry().instance()));
      row.insert(row.end(), figures.begin(), figures.end());
    }
  }
  if (rows.empty()) return;
  PrintTable(titles, rows, out);
  out << '\n';
}

// Returns a role's counters as texts, as in "lines 12". The counters of queues are left out, because PrintQueues prints
// them. The counters of calls are left out too; only --json shows them.
std::vector<std::string> Counters(const ReportReply& report) {
  std::vector<std::string> counters;
  for (const ReportReply::Counter& counter : report.counters()) {
    if (counter.name().starts_with("calls.") || QueueCounter(counter.name())) continue;
    const bool time = counter.name() == kLastAlarmCounter;
    counters.push_back(
        fmt::format("{} {}", Printable(counter.name()),
                    time && counter.value() > 0 ? IsoTime(counter.value()) : std::to_string(counter.value())));
  }
  return counters;
}

// Prints the head and the parts, with a comma between two parts, in lines of at most kLineWidth.
void PrintWrapped(const std::string& head, const std::vector<std::string>& parts, std::ostream& out) {
  constexpr std::size_t kLineWidth = 100;
  std::string line = head;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string part = parts[i] + (i + 1 < parts.size() ? "," : "");
    if (Width(line) + Width(part) > kLineWidth) {
      line.erase(line.find_last_not_of(' ') + 1);
      out << line << '\n';
      line = "    ";
    }
    line += part + " ";
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

}  // namespace

std::string Json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) Die("no JSON");
  return json;
}

void PrintTable(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows,
                std::ostream& out) {
  std::vector<std::string> heads;
  std::vector<bool> right;
  std::vector<std::size_t> widths;
  for (const std::string& title : titles) {
    right.push_back(title.starts_with('>'));
    heads.push_back(title.substr(right.back() ? 1 : 0));
    widths.push_back(Width(heads.back()));
  }
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  const auto print = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string blanks(widths[i] - Width(cells[i]), ' ');
      line += (i > 0 ? "  " : "") + (right[i] ? blanks + cells[i] : cells[i] + blanks);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  print(heads);
  for (const auto& row : rows) print(row);
}

std::string Duration(std::int64_t millis) {
  const std::int64_t seconds = std::max<std::int64_t>(millis, 0) / 1000;
  if (seconds >= 86400) return fmt::format("{}d {:02}h", seconds / 86400, seconds / 3600 % 24);
  if (seconds >= 3600) return fmt::format("{}h {:02}m", seconds / 3600, seconds / 60 % 60);
  if (seconds >= 60) return fmt::format("{}m {:02}s", seconds / 60, seconds % 60);
  return fmt::format("{}.{}s", seconds, std::max<std::int64_t>(millis, 0) / 100 % 10);
}

bool WallsAreBroken(const StatusReply& status) {
  const auto broken = [](const ReportReply::Counter& counter) {
    return counter.name() == kWallsBrokenCounter && counter.value() != 0;
  };
  return std::ranges::any_of(status.roles(), [&broken](const StatusReply::Member& member) {
    return member.entry().role() == ROLE_PROFILE && std::ranges::any_of(member.report().counters(), broken);
  });
}

bool AnyDegraded(const StatusReply& status) {
  return std::ranges::any_of(status.roles(),
                             [](const StatusReply::Member& member) { return member.entry().degraded(); });
}

void PrintStatus(const StatusReply& status, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  int silent = 0;
  for (const StatusReply::Member& member : status.roles()) {
    const Roster::Entry& entry = member.entry();
    silent += member.answers() ? 0 : 1;
    rows.push_back({std::string(RoleName(entry.role())), std::to_string(entry.instance()), OrDash(entry.pid()),
                    std::to_string(entry.uid()), OrDash(entry.starts()),
                    member.has_report() ? Duration(member.report().uptime_ms()) : "-",
                    Printable(entry.state()) + (entry.degraded() ? ", degraded" : ""),
                    member.answers() ? "yes" : "NO"});
  }
  out << "zoobar " << Printable(status.version()) << ": " << rows.size() << " processes, "
      << (silent == 0 ? std::string("all answer") : fmt::format("{} DO NOT ANSWER", silent)) << "\n";
  for (const StatusReply::Member& member : status.roles()) {
    const Roster::Entry& entry = member.entry();
    if (!entry.degraded()) continue;
    out << fmt::format("DEGRADED: {} {} ended {} times within {} s; the last time: {}\n", RoleName(entry.role()),
                       entry.instance(), entry.ends(), RestartPolicy::kWindow.count() / 1000,
                       Printable(entry.last_end()));
  }
  if (status.draining()) out << "DRAINING: the site takes no new connections (zoobar ctl drain --off)\n";
  if (WallsAreBroken(status))
    out << "PROGRAMS ARE NOT RUN: the canary found that a wall is missing (zoobar ctl log --security)\n";
  if (CounterOf(status, ROLE_AUTH, kCourseGradersCounter) > 0)
    out << "ANY NEW PASSWORD IS ACCEPTED, because the configuration has auth { course_graders: true }\n";
  if (const std::int64_t last = CounterOf(status, ROLE_LOGGER, kLastAlarmCounter); last > 0) {
    out << fmt::format("alarms: {} since logger started, the last at {} (zoobar ctl log --alarms)\n",
                       CounterOf(status, ROLE_LOGGER, kAlarmsCounter), IsoTime(last));
  }
  out << '\n';
  PrintTable({"ROLE", ">#", ">PID", ">UID", ">STARTS", ">UP", "STATE", "ANSWERS"}, rows, out);
  out << '\n';
  if (status.knows_certificates() && status.certificates_size() > 0) {
    PrintCertificates(status.certificates(), out);
    out << '\n';
  }
  PrintQueues(status, out);
  for (const StatusReply::Member& member : status.roles()) {
    const std::vector<std::string> counters = Counters(member.report());
    if (counters.empty()) continue;
    PrintWrapped(fmt::format("{} {}: ", RoleName(member.entry().role()), member.entry().instance()), counters, out);
  }
}

void PrintProcesses(const StatusReply& status, std::int64_t now_ms, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  for (const StatusReply::Member& member : status.roles()) {
    const Roster::Entry& entry = member.entry();
    rows.push_back({OrDash(entry.pid()), std::to_string(entry.uid()),
                    entry.started_ms() > 0 ? Duration(now_ms - entry.started_ms()) : "-",
                    "zoobar: " + std::string(RoleName(entry.role()))});
  }
  PrintTable({">PID", ">UID", ">ELAPSED", "COMMAND"}, rows, out);
}

void PrintDenials(const DenialsReply& denials, std::int64_t now_ms, std::ostream& out) {
  if (denials.paused()) {
    out << "paused by the operator\n";
  } else if (denials.paused_until_ms() > now_ms) {
    out << fmt::format("paused until {} (for {} more) because of denials\n", IsoTime(denials.paused_until_ms()),
                       Duration(denials.paused_until_ms() - now_ms));
  } else {
    out << (denials.slowed() ? "slowed because of denials\n" : "runs\n");
  }
  if (denials.denials_size() == 0) {
    out << "no denials\n";
    return;
  }
  out << '\n';
  std::vector<std::vector<std::string>> rows;
  for (const ProgramDenial& denial : denials.denials()) {
    rows.push_back({IsoTime(denial.time_ms()), Printable(denial.visitor()), Printable(denial.call()),
                    std::to_string(denial.count())});
  }
  PrintTable({"TIME", "VISITOR", "CALL", ">COUNT"}, rows, out);
}

void PrintVerified(const VerifyReply& verified, std::ostream& out) {
  out << fmt::format("{}: {} accounts, {} journal entries; issued {}, held {}, set aside in open offers {}\n",
                     verified.sound() ? "sound" : "UNSOUND", verified.accounts(), verified.entries(), verified.issued(),
                     verified.held(), verified.offered());
  for (const std::string& fault : verified.faults()) out << "  " << Printable(fault) << '\n';
}

void PrintCorrection(const CorrectionAnswer& correction, std::ostream& out) {
  out << fmt::format("Entry {} corrects entry {}: {} gives {} zoobars back to {}.\n", correction.entry(),
                     correction.corrects(), Printable(correction.from()), correction.zoobars(),
                     Printable(correction.to()));
}

}  // namespace zoobar
