// Runs members' programs for profile's handlers. Decides whether a program may run, lets the sandbox execute it, and
// records what it did.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "profile.pb.h"
#include "roles/profile/api.h"
#include "roles/profile/canary.h"
#include "roles/profile/queue.h"
#include "roles/profile/run_client.h"
#include "roles/profile/unstored.h"
#include "site/in_flight.h"
#include "site/role.h"
#include "store/profiles.h"
#include "store/social.h"

namespace zoobar {

class Programs {
 public:
  static constexpr int kDenialsKept = 50;
  static constexpr std::size_t kUsesKept = 4096;  // the figures of so many owners' last runs are kept in memory
  static constexpr int kMostTimes = 3;            // by the clock, a run may last this many times its limit

  // in_flight: counts a run until everything about it is recorded. All arguments must outlive this object.
  Programs(Site& site, Profiles& profiles, Social& social, InFlight& in_flight, std::function<std::int64_t()> clock);

  struct Outcome {
    ShowReply::Run result = ShowReply::RUN_UNSPECIFIED;
    RunOutput output;
    std::string why;                  // for the owner: why the run was stopped, unless the traceback says that
    std::uint32_t retry_after_s = 0;  // set with RUN_BUSY
    ProgramState state;               // set with RUN_PAUSED
    RunUse use;                       // set if something was run and all its processes have ended
  };
  // Records the visit, unless the run is a trial, and executes the program `text` for run.visitor. The wait for a slot and
  // the run together may take timeout_ms. Only the given time (docs/glossary.md) of the run counts, so by the clock the run
  // may last up to kMostTimes its limit. It never lasts past `deadline` (MonotonicMicros), the moment when the page's
  // caller stops waiting.
  //
  // Returns as soon as the program has ended well. The files and the record of the run are stored after that, but
  // before the owner's next run begins. For a trial, returns only when all processes of the run have ended. RUN_BUSY
  // also means that the sandbox is away, or that it is not known whether its walls stand. An Error means that the store
  // could not be read.
  Task<Result<Outcome>> Execute(ProgramRun run, std::string text, std::int64_t deadline);

  // Own and RemoveFiles wait until the files of a run whose page was already answered are stored (profile/unstored.h).
  Task<Result<OwnReply>> Own(std::string member, std::int64_t now_ms);
  Task<Status> RemoveFiles(std::string member);
  Task<Status> Pause(std::string member, bool pause);
  // Must be called before what is kept for the owner is erased. Ends the owner's run. That run, and those that wait for
  // their turn, store nothing more.
  void EndForErasure(const std::string& owner);

  void Reload(const Config& config);
  void SandboxWired();
  void SandboxLost();

  static void Describe(const StoredProgram& program, google::protobuf::RepeatedPtrField<ProgramDenial>* denials);

 private:
  RunQueue::Limits QueueLimits() const;
  Milliseconds Limit() const;
  // A run from the moment when it is asked for until it is recorded.
  struct Present {
    ProgramRun run;
    std::function<void()> end;  // ends the run. Set when the run has begun
  };
  RunClient::Settings ClientSettings(std::shared_ptr<Present> present);
  using Answer = std::shared_ptr<Promised<Result<Outcome>>>;
  // Sets `answer`, and then goes on until the run is recorded. So this coroutine may outlive the call that asked for
  // the run.
  Task<void> ExecuteDetached(ProgramRun run, std::string text, std::int64_t deadline, Answer answer);
  Task<void> RecordVisit(std::shared_ptr<Present> present);
  // Executes the run if the program is not paused, the walls stand and the queue grants a turn. Sets `answer` as soon
  // as the program has ended well. answer: null for a trial.
  Task<Result<Outcome>> ExecuteWhenAllowed(std::shared_ptr<Present> present, const std::string& text,
                                           std::int64_t deadline, Answer answer);
  // The time that is left for a run when it begins. `limit` is given time, and `most` is time by the clock.
  struct TimeLeft {
    Milliseconds limit, most;
  };
  // Executes a run that has its turn in the queue.
  Task<Result<Outcome>> ExecuteInTurn(std::shared_ptr<Present> present, const std::string& text, bool forget_dropped,
                                      TimeLeft left, RunQueue::Turn& turn, Answer answer);
  void Count(ShowReply::Run result);
  // Records what this run did. forget_dropped: the record still names files that the run before could not keep. This
  // run replaces those names.
  Task<void> Note(const ProgramRun& run, const std::string& text, const Outcome& outcome, const ProgramFiles& before,
                  bool forget_dropped);
  void LogOffences(const ProgramRun& run, const std::string& hash, const RunOutput& output);
  void NoteUse(const std::string& owner, const RunUse& use);

  Site& site_;
  Profiles& profiles_;
  Social& social_;
  InFlight& in_flight_;
  const std::function<std::int64_t()> clock_;
  Config::Profile settings_;
  UnstoredRuns unstored_;
  ProgramApi api_;
  std::uint32_t sandbox_slots_ = 0;  // the runs that the sandbox can execute at once; 0: not known yet
  RunQueue queue_;
  Canary canary_;
  std::set<std::shared_ptr<Present>> present_;  // one for each call of Execute that has not ended
  std::map<std::string, RunUse> last_use_;      // of the last run of each owner, at most kUsesKept
  std::int64_t runs_ = 0, busy_ = 0, paused_ = 0, failed_ = 0, too_long_ = 0, stopped_ = 0;
};

}  // namespace zoobar
