#include "roles/logger.h"

#include <fmt/format.h>

#include <csignal>

#include "roles/logger/line.h"
#include "site/log_files.h"

namespace zoobar {
namespace {

constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read lines from its channels and from the roles' stderr"},
    {Calls::kAppendLogs, "to append to the files it was given, and to ask whether stderr can take a line now"},
};
// The limit on file size is high, because stderr may be a file that nobody rotates. The size of the log files is
// bounded by rotation instead.
constexpr Privileges kPrivileges = {
    .folders = {}, .calls = kCalls, .limits = {.open_files = 192, .file_bytes = std::uint64_t{1} << 40}};

constexpr Milliseconds kAskAgain{60000};        // how long to wait for a new file before it is requested again
constexpr Milliseconds kWriteAgain{5000};       // the time after which failed writes of alarms are tried again
constexpr std::size_t kAlarmsKept = 64 * 1024;  // at most this many bytes of alarms wait for kWriteAgain
constexpr std::int64_t kSecond = 1'000'000;
constexpr std::string_view kAboutPrograms = "program-";
constexpr std::string_view kBeforeName = "log.";  // the master passes a file as "log.NAME"

void AddField(WriteRequest& line, std::string_view key, std::string_view value) {
  WriteRequest::Field* field = line.add_fields();
  field->set_key(std::string(key));
  field->set_value(std::string(value));
}

}  // namespace

Logger::Logger(Site& site, Milliseconds summary_every)
    : site_(site),
      summary_every_(summary_every),
      limits_(site.config().log()),
      events_("log.events", site.TakePassed("log.events")),
      security_("log.security", site.TakePassed("log.security")),
      access_("log.access", site.TakePassed("log.access")),
      alarms_("log.alarms", site.TakePassed("log.alarms"), kAlarmsKept),
      trace_("log.trace", site.TakePassed("log.trace")),
      programs_("log.programs", Fd()),
      seals_(site.TakeSeals()),
      audit_("audit", site.TakePassed("log.audit"), seals_),
      money_("money", site.TakePassed("log.money"), seals_),
      files_{&events_, &security_, &access_, &alarms_, &audit_.file(), &money_.file(), &trace_},
      stderr_(site.TakePassed("stderr")),
      outputs_(site.loop(),
               [this](const LogOrigin& origin, std::string_view text) {
                 WriteRequest line;  // the text may come from an attacker, so logger sets level and event itself
                 line.set_level(LEVEL_WARNING);
                 line.set_event("stderr");
                 AddField(line, "text", text);
                 WriteEvent(origin, line, kOutput);
               }),
      ask_again_(site.loop()),
      write_again_(site.loop()),
      summary_(site.loop()),
      note_again_(site.loop()),
      deeds_(site.config(), static_cast<std::uint64_t>(WallMicros())),
      last_alarm_ms_(alarms_.found_modified_ms()) {
  std::signal(SIGPIPE, SIG_IGN);  // stderr may be a pipe whose reader has ended
  site.service().Handle(&Logger::Write, this);
  site.service().Handle(&Logger::Access, this);
  site.service().Handle(&Logger::Recent, this);
  site.service().Handle(&Logger::Record, this);
  site.service().Handle(&Logger::Money, this);
  site.service().Handle(&Logger::SealedEnds, this);
  site.service().Handle(&Logger::Deeds, this);
  site.Count("deeds.dropped", [this] { return deeds_.dropped(); });
  site.Count("log.lines", [this] { return lines_; });
  site.Count("log.dropped", [this] { return dropped_; });
  site.Count("log.repeats", [this] { return repeats_; });
  site.Count("log.lost", [this] {
    std::uint64_t lost = 0;
    for (const AppendFile* file : files_) lost += file->lost();
    return static_cast<std::int64_t>(lost);
  });
  site.Count("log.stderr_lost", [this] { return static_cast<std::int64_t>(stderr_.lost()); });
  site.Count(std::string(kAlarmsCounter), [this] { return alarms_raised_; });
  site.Count(std::string(kLastAlarmCounter), [this] { return last_alarm_ms_; });
  for (SealedLog* log : {&audit_, &money_}) {
    const std::string name = log->file().name().substr(kBeforeName.size());
    site.Count(name + ".records", [log] { return static_cast<std::int64_t>(log->records()); });
    site.Count(name + ".dropped", [log] { return static_cast<std::int64_t>(log->dropped()); });
  }
  if (audit_.chain() || money_.chain()) FlushAtEndOfTurn();  // their first records
}

