#include "operator/top.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <vector>

#include "ipc/channel.h"
#include "operator/ctl_print.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

std::int64_t Sum(const ReportReply& report, const auto& counts) {
  std::int64_t sum = 0;
  for (const ReportReply::Counter& counter : report.counters()) {
    if (counts(counter.name())) sum += counter.value();
  }
  return sum;
}

std::int64_t CallsOf(const ReportReply& report) {
  return Sum(report, [](const std::string& name) { return name.starts_with("calls."); });
}
std::int64_t QueuedAt(const ReportReply& report) {
  return Sum(report, [](const std::string& name) { return name.starts_with("queue.") && name.ends_with(".waiting"); });
}
std::int64_t RequestsOf(const StatusReply& status) {
  std::int64_t sum = 0;
  for (const auto& member : status.roles()) {
    sum += Sum(member.report(), [](const std::string& name) { return name == "requests"; });
  }
  return sum;
}

// Returns the same process in an earlier look, or nullptr.
const StatusReply::Member* Same(const StatusReply::Member& member, const Look* before) {
  if (!before) return nullptr;
  for (const StatusReply::Member& each : before->status.roles()) {
    if (each.entry().pid() == member.entry().pid() && each.entry().role() == member.entry().role()) return &each;
  }
  return nullptr;
}

std::string PerSecond(std::int64_t more, double seconds) {
  return seconds > 0 && more >= 0 ? fmt::format("{:.1f}", static_cast<double>(more) / seconds) : "-";
}

std::string CpuOf(std::int32_t pid, const Look& now, const Look* before, double seconds) {
  const auto later = now.use.find(pid);
  if (!before || later == now.use.end() || seconds <= 0) return "-";
  const auto earlier = before->use.find(pid);
  if (earlier == before->use.end() || later->second.cpu_us < earlier->second.cpu_us) return "-";
  return fmt::format("{:.1f}", static_cast<double>(later->second.cpu_us - earlier->second.cpu_us) / seconds / 1e4);
}

std::string MemoryOf(std::int32_t pid, const Look& now) {
  const auto found = now.use.find(pid);
  return found == now.use.end() ? "-" : fmt::format("{:.1f}", static_cast<double>(found->second.rss_bytes) / 1e6);
}

}  // namespace

std::optional<ProcessUse> ParseProcessStat(const std::string& stat, long ticks_per_s, long page_bytes) {
  // The second field is the program's name in brackets, and may hold blanks and brackets. utime, stime and rss are the
  // fields 14, 15 and 24.
  const std::size_t name_end = stat.rfind(')');
  if (name_end == stat.npos || ticks_per_s <= 0) return std::nullopt;
  std::istringstream rest(stat.substr(name_end + 1));
  std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
  if (fields.size() < 22) return std::nullopt;
  const auto number = [&fields](std::size_t field) { return std::strtoull(fields[field - 3].c_str(), nullptr, 10); };
  ProcessUse use;
  use.cpu_us = (number(14) + number(15)) * 1'000'000 / static_cast<std::uint64_t>(ticks_per_s);
  use.rss_bytes = number(24) * static_cast<std::uint64_t>(page_bytes);
  return use;
}

std::optional<ProcessUse> ReadProcessUse(std::int32_t pid, const std::string& proc) {
  std::ifstream file(fmt::format("{}/{}/stat", proc, pid));
  std::string stat;
  if (pid <= 0 || !std::getline(file, stat)) return std::nullopt;
  return ParseProcessStat(stat, sysconf(_SC_CLK_TCK), sysconf(_SC_PAGESIZE));
}

void PrintTop(const Look& now, const Look* before, std::ostream& out) {
  const double seconds = before ? static_cast<double>(now.us - before->us) / 1e6 : 0;
  std::vector<std::vector<std::string>> rows;
  int silent = 0;
  for (const StatusReply::Member& member : now.status.roles()) {
    const Roster::Entry& entry = member.entry();
    silent += member.answers() ? 0 : 1;
    const StatusReply::Member* earlier = Same(member, before);
    const bool both = earlier && earlier->has_report() && member.has_report();
    rows.push_back({std::string(RoleName(entry.role())), std::to_string(entry.instance()),
                    entry.pid() > 0 ? std::to_string(entry.pid()) : "-", CpuOf(entry.pid(), now, before, seconds),
                    MemoryOf(entry.pid(), now),
                    both ? PerSecond(CallsOf(member.report()) - CallsOf(earlier->report()), seconds) : "-",
                    member.has_report() ? std::to_string(QueuedAt(member.report())) : "-",
                    entry.starts() > 0 ? std::to_string(entry.starts() - 1) : "-",
                    Printable(entry.state()) + (entry.degraded() ? ", degraded" : "") +
                        (member.answers() ? "" : ", DOES NOT ANSWER")});
  }
  const std::string requests = before ? PerSecond(RequestsOf(now.status) - RequestsOf(before->status), seconds) : "-";
  out << "zoobar " << Printable(now.status.version()) << ": requests/s " << requests << "; "
      << (silent == 0 ? "all roles answer" : fmt::format("{} DO NOT ANSWER", silent))
      << (now.status.draining() ? "; DRAINING" : "") << "\n\n";
  PrintTable({"ROLE", ">#", ">PID", ">CPU%", ">MB", ">CALLS/S", ">QUEUED", ">RESTARTS", "STATE"}, rows, out);
}

}  // namespace zoobar
