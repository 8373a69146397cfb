// Role:      logger, the one writer of the logs.
// Called by: every role (Write), dispatcher and app (Access), admin (Recent). It also reads every role's stderr.
// Calls:     nobody; one byte to the master asks for new files when one is full.
// Holds:     append-only descriptors of three files, the master's stderr, the read ends of the roles' stderr. No
// folder. If compromised: silence or lies from then on. Not the past: the files cannot be truncated, positioned or
// opened again
//            through what it holds, and its filter refuses the calls that could try.
// Known limits: lines a role had sent when logger died are lost, and Recent begins anew: it cannot read the files.
// Another writer of the same stderr pipe can make one
//            write to it wait, unless the master hands over a descriptor opened non-blocking.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>

#include "logger.pb.h"
#include "roles/logger_file.h"
#include "roles/logger_peers.h"
#include "roles/role.h"

namespace zoobar {

class Logger : public RoleBody {
 public:
  explicit Logger(Site& site);

  Task<Result<Outgoing<Nothing>>> Write(Incoming<WriteRequest> call);
  Task<Result<Outgoing<Nothing>>> Access(Incoming<AccessRequest> call);
  Task<Result<Outgoing<RecentReply>>> Recent(Incoming<RecentRequest> call);

  // RoleBody
  void Drain(std::function<void()> done) override;
  void Reload(const Config& config) override;
  void NewFile(const std::string& name, Fd file) override;
  void PeerWired(Role role, std::uint32_t instance, std::int32_t pid, Fd peer_stderr) override;
  void PeerLost(Role role, std::uint32_t instance) override;
  Log* OwnLog() override { return &own_; }

 private:
  // What the logger itself has to say, its channels included.
  class Own : public Log {
   public:
    explicit Own(Logger& logger) : logger_(logger) {}
    void Access(AccessRequest::Entry) override {}  // it serves no requests

   private:
    void Add(Level level, bool security, std::string_view event, LogFields fields) override;
    Logger& logger_;
  };

  LogOrigin OriginOf(Caller caller) const;
  void WriteEvent(const LogOrigin& origin, const WriteRequest& line, LineBudget& budget);
  void FlushAtEndOfTurn();
  void Flush();
  void AskForNewFiles();

  Site& site_;
  std::uint64_t rotate_bytes_;
  std::uint32_t lines_per_second_;
  AppendFile events_, security_, access_;
  const std::array<AppendFile*, 3> files_;
  SharedStderr stderr_;
  std::map<Role, RoleBudgets> budgets_;
  std::map<std::pair<Role, std::uint32_t>, std::int32_t> pids_;
  PeerOutputs outputs_;
  bool flush_due_ = false;
  Own own_{*this};
  std::set<const AppendFile*> asked_;  // full; a new one was asked for
  Timer ask_again_;
  std::int64_t lines_ = 0, dropped_ = 0;
};

extern const RoleSpec kLoggerRole;

}  // namespace zoobar
