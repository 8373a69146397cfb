// Remembers the runs whose page has been answered but whose files are not stored yet. The processes of a run take a
// moment to end, and only then are the run's files taken back and stored. Code that reads or removes a program's files
// waits here first. Otherwise a member who has seen the page could still get the files of the run before it.
//
// An owner has at most one run at a time, so a caller waits for the end of one run only. The wait uses the caller's own
// time: a program that reads another member's file waits within its own limit, and a page waits within its own
// deadline.
#pragma once

#include <map>
#include <string>

#include "ipc/loop.h"
#include "ipc/task.h"
#include "site/waiters.h"

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
  // If Answered was called for this owner, waits until Stored is called; otherwise returns at once. Returns false if
  // kPatience ended before Stored was called.
  Task<bool> Wait(std::string owner);

 private:
  Loop& loop_;
  std::map<std::string, Waiters> waiting_;  // the callers of Wait, by owner
};

}  // namespace zoobar
