// The runs whose page has been answered but whose files are not stored yet. The processes of a run take a moment to
// end, and its files are taken back after that. A reader or remover of a program's files waits here first. Otherwise a
// member who has seen the page could still get the files of the run before.
//
// An owner has at most one run, so a wait is for the end of one run. It uses the caller's own time: a program that
// reads another member's file waits within its own limit, and a page waits within its own deadline.
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
  // A caller that has waited this long reads what is in the store.
  static constexpr Milliseconds kPatience{2000};

  explicit UnstoredRuns(Loop& loop) : loop_(loop) {}

  // To be called when the page of a run of this owner's program has been answered.
  void Answered(const std::string& owner);
  // To be called when the files of that run are stored, or could not be stored.
  void Stored(const std::string& owner);
  // Waits between Answered and Stored; otherwise returns at once. False: kPatience was over before Stored.
  Task<bool> Wait(std::string owner);

 private:
  Loop& loop_;
  std::map<std::string, std::vector<std::shared_ptr<Promised<bool>>>> waiting_;  // by owner
};

}  // namespace zoobar
