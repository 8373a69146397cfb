#include "logs/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ipc/channel.h"
#include "ipc/try.h"
#include "operator/ctl_print.h"
#include "request/request.h"
#include "text/calendar.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

// The fields that name a member, in the lines of any role.
constexpr std::string_view kMemberFields[] = {"member", "name", "owner", "visitor", "who", "sender", "recipient"};

constexpr std::size_t kRoleWidth = 12, kLevelWidth = 7;

Error BadOption(std::string_view option, std::string_view value, std::string_view wanted) {
  return Error::Of("{} '{}': {}", option, Printable(value), wanted);
}

// Returns the value as one word. A value that has blanks, or nothing, gets quotes.
std::string AsWord(std::string_view value) {
  std::string printable = Printable(value);
  if (!printable.empty() && printable.find_first_of(" \"=") == printable.npos) return printable;
  std::string quoted = "\"";
  for (const char c : printable) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string Millis(std::int64_t micros) { return fmt::format("{:.1f} ms", static_cast<double>(micros) / 1000); }

std::string_view ColourOf(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return "31";  // red
    case LogLevel::kWarning:
      return "33";  // yellow
    case LogLevel::kInfo:
      return "";
    default:
      return "2";  // dim
  }
}

}  // namespace

Result<LogFilter> LogFilter::Make(const LogOptions& options, std::int64_t now_us) {
  LogFilter filter;
  if (!options.request.empty()) {
    const std::optional<RequestId> id = RequestId::FromHex(options.request);
    if (!id)
      return BadOption("--request", options.request, "an id has 32 hexadecimal digits, as an error page shows it");
    filter.request_ = id->Hex();
  }
  for (const std::string& role : options.roles) {
    if (RoleByName(role) == ROLE_UNSPECIFIED)
      return BadOption("--role", role, "there is no such role; see: zoobar ctl ps");
  }
  if (!options.level.empty()) {
    const std::optional<LogLevel> level = LogLevelNamed(options.level);
    if (!level) return BadOption("--level", options.level, "the levels are trace, debug, info, warning and error");
    filter.level_ = *level;
  }
  filter.roles_ = options.roles;
  filter.member_ = options.member;
  TRY(filter.since_us_, MomentOf("--since", options.since, now_us, filter.since_us_));
  TRY(filter.until_us_, MomentOf("--until", options.until, now_us, filter.until_us_));
  return filter;
}

bool LogFilter::Matches(const LogLine& line) const {
  if (!request_.empty() && line.request != request_) return false;
  if (line.level < level_ || line.time_us < since_us_ || line.time_us > until_us_) return false;
  if (!roles_.empty() && std::ranges::find(roles_, line.role) == roles_.end()) return false;
  if (member_.empty()) return true;
  return std::ranges::any_of(line.fields, [this](const auto& field) {
    return field.second == member_ && std::ranges::find(kMemberFields, field.first) != std::end(kMemberFields);
  });
}

LogPrinter::LogPrinter(const LogOptions& options, std::string request, std::ostream& out)
    : text_(options.as_text()), colour_(options.colour), request_(std::move(request)), out_(out) {}

std::string LogPrinter::Coloured(std::string_view text, std::string_view code) const {
  if (!colour_ || code.empty()) return std::string(text);
  return fmt::format("\x1B[{}m{}\x1B[0m", code, text);
}

std::string LogPrinter::Times(const LogLine& line) const {
  if (request_.empty()) {
    std::string time = IsoTimeMillis(line.time_us / 1000);
    std::ranges::replace(time, 'T', ' ');
    time.pop_back();  // Z; docs/logs.md says that all times are in UTC
    return time;
  }
  const std::string took = line.micros >= 0 ? Millis(line.micros) : "";
  return fmt::format("{:>12}  {:>11}",
                     fmt::format("{:+.1f} ms", static_cast<double>(line.start_us() - first_us_) / 1000), took);
}

void LogPrinter::Print(const LogLine& line) {
  if (!text_) return PrintRaw(line.text);
  if (first_us_ < 0) {
    first_us_ = line.start_us();
    if (!request_.empty()) out_ << "request " << request_ << ", from " << IsoTimeMillis(first_us_ / 1000) << '\n';
  }
  const std::string role = line.instance > 0 ? fmt::format("{}.{}", line.role, line.instance) : line.role;
  const std::string_view level = line.access ? "request" : LogLevelName(line.level);
  out_ << Coloured(Times(line), "2") << "  " << fmt::format("{:<{}}", Printable(role), kRoleWidth) << ' '
       << Coloured(fmt::format("{:<{}}", level, kLevelWidth), ColourOf(line.level)) << ' '
       << Coloured(Printable(line.event), ColourOf(line.level));
  for (const auto& [key, value] : line.fields) {
    if (key != "pid") out_ << ' ' << Coloured(Printable(key) + "=", "2") << AsWord(value);
  }
  if (request_.empty()) {
    if (line.micros >= 0)
      out_ << ' ' << Coloured("took=", "2") << fmt::format("{:.1f}ms", static_cast<double>(line.micros) / 1000);
    if (!line.request.empty()) out_ << ' ' << Coloured("request=", "2") << AsWord(line.request);
  }
  out_ << '\n';
}

void LogPrinter::PrintRaw(std::string_view text) { out_ << Printable(text) << '\n'; }

void PrintRecent(const RecentReply& recent, const LogOptions& options, std::ostream& out) {
  LogPrinter printer(options, "", out);
  for (const std::string& text : recent.lines()) {
    const std::optional<LogLine> line = ParseLogLine(text);
    line ? printer.Print(*line) : printer.PrintRaw(text);
  }
}

}  // namespace zoobar
