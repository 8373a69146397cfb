// Names of counters that a role registers (Site::Count) and that `zoobar ctl status` reads.
#pragma once

#include <string_view>

namespace zoobar {

// logger: the number of alarms since it started, and the time of the last alarm in milliseconds since 1970 (0: never).
// If an earlier logger process wrote the last alarm, the time is the modification time of alarms.log.
inline constexpr std::string_view kAlarmsCounter = "alarms", kLastAlarmCounter = "alarms.last_ms";

// profile: 1 while profile runs no programs, because the canary found that a wall is missing; otherwise 0.
inline constexpr std::string_view kWallsBrokenCounter = "walls.broken";

// auth: 1 while any new password is accepted (`course_graders` in the configuration); otherwise 0.
inline constexpr std::string_view kCourseGradersCounter = "course_graders";

}  // namespace zoobar
