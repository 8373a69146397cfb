// Who has done which task, from lines of the logs. It recognises tasks as logger does (course/recogniser.h), and also
// takes the lines `task-done` that the role course has written, because these are sealed and kept longest.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>

#include "config.pb.h"
#include "course/recogniser.h"
#include "logs/line.h"

namespace zoobar {

class Marks {
 public:
  struct Options {
    // Lines of this time, in microseconds since 1970.
    std::int64_t since_us = std::numeric_limits<std::int64_t>::min();
    std::int64_t until_us = std::numeric_limits<std::int64_t>::max();
    bool raw = false;  // do not take the lines of course
  };
  using OfMember = std::map<std::string, std::int64_t>;  // task id: when it was done first, milliseconds since 1970

  Marks(Config::Tasks tasks, Options options);

  // Whether a line that was not parsed may say something. It is quick, and most lines of a log fail it.
  bool MayMatter(std::string_view text) const;
  // Takes a line of any log. The same line may come from several logs.
  void Take(const LogLine& line);

  const Config::Tasks& tasks() const { return recogniser_.tasks(); }
  const std::map<std::string, OfMember>& members() const { return members_; }

 private:
  void Note(const std::string& task, std::string_view member, std::int64_t time_us);

  const TaskRecogniser recogniser_;
  const Options options_;
  std::vector<std::string> words_;  // one of them is in each line that matters
  std::map<std::string, std::uint32_t> points_;
  std::map<std::string, OfMember> members_;
};

}  // namespace zoobar
