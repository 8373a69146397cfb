// The sessions of the operator's page. A session begins with the operator's secret, and lets the role console ask for
// what the page shows. So whoever controls console gets nothing from admin while nobody looks at the page.
//
// Only the right secret makes a session, so nobody else can fill the table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string_view>

#include "ipc/bytes.h"
#include "ipc/loop.h"

namespace zoobar {

class ConsoleSessions {
 public:
  static constexpr std::size_t kMost = 16;                      // one more ends the one that was used longest ago
  static constexpr Milliseconds kIdle{60 * 60 * 1000};          // a session that is not used for so long has ended
  static constexpr Milliseconds kLongest{12 * 60 * 60 * 1000};  // and so has one that began so long ago

  // Begins a session, and returns its token: 64 hexadecimal digits. Times are those of MonotonicMicros.
  Bytes Open(std::int64_t now_us);
  // Returns whether there is a session with this token. The session is used now.
  bool Use(std::string_view token, std::int64_t now_us);
  // Ends the session with this token, if there is one.
  void Close(std::string_view token);
  std::size_t count() const { return sessions_.size(); }

 private:
  struct Session {
    Bytes token;
    std::int64_t opened_us = 0, used_us = 0;
  };
  void RemoveEnded(std::int64_t now_us);

  std::list<Session> sessions_;  // the most recently used first
};

}  // namespace zoobar
