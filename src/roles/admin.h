// Role:      admin, the control socket behind `zoobar ctl`.
// Called by: a person on the control socket, who must authenticate first. No role.
// Calls:     every role (Health), logger (Recent), auth (Unlock), bank (Verify), profile (Pause, Denials), sandbox
//            (Reset); single bytes to the master ask for reload and shutdown.
// Holds:     the listening control socket, the operator secret's argon2id hash.
// If compromised: what `ctl` can do: read the logs' recent lines, counters and process ids, see what programs were
//            denied, pause them and end their runs, unlock accounts, reload, shut down. No balance, profile or password
//            passes through it.
// Known limits: whoever may connect (root, or control_gid's members) may keep kMaxConnections busy until they run
//            out of patience with each.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "admin.pb.h"
#include "credentials/hashing.h"
#include "roles/admin/gate.h"
#include "site/role.h"

namespace zoobar {

class Admin : public RoleBody {
 public:
  explicit Admin(Site& site);

  // The secret is the frame's. One attempt per connection.
  Task<Result<Outgoing<AuthenticateReply>>> Authenticate(Incoming<AuthenticateRequest> call);
  // All roles side by side, each with Health's own deadline.
  Task<Result<Outgoing<StatusReply>>> Status(Incoming<StatusRequest> call);
  Task<Result<Outgoing<RecentReply>>> Log(Incoming<LogRequest> call);
  Task<Result<Outgoing<VerifyReply>>> VerifyBank(Incoming<VerifyBankRequest> call);
  Task<Result<Outgoing<PauseReply>>> PauseProfile(Incoming<PauseProfileRequest> call);
  Task<Result<Outgoing<DenialsReply>>> ProfileDenials(Incoming<ProfileDenialsRequest> call);
  Task<Result<Outgoing<ResetReply>>> ResetSandbox(Incoming<ResetSandboxRequest> call);
  Task<Result<Outgoing<UnlockReply>>> UnlockMember(Incoming<UnlockMemberRequest> call);
  Task<Result<Outgoing<ReloadReply>>> Reload(Incoming<ReloadRequest> call);
  Task<Result<Outgoing<ShutdownReply>>> Shutdown(Incoming<ShutdownRequest> call);

  // RoleBody
  void Drain(std::function<void()> done) override;
  void RosterChanged(const Roster& roster) override;
  using RoleBody::Reload;

 private:
  struct Asked;
  Task<void> Ask(std::shared_ptr<Asked> asked, std::shared_ptr<Channel> channel, int index);
  // One role's answer, passed on as it is.
  template <typename Reply, typename Request>
  Task<Result<Outgoing<Reply>>> Forward(Role role, Request request);
  Task<bool> Matches(std::shared_ptr<Bytes> secret);

  Site& site_;
  const std::int64_t started_ = MonotonicMicros();
  std::optional<PasswordHash> hash_;  // nothing: nobody is let in
  bool hashing_ = false;
  std::vector<std::shared_ptr<Promised<bool>>> waiting_to_hash_;
  Hasher hasher_;
  Roster roster_;
  AdminGate gate_;
};

extern const RoleSpec kAdminRole;

}  // namespace zoobar
