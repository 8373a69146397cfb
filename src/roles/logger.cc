#include "roles/logger.h"

#include <csignal>

#include "roles/logger_line.h"

namespace zoobar {
namespace {

constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read lines from its channels and from the roles' stderr"},
    {Calls::kAppendLogs, "to append to the files it was given, and to ask whether stderr takes a line now"},
};
// Files are as large as rotation lets them be; stderr may be a file nobody rotates.
constexpr Privileges kPrivileges = {
    .folders = {}, .calls = kCalls, .limits = {.open_files = 192, .file_bytes = std::uint64_t{1} << 40}};

constexpr std::size_t kMaxReply = 900 * 1024;  // a frame's body is at most 1 MiB
constexpr Milliseconds kAskAgain{60000};

}  // namespace

Logger::Logger(Site& site)
    : site_(site),
      rotate_bytes_(site.config().log().rotate_bytes()),
      lines_per_second_(site.config().log().lines_per_second()),
      events_("log.events", site.TakePassed("log.events")),
      security_("log.security", site.TakePassed("log.security")),
      access_("log.access", site.TakePassed("log.access")),
      files_{&events_, &security_, &access_},
      stderr_(site.TakePassed("stderr")),
      outputs_(site.loop(),
               [this](const LogOrigin& origin, std::string_view text) {
                 WriteRequest line;  // hostile text: no level or event of its own
                 line.set_level(LEVEL_WARNING);
                 line.set_event("stderr");
                 WriteRequest::Field* field = line.add_fields();
                 field->set_key("text");
                 field->set_value(std::string(text));
                 WriteEvent(origin, line, budgets_[origin.role].output);
               }),
      ask_again_(site.loop()) {
  std::signal(SIGPIPE, SIG_IGN);  // stderr may be a pipe whose reader has gone
  site.service().Handle(&Logger::Write, this);
  site.service().Handle(&Logger::Access, this);
  site.service().Handle(&Logger::Recent, this);
  site.Count("log.lines", [this] { return lines_; });
  site.Count("log.dropped", [this] { return dropped_; });
  site.Count("log.lost",
             [this] { return static_cast<std::int64_t>(events_.lost() + security_.lost() + access_.lost()); });
  site.Count("log.stderr_lost", [this] { return static_cast<std::int64_t>(stderr_.lost()); });
}

Task<Result<Outgoing<Nothing>>> Logger::Write(Incoming<WriteRequest> call) {
  RoleBudgets& budgets = budgets_[call.from.role];
  LineBudget& budget = call.message.security() ? budgets.security : budgets.events;
  budget.AddDropped(call.message.dropped());
  WriteEvent(OriginOf(call.from), call.message, budget);
  Nothing nothing;
  co_return nothing;
}

Task<Result<Outgoing<Nothing>>> Logger::Access(Incoming<AccessRequest> call) {
  const LogOrigin origin = OriginOf(call.from);
  const std::int64_t now = WallMillis();
  std::uint64_t dropped = call.message.dropped();
  for (const AccessRequest::Entry& entry : call.message.entries()) {
    access_.Append(AccessLine(now, origin, entry, std::exchange(dropped, 0)));
    ++lines_;
  }
  FlushAtEndOfTurn();
  Nothing nothing;
  co_return nothing;
}

Task<Result<Outgoing<RecentReply>>> Logger::Recent(Incoming<RecentRequest> call) {
  const AppendFile* file = nullptr;
  switch (call.message.which()) {
    case RecentRequest::WHICH_EVENTS:
      file = &events_;
      break;
    case RecentRequest::WHICH_SECURITY:
      file = &security_;
      break;
    case RecentRequest::WHICH_ACCESS:
      file = &access_;
      break;
    default:
      co_return Error::Of("no log {}", static_cast<int>(call.message.which()));
  }
  const std::vector<std::string> lines = file->Recent(call.message.lines());
  std::size_t first = lines.size();
  for (std::size_t bytes = 0; first > 0; --first) {
    bytes += lines[first - 1].size() + 8;
    if (bytes > kMaxReply) break;
  }
  RecentReply reply;
  for (std::size_t i = first; i < lines.size(); ++i) reply.add_lines(lines[i]);
  co_return reply;
}

void Logger::Drain(std::function<void()> done) {
  Flush();
  done();
}

void Logger::Reload(const Config& config) {
  rotate_bytes_ = config.log().rotate_bytes();
  lines_per_second_ = config.log().lines_per_second();
}

void Logger::NewFile(const std::string& name, Fd file) {
  for (AppendFile* known : files_) {
    if (known->name() != name) continue;
    known->Replace(std::move(file));
    asked_.erase(known);
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
  for (const auto& [key, value] : fields) {
    WriteRequest::Field* field = line.add_fields();
    field->set_key(std::string(key));
    field->set_value(std::string(value));
  }
  RoleBudgets& budgets = logger_.budgets_[ROLE_LOGGER];
  logger_.WriteEvent(LogOrigin{ROLE_LOGGER, 0, 0}, line, security ? budgets.security : budgets.events);
}

LogOrigin Logger::OriginOf(Caller caller) const {
  const auto pid = pids_.find({caller.role, caller.instance});
  return {caller.role, caller.instance, pid == pids_.end() ? 0 : pid->second};
}

void Logger::WriteEvent(const LogOrigin& origin, const WriteRequest& line, LineBudget& budget) {
  if (!budget.Take(MonotonicMicros(), lines_per_second_)) {
    ++dropped_;
    return;
  }
  const std::string text = EventLine(WallMillis(), origin, line, budget.TakeDropped());
  events_.Append(text);
  if (line.security()) security_.Append(text);
  stderr_.Append(text);
  ++lines_;
  FlushAtEndOfTurn();
}

void Logger::FlushAtEndOfTurn() {
  if (std::exchange(flush_due_, true)) return;
  site_.loop().AtEndOfTurn([this] {
    flush_due_ = false;
    Flush();
  });
}

// Writes what this turn gathered, and says what could not be written as soon as something can be.
void Logger::Flush() {
  for (AppendFile* file : files_) {
    const bool failing = file->failing();
    file->Flush();
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
  AskForNewFiles();
}

void Logger::AskForNewFiles() {
  bool ask = false;
  for (const AppendFile* file : files_) {
    if (rotate_bytes_ > 0 && file->size() >= rotate_bytes_) ask = asked_.insert(file).second || ask;
  }
  if (!ask) return;
  site_.Tell(StateByte::kRotate);
  ask_again_.Start(kAskAgain, [this] { asked_.clear(); });  // the master may not have managed
}

const RoleSpec kLoggerRole = {
    .role = ROLE_LOGGER,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<Logger>(site); },
};

}  // namespace zoobar