Task<Result<Outgoing<Nothing>>> Logger::Write(Incoming<WriteRequest> call) {
  const Role role = call.from.role;
  const std::uint32_t dropped = call.message.dropped(), security_dropped = call.message.security_dropped();
  WriterOf(role).events.AddDropped(dropped);
  WriterOf(role).security.AddDropped(security_dropped);
  NoteDropped(role, kEvents, dropped);
  NoteDropped(role, kSecurity, security_dropped);
  WriteLine(OriginOf(call.from), std::move(call.message));
  Nothing nothing;
  co_return nothing;
}

Task<Result<Outgoing<Nothing>>> Logger::Access(Incoming<AccessRequest> call) {
  const LogOrigin origin = OriginOf(call.from);
  const std::int64_t now = WallMillis(), now_us = MonotonicMicros();
  Writer& writer = WriterOf(origin.role);
  writer.access_dropped += call.message.dropped();
  NoteDropped(origin.role, kAccess, call.message.dropped());
  for (const AccessRequest::Entry& entry : call.message.entries()) {
    if (!writer.access.Take(PrincipalOf(entry), now_us)) {
      ++writer.access_dropped;
      NoteDropped(origin.role, kAccess, 1);
      ExpectSummary();
      continue;
    }
    access_.Append(AccessLine(now, origin, entry, std::exchange(writer.access_dropped, 0)));
    deeds_.Request(origin, entry);
    ++lines_;
  }
  FlushAtEndOfTurn();
  Nothing nothing;
  co_return nothing;
}

void Logger::Drain(std::function<void()> done) {
  WriteSummaries(true);
  audit_.End();
  money_.End();
  Flush();
  site_.Tell(StateByte::kSealed);
  done();
}

void Logger::Reload(const Config& config) {
  limits_ = config.log();
  deeds_.Configure(config);
  for (auto& [role, writer] : writers_) writer.access.SetLimits(AccessLimits());
}

void Logger::NewFile(const std::string& name, Fd file) {
  for (AppendFile* known : files_) {
    if (known->name() != name) continue;
    asked_.erase(known);
    SealedLog* const sealed = SealedOf(known);
    sealed ? sealed->Replace(std::move(file)) : known->Replace(std::move(file));
  }
  FlushAtEndOfTurn();
}

void Logger::PeerWired(Role role, std::uint32_t instance, std::int32_t pid, Fd peer_stderr) {
  pids_[{role, instance}] = pid;
  outputs_.Add(LogOrigin{role, instance, pid}, std::move(peer_stderr));
}

void Logger::PeerLost(Role role, std::uint32_t instance) { pids_.erase({role, instance}); }

void Logger::Own::Add(Level level, bool security, std::string_view event, LogFields fields) {
  WriteRequest line;
  line.set_level(level);
  line.set_security(security);
  line.set_event(std::string(event));
  for (const auto& [key, value] : fields) AddField(line, key, value);
  logger_.WriteLine(LogOrigin{ROLE_LOGGER, 0, 0}, std::move(line));
}

LogOrigin Logger::OriginOf(Caller caller) const {
  const auto pid = pids_.find({caller.role, caller.instance});
  return {caller.role, caller.instance, pid == pids_.end() ? 0 : pid->second};
}

LineShares::Limits Logger::AccessLimits() const {
  const std::uint32_t lines = limits_.access_lines_per_second();
  return {lines, lines, kSecond};
}

Logger::Writer& Logger::WriterOf(Role role) { return writers_.try_emplace(role, AccessLimits()).first->second; }

void Logger::NoteDropped(Role role, LineKind kind, std::uint64_t lines) {
  static constexpr std::string_view kNames[kLineKinds] = {"events", "security", "access", "stderr", "trace"};
  if (lines == 0) return;
  std::int64_t& dropped = WriterOf(role).dropped[kind];
  if (dropped == 0) {
    site_.Count(fmt::format("dropped.{}.{}", RoleName(role), kNames[kind]),
                [this, role, kind] { return WriterOf(role).dropped[kind]; });
  }
  dropped += static_cast<std::int64_t>(lines);
  dropped_ += static_cast<std::int64_t>(lines);
}

// ---- lines

