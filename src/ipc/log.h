// Log: the interface by which a role tells the role logger what happened. It never blocks. Lines that do not fit into
// its bounded memory are dropped and counted. Never log a secret, such as a password, token, cookie or request body.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "ipc/loop.h"
#include "logger.pb.h"
#include "request/request.h"

namespace zoobar {

using LogFields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class Log {
 public:
  virtual ~Log() = default;

  // `event`: a short name whose words are joined by '-', such as "login-failed". `fields`: the details that a reader
  // needs to understand the event.
  void Debug(std::string_view event, LogFields fields = {}) { Add(LEVEL_DEBUG, false, event, fields); }
  void Info(std::string_view event, LogFields fields = {}) { Add(LEVEL_INFO, false, event, fields); }
  void Warning(std::string_view event, LogFields fields = {}) { Add(LEVEL_WARNING, false, event, fields); }
  void Failure(std::string_view event, LogFields fields = {}) { Add(LEVEL_ERROR, false, event, fields); }
  // For failed logins, misbehaviour, refused tickets and alarms. logger also writes these events to the security log.
  void Security(std::string_view event, LogFields fields = {}) { Add(LEVEL_WARNING, true, event, fields); }

  // Logs a step of the current request, if that request is traced. `micros`: how long the step took; it has just ended.
  void Trace(std::string_view event, std::int64_t micros, std::pair<std::string_view, std::string_view> field,
             std::pair<std::string_view, std::string_view> second = {}) {
    if (!CurrentRequest().traced) return;
    const std::string took = std::to_string(micros), began = std::to_string(WallMicros() - micros);
    Add(LEVEL_TRACE, false, event, {field, second, {"micros", took}, {"began", began}});
  }

  // Logs one request that dispatcher or app has served. Entries are sent in batches.
  virtual void Access(AccessRequest::Entry entry) = 0;

 protected:
  virtual void Add(Level level, bool security, std::string_view event, LogFields fields) = 0;
};

}  // namespace zoobar
