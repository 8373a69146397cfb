#include "roles/profile/programs.h"

#include <algorithm>
#include <utility>

#include "ipc/bytes.h"
#include "ipc/try.h"
#include "limits/programs.h"
#include "roles/profile/endings.h"
#include "roles/profile/offences.h"
#include "site/program_text.h"
#include "site/queue_counters.h"
#include "site/ticket.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr Milliseconds kLeastRun{20};            // if less time than this is left, a run is not begun
constexpr Milliseconds kPatienceForWalls{2000};  // how long a visit waits for a canary
constexpr Milliseconds kMost{58000};             // the longest run by the clock; less than Sandbox.Wait's deadline
constexpr std::uint32_t kWallsRetryAfterS = 5;   // Retry-After while the sandbox is away or its walls are in doubt
constexpr std::size_t kFailureKept = 4096;       // bytes of the last failure's text that are recorded

constexpr std::string_view kEndedForOthers =
    "The program was stopped because shorter programs of other members were waiting for a slot. Its changes to files "
    "were not kept. Make it faster, or try again in a minute.";

// Adds a run's denials to the record. The record keeps only the last kDenialsKept denials.
void AddDenials(StoredProgram& program, const ProgramRun& run, const WaitReply& end, const std::string& hash,
                std::int64_t now) {
  for (const auto& denial : end.denials()) {
    StoredProgram::Denial* kept = program.add_denials();
    kept->set_time_ms(now);
    kept->set_visitor(run.visitor_name);
    kept->set_call(denial.call());
    kept->set_count(denial.count());
    kept->set_program(hash);
  }
  if (const int more = program.denials_size() - Programs::kDenialsKept; more > 0)
    program.mutable_denials()->DeleteSubrange(0, more);
}

// Returns whether the run counts as an attack. A program that goes on calling after its limit of calls only uses up a
// limit, so that is none.
bool IsAttack(const RunOutput& output, const RunUse& use) {
  const bool ran_out_of_calls = use.calls() > use.calls_limit() + ProgramLimits::kCallsRefused;
  return output.end.end() == WaitReply::END_DENIALS || (!output.misbehaved.empty() && !ran_out_of_calls);
}

ProgramState StateOf(const StoredProgram& record, const Offences::Of& of, std::int64_t now_ms) {
  const Offences::State now = Offences::Now(record, of, now_ms);
  ProgramState state;
  state.set_paused(record.paused());
  state.set_paused_until_ms(now.paused_until_ms);
  state.set_slowed(now.slowed);
  state.set_for_earlier(now.for_earlier);
  state.set_ended_runs(now.ended_runs);
  return state;
}

}  // namespace