void Logger::WriteLine(const LogOrigin& origin, WriteRequest line) {
  const SecurityKind* const kind = FindSecurityKind(origin.role, line.event());
  if (kind && kind->alarm) line.set_security(true);
  if (line.security()) return WriteSecurity(origin, kind, line);
  if (line.level() == LEVEL_TRACE) return WriteTrace(origin, line);
  if (kind) {
    if (shares_.TakeForAudit(origin.role, kind, line, MonotonicMicros())) {
      audit_.Add(origin, line);
    } else {
      ExpectSummary();
    }
  }
  WriteEvent(origin, line, kEvents);
}

bool Logger::TakeEvent(Role role, const std::string& event) {
  constexpr std::size_t kKinds = 256;  // further events of the role share one budget
  Writer& writer = WriterOf(role);
  std::map<std::string, LineBudget>& kinds = writer.events_of_kind;
  LineBudget& budget = kinds[kinds.size() < kKinds || kinds.contains(event) ? event : ""];
  if (budget.Take(MonotonicMicros(), std::max(1u, limits_.lines_per_second() / 2))) return true;
  writer.events.AddDropped(budget.TakeDropped());
  return false;
}

void Logger::WriteEvent(const LogOrigin& origin, const WriteRequest& line, LineKind kind) {
  Writer& writer = WriterOf(origin.role);
  LineBudget& budget = kind == kOutput ? writer.output : writer.events;
  if (kind == kEvents && !TakeEvent(origin.role, line.event())) return NoteDropped(origin.role, kind, 1);
  if (!budget.Take(MonotonicMicros(), limits_.lines_per_second())) return NoteDropped(origin.role, kind, 1);
  const std::string text = EventLine(WallMillis(), origin, line, budget.TakeDropped());
  deeds_.Event(origin, line);
  events_.Append(text);
  stderr_.Append(text);
  ++lines_;
  FlushAtEndOfTurn();
}

// These lines have a file of their own, so that they push no event out of events.log.
void Logger::WriteTrace(const LogOrigin& origin, const WriteRequest& line) {
  LineBudget& budget = WriterOf(origin.role).trace;
  if (!budget.Take(MonotonicMicros(), limits_.lines_per_second())) return NoteDropped(origin.role, kTrace, 1);
  trace_.Append(EventLine(WallMillis(), origin, line, budget.TakeDropped()));
  ++lines_;
  FlushAtEndOfTurn();
}

void Logger::WriteSecurity(const LogOrigin& origin, const SecurityKind* kind, const WriteRequest& line) {
  const bool alarm = kind && kind->alarm;
  const std::int64_t now_us = MonotonicMicros(), now = WallMillis();
  if (alarm) NoteAlarm(*kind);
  const SecurityShares::Files files = shares_.Take(origin.role, kind, line, now_us);
  if (!files.security || !files.audit || (alarm && !files.alarms)) ExpectSummary();
  if (!files.any()) {
    ++repeats_;
    return;
  }
  FlushAtEndOfTurn();
  if (files.audit) audit_.Add(origin, line);
  if (!files.security && !files.alarms) return;
  LineBudget& budget = WriterOf(origin.role).security;
  if (files.alarms) alarms_.Append(EventLine(now, origin, line, 0, kMaxAlarmLine));
  if (!budget.Take(now_us, limits_.lines_per_second()) && !files.alarms) return NoteDropped(origin.role, kSecurity, 1);
  const std::string text = EventLine(now, origin, line, budget.TakeDropped());
  for (AppendFile* file : {&events_, &security_}) file->Append(text);
  if (kind && line.event().starts_with(kAboutPrograms)) programs_.Append(text);
  deeds_.Event(origin, line);
  stderr_.Append(text);
  ++lines_;
}

void Logger::NoteAlarm(const SecurityKind& kind) {
  std::int64_t& raised = alarms_of_kind_[&kind];
  if (raised == 0) {
    site_.Count(fmt::format("{}.{}", kAlarmsCounter, kind.event), [this, &kind] { return alarms_of_kind_[&kind]; });
  }
  ++raised;
  ++alarms_raised_;
  last_alarm_ms_ = WallMillis();
}

// ---- lines that were counted instead of written

void Logger::ExpectSummary() {
  if (std::exchange(summary_due_, true)) return;
  summary_.Start(summary_every_, [this] { WriteSummaries(false); });
}

