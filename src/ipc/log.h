// Log: how a role tells the role logger what happened. It is bounded and never blocks: lines that do not fit are
// dropped and counted. Never log a secret: no password, token, cookie or request body.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "logger.pb.h"

namespace zoobar {

using LogFields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class Log {
 public:
  virtual ~Log() = default;

  // `event`: a short name, its words joined by '-': "login-failed". `fields`: what a reader needs to understand the
  // event.
  void Debug(std::string_view event, LogFields fields = {}) { Add(LEVEL_DEBUG, false, event, fields); }
  void Info(std::string_view event, LogFields fields = {}) { Add(LEVEL_INFO, false, event, fields); }
  void Warning(std::string_view event, LogFields fields = {}) { Add(LEVEL_WARNING, false, event, fields); }
  void Failure(std::string_view event, LogFields fields = {}) { Add(LEVEL_ERROR, false, event, fields); }
  // Also written to the security log: failed logins, misbehaviour, refused tickets, alarms.
  void Security(std::string_view event, LogFields fields = {}) { Add(LEVEL_WARNING, true, event, fields); }

  // One request that was served, by dispatcher or app. Entries are sent in batches.
  virtual void Access(AccessRequest::Entry entry) = 0;

 protected:
  virtual void Add(Level level, bool security, std::string_view event, LogFields fields) = 0;
};

}  // namespace zoobar
