// The methods of Admin that change something: the operator's acts. Each public function says what the act is, and
// Recorded records it before it calls the private function that carries it out.
#include "bank.pb.h"
#include "ipc/try.h"
#include "profile.pb.h"
#include "roles/admin.h"
#include "roles/admin/acts.h"
#include "roles/admin/certificates.h"
#include "sandbox.pb.h"
#include "site/operator_act.h"

namespace zoobar {
namespace {

std::string FirstName(const CertificateReport& certificate) {
  return certificate.names_size() > 0 ? certificate.names(0) : "";
}

// Returns the name of the method that has this request, without the service: "PauseProfile".
template <typename Request>
std::string NameOf() {
  const std::string name = MethodForRequest<Request>().name();
  return name.substr(name.find('.') + 1);
}

}  // namespace

template <typename Reply, typename Request>
Task<Result<Outgoing<Reply>>> Admin::Recorded(RecordRequest act, Incoming<Request> call,
                                              Carry<Reply, Request> carry_out) {
  if (!connections_.Admitted(call.from, NameOf<Request>())) co_return kNotAdmitted;
  CO_TRY(const std::string id, acts_.Begin(act));
  auto carrying = (this->*carry_out)(std::move(call));
  Result<Outgoing<Reply>> reply = co_await carrying;
  acts_.End(std::move(act), id, reply.ok() ? HowItEnded(reply->message) : "failed: " + reply.error().text);
  co_return reply;
}

Task<Result<Outgoing<PauseReply>>> Admin::PauseProfile(Incoming<PauseProfileRequest> call) {
  const PauseRequest& pause = call.message.pause();
  RecordRequest act = ActRecords::Act(pause.pause() ? "profile-pause" : "profile-resume", UidOf(call));
  ActRecords::Add(act, "member", pause.name());
  return Recorded<PauseReply>(std::move(act), std::move(call), &Admin::CarryOutPause);
}

Task<Result<Outgoing<PauseReply>>> Admin::CarryOutPause(Incoming<PauseProfileRequest> call) {
  const PauseRequest& pause = call.message.pause();
  site_.log().Info(pause.pause() ? "control-pause" : "control-resume", {{"uid", UidOf(call)}, {"owner", pause.name()}});
  auto paused = Forward<PauseReply>(ROLE_PROFILE, pause);
  co_return co_await paused;
}

Task<Result<Outgoing<ResetReply>>> Admin::ResetSandbox(Incoming<ResetSandboxRequest> call) {
  RecordRequest act = ActRecords::Act("reset-sandbox", UidOf(call));
  return Recorded<ResetReply>(std::move(act), std::move(call), &Admin::CarryOutReset);
}

Task<Result<Outgoing<ResetReply>>> Admin::CarryOutReset(Incoming<ResetSandboxRequest> call) {
  site_.log().Info("control-reset-sandbox", {{"uid", UidOf(call)}});
  auto reset = Forward<ResetReply>(ROLE_SANDBOX, ResetRequest());
  co_return co_await reset;
}

// The body is read for the record, for the log, and to find the role. The role checks the signature.
Task<Result<Outgoing<SealedAnswer>>> Admin::Operate(Incoming<OperateRequest> call) {
  OperatorAct body;
  const bool readable = body.ParseFromString(call.message.act().body());
  RecordRequest act = ActRecords::Act(readable ? ActName(body) : "malformed", UidOf(call));
  ActRecords::Add(act, "role", RoleName(body.audience()));
  ActRecords::Add(act, "about", AboutWhom(body));
  if (const std::string reason = ReasonOf(body); !reason.empty()) ActRecords::Add(act, "reason", reason);
  return Recorded<SealedAnswer>(std::move(act), std::move(call), &Admin::CarryOutOperate);
}

Task<Result<Outgoing<SealedAnswer>>> Admin::CarryOutOperate(Incoming<OperateRequest> call) {
  OperatorAct act;
  if (!act.ParseFromString(call.message.act().body())) co_return RefuseAct(Error{"the act is malformed"});
  site_.log().Info(
      "control-act",
      {{"uid", UidOf(call)}, {"role", RoleName(act.audience())}, {"act", ActName(act)}, {"about", AboutWhom(act)}});
  const std::int64_t deadline = call.deadline;
  switch (act.audience()) {
    case ROLE_AUTH: {
      auto answer = PassOn<OperateAuthRequest>(ROLE_AUTH, std::move(*call.message.mutable_act()), deadline);
      co_return co_await answer;
    }
    case ROLE_BANK: {
      auto answer = PassOn<OperateBankRequest>(ROLE_BANK, std::move(*call.message.mutable_act()), deadline);
      co_return co_await answer;
    }
    case ROLE_PROFILE: {
      auto answer = PassOn<OperateProfileRequest>(ROLE_PROFILE, std::move(*call.message.mutable_act()), deadline);
      co_return co_await answer;
    }
    default:
      co_return RefuseAct(Error{"the act is for a role that carries out no acts"});
  }
}

template <typename Request>
Task<Result<Outgoing<SealedAnswer>>> Admin::PassOn(Role role, SignedAct act, std::int64_t deadline) {
  Request request;
  *request.mutable_act() = std::move(act);
  CO_TRY(Incoming<SealedAnswer> answer,
         site_.peer(role).Call<SealedAnswer>(std::move(request), Bytes(), std::vector<Fd>(), deadline));
  co_return std::move(answer.message);
}

Task<Result<Outgoing<InstallCertificateReply>>> Admin::InstallCertificate(Incoming<InstallCertificateRequest> call) {
  RecordRequest act = ActRecords::Act("certificate-install", UidOf(call));
  unsigned char hash[32];
  const std::string& chain = call.message.install().chain();
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(chain.data()), chain.size(), nullptr, 0);
  ActRecords::Add(act, "chain_blake2b", ToHex({reinterpret_cast<const char*>(hash), sizeof hash}));
  return Recorded<InstallCertificateReply>(std::move(act), std::move(call), &Admin::CarryOutInstall);
}

