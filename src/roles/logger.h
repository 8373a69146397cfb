// Role:      logger, the only writer of the logs.
// Called by: every role (Write), dispatcher, app and login (Access), bank (Money), admin (Recent, Record, SealedEnds),
//            course (Deeds). It also reads every role's stderr.
// Calls:     nobody. It sends the master one byte to ask for a new file when one is full or missing, and one when sealed
//            logs have grown.
// Holds:     append-only descriptors of seven files, the master's stderr, the read ends of the roles' stderr, the keys
//            of the next records of audit.log and money.log. No folder.
// If compromised: from then on the attacker can leave lines out or write false ones. Earlier lines are safe, because
//            logger holds only append-only descriptors, and its seccomp filter refuses the system calls that could
//            truncate, overwrite or reopen a file. Whoever also gets at the files can still not change the records of
//            audit.log and money.log that were written before, because logger has forgotten their keys.
// Shares:    each role has separate budgets for events, security lines, access lines, steps of traced requests and
//            stderr. The budget for
//            security lines is divided by kind and address (or member), the one for access lines by member or address.
//            Lines over a share are only counted, and one later line gives their number. Alarms (the table in
//            logger/kinds.h) have a file of their own that no flood fills. See docs/logs.md.
// Known limits: when logger dies, these are lost: lines that roles had sent and that were not written yet, the numbers
//            of counted lines that no line has given yet, the lines for Recent, and the counters. logger cannot read
//            its files. If another process writes to the same stderr pipe, it can make one of logger's writes block,
//            unless the master passes a descriptor that was opened non-blocking.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>

#include "logger.pb.h"
#include "roles/logger/deeds.h"
#include "roles/logger/file.h"
#include "roles/logger/peers.h"
#include "roles/logger/sealed.h"
#include "roles/logger/shares.h"
#include "site/counters.h"
#include "site/role.h"

namespace zoobar {

class Logger : public RoleBody {
 public:
  static constexpr Milliseconds kSummaryEvery{60000};
  // How many acts of one uid are recorded in an hour. Further acts are refused.
  static constexpr std::uint32_t kActsPerHour = 3000;
  // More money events than this in a second are counted and not written. It is far more than bank can commit.
  static constexpr std::uint32_t kMoneyPerSecond = 50000;

  // summary_every: how long logger counts the lines that it does not write, before one line gives their number.
  explicit Logger(Site& site, Milliseconds summary_every = kSummaryEvery);

  Task<Result<Outgoing<Nothing>>> Write(Incoming<WriteRequest> call);
  Task<Result<Outgoing<Nothing>>> Access(Incoming<AccessRequest> call);
  Task<Result<Outgoing<RecentReply>>> Recent(Incoming<RecentRequest> call);
  // The following four functions are in logger/records.cc.
  Task<Result<Outgoing<RecordReply>>> Record(Incoming<RecordRequest> call);
  Task<Result<Outgoing<Nothing>>> Money(Incoming<MoneyRequest> call);
  Task<Result<Outgoing<SealedEndsReply>>> SealedEnds(Incoming<AskSealedEnds> call);
  Task<Result<Outgoing<DeedsReply>>> Deeds(Incoming<DeedsRequest> call);

  // The following functions implement RoleBody.
  void Drain(std::function<void()> done) override;
  void Reload(const Config& config) override;
  void NewFile(const std::string& name, Fd file) override;
  void PeerWired(Role role, std::uint32_t instance, std::int32_t pid, Fd peer_stderr) override;
  void PeerLost(Role role, std::uint32_t instance) override;
  Log* OwnLog() override { return &own_; }

 private:
  // The log of logger itself: takes logger's own lines, for example those about its channels.
  class Own : public Log {
   public:
    explicit Own(Logger& logger) : logger_(logger) {}
    void Access(AccessRequest::Entry) override {}  // logger serves no HTTP requests

   private:
    void Add(Level level, bool security, std::string_view event, LogFields fields) override;
    Logger& logger_;
  };