void Logger::WriteSummaries(bool all) {
  summary_due_ = false;
  for (const SecurityShares::Counted& counted : shares_.TakeSummaries(MonotonicMicros(), all)) {
    WriteRequest about;
    about.set_security(true);
    AddField(about, "writer", RoleName(counted.role));
    AddField(about, "kind", counted.kind ? counted.kind->event : "of no known kind");
    const std::string_view subject = !counted.kind || counted.kind->subject.empty() ? "what" : counted.kind->subject;
    const bool sealed = counted.file == SecurityShares::File::kAudit;
    std::vector<AppendFile*> files = {&events_, &security_};
    if (counted.file != SecurityShares::File::kSecurity) files = {&alarms_};
    WriteSummary(about, counted.summary, subject, sealed ? std::vector<AppendFile*>() : files);
  }
  for (auto& [role, writer] : writers_) {
    if (!writer.access.counting_since()) continue;
    WriteRequest about;
    AddField(about, "writer", RoleName(role));
    AddField(about, "kind", "access");
    WriteSummary(about, writer.access.TakeSummary(), "who", {&events_});
  }
  if (shares_.counting()) ExpectSummary();  // counted alarms stay here until their hourly summary is due
}

// Writes one line for each principal that the summary names, and one line for all other principals. These lines do not
// count against a budget, because they replace a greater number of lines. Without files, they go to audit.log.
void Logger::WriteSummary(const WriteRequest& about, const LineShares::Summary& summary, std::string_view subject,
                          const std::vector<AppendFile*>& files) {
  const std::int64_t seconds = (MonotonicMicros() - summary.since_us) / kSecond;
  const auto write = [&](std::string_view key, const std::string& who, std::uint64_t lines) {
    WriteRequest line = about;
    line.set_level(LEVEL_WARNING);
    line.set_event("repeated");
    if (!who.empty()) AddField(line, key, who);
    AddField(line, "lines", std::to_string(lines));
    AddField(line, "seconds", std::to_string(seconds));
    if (files.empty()) {
      audit_.Add(LogOrigin{ROLE_LOGGER, 0, 0}, line);
      return;
    }
    const std::string text = EventLine(WallMillis(), LogOrigin{ROLE_LOGGER, 0, 0}, line, 0);
    for (AppendFile* file : files) file->Append(text);
    stderr_.Append(text);
    ++lines_;
  };
  for (const LineShares::Repeats& each : summary.named) write(subject, each.principal, each.lines);
  if (summary.other_lines > 0) {
    write("others", fmt::format("{}{}", summary.others_more ? "more than " : "", summary.others), summary.other_lines);
  }
  FlushAtEndOfTurn();
}

// ---- files

void Logger::FlushAtEndOfTurn() {
  if (std::exchange(flush_due_, true)) return;
  site_.loop().AtEndOfTurn([this, here = std::weak_ptr(here_)] {
    if (here.expired()) return;
    flush_due_ = false;
    Flush();
  });
}

// Writes the lines that were gathered in this turn of the loop. If lines were lost, one line says how many, as soon as
// a line can be written again.
void Logger::Flush() {
  for (AppendFile* file : files_) {
    const bool failing = file->failing();
    SealedLog* const sealed = SealedOf(file);
    sealed ? static_cast<void>(sealed->Flush()) : file->Flush();
    if (file->failing() && !failing) own_.Failure("log-not-written", {{"file", file->name()}});
    if (const std::optional<LostLines> lost = file->TakeLost()) {
      own_.Failure("log-lines-lost",
                   {{"file", file->name()}, {"lines", std::to_string(lost->lines)}, {"why", lost->why}});
    }
  }
  if (const std::uint64_t lost = stderr_.TakeLost()) {
    own_.Warning("stderr-lines-lost", {{"lines", std::to_string(lost)}});
  }
  stderr_.Flush();
  if (alarms_.failing() || audit_.file().failing() || money_.file().failing())
    write_again_.Start(kWriteAgain, [this] { Flush(); });
  AskForNewFiles();
  TellSealed();
}

void Logger::AskForNewFiles() {
  bool ask = false;
  for (const AppendFile* file : files_) {
    const std::string_view name = std::string_view(file->name()).substr(kBeforeName.size());
    const bool full = file->size() >= LogRuleOf(limits_, name).rotate_bytes;
    if (full || !file->has_file()) ask = asked_.insert(file).second || ask;
  }
  if (!ask) return;
  site_.Tell(StateByte::kRotate);
  ask_again_.Start(kAskAgain, [this] { asked_.clear(); });  // the master may have failed to create a file
}

const RoleSpec kLoggerRole = {
    .role = ROLE_LOGGER,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<Logger>(site); },
};

}  // namespace zoobar
