// What logger has recognised of the tasks of a course (course/recogniser.h), until the role course has taken it.
//
// Shares: each member can have each task only once in here since the last reload or closed account, so no member fills it
// alone. What does not fit is forgotten
// and counted; the next line that shows the same deed brings it in again, and the logs have it in any case.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

#include "course/recogniser.h"
#include "logger.pb.h"
#include "roles/logger/line.h"

namespace zoobar {

class Deeds {
 public:
  static constexpr std::size_t kMostWaiting = 4096;  // deeds that course has not taken yet
  static constexpr std::size_t kMostKnown = 65536;   // deeds that are remembered, so that they are told once
  static constexpr std::size_t kMostInReply = 1000;

  // epoch: not 0, and another one at each start.
  Deeds(const Config& config, std::uint64_t epoch);
  void Configure(const Config& config);

  // Call these for lines that were written.
  void Event(const LogOrigin& origin, const WriteRequest& line);
  void Request(const LogOrigin& origin, const AccessRequest::Entry& entry);

  DeedsReply Take(const DeedsRequest& request);
  std::int64_t dropped() const { return dropped_; }

 private:
  void Add(const std::string& task, std::string_view member);
  void Close(std::string_view member);

  TaskRecogniser recogniser_;
  const std::uint64_t epoch_;
  std::uint64_t first_ = 1;  // the number of the first deed in waiting_
  std::deque<DeedsReply::Deed> waiting_;
  std::unordered_set<std::string> known_, closed_;  // closed_: the names of closed accounts; nobody gets them again
  std::int64_t dropped_ = 0;
};

}  // namespace zoobar
