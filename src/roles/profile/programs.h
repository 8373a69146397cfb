// Members' programs: whether one may run, its run, and what is noted of it. profile's handlers turn to this.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "profile.pb.h"
#include "roles/profile/api.h"
#include "roles/profile/canary.h"
#include "roles/profile/queue.h"
#include "roles/profile/run.h"
#include "roles/profile/unstored.h"
#include "site/in_flight.h"
#include "site/role.h"
#include "store/profiles.h"
#include "store/social.h"

namespace zoobar {

// What a program did that it may not counts against its owner, and is half forgotten every ten minutes.
struct Offences {
  static constexpr double kOfDenials = 1, kOfEndedRun = 5;  // of a run that was denied something; that was ended for it
  static constexpr double kSlowed = 5, kPaused = 20;
  static constexpr std::int64_t kHalfLifeMs = 600'000;
  static constexpr std::int64_t kFirstPauseMs = 600'000, kLongestPauseMs = 86'400'000;

  static double Now(const StoredProgram& program, std::int64_t now_ms);
  static void Add(StoredProgram& program, double offence, std::int64_t now_ms);
};

class Programs {
 public:
  static constexpr int kDenialsKept = 50;
  static constexpr int kMostTimes = 3;  // by the clock, the time a run may be given

  // in_flight: counts runs until all is noted of them. What is handed in outlives it.
  Programs(Site& site, Profiles& profiles, Social& social, InFlight& in_flight, std::function<std::int64_t()> clock);

  struct Outcome {
    ShowReply::Run run = ShowReply::RUN_UNSPECIFIED;
    RunOutput output;
    std::string errors;               // for the owner: why it was stopped, then what it wrote to standard error
    std::uint32_t retry_after_s = 0;  // with RUN_BUSY
  };
  // Runs `text` for who looks (look.visitor), within timeout_ms, the wait for a slot included; of the run, the time it
  // is given counts, up to kMostTimes as much by the clock, and never past `deadline` (MonotonicMicros), when the
  // page's caller stops waiting. RUN_BUSY also while the sandbox is away, and while its walls are in doubt. An Error:
  // the store. Answered as soon as the program has ended well: what it left is noted after that, and before the owner's
  // next run. A trial is answered when all is known.
  Task<Result<Outcome>> Run(ProgramRun look, std::string text, std::int64_t deadline);

  // These two wait for what a run left that has been answered (profile/unstored.h).
  Task<Result<OwnReply>> Own(std::string member, std::int64_t now_ms);
  Task<Status> RemoveFiles(std::string member);
  Task<Status> Pause(std::string member, bool pause);

  void Reload(const Config& config);
  void SandboxWired();
  void SandboxLost();

  static void Describe(const StoredProgram& program, google::protobuf::RepeatedPtrField<ProgramDenial>* denials);

 private:
  RunQueue::Limits QueueLimits() const;
  Milliseconds Limit() const;
  RunTalk::Settings TalkSettings(std::shared_ptr<ProgramRun> look);
  using Answer = std::shared_ptr<Promised<Result<Outcome>>>;
  Task<void> Carry(ProgramRun look, std::string text, std::int64_t deadline, Answer answer);
  // The whole run, with all that is noted of it. answer: set early, if it comes to that; null for a trial.
  Task<Result<Outcome>> RunWhole(ProgramRun look, const std::string& text, std::int64_t deadline, Answer answer);
  // Times of a run, both left over.
  struct TimeLeft {
    Milliseconds limit, most;
  };
  // A run that has its turn in the queue.
  Task<Result<Outcome>> RunNow(ProgramRun look, const std::string& text, bool forget_dropped, TimeLeft left,
                               RunQueue::Turn& turn, Answer answer);
  // limit: of the run, what was left of it when it began.
  ShowReply::Run Judge(const RunOutput& output, Milliseconds limit) const;
  void Count(ShowReply::Run run);
  // Why it was stopped, or what was wrong with its end; empty: nothing, or its traceback says it.
  std::string WhyOf(ShowReply::Run run, const RunOutput& output) const;
  // In the record, what this run did; `forget_dropped`: the record names files the run before left that were not kept.
  Task<void> Note(const ProgramRun& look, const std::string& text, const Outcome& outcome, const ProgramFiles& before,
                  bool forget_dropped);
  void LogOffences(const ProgramRun& look, const std::string& text, const RunOutput& output);

  Site& site_;
  Profiles& profiles_;
  InFlight& in_flight_;
  const std::function<std::int64_t()> clock_;
  Config::Profile settings_;
  UnstoredRuns unstored_;
  ProgramApi api_;
  std::uint32_t sandbox_slots_ = 0;  // as the sandbox says; 0: not yet
  RunQueue queue_;
  Canary canary_;
  std::int64_t runs_ = 0, busy_ = 0, paused_ = 0, failed_ = 0, too_long_ = 0, stopped_ = 0;
};

}  // namespace zoobar
