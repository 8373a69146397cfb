// One round: a process does the typical work of a role while one kind of call fails, and another process, in which nothing
// fails, then looks at what the first has left behind.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "failures/failing_calls.h"

namespace zoobar::failures {

struct Shared;  // memory that the processes of a round share

// What a scenario may use during a round.
class Round {
 public:
  Round(std::string folder, Shared& shared) : folder_(std::move(folder)), shared_(shared) {}

  // Where the role's store and files are. It begins as a copy of what Prepare has made.
  const std::string& folder() const { return folder_; }

  // Work has the answer that this was done. Check must find it done.
  void Acknowledge(std::string_view what);
  bool acknowledged(std::string_view what) const;
  // All that was acknowledged and begins with `prefix`, without the prefix, in order.
  std::vector<std::string> Acknowledged(std::string_view prefix) const;
  // A promise is broken: the round has found a fault.
  void Complain(std::string_view what);
  // Work calls it once: from here on nothing fails any more. So the role, if it still lives, must serve again.
  void Recover();
  // The end of Work. The process ends as a role's does: nothing is cleaned up.
  [[noreturn]] void End();
  // Whether all later calls of the kind fail too, until Recover.
  bool lasting() const;

 private:
  const std::string folder_;
  Shared& shared_;
};

// A role, or a part of one, and its typical work.
class Scenario {
 public:
  virtual ~Scenario() = default;
  // Makes what each round begins with. Runs once, in a process of its own.
  virtual void Prepare(Round&) {}
  // Does the work. What fails must end in an Error, a refusal, or the end of the process by Die. Calls Recover, and then
  // does at least one thing that must succeed, and calls End. An Error is no fault by itself.
  virtual void Work(Round& round) = 0;
  // Looks at what is left, with gtest's EXPECT_ and ASSERT_, and works on with it.
  virtual void Check(Round&) {}
  // A round that lasts longer hangs.
  virtual int seconds() const { return 30; }
};

// How a round went.
struct Outcome {
  bool struck = false;                // a call has failed
  std::uint64_t counts[kKinds] = {};  // the calls of each kind
  bool died = false;                  // the process ended by Die
  std::string fault;                  // empty: none
  std::string place;                  // who made the call that failed: a command that prints it
  std::string last_words;             // what the process has written to stderr
};

// Runs the rounds of one scenario, in temporary folders.
class Rounds {
 public:
  // Calls Prepare.
  explicit Rounds(std::unique_ptr<Scenario> scenario);
  ~Rounds();

  // nth: the first call of the kind that fails; 0: none. lasting: all later ones fail too.
  Outcome Run(Kind kind, std::uint64_t nth, bool lasting);

 private:
  std::string Empty(const char* name) const;

  const std::unique_ptr<Scenario> scenario_;
  std::string folder_;
  Shared* shared_;
};

}  // namespace zoobar::failures
