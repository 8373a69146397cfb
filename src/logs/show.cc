// `zoobar ctl log`, where the lines are read from the files.
#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <set>
#include <utility>

#include "ipc/fd.h"
#include "ipc/loop.h"
#include "logs/reader.h"
#include "logs/view.h"
#include "master/ground.h"
#include "operator/ctl_print.h"
#include "operator/exit_status.h"

namespace zoobar {
namespace {

constexpr int kPollMs = 200;                  // how often the files are looked at while they are followed
constexpr int kPollsPerLook = 5;              // after so many polls ctl looks whether the site still runs
constexpr std::size_t kRequestLines = 10000;  // how many lines of one request are shown if the options say nothing

std::atomic<bool> interrupted = false;

// While it lives, SIGINT and SIGTERM only set `interrupted`.
class Interrupts {
 public:
  Interrupts() {
    struct sigaction note{};
    note.sa_handler = [](int) { interrupted = true; };
    sigaction(SIGINT, &note, &before_[0]);
    sigaction(SIGTERM, &note, &before_[1]);
  }
  ~Interrupts() {
    sigaction(SIGINT, &before_[0], nullptr);
    sigaction(SIGTERM, &before_[1], nullptr);
  }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

 private:
  struct sigaction before_[2];
};

std::vector<std::string> LogsOf(const LogOptions& options) {
  switch (options.which) {
    case RecentRequest::WHICH_EVENTS:
      return {"events"};
    case RecentRequest::WHICH_SECURITY:
      return {"security"};
    case RecentRequest::WHICH_ACCESS:
      return {"access"};
    case RecentRequest::WHICH_ALARMS:
      return {"alarms"};
    case RecentRequest::WHICH_TRACE:
      return {"trace"};
    default:
      break;
  }
  if (options.all || !options.request.empty()) return {"events", "security", "alarms", "access", "trace"};
  return {"events"};
}

// The logs that the options name, and the lines of them that match.
class LogWindow {
 public:
  LogWindow(const LogOptions& options, LogFilter filter, std::ostream& out)
      : filter_(std::move(filter)), by_start_(!filter_.request().empty()), printer_(options, filter_.request(), out) {}

  Status Open(int directory, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      Result<LogReader> reader = LogReader::Open(directory, name, filter_.since_us());
      if (!reader.ok()) return std::move(reader).TakeError();
      readers_.push_back(std::move(*reader));
    }
    return {};
  }

  // Prints the new lines that match in order of time, but only the last `most`. Returns how many matched.
  std::size_t Show(std::size_t most) {
    std::vector<LogLine> lines;
    std::size_t matched = 0;
    for (LogReader& reader : readers_) {
      std::deque<LogLine> kept;
      reader.Read([&](std::string_view text) {
        if (!filter_.MayMatch(text)) return;
        std::optional<LogLine> line = ParseLogLine(text);
        if (!line || !filter_.Matches(*line)) return;
        ++matched;
        kept.push_back(std::move(*line));
        if (kept.size() > most) kept.pop_front();
      });
      std::ranges::move(kept, std::back_inserter(lines));
    }
    const std::size_t twice = Arrange(lines);
    const std::size_t first = lines.size() - std::min(lines.size(), most);
    for (std::size_t i = first; i < lines.size(); ++i) printer_.Print(lines[i]);
    return matched - twice;
  }

 private:
  // Sorts the lines, and removes those that are in two logs, as security lines are. Returns how many it removed.
  std::size_t Arrange(std::vector<LogLine>& lines) const {
    if (readers_.size() < 2) return 0;
    std::set<std::string> seen;
    std::vector<LogLine> once;
    once.reserve(lines.size());
    for (LogLine& line : lines) {
      if (seen.insert(line.text).second) once.push_back(line);
    }
    std::ranges::stable_sort(once, {},
                             [this](const LogLine& line) { return by_start_ ? line.start_us() : line.time_us; });
    const std::size_t removed = lines.size() - once.size();
    lines = std::move(once);
    return removed;
  }

  const LogFilter filter_;
  const bool by_start_;
  LogPrinter printer_;
  std::vector<LogReader> readers_;
};

int Follow(LogWindow& view, const std::string& state_dir, const std::function<bool()>& over, std::ostream& out,
           std::ostream& err) {
  bool runs = true;
  for (int polls = 1; runs && out && !over(); ++polls) {
    poll(nullptr, 0, kPollMs);  // a signal ends it early
    if (polls % kPollsPerLook == 0) runs = SiteRuns(state_dir);
    view.Show(static_cast<std::size_t>(-1));  // if the site has stopped, these are its last lines
    out.flush();
  }
  if (!runs) err << "zoobar ctl: the site has stopped\n";
  return kCtlOk;
}

}  // namespace

int ShowLogs(const LogOptions& options, const std::string& state_dir, std::ostream& out, std::ostream& err,
             std::function<bool()> over) {
  const auto fail = [&err](int status, std::string_view why) {
    err << "zoobar ctl: " << why << '\n';
    return status;
  };
  Result<LogFilter> filter = LogFilter::Make(options, WallMicros());
  if (!filter.ok()) return fail(kCtlUsage, filter.error().text);
  const std::string folder = state_dir + "/log";
  const Fd directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string why = errno == EACCES ? "; these options read the files of the logs, as only root may" : "";
  if (!directory) return fail(kCtlRefused, Error::FromErrno(folder).text + why);
  if (options.follow && !SiteRuns(state_dir)) return fail(kCtlRefused, "no master runs on " + state_dir);
  LogWindow view(options, std::move(*filter), out);
  const Status opened = view.Open(directory.get(), LogsOf(options));
  if (!opened.ok()) return fail(kCtlRefused, opened.error().text);
  const std::size_t most = options.lines > 0 ? options.lines : options.request.empty() ? kLogLines : kRequestLines;
  const std::size_t matched = view.Show(most);
  out.flush();
  if (matched > most) err << "zoobar ctl: " << matched - most << " earlier lines match too; -n shows more\n";
  if (options.follow && over) return Follow(view, state_dir, over, out, err);
  if (options.follow) {
    const Interrupts interrupts;
    return Follow(view, state_dir, [] { return interrupted.load(); }, out, err);
  }
  if (matched > 0 || options.request.empty()) return kCtlOk;
  return fail(kCtlBad, "no line of this request; it may be older than the logs");
}

}  // namespace zoobar
