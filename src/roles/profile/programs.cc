#include "roles/profile/programs.h"

#include <signal.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ipc/bytes.h"
#include "ipc/try.h"
#include "ipc/utf8.h"
#include "site/queue_counters.h"
#include "site/ticket.h"

namespace zoobar {
namespace {

constexpr Milliseconds kLeastRun{20};  // with less time left a run is not worth beginning
constexpr Milliseconds kTick{200};     // a run that was given less than its limit by this was ended by the clock
constexpr Milliseconds kPatienceForWalls{2000};
constexpr Milliseconds kMost{58000};            // of a run by the clock: below the deadline of Sandbox.Wait
constexpr std::uint32_t kWallsRetryAfterS = 5;  // while they are in doubt, or the sandbox is away
constexpr std::size_t kFailureKept = 4096;

constexpr std::string_view kEndedForOthers =
    "It was ended to make room: every slot was taken, and shorter programs of other members were waiting. What it "
    "wrote "
    "to its files was not kept.";

bool WasEndedForIt(const RunOutput& output) {
  return output.end.end() == WaitReply::END_DENIALS || !output.misbehaved.empty();
}

std::string WhyEnded(const WaitReply& end) {
  switch (end.status()) {
    case SIGKILL:
      return "It was ended by the system, most likely because memory ran out.";
    case SIGXCPU:
      return "It was ended: it used more processor time than a program may.";
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGABRT:
      return fmt::format("Its Python crashed (signal {}).", end.status());
    default:
      return fmt::format("It was ended by signal {}.", end.status());
  }
}

// A record of its denials, the last ones.
void AddDenials(StoredProgram& program, const ProgramRun& look, const WaitReply& end, const std::string& hash,
                std::int64_t now) {
  for (const auto& denial : end.denials()) {
    StoredProgram::Denial* kept = program.add_denials();
    kept->set_time_ms(now);
    kept->set_visitor(look.visitor_name);
    kept->set_call(denial.call());
    kept->set_count(denial.count());
    kept->set_program(hash);
  }
  if (const int more = program.denials_size() - Programs::kDenialsKept; more > 0)
    program.mutable_denials()->DeleteSubrange(0, more);
}

}  // namespace

double Offences::Now(const StoredProgram& program, std::int64_t now_ms) {
  const double halves = static_cast<double>(std::max<std::int64_t>(0, now_ms - program.offences_ms())) / kHalfLifeMs;
  return program.offences() * std::exp2(-halves);
}

// Past the bound the program is paused, each time twice as long, and begins again half way.
void Offences::Add(StoredProgram& program, double offence, std::int64_t now_ms) {
  program.set_offences(Now(program, now_ms) + offence);
  program.set_offences_ms(now_ms);
  if (program.offences() < kPaused) return;
  const auto pause = std::min(kLongestPauseMs, kFirstPauseMs << std::min(program.pauses(), 10u));
  program.set_paused_until_ms(now_ms + pause);
  program.set_pauses(program.pauses() + 1);
  program.set_offences(kPaused / 2);
}

Programs::Programs(Site& site, Profiles& profiles, Social& social, InFlight& in_flight,
                   std::function<std::int64_t()> clock)
    : site_(site),
      profiles_(profiles),
      in_flight_(in_flight),
      clock_(std::move(clock)),
      settings_(site.config().profile()),
      unstored_(site.loop()),
      api_(site, profiles, social, unstored_, clock_),
      queue_(site.loop(), QueueLimits()),
      canary_(site, [this](std::uint32_t slots) {
        // Looks wait here, in shares, and never there.
        if (slots == 0 || std::exchange(sandbox_slots_, slots) == slots) return;
        queue_.SetLimits(QueueLimits());
      }) {
  site.Count("programs.run", [this] { return runs_; });
  site.Count("programs.running", [this] { return static_cast<std::int64_t>(queue_.running()); });
  site.Count("programs.waiting", [this] { return static_cast<std::int64_t>(queue_.waiting()); });
  site.Count("programs.busy", [this] { return busy_; });
  site.Count("programs.failed", [this] { return failed_; });
  site.Count("programs.too-long", [this] { return too_long_; });
  site.Count("programs.stopped", [this] { return stopped_; });
  site.Count("programs.ended_for_others", [this] { return queue_.ended_for_others(); });
  CountQueue(site, "programs", queue_.queue());
  site.Count("programs.paused", [this] { return paused_; });
}

RunQueue::Limits Programs::QueueLimits() const {
  const std::size_t configured = std::clamp<std::size_t>(settings_.parallel_runs(), 1, 64);
  return {sandbox_slots_ == 0 ? configured : std::min<std::size_t>(configured, sandbox_slots_),
          settings_.waiting_visits()};
}

Milliseconds Programs::Limit() const { return Milliseconds(std::clamp(settings_.timeout_ms(), 1u, 60000u)); }

void Programs::Reload(const Config& config) {
  settings_ = config.profile();
  queue_.SetLimits(QueueLimits());
}

void Programs::SandboxWired() { canary_.SandboxWired(); }

void Programs::SandboxLost() { canary_.SandboxLost(); }

// ---- a run

RunTalk::Settings Programs::TalkSettings(std::shared_ptr<ProgramRun> look) {
  RunTalk::Settings settings;
  settings.output_bytes = settings_.output_bytes();
  settings.files_bytes = settings_.files_bytes();
  settings.files_inodes = settings_.files_inodes();
  settings.answer = [this, look](std::string request) { return api_.Answer(*look, std::move(request)); };
  return settings;
}

Task<Result<Programs::Outcome>> Programs::Run(ProgramRun look, std::string text, std::int64_t deadline) {
  const Answer answer = std::make_shared<Promised<Result<Outcome>>>();
  Spawn(Carry(std::move(look), std::move(text), deadline, answer));
  Promised<Result<Outcome>>& answered = *answer;
  co_return co_await answered;
}

Task<void> Programs::Carry(ProgramRun look, std::string text, std::int64_t deadline, Answer answer) {
  InFlight::Call here(in_flight_);
  const Answer early = look.trial ? nullptr : answer;
  const std::string owner = look.owner;
  auto running = RunWhole(std::move(look), text, deadline, early);
  Result<Outcome> outcome = co_await running;
  if (answer->set()) unstored_.Stored(owner);
  if (!answer->set()) answer->Set(std::move(outcome));
}

Task<Result<Programs::Outcome>> Programs::RunWhole(ProgramRun look, const std::string& text, std::int64_t deadline,
                                                   Answer answer) {
  const auto until_of = [](std::int64_t until) {
    return Milliseconds(std::max<std::int64_t>(0, until - MonotonicMicros()) / 1000);
  };
  const std::int64_t until = std::min(MonotonicMicros() + std::chrono::microseconds(Limit()).count(), deadline);
  CO_TRY(const StoredProgram record, profiles_.Program(look.owner));
  const std::int64_t now = clock_();
  Outcome outcome;
  outcome.run = ShowReply::RUN_PAUSED;
  if (!record.paused() && record.paused_until_ms() <= now) {
    outcome.run = ShowReply::RUN_BUSY;
    outcome.retry_after_s = kWallsRetryAfterS;
    auto looking = canary_.WallsStand(std::min(until_of(until), kPatienceForWalls));
    if (co_await looking) {
      const bool slowed = Offences::Now(record, now) >= Offences::kSlowed;
      const std::int64_t begins = until - std::chrono::microseconds(kLeastRun).count();
      auto entering = queue_.Enter({look.owner, look.visitor, slowed, begins});
      RunQueue::Turn turn = co_await entering;
      outcome.retry_after_s = static_cast<std::uint32_t>(turn.retry_after_s());
      if (turn.granted()) {
        const Milliseconds limit = std::max(kLeastRun, until_of(until));
        const TimeLeft left{limit, std::max(limit, std::min({kMostTimes * limit, until_of(deadline), kMost}))};
        CO_TRY(Outcome ran, RunNow(std::move(look), text, record.dropped_size() > 0, left, turn, std::move(answer)));
        outcome = std::move(ran);
      }
    }
  }
  Count(outcome.run);
  co_return outcome;
}

Task<Result<Programs::Outcome>> Programs::RunNow(ProgramRun look, const std::string& text, bool forget_dropped,
                                                 TimeLeft left, RunQueue::Turn& turn, Answer answer) {
  CO_TRY(const ProgramFiles files, profiles_.Files(look.owner));
  ++runs_;
  Program program;
  program.set_source(text);
  *program.mutable_files() = files;
  std::optional<RunTalk::Refusal> refused;
  RunTalk::Settings settings = TalkSettings(std::make_shared<ProgramRun>(look));
  settings.limit = left.limit;
  settings.most = left.most;
  settings.begun = [this, &turn](const BeginReply& begun, std::function<void()> end) {
    canary_.Seen(begun.interpreter());
    turn.CanBeEndedBy(std::move(end));
  };
  settings.ended_well = [this, answer, owner = look.owner](RunOutput output) {
    if (!answer || answer->set()) return;
    unstored_.Answered(owner);
    answer->Set(Outcome{ShowReply::RUN_DONE, std::move(output), {}, 0});
  };
  auto running = RunTalk::Run(site_, std::move(program), std::move(settings), refused);
  Result<RunOutput> output = co_await running;
  Outcome outcome;
  outcome.run = refused == RunTalk::Refusal::kNoWalls ? ShowReply::RUN_NO_WALLS : ShowReply::RUN_BUSY;
  outcome.retry_after_s = outcome.run == ShowReply::RUN_BUSY ? kWallsRetryAfterS : 0;
  // The sandbox went away under it: its visitors see the rest of the page all the same.
  if (!output.ok()) site_.log().Warning("run-lost", {{"owner", look.owner_name}, {"why", output.error().text}});
  if (!output.ok() || refused) co_return outcome;
  outcome.output = std::move(*output);
  turn.Used(outcome.output.end.cpu_us(), outcome.output.end.given_us());
  outcome.run = Judge(outcome.output, left.limit);
  outcome.retry_after_s = outcome.run == ShowReply::RUN_BUSY ? 1 : 0;
  const bool made_room = outcome.run == ShowReply::RUN_BUSY && turn.was_ended();
  const std::string why = made_room ? std::string(kEndedForOthers) : WhyOf(outcome.run, outcome.output);
  outcome.errors = why + (why.empty() ? "" : "\n") + outcome.output.errors;
  auto noting = Note(look, text, outcome, files, forget_dropped);
  co_await noting;
  co_return outcome;
}

ShowReply::Run Programs::Judge(const RunOutput& output, Milliseconds limit) const {
  if (WasEndedForIt(output)) return ShowReply::RUN_STOPPED;
  if (output.cut) return ShowReply::RUN_DONE;  // it may have met the end of its pipe before it was ended
  const WaitReply& end = output.end;
  const Milliseconds given(end.given_us() / 1000);
  switch (end.end()) {
    case WaitReply::END_EXIT:
      return end.status() == 0 ? ShowReply::RUN_DONE : ShowReply::RUN_FAILED;
    case WaitReply::END_SIGNAL:
      return ShowReply::RUN_FAILED;
    case WaitReply::END_TIME:
      // Most of its time went by while it waited for its turn, or for a processor: not the program's fault.
      return given + kTick < limit || 2 * given < Limit() ? ShowReply::RUN_BUSY : ShowReply::RUN_TOO_LONG;
    default:
      return ShowReply::RUN_BUSY;
  }
}

void Programs::Count(ShowReply::Run run) {
  busy_ += run == ShowReply::RUN_BUSY;
  paused_ += run == ShowReply::RUN_PAUSED;
  failed_ += run == ShowReply::RUN_FAILED;
  too_long_ += run == ShowReply::RUN_TOO_LONG;
  stopped_ += run == ShowReply::RUN_STOPPED;
}

std::string Programs::WhyOf(ShowReply::Run run, const RunOutput& output) const {
  switch (run) {
    case ShowReply::RUN_TOO_LONG:
      return fmt::format(
          "It was stopped after {} ms, the longest a program may take. What it wrote to its files was not kept.",
          Limit().count());
    case ShowReply::RUN_STOPPED:
      if (output.misbehaved.empty()) return "It was stopped: it tried too often what programs may not do.";
      return "It was stopped: it misused its API: " + output.misbehaved;
    case ShowReply::RUN_FAILED:
      if (output.end.end() == WaitReply::END_SIGNAL) return WhyEnded(output.end);
      return output.errors.empty() ? fmt::format("It ended with exit status {}.", output.end.status()) : std::string();
    default:
      if (!output.cut) return {};
      return fmt::format(
          "It was stopped when it had printed {} bytes, the most that is shown. What it wrote to its files "
          "was not kept.",
          settings_.output_bytes());
  }
}

// ---- what is noted of it

void Programs::LogOffences(const ProgramRun& look, const std::string& text, const RunOutput& output) {
  const std::string program = ToHex(TextHash(text).substr(0, 8));
  for (const auto& denial : output.end.denials()) {
    site_.log().Security("program-denied", {{"owner", look.owner_name},
                                            {"visitor", look.visitor_name},
                                            {"call", denial.call()},
                                            {"count", std::to_string(denial.count())},
                                            {"program", program}});
  }
  if (!WasEndedForIt(output)) return;
  site_.log().Security("program-ended", {{"owner", look.owner_name},
                                         {"visitor", look.visitor_name},
                                         {"why", output.misbehaved.empty() ? "too many denials" : output.misbehaved},
                                         {"program", program}});
}

// In one transaction: the files, when they have changed, and what there is to be held against the program. The next run
// of the same owner begins after it.
Task<void> Programs::Note(const ProgramRun& look, const std::string& text, const Outcome& outcome,
                          const ProgramFiles& before, bool forget_dropped) {
  const RunOutput& output = outcome.output;
  LogOffences(look, text, output);
  const bool keeps = !look.trial && output.end.end() == WaitReply::END_EXIT;
  std::optional<ProgramFiles> files;
  if (keeps && output.files && output.files->SerializeAsString() != before.SerializeAsString()) files = output.files;
  google::protobuf::RepeatedPtrField<std::string> dropped;
  if (keeps) dropped = output.end.dropped();
  if (keeps && !output.files) *dropped.Add() = "/: what it left could not be taken back";

  const bool failed = outcome.run == ShowReply::RUN_FAILED || outcome.run == ShowReply::RUN_TOO_LONG ||
                      outcome.run == ShowReply::RUN_STOPPED;
  // Its owner has seen what went wrong while they looked themselves.
  const bool unseen = failed && look.visitor != look.owner;
  const double offence =
      (output.end.denials_size() > 0 ? Offences::kOfDenials : 0) + (WasEndedForIt(output) ? Offences::kOfEndedRun : 0);
  const std::int64_t now = clock_();
  std::int64_t paused_until = 0;
  Profiles::Change change;
  if (offence > 0 || unseen || !dropped.empty() || (keeps && forget_dropped)) {
    change = [&](StoredProgram& program) {
      program.set_name(look.owner_name);
      AddDenials(program, look, output.end, TextHash(text), now);
      if (keeps) *program.mutable_dropped() = dropped;
      const std::uint32_t pauses = program.pauses();
      if (offence > 0) Offences::Add(program, offence, now);
      paused_until = program.pauses() > pauses ? program.paused_until_ms() : 0;
      if (!unseen) return;
      program.set_failed_ms(now);
      program.set_failed_visitor(look.visitor_name);
      program.set_failure(std::string(CutUtf8(outcome.errors, kFailureKept)));
    };
  }
  if (!files && !change) co_return;
  auto writing = profiles_.Note(look.owner, std::move(files), change);
  const Status written = co_await writing;
  if (!written.ok()) {
    site_.log().Failure("program-not-noted", {{"owner", look.owner_name}, {"why", written.error().text}});
  } else if (paused_until > 0) {
    site_.log().Security("program-paused", {{"owner", look.owner_name},
                                            {"why", "it tried too often what programs may not do"},
                                            {"minutes", std::to_string((paused_until - now) / 60000)}});
  }
}

// ---- what its owner and the operator see

void Programs::Describe(const StoredProgram& program, google::protobuf::RepeatedPtrField<ProgramDenial>* denials) {
  for (auto kept = program.denials().rbegin(); kept != program.denials().rend(); ++kept) {
    ProgramDenial* denial = denials->Add();
    denial->set_time_ms(kept->time_ms());
    denial->set_visitor(kept->visitor());
    denial->set_call(kept->call());
    denial->set_count(kept->count());
  }
}

Task<Result<OwnReply>> Programs::Own(std::string member, std::int64_t now_ms) {
  auto storing = unstored_.Wait(member);
  co_await storing;
  CO_TRY(ProgramFiles files, profiles_.Files(member));
  CO_TRY(const StoredProgram program, profiles_.Program(member));
  OwnReply reply;
  for (ProgramFiles::File& file : *files.mutable_files()) {
    reply.set_files_bytes(reply.files_bytes() + file.content().size());
    file.clear_content();
    *reply.add_files() = std::move(file);
  }
  Describe(program, reply.mutable_denials());
  reply.set_paused(program.paused());
  reply.set_paused_until_ms(program.paused_until_ms() > now_ms ? program.paused_until_ms() : 0);
  reply.set_slowed(Offences::Now(program, now_ms) >= Offences::kSlowed);
  reply.set_failed_ms(program.failed_ms());
  reply.set_failed_visitor(program.failed_visitor());
  reply.set_failure(program.failure());
  *reply.mutable_dropped() = program.dropped();
  co_return reply;
}

Task<Status> Programs::RemoveFiles(std::string member) {
  auto storing = unstored_.Wait(member);
  co_await storing;
  auto writing = profiles_.Note(std::move(member), ProgramFiles(), nullptr);
  co_return co_await writing;
}

Task<Status> Programs::Pause(std::string member, bool pause) {
  Profiles::Change change = [pause](StoredProgram& program) {
    program.set_paused(pause);
    if (pause) return;
    program.set_paused_until_ms(0);
    program.set_offences(0);
    program.set_pauses(0);
  };
  auto writing = profiles_.Note(std::move(member), std::nullopt, std::move(change));
  co_return co_await writing;
}

}  // namespace zoobar