  enum LineKind { kEvents, kSecurity, kAccess, kOutput, kTrace, kLineKinds };
  // How much one role may write. Each kind of line has a budget of its own.
  struct Writer {
    explicit Writer(LineShares::Limits limits) : access(limits) {}
    LineBudget events, security, output, trace;
    // The budgets of single events, by event name. Each is at most half of the budget `events`, so that one event
    // cannot use up the room of the others.
    std::map<std::string, LineBudget> events_of_kind;
    LineShares access;
    std::uint64_t access_dropped = 0;  // dropped access lines, whose number the next access line gives
    std::array<std::int64_t, kLineKinds> dropped{};
  };

  LogOrigin OriginOf(Caller caller) const;
  Writer& WriterOf(Role role);
  LineShares::Limits AccessLimits() const;
  void NoteDropped(Role role, LineKind kind, std::uint64_t lines);
  void WriteLine(const LogOrigin& origin, WriteRequest line);
  // Returns whether one more event with this name may be written now. If not, counts the event as dropped. It must not
  // be a security event.
  bool TakeEvent(Role role, const std::string& event);
  void WriteEvent(const LogOrigin& origin, const WriteRequest& line, LineKind kind);
  void WriteTrace(const LogOrigin& origin, const WriteRequest& line);
  void WriteSecurity(const LogOrigin& origin, const SecurityKind* kind, const WriteRequest& line);
  void NoteAlarm(const SecurityKind& kind);
  void ExpectSummary();
  void WriteSummaries(bool all);
  void WriteSummary(const WriteRequest& about, const LineShares::Summary& summary, std::string_view subject,
                    const std::vector<AppendFile*>& files);
  void FlushAtEndOfTurn();
  void Flush();
  void AskForNewFiles();
  // Tells the master, at most once a second, that the sealed logs have grown.
  void TellSealed();
  SealedLog* SealedOf(const AppendFile* file);  // nullptr: the lines of this file are not sealed
  const AppendFile* FileOf(RecentRequest::Which which) const;
  void AddMoney(const LogOrigin& origin, const MoneyRequest::Entry& entry);

  Site& site_;
  const Milliseconds summary_every_;
  Config::Log limits_;
  AppendFile events_, security_, access_, alarms_, trace_;
  AppendFile programs_;  // has no file: the lines are also in security_
  std::vector<SealStart> seals_;
  SealedLog audit_, money_;
  const std::array<AppendFile*, 7> files_;
  SharedStderr stderr_;
  std::map<Role, Writer> writers_;
  SecurityShares shares_;
  std::map<std::pair<Role, std::uint32_t>, std::int32_t> pids_;
  PeerOutputs outputs_;
  bool flush_due_ = false;
  Own own_{*this};
  std::set<const AppendFile*> asked_;  // full or missing files for which logger has requested a new one
  Timer ask_again_, write_again_, summary_, note_again_;
  bool summary_due_ = false;
  std::uint64_t records_told_ = 0;  // the number of sealed records when the master was told last
  bool telling_ = false;            // the master was told less than a second ago
  LineShares acts_{{2 * kActsPerHour, kActsPerHour, 3'600'000'000}};
  std::uint64_t acts_begun_ = 0;  // recorded acts whose end is not recorded
  LineBudget money_budget_;
  zoobar::Deeds deeds_;  // what was recognised of the tasks of a course
  std::int64_t lines_ = 0, dropped_ = 0, repeats_ = 0;
  std::map<const SecurityKind*, std::int64_t> alarms_of_kind_;
  std::int64_t alarms_raised_ = 0, last_alarm_ms_;
  // The loop may still hold a callback after the Logger has been destroyed. The callback has a weak pointer to here_,
  // by which it finds out whether the Logger still exists.
  std::shared_ptr<bool> here_ = std::make_shared<bool>(true);
};

extern const RoleSpec kLoggerRole;

}  // namespace zoobar
