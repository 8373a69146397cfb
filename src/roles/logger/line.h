// One line of a log: a JSON object (RFC 8259) and a line feed.
//
// Everything but time, role, instance and pid was written by somebody the logger does not trust. It stands inside
// strings alone, bounded, with whatever could end a line, end a string or steer a terminal escaped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "logger.pb.h"
#include "options.pb.h"

namespace zoobar {

// Who wrote it: known from the channel or the pipe it came on.
struct LogOrigin {
  Role role = ROLE_UNSPECIFIED;
  std::uint32_t instance = 0;
  std::int32_t pid = 0;  // 0: not known, left out
};

inline constexpr std::size_t kMaxLogLine = 8192;    // bytes, line feed included
inline constexpr std::size_t kMaxAlarmLine = 2048;  // of a line in alarms.log

// A JSON string with its quotes; at most `bytes` bytes of `text` are looked at.
std::string JsonString(std::string_view text, std::size_t bytes);

// {"time":...,"role":"app","instance":0,"pid":7,"level":"info","event":...,"fields":{...},"dropped":2}
// Fields past `bytes` are left out and "truncated":true says so. dropped: left out when 0.
std::string EventLine(std::int64_t wall_millis, const LogOrigin& origin, const WriteRequest& line,
                      std::uint64_t dropped, std::size_t bytes = kMaxLogLine);

// {"time":...,"role":"app","instance":0,"pid":7,"address":...,"method":...,"path":...,"status":200,"bytes":1,"micros":2,
// "member":...,"dropped":2}
std::string AccessLine(std::int64_t wall_millis, const LogOrigin& origin, const AccessRequest::Entry& entry,
                       std::uint64_t dropped);

}  // namespace zoobar