Task<Result<Outgoing<InstallCertificateReply>>> Admin::CarryOutInstall(Incoming<InstallCertificateRequest> call) {
  CO_TRY(const Incoming<InstallReply> installed,
         site_.peer(ROLE_KEYS).Call<InstallReply>(call.message.install(), std::move(call.secret)));
  InstallCertificateReply reply;
  reply.set_refused(AsAscii(installed.message.refused()));
  const bool refused = !reply.refused().empty();
  if (!refused) *reply.mutable_installed() = ReportOf(installed.message.installed(), WallMillis() / 1000);
  reply.set_replaced(installed.message.replaced());
  site_.log().Info(
      refused ? "control-certificate-refused" : "control-certificate",
      {{"uid", UidOf(call)}, {refused ? "why" : "name", refused ? reply.refused() : FirstName(reply.installed())}});
  co_return reply;
}

// The whole backup is one act: ctl releases the stores a moment later, and reads what it needs from its snapshots.
Task<Result<Outgoing<HoldStoresReply>>> Admin::HoldStores(Incoming<HoldStoresRequest> call) {
  RecordRequest act = ActRecords::Act("backup", UidOf(call));
  return Recorded<HoldStoresReply>(std::move(act), std::move(call), &Admin::CarryOutHold);
}

Task<Result<Outgoing<HoldStoresReply>>> Admin::CarryOutHold(Incoming<HoldStoresRequest> call) {
  // While the act was recorded, the connection may have ended. Nobody would release the stores then.
  if (!connections_.IsOpen(call.from)) co_return kNotAdmitted;
  site_.log().Info("control-backup", {{"uid", UidOf(call)}});
  CO_TRY(HoldStoresReply held, holds_.Hold(roster_, call.from));
  co_return held;
}

Task<Result<Outgoing<ReloadReply>>> Admin::Reload(Incoming<ReloadRequest> call) {
  RecordRequest act = ActRecords::Act("reload", UidOf(call));
  return Recorded<ReloadReply>(std::move(act), std::move(call), &Admin::CarryOutReload);
}

Task<Result<Outgoing<ReloadReply>>> Admin::CarryOutReload(Incoming<ReloadRequest> call) {
  site_.log().Info("control-reload", {{"uid", UidOf(call)}});
  const auto waiter = std::make_shared<Promised<zoobar::ReloadEnded>>();
  reloads_.push_back(waiter);
  site_.Tell(StateByte::kReload);
  Promised<zoobar::ReloadEnded>& answer = *waiter;
  const zoobar::ReloadEnded ended = co_await answer;
  ReloadReply reply;
  reply.set_refused(AsAscii(ended.refused()));
  reply.set_needs_restart(ended.needs_restart());
  co_return reply;
}

Task<Result<Outgoing<RestartRoleReply>>> Admin::RestartRole(Incoming<RestartRoleRequest> call) {
  RecordRequest act = ActRecords::Act("role-restart", UidOf(call));
  ActRecords::Add(act, "role", RoleName(call.message.role()));
  ActRecords::Add(act, "instance", std::to_string(call.message.instance()));
  return Recorded<RestartRoleReply>(std::move(act), std::move(call), &Admin::CarryOutRestart);
}

Task<Result<Outgoing<UpgradeReply>>> Admin::Upgrade(Incoming<UpgradeRequest> call) {
  RecordRequest act = ActRecords::Act(call.message.back() ? "upgrade-back" : "upgrade", UidOf(call));
  return Recorded<UpgradeReply>(std::move(act), std::move(call), &Admin::CarryOutUpgrade);
}

Task<Result<Outgoing<DrainReply>>> Admin::DrainSite(Incoming<DrainRequest> call) {
  RecordRequest act = ActRecords::Act(call.message.off() ? "drain-off" : "drain", UidOf(call));
  return Recorded<DrainReply>(std::move(act), std::move(call), &Admin::CarryOutDrain);
}

Task<Result<Outgoing<ShutdownReply>>> Admin::Shutdown(Incoming<ShutdownRequest> call) {
  RecordRequest act = ActRecords::Act("shutdown", UidOf(call));
  return Recorded<ShutdownReply>(std::move(act), std::move(call), &Admin::CarryOutShutdown);
}

Task<Result<Outgoing<ShutdownReply>>> Admin::CarryOutShutdown(Incoming<ShutdownRequest> call) {
  site_.log().Info("control-shutdown", {{"uid", UidOf(call)}});
  site_.Tell(StateByte::kShutdown);
  ShutdownReply reply;
  co_return reply;
}

}  // namespace zoobar