Programs::Programs(Site& site, Profiles& profiles, Social& social, InFlight& in_flight,
                   std::function<std::int64_t()> clock)
    : site_(site),
      profiles_(profiles),
      social_(social),
      in_flight_(in_flight),
      clock_(std::move(clock)),
      settings_(site.config().profile()),
      unstored_(site.loop()),
      api_(site, profiles, social, unstored_, clock_),
      queue_(site.loop(), QueueLimits()),
      canary_(site, [this](std::uint32_t slots) {
        // The queue grants no more turns than the sandbox has slots. So visits wait in this queue, which shares the
        // turns fairly among visitors, and not in the sandbox.
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

Milliseconds Programs::Limit() const { return TimeLimit(settings_); }

void Programs::Reload(const Config& config) {
  settings_ = config.profile();
  queue_.SetLimits(QueueLimits());
}

void Programs::SandboxWired() { canary_.SandboxWired(); }

void Programs::SandboxLost() { canary_.SandboxLost(); }

// ---- a run

RunClient::Settings Programs::ClientSettings(std::shared_ptr<Present> present) {
  RunClient::Settings settings;
  settings.output_bytes = settings_.output_bytes();
  settings.files_bytes = settings_.files_bytes();
  settings.files_inodes = settings_.files_inodes();
  settings.answer = [this, present](std::string request) { return api_.Answer(present->run, std::move(request)); };
  return settings;
}

Task<Result<Programs::Outcome>> Programs::Execute(ProgramRun run, std::string text, std::int64_t deadline) {
  const Answer answer = std::make_shared<Promised<Result<Outcome>>>();
  Spawn(ExecuteDetached(std::move(run), std::move(text), deadline, answer));
  Promised<Result<Outcome>>& answered = *answer;
  co_return co_await answered;
}

Task<void> Programs::ExecuteDetached(ProgramRun run, std::string text, std::int64_t deadline, Answer answer) {
  InFlight::Call here(in_flight_);
  // The owner is told what the run used and what of it was blocked. That is known only at its end.
  const Answer early = run.trial || run.owner == run.visitor ? nullptr : answer;
  const auto present = std::make_shared<Present>();
  present->run = std::move(run);
  present_.insert(present);
  auto recording = RecordVisit(present);
  co_await recording;
  auto running = ExecuteWhenAllowed(present, text, deadline, early);
  Result<Outcome> outcome = co_await running;
  present_.erase(present);
  if (outcome.ok()) Count(outcome->result);
  if (answer->set()) unstored_.Stored(present->run.owner);
  if (!answer->set()) answer->Set(std::move(outcome));
}

Task<void> Programs::RecordVisit(std::shared_ptr<Present> present) {
  const ProgramRun& run = present->run;
  if (run.trial) co_return;
  auto recording = social_.RecordVisit(run.owner, run.visitor, run.visitor_name, clock_());
  const Status recorded = co_await recording;
  if (!recorded.ok()) site_.log().Warning("visit-not-noted", {{"why", recorded.error().text}});
}

Task<Result<Programs::Outcome>> Programs::ExecuteWhenAllowed(std::shared_ptr<Present> present, const std::string& text,
                                                             std::int64_t deadline, Answer answer) {
  const ProgramRun& run = present->run;
  const auto time_until = [](std::int64_t moment) {
    return Milliseconds(std::max<std::int64_t>(0, moment - MonotonicMicros()) / 1000);
  };
  const std::int64_t until = std::min(MonotonicMicros() + std::chrono::microseconds(Limit()).count(), deadline);
  CO_TRY(const StoredProgram record, profiles_.Program(run.owner));
  const std::int64_t now = clock_();
  Outcome refused;
  refused.result = ShowReply::RUN_PAUSED;
  refused.state = StateOf(record, {TextHash(text), run.trial}, now);
  if (refused.state.paused() || refused.state.paused_until_ms() > 0) co_return refused;
  refused.result = ShowReply::RUN_BUSY;
  refused.retry_after_s = kWallsRetryAfterS;
  auto waiting = canary_.WallsStand(std::min(time_until(until), kPatienceForWalls));
  const bool walls_stand = co_await waiting;
  if (!walls_stand) co_return refused;
  const std::int64_t begins = until - std::chrono::microseconds(kLeastRun).count();
  auto entering = queue_.Enter({run.owner, run.visitor, refused.state.slowed(), begins});
  RunQueue::Turn turn = co_await entering;
  refused.retry_after_s = static_cast<std::uint32_t>(turn.retry_after_s());
  if (!turn.granted() || run.erased) co_return refused;
  const Milliseconds limit = std::max(kLeastRun, time_until(until));
  const TimeLeft left{limit, std::max(limit, std::min({kMostTimes * limit, time_until(deadline), kMost}))};
  auto executing = ExecuteInTurn(present, text, record.dropped_size() > 0, left, turn, std::move(answer));
  co_return co_await executing;
}

Task<Result<Programs::Outcome>> Programs::ExecuteInTurn(std::shared_ptr<Present> present, const std::string& text,
                                                        bool forget_dropped, TimeLeft left, RunQueue::Turn& turn,
                                                        Answer answer) {
  const ProgramRun& run = present->run;
  CO_TRY(const ProgramFiles files, profiles_.Files(run.owner));
  ++runs_;
  Program program;
  program.set_source(std::string(WithoutByteOrderMark(text)));
  *program.mutable_files() = files;
  std::optional<RunClient::Refusal> refused;
  RunClient::Settings settings = ClientSettings(present);
  settings.limit = left.limit;
  settings.most = left.most;
  settings.begun = [this, &turn, present](const BeginReply& begun, std::function<void()> end) {
    canary_.Seen(begun.interpreter());
    present->end = end;
    turn.CanBeEndedBy(std::move(end));
    if (present->run.erased) present->end();
  };
  settings.ended_well = [this, answer, owner = run.owner](RunOutput output) {
    if (!answer || answer->set()) return;
    unstored_.Answered(owner);
    Outcome outcome;
    outcome.result = ShowReply::RUN_DONE;
    outcome.output = std::move(output);
    answer->Set(std::move(outcome));
  };
  auto running = RunClient::Execute(site_, std::move(program), std::move(settings), refused);
  Result<RunOutput> output = co_await running;
  Outcome outcome;
  outcome.result = refused == RunClient::Refusal::kNoWalls ? ShowReply::RUN_NO_WALLS : ShowReply::RUN_BUSY;
  outcome.retry_after_s = outcome.result == ShowReply::RUN_BUSY ? kWallsRetryAfterS : 0;
  // If the sandbox went away during the run, the outcome is RUN_BUSY and not an Error, so that visitors see the rest of
  // the page.
  if (!output.ok()) site_.log().Warning("run-lost", {{"owner", run.owner_name}, {"why", output.error().text}});
  if (!output.ok() || refused) co_return outcome;
  outcome.output = std::move(*output);
  turn.Used(outcome.output.end.cpu_us(), outcome.output.end.given_us());
  outcome.result = HowItEnded(outcome.output, left.limit, Limit());
  outcome.retry_after_s = outcome.result == ShowReply::RUN_BUSY ? 1 : 0;
  const bool made_room = outcome.result == ShowReply::RUN_BUSY && turn.was_ended();
  outcome.why = made_room ? std::string(kEndedForOthers) : WhyItEnded(outcome.result, outcome.output, text, settings_);
  outcome.use = UseOf(outcome.output, run.calls, settings_);
  auto noting = Note(run, text, outcome, files, forget_dropped);
  co_await noting;
  co_return outcome;
}

void Programs::Count(ShowReply::Run result) {
  busy_ += result == ShowReply::RUN_BUSY;
  paused_ += result == ShowReply::RUN_PAUSED;
  failed_ += result == ShowReply::RUN_FAILED;
  too_long_ += result == ShowReply::RUN_TOO_LONG;
  stopped_ += result == ShowReply::RUN_STOPPED;
}

// ---- what is recorded about a run

// Keeps the figures of the owner's last run in memory. If figures of too many owners are kept, others are forgotten.
void Programs::NoteUse(const std::string& owner, const RunUse& use) {
  if (last_use_.size() >= kUsesKept && !last_use_.contains(owner)) last_use_.erase(last_use_.begin());
  last_use_[owner] = use;
}

void Programs::LogOffences(const ProgramRun& run, const std::string& hash, const RunOutput& output) {
  const std::string program = ToHex(hash.substr(0, 8));
  for (const auto& denial : output.end.denials()) {
    site_.log().Security("program-denied", {{"owner", run.owner_name},
                                            {"visitor", run.visitor_name},
                                            {"call", denial.call()},
                                            {"count", std::to_string(denial.count())},
                                            {"program", program}});
  }
  if (!WasEndedForIt(output)) return;
  site_.log().Security("program-ended", {{"owner", run.owner_name},
                                         {"visitor", run.visitor_name},
                                         {"why", output.misbehaved.empty() ? "too many denials" : output.misbehaved},
                                         {"program", program}});
}

// Writes the files, if they have changed, and the program's record in one transaction. The next run of the same owner
// begins after that.
Task<void> Programs::Note(const ProgramRun& run, const std::string& text, const Outcome& outcome,
                          const ProgramFiles& before, bool forget_dropped) {
  const RunOutput& output = outcome.output;
  const std::string hash = TextHash(text);
  LogOffences(run, hash, output);
  if (run.erased) co_return;
  const bool keeps = !run.trial && output.end.end() == WaitReply::END_EXIT;
  std::optional<ProgramFiles> files;
  if (keeps && output.files && output.files->SerializeAsString() != before.SerializeAsString()) files = output.files;
  google::protobuf::RepeatedPtrField<std::string> dropped;
  if (keeps) dropped = output.end.dropped();
  if (keeps && !output.files) *dropped.Add() = "/: the files of this run could not be taken back";

  if (!run.trial) NoteUse(run.owner, outcome.use);
  const bool failed = outcome.result == ShowReply::RUN_FAILED || outcome.result == ShowReply::RUN_TOO_LONG ||
                      outcome.result == ShowReply::RUN_STOPPED;
  // Owners who visit their own program see its failure on the page. So only failures at visits by others are recorded.
  const bool unseen = failed && run.visitor != run.owner;
  const bool attacked = IsAttack(output, outcome.use);
  const bool denied = output.end.denials_size() > 0;
  const std::int64_t now = clock_();
  std::int64_t paused_until = 0;
  Profiles::Change change;
  if (denied || attacked || unseen || !dropped.empty() || (keeps && forget_dropped)) {
    change = [&](StoredProgram& program) {
      program.set_name(run.owner_name);
      AddDenials(program, run, output.end, hash, now);
      if (keeps) *program.mutable_dropped() = dropped;
      if (denied || attacked) paused_until = Offences::Add(program, {hash, run.trial}, output.end, attacked, now);
      if (!unseen) return;
      program.set_failed_ms(now);
      program.set_failed_visitor(run.visitor_name);
      const std::string line_end = outcome.why.empty() || output.errors.empty() ? "" : "\n";
      program.set_failure(KeepEnds(outcome.why + line_end + output.errors, kFailureKept));
    };
  }
  if (!files && !change) co_return;
  auto writing = profiles_.Note(run.owner, std::move(files), change);
  const Status written = co_await writing;
  if (!written.ok()) {
    site_.log().Failure("program-not-noted", {{"owner", run.owner_name}, {"why", written.error().text}});
  } else if (paused_until > 0) {
    site_.log().Security("program-paused", {{"owner", run.owner_name},
                                            {"why", run.trial ? "its previews tried too many blocked actions"
                                                              : "it tried too many blocked actions"},
                                            {"minutes", std::to_string((paused_until - now) / 60000)}});
  }
}

// ---- what the owner and the operator see

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
  CO_TRY(const std::optional<StoredProfile> saved, profiles_.Get(member));
  const bool is_program = saved && saved->kind() == StoredProfile::KIND_PROGRAM;
  if (is_program) *reply.mutable_state() = StateOf(program, {TextHash(saved->text())}, now_ms);
  reply.mutable_state()->set_paused(program.paused());
  *reply.mutable_previews() = StateOf(program, {{}, true}, now_ms);
  if (const auto found = last_use_.find(member); found != last_use_.end()) *reply.mutable_last_run() = found->second;
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

void Programs::EndForErasure(const std::string& owner) {
  last_use_.erase(owner);
  for (const std::shared_ptr<Present>& present : present_) {
    if (present->run.owner != owner) continue;
    present->run.erased = true;
    if (present->end) present->end();
  }
}

Task<Status> Programs::Pause(std::string member, bool pause) {
  Profiles::Change change = [pause](StoredProgram& program) {
    program.set_paused(pause);
    if (pause) return;
    Offences::Clear(program);
  };
  auto writing = profiles_.Note(std::move(member), std::nullopt, std::move(change));
  co_return co_await writing;
}

}  // namespace zoobar
