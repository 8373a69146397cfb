// Role:      admin. It serves the control socket, to which `zoobar ctl` connects.
// Called by: a person on the control socket, who must authenticate first; console (OpenConsole, ShowConsole,
//            CloseConsole), for a person who has signed in with the operator secret.
// Calls:     every role (Health: Report, HoldStore, ReleaseStore), logger (Recent, Record, SealedEnds), auth, bank and
//            profile (Operate), bank (Verify, TreeHead), notary (Checkpoint), profile (Pause, Denials, Describe), sandbox
//            (Reset), keys (Certificates, Install); one or two bytes to the master ask for a reload, for the restart of a
//            role, for draining and for shutdown.
// Holds:     the listening control socket, the operator secret's argon2id hash.
// If compromised: the attacker can do what `ctl` can do: read recent log lines, counters, process ids and the
//            configuration, see what programs were denied, pause them and end their runs, install a certificate, stop
//            all commits for a tenth of the time, restart each role every ten seconds (the master allows no more, and a
//            call in flight still has drain_seconds), let the site take no connections, reload, shut down. It cannot
//            act on accounts: these acts are signed with a key that admin does not have, and their answers are sealed
//            (site/operator_act.h). It can withhold them, or within a minute send one a second time to a role that was
//            restarted. A private key passes through admin while the operator installs it, and is wiped then. keys
//            gives none back. No balance, profile or password passes through admin, and no backup. The attacker need
//            not have such acts recorded, and can have acts recorded that nobody has done.
// Known limits: a person who may open the control socket (root, or a member of control_gid) can occupy all
//            kMaxConnections connections without authenticating. Each is closed after ControlConnections::kPatience.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "admin.pb.h"
#include "credentials/hashing.h"
#include "keys.pb.h"
#include "roles/admin/act_records.h"
#include "roles/admin/connections.h"
#include "roles/admin/console_sessions.h"
#include "roles/admin/holds.h"
#include "site/role.h"

namespace zoobar {

class Admin : public RoleBody {
 public:
  explicit Admin(Site& site);

  // Checks the operator's secret, which is in the secret part of the frame. Each connection has only one attempt.
  Task<Result<Outgoing<AuthenticateReply>>> Authenticate(Incoming<AuthenticateRequest> call);
  // Asks all roles for their reports at the same time. Each of these calls has the deadline of the service Health.
  Task<Result<Outgoing<StatusReply>>> Status(Incoming<StatusRequest> call);
  Task<Result<Outgoing<ConfigurationReply>>> Configuration(Incoming<ConfigurationRequest> call);
  Task<Result<Outgoing<RecentReply>>> Log(Incoming<LogRequest> call);
  Task<Result<Outgoing<SealedEndsReply>>> SealedEnds(Incoming<SealedEndsRequest> call);
  Task<Result<Outgoing<VerifyReply>>> VerifyBank(Incoming<VerifyBankRequest> call);
  Task<Result<Outgoing<DenialsReply>>> ProfileDenials(Incoming<ProfileDenialsRequest> call);
  Task<Result<Outgoing<DescribeReply>>> ShowProfile(Incoming<ShowProfileRequest> call);
  Task<Result<Outgoing<ListCertificatesReply>>> ListCertificates(Incoming<ListCertificatesRequest> call);
  Task<Result<Outgoing<ReleaseStoresReply>>> ReleaseStores(Incoming<ReleaseStoresRequest> call);
  Task<Result<Outgoing<CheckpointReply>>> JournalHead(Incoming<JournalHeadRequest> call);
  Task<Result<Outgoing<TreeHeadReply>>> JournalProof(Incoming<JournalProofRequest> call);

  // The following functions change something, and are in admin/recorded.cc. The act is recorded first; if it cannot be,
  // nothing happens.
  Task<Result<Outgoing<PauseReply>>> PauseProfile(Incoming<PauseProfileRequest> call);
  Task<Result<Outgoing<ResetReply>>> ResetSandbox(Incoming<ResetSandboxRequest> call);
  // Passes an act that the operator has signed on to its role. admin can neither change it nor read the answer.
  Task<Result<Outgoing<SealedAnswer>>> Operate(Incoming<OperateRequest> call);
  Task<Result<Outgoing<InstallCertificateReply>>> InstallCertificate(Incoming<InstallCertificateRequest> call);
  // The site's part of `zoobar ctl backup`. ctl reads the stores itself, because it runs as root; admin never sees them.
  Task<Result<Outgoing<HoldStoresReply>>> HoldStores(Incoming<HoldStoresRequest> call);
  Task<Result<Outgoing<ReloadReply>>> Reload(Incoming<ReloadRequest> call);
  Task<Result<Outgoing<RestartRoleReply>>> RestartRole(Incoming<RestartRoleRequest> call);
  Task<Result<Outgoing<UpgradeReply>>> Upgrade(Incoming<UpgradeRequest> call);
  Task<Result<Outgoing<DrainReply>>> DrainSite(Incoming<DrainRequest> call);
  Task<Result<Outgoing<ShutdownReply>>> Shutdown(Incoming<ShutdownRequest> call);

