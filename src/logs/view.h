// What `zoobar ctl log` shows, and in which form.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/result.h"
#include "logger.pb.h"
#include "logs/line.h"

namespace zoobar {

inline constexpr std::uint32_t kLogLines = 20;  // how many lines are shown if the options say nothing

// The options of the command, as they were typed.
struct LogOptions {
  RecentRequest::Which which = RecentRequest::WHICH_UNSPECIFIED;  // unspecified: events, or all logs for a request
  bool all = false;                                               // all logs, merged in order of time
  std::uint32_t lines = 0;          // the most lines to show, the newest ones; 0: kLogLines, or 10,000 of a request
  std::string request;              // 32 digits
  std::vector<std::string> roles;   // lines of any of these; empty: of every role
  std::string level;                // lines of at least this level; empty: all
  std::string member;               // lines that name this member
  std::string since, until;         // as ParseMoment reads them
  bool follow = false;              // go on with the lines that are written from now on
  bool json = false, text = false;  // the form; neither: text on a terminal, else JSON
  bool terminal = false;            // the output is a terminal
  bool colour = false;              // the terminal may be sent colours

  // Whether the lines must be read from the files. If not, logger is asked for its newest lines.
  bool needs_files() const {
    return all || follow || !request.empty() || !roles.empty() || !level.empty() || !member.empty() || !since.empty() ||
           !until.empty();
  }
  bool as_text() const { return !json && (text || terminal); }
};

// Chooses lines.
class LogFilter {
 public:
  // Returns an Error that names the option that is wrong. now_us: the present time, for "10m ago".
  static Result<LogFilter> Make(const LogOptions& options, std::int64_t now_us);

  // Whether a line that was not parsed may match. It is quick, and most lines of a log fail it.
  bool MayMatch(std::string_view text) const { return text.find(request_) != text.npos; }
  bool Matches(const LogLine& line) const;
  std::int64_t since_us() const { return since_us_; }
  const std::string& request() const { return request_; }

 private:
  std::string request_, member_;
  std::vector<std::string> roles_;
  LogLevel level_ = LogLevel::kTrace;
  std::int64_t since_us_ = std::numeric_limits<std::int64_t>::min();
  std::int64_t until_us_ = std::numeric_limits<std::int64_t>::max();
};

// Prints lines for a person: time, role, level, event and fields in columns. The texts come from the site, which may be
// compromised, so nothing in them controls the terminal.
class LogPrinter {
 public:
  // request: if it is not empty, each line shows how many milliseconds after the first line its work began, and how long
  // the work took, instead of the time of day.
  LogPrinter(const LogOptions& options, std::string request, std::ostream& out);

  void Print(const LogLine& line);
  // Prints a line that ParseLogLine did not accept.
  void PrintRaw(std::string_view text);

 private:
  std::string Times(const LogLine& line) const;
  std::string Coloured(std::string_view text, std::string_view code) const;

  const bool text_, colour_;
  const std::string request_;
  std::int64_t first_us_ = -1;
  std::ostream& out_;
};

// Prints lines that logger has sent.
void PrintRecent(const RecentReply& recent, const LogOptions& options, std::ostream& out);

// Reads the files of the logs in state_dir, prints the lines that match, and follows the logs if the options say so. The
// site need not run, unless the logs are followed. `over`: asked several times a second while the logs are followed;
// when it returns true, or when the site or the reader of `out` is gone, the function returns. Without it, SIGINT and
// SIGTERM end the following. Returns the exit status (exit_status.h): kCtlBad if there is no line of the request,
// else kCtlOk.
int ShowLogs(const LogOptions& options, const std::string& state_dir, std::ostream& out, std::ostream& err,
             std::function<bool()> over = nullptr);

}  // namespace zoobar
