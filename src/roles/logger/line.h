// Builds the lines of the logs. Each line is a JSON object (RFC 8259) and a line feed.
//
// logger sets time, role, instance and pid itself. All other values come from the writer and are not trusted: their
// text is cut to a bounded length and put inside JSON strings. Each character that could end a line, end a string or
// control a terminal is escaped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "logger.pb.h"
#include "options.pb.h"

namespace zoobar {

// The writer of a line. logger knows the writer from the channel or pipe on which the line arrived.
struct LogOrigin {
  Role role = ROLE_UNSPECIFIED;
  std::uint32_t instance = 0;
  std::int32_t pid = 0;  // 0: not known; the line then has no pid
};

inline constexpr std::size_t kMaxLogLine = 8192;    // bytes, line feed included
inline constexpr std::size_t kMaxAlarmLine = 2048;  // bytes of a line in alarms.log, line feed included

// Returns a JSON string, with its quotes, that holds at most the first `bytes` bytes of `text`.
std::string JsonString(std::string_view text, std::size_t bytes);

// {"time":...,"role":"app","instance":0,"pid":7,"level":"info","event":...,"request":"4b...",
// "fields":{...},"dropped":2}
// Returns the line of an event, in the form above. bytes: the greatest length of the line. Fields that do not fit are
// left out, and "truncated":true is added. dropped: the number of lines dropped before this one; left out if 0.
std::string EventLine(std::int64_t wall_millis, const LogOrigin& origin, const WriteRequest& line,
                      std::uint64_t dropped, std::size_t bytes = kMaxLogLine);

// {"time":...,"role":"app","instance":0,"pid":7,"address":...,"method":...,"path":...,"status":200,"bytes":1,
// "micros":2,"member":...,"request":"4b...","began":1,"dropped":2}
std::string AccessLine(std::int64_t wall_millis, const LogOrigin& origin, const AccessRequest::Entry& entry,
                       std::uint64_t dropped);

}  // namespace zoobar