  // The following functions are for console, and are in admin/console.cc.
  Task<Result<Outgoing<OpenConsoleReply>>> OpenConsole(Incoming<OpenConsoleRequest> call);
  Task<Result<Outgoing<ShowConsoleReply>>> ShowConsole(Incoming<ShowConsoleRequest> call);
  Task<Result<Outgoing<CloseConsoleReply>>> CloseConsole(Incoming<CloseConsoleRequest> call);

  // The following functions implement RoleBody.
  void Drain(std::function<void()> done) override;
  void RosterChanged(const Roster& roster) override;
  void ReloadEnded(const zoobar::ReloadEnded& ended) override;
  void RestartEnded(const zoobar::RestartEnded& ended) override;
  void ProgramTaken(const zoobar::ProgramTaken& taken) override;
  using RoleBody::Reload;

 private:
  inline static const Error kNotAdmitted{"not authenticated"};
  static constexpr Milliseconds kRefusalDelay{1000};  // after a wrong secret
  template <typename Reply, typename Request>
  using Carry = Task<Result<Outgoing<Reply>>> (Admin::*)(Incoming<Request>);

  // Records the act, carries it out, and records how it ended. It is not carried out if the connection has not
  // authenticated, or if the act cannot be recorded.
  template <typename Reply, typename Request>
  Task<Result<Outgoing<Reply>>> Recorded(RecordRequest act, Incoming<Request> call, Carry<Reply, Request> carry_out);
  Task<Result<Outgoing<PauseReply>>> CarryOutPause(Incoming<PauseProfileRequest> call);
  Task<Result<Outgoing<ResetReply>>> CarryOutReset(Incoming<ResetSandboxRequest> call);
  Task<Result<Outgoing<SealedAnswer>>> CarryOutOperate(Incoming<OperateRequest> call);
  Task<Result<Outgoing<InstallCertificateReply>>> CarryOutInstall(Incoming<InstallCertificateRequest> call);
  Task<Result<Outgoing<HoldStoresReply>>> CarryOutHold(Incoming<HoldStoresRequest> call);
  Task<Result<Outgoing<ReloadReply>>> CarryOutReload(Incoming<ReloadRequest> call);
  Task<Result<Outgoing<RestartRoleReply>>> CarryOutRestart(Incoming<RestartRoleRequest> call);
  Task<Result<Outgoing<UpgradeReply>>> CarryOutUpgrade(Incoming<UpgradeRequest> call);
  Task<Result<Outgoing<DrainReply>>> CarryOutDrain(Incoming<DrainRequest> call);
  Task<Result<Outgoing<ShutdownReply>>> CarryOutShutdown(Incoming<ShutdownRequest> call);
  template <typename Request>
  std::string UidOf(const Incoming<Request>& call) const {
    return connections_.UidOf(call.from);
  }

  struct StatusRound;
  Task<void> AskForReport(std::shared_ptr<StatusRound> round, std::shared_ptr<Channel> channel, int index);
  Task<void> AskForCertificates(std::shared_ptr<StatusRound> round);
  struct ConsoleRound;
  Task<void> AskForLines(std::shared_ptr<ConsoleRound> round, RecentRequest request);
  Task<void> AskForCertificates(std::shared_ptr<ConsoleRound> round);
  // Asks keys. Waits until the deadline (MonotonicMicros), or as long as Health.Report waits.
  Task<Result<google::protobuf::RepeatedPtrField<CertificateReport>>> CertificateReports(std::int64_t deadline = 0);
  // Sends the request to the role, and returns the role's reply unchanged.
  template <typename Reply, typename Request>
  Task<Result<Outgoing<Reply>>> Forward(Role role, Request request) {
    CO_TRY(Incoming<Reply> reply, site_.peer(role).Call<Reply>(std::move(request)));
    co_return std::move(reply.message);
  }
  // Sends a signed act to the role.
  template <typename Request>
  Task<Result<Outgoing<SealedAnswer>>> PassOn(Role role, SignedAct act, std::int64_t deadline);
  Task<Result<bool>> Matches(std::shared_ptr<Bytes> secret);

  Site& site_;
  const std::int64_t started_ = MonotonicMicros();
  std::optional<PasswordHash> hash_;  // the hash of the operator's secret; if it is not set, nobody can authenticate
  bool hashing_ = false;
  std::vector<std::shared_ptr<Promised<bool>>> waiting_to_hash_;
  Hasher hasher_;
  Roster roster_;
  std::vector<std::shared_ptr<Promised<zoobar::ReloadEnded>>> reloads_;  // calls that wait for the master's answer
  std::vector<std::shared_ptr<Promised<zoobar::ProgramTaken>>> upgrades_;
  struct PendingRestart {
    std::shared_ptr<Promised<zoobar::RestartEnded>> waiter;
    std::int64_t deadline = 0;  // when its caller stops waiting, in MonotonicMicros
  };
  std::map<std::uint32_t, PendingRestart> restarts_;  // calls that wait for the master's answer, by slot
  ControlConnections connections_;
  bool checking_for_console_ = false;
  ConsoleSessions console_sessions_;
  StoreHolds holds_;
  ActRecords acts_;
};

extern const RoleSpec kAdminRole;

}  // namespace zoobar
