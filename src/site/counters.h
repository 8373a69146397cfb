// Names of counters that a role counts under (Site::Count) and that `zoobar ctl status` reads.
#pragma once

#include <string_view>

namespace zoobar {

// logger: alarms raised since it started; when the last one was raised, in milliseconds since 1970 (0: never). If an
// earlier logger raised it, this is the time at which its file was last written to.
inline constexpr std::string_view kAlarmsCounter = "alarms", kLastAlarmCounter = "alarms.last_ms";

// profile: 1 while no program is run because the canary found a wall missing, else 0.
inline constexpr std::string_view kWallsBrokenCounter = "walls.broken";

}  // namespace zoobar
