#include "roles/logger_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "ipc/channel.h"
#include "ipc/remote_log.h"
#include "ipc/utf8.h"

namespace zoobar {
namespace {

constexpr std::size_t kMaxPath = 1024, kMaxName = 256, kMaxWord = 64;
constexpr std::size_t kTail = 64;  // room for what follows the fields: `},"dropped":N,"truncated":true}`

std::string_view LevelName(Level level) {
  switch (level) {
    case LEVEL_DEBUG:
      return "debug";
    case LEVEL_INFO:
      return "info";
    case LEVEL_WARNING:
      return "warning";
    case LEVEL_ERROR:
      return "error";
    default:
      return "?";
  }
}

// Controls end lines or steer terminals (C1 too), line and paragraph separators end lines for some readers, and marks
// of writing direction let a line look like another one.
bool MustEscape(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C || code == 0x200E || code == 0x200F ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

bool IsPlain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

std::string Beginning(std::int64_t wall_millis, const LogOrigin& origin) {
  std::string line = fmt::format(R"({{"time":"{}","role":"{}","instance":{})", FormatLogTime(wall_millis),
                                 RoleName(origin.role), origin.instance);
  if (origin.pid > 0) line += fmt::format(R"(,"pid":{})", origin.pid);
  return line;
}

}  // namespace

std::string FormatLogTime(std::int64_t wall_millis) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(wall_millis)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::string JsonString(std::string_view text, std::size_t bytes) {
  text = CutUtf8(text, bytes);
  std::string json = "\"";
  while (!text.empty()) {
    const std::size_t plain = static_cast<std::size_t>(std::ranges::find_if_not(text, IsPlain) - text.begin());
    json += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const Utf8Character next = FirstUtf8(text);
    if (!next.valid) {
      json += "\xEF\xBF\xBD";
    } else if (next.code == '"' || next.code == '\\') {
      json += '\\';
      json += text[0];
    } else if (next.code == '\n') {
      json += "\\n";
    } else if (next.code == '\t') {
      json += "\\t";
    } else if (MustEscape(next.code)) {
      json += fmt::format("\\u{:04x}", static_cast<unsigned>(next.code));
    } else {
      json += text.substr(0, next.length);
    }
    text.remove_prefix(next.length);
  }
  return json + '"';
}

std::string EventLine(std::int64_t wall_millis, const LogOrigin& origin, const WriteRequest& line,
                      std::uint64_t dropped, std::size_t bytes) {
  std::string json = Beginning(wall_millis, origin);
  json += fmt::format(R"(,"level":"{}")", LevelName(line.level()));
  if (line.security()) json += R"(,"security":true)";
  json += R"(,"event":)" + JsonString(line.event(), RemoteLog::kMaxEvent);
  bool truncated = static_cast<std::size_t>(line.fields_size()) > RemoteLog::kMaxFields;
  const int fields = truncated ? static_cast<int>(RemoteLog::kMaxFields) : line.fields_size();
  if (fields > 0) json += R"(,"fields":{)";
  for (int i = 0; i < fields; ++i) {
    const WriteRequest::Field& field = line.fields(i);
    const std::string member = (i > 0 ? "," : "") + JsonString(field.key(), RemoteLog::kMaxKey) + ":" +
                               JsonString(field.value(), RemoteLog::kMaxValue);
    truncated = truncated || json.size() + member.size() + kTail > bytes;
    if (json.size() + member.size() + kTail > bytes) break;
    json += member;
  }
  if (fields > 0) json += '}';
  if (dropped > 0) json += fmt::format(R"(,"dropped":{})", dropped);
  if (truncated) json += R"(,"truncated":true)";
  return json + "}\n";
}

std::string AccessLine(std::int64_t wall_millis, const LogOrigin& origin, const AccessRequest::Entry& entry,
                       std::uint64_t dropped) {
  std::string json = Beginning(wall_millis, origin);
  json += R"(,"address":)" + JsonString(entry.address(), kMaxWord);
  json += R"(,"method":)" + JsonString(entry.method(), kMaxWord);
  json += R"(,"path":)" + JsonString(entry.path(), kMaxPath);
  json += fmt::format(R"(,"status":{},"bytes":{},"micros":{})", entry.status(), entry.bytes(), entry.micros());
  if (!entry.member().empty()) json += R"(,"member":)" + JsonString(entry.member(), kMaxName);
  if (dropped > 0) json += fmt::format(R"(,"dropped":{})", dropped);
  return json + "}\n";
}

}  // namespace zoobar
