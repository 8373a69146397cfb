// Decides when a program is slowed or paused because it tries what programs may not do.
//
// An offence counts against the program that committed it. A program is a text: a member who saves another text has
// another program. The count grows by
//   1  for each kind of system call that the program was denied for the first time, however often it tries that call,
//   5  for each run that was ended because it was denied too much, or because it wrote to its API what is no call.
// Half of the count is forgotten every ten minutes. From kSlowed on the program is slowed. At kPaused it is paused, for
// ten minutes at first, and then each time for twice as long, up to a day.
//
// A call counts once because visitors decide how often a program runs. If each run counted, visitors could pause a
// program that tries one blocked call at each visit and goes on without it. A run that is ended counts each time: the
// program went on after fifteen refusals.
//
// A new program starts anew, with a part of what the member's programs did before. All offences of a member are added
// up, and half of the sum is forgotten every day. A new program starts with an eighth of the sum. So a member who saves
// one repaired program loses nothing, but a member who saves hostile programs again and again gets fewer runs from each
// of them. In the end a new program starts at kPaused, and stays paused until enough of the sum is forgotten. One program
// adds at most kOfOneProgram to the sum, so that visitors of one program cannot slow the next one.
//
// Previews have a count of their own, for all texts together, and add nothing to the sum. They cannot pause the page, and
// visitors cannot pause previews.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sandbox.pb.h"
#include "stored.pb.h"

namespace zoobar {

struct Offences {
  static constexpr double kOfNewCall = 1, kOfEndedRun = 5;
  static constexpr double kSlowed = 5, kPaused = 20;
  static constexpr double kOfMemory = 0.125;   // the part of the sum with which a new program starts
  static constexpr double kOfOneProgram = 32;  // the most that one program adds to the sum
  static constexpr std::int64_t kHalfLifeMs = 600'000, kMemoryHalfLifeMs = 86'400'000;
  static constexpr std::int64_t kFirstPauseMs = 600'000, kLongestPauseMs = 86'400'000;
  static constexpr int kCallsKnown = 64;  // so many kinds of calls are remembered; every further one counts each time

  // Which program a question is about.
  struct Of {
    std::string program;   // TextHash of its text
    bool preview = false;  // then `program` does not matter
  };
  // What is true at the moment. All fields are for one program.
  struct State {
    bool slowed = false;
    std::int64_t paused_until_ms = 0;  // 0: not paused
    bool for_earlier = false;          // this is so only because of what the member's earlier programs did
    std::uint32_t ended_runs = 0;      // the runs that were ended before the pause
  };
  static State Now(const StoredProgram& record, const Of& of, std::int64_t now_ms);

  // Adds what one run did. `ended`: it was ended for it. Returns the time at which a pause that begins now will end, or
  // 0 if no pause begins.
  static std::int64_t Add(StoredProgram& record, const Of& of, const WaitReply& end, bool ended, std::int64_t now_ms);

  // Forgets all offences. What was denied stays in the record.
  static void Clear(StoredProgram& record);
};

}  // namespace zoobar
