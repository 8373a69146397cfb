// A line of a log, as `zoobar ctl log` reads it. docs/logs.md describes the lines.
//
// The file may have been written by a logger that was taken over, so a line may hold anything. A line that is not a
// JSON object of the expected shape is no line of a log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ipc/result.h"

namespace zoobar {

// How serious a line is. A line of the access log counts as kError if its status is 500 or higher, else as kInfo.
enum class LogLevel : std::uint8_t { kTrace, kDebug, kInfo, kWarning, kError };
std::string_view LogLevelName(LogLevel level);
std::optional<LogLevel> LogLevelNamed(std::string_view name);

struct LogLine {
  std::string text;          // the whole line as it was written, without its line feed
  std::int64_t time_us = 0;  // when logger wrote it, in microseconds since 1970 (logger writes milliseconds)
  std::string role, event;   // event: "GET /path 200" for a line of the access log
  std::string request;       // 32 digits; empty: the line belongs to no request
  std::uint32_t instance = 0;
  LogLevel level = LogLevel::kInfo;
  bool access = false, security = false;
  // Both are -1 if the line does not say them, or says a number past the year 9999.
  std::int64_t micros = -1;    // how long the request or the call took
  std::int64_t began_us = -1;  // when it began, as its role says, in microseconds since 1970
  std::vector<std::pair<std::string, std::string>> fields;  // everything else, in the order of the line

  // When the work began of which the line tells, as far as the line says it.
  std::int64_t start_us() const {
    if (began_us >= 0) return began_us;
    return micros > 0 ? time_us - micros : time_us;
  }
  // Returns the value of the first field with this name, or nullptr.
  const std::string* Find(std::string_view name) const;
};

// Parses a line without its line feed. Returns nullopt if it is no line of a log.
std::optional<LogLine> ParseLogLine(std::string_view text);

// Reads a time in the form of RFC 3339 ("2024-02-29T12:34:56.789Z", "2024-02-29 12:34:56+01:00"), or a date, which means
// its first moment in UTC. Returns microseconds since 1970, or nullopt if the text is no such time.
std::optional<std::int64_t> ParseTime(std::string_view text);
// Reads a time, or how long ago it was: "90s", "10m", "2h ago", "3d"; at most 8000 years. `now_us`: the present time in
// microseconds.
std::optional<std::int64_t> ParseMoment(std::string_view text, std::int64_t now_us);
// Returns the moment that a person gave with `option`, or `otherwise` if the text is empty. The Error says how to give it.
Result<std::int64_t> MomentOf(std::string_view option, std::string_view text, std::int64_t now_us,
                              std::int64_t otherwise);

}  // namespace zoobar
