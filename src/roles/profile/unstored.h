// Runs whose page has been answered while what they left is not in the store yet: the processes of a run take a moment
// to end, and its files are taken back after that. Whoever reads or removes what an owner's program left waits here
// first, so that nobody who has seen the page finds the files of the run before.
//
// An owner has at most one run, so a wait is for the end of one run. It is the caller's own time: a program that reads
// another member's file waits within its own limit, a page within its own deadline.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ipc/loop.h"
#include "ipc/task.h"

namespace zoobar {

class UnstoredRuns {
 public:
  // After this the caller reads what the store has.
  static constexpr Milliseconds kPatience{2000};

  explicit UnstoredRuns(Loop& loop) : loop_(loop) {}

  // The page of a run of this owner's program has been answered.
  void Answered(const std::string& owner);
  // What that run left is stored, or could not be.
  void Stored(const std::string& owner);
  // Until Stored, if Answered was called; false: the patience was over first.
  Task<bool> Wait(std::string owner);

 private:
  Loop& loop_;
  std::map<std::string, std::vector<std::shared_ptr<Promised<bool>>>> waiting_;  // by owner
};

}  // namespace zoobar
