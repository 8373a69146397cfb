// The methods of Admin that change something: the operator's acts. Each public function says what the act is, and
// Recorded records it before it calls the private function that carries it out.
#include "bank.pb.h"
#include "ipc/try.h"
#include "profile.pb.h"
#include "roles/admin.h"
#include "roles/admin/certificates.h"
#include "sandbox.pb.h"

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
  RecordRequest act = OperatorActs::Act(pause.pause() ? "profile-pause" : "profile-resume", UidOf(call));
  OperatorActs::Add(act, "member", pause.name());
  return Recorded<PauseReply>(std::move(act), std::move(call), &Admin::CarryOutPause);
}

Task<Result<Outgoing<PauseReply>>> Admin::CarryOutPause(Incoming<PauseProfileRequest> call) {
  const PauseRequest& pause = call.message.pause();
  site_.log().Info(pause.pause() ? "control-pause" : "control-resume", {{"uid", UidOf(call)}, {"owner", pause.name()}});
  auto paused = Forward<PauseReply>(ROLE_PROFILE, pause);
  co_return co_await paused;
}

Task<Result<Outgoing<ResetReply>>> Admin::ResetSandbox(Incoming<ResetSandboxRequest> call) {
  RecordRequest act = OperatorActs::Act("reset-sandbox", UidOf(call));
  return Recorded<ResetReply>(std::move(act), std::move(call), &Admin::CarryOutReset);
}

Task<Result<Outgoing<ResetReply>>> Admin::CarryOutReset(Incoming<ResetSandboxRequest> call) {
  site_.log().Info("control-reset-sandbox", {{"uid", UidOf(call)}});
  auto reset = Forward<ResetReply>(ROLE_SANDBOX, ResetRequest());
  co_return co_await reset;
}

Task<Result<Outgoing<UnlockReply>>> Admin::UnlockMember(Incoming<UnlockMemberRequest> call) {
  RecordRequest act = OperatorActs::Act("member-unlock", UidOf(call));
  OperatorActs::Add(act, "member", call.message.unlock().name());
  return Recorded<UnlockReply>(std::move(act), std::move(call), &Admin::CarryOutUnlock);
}

Task<Result<Outgoing<UnlockReply>>> Admin::CarryOutUnlock(Incoming<UnlockMemberRequest> call) {
  site_.log().Info("control-unlock", {{"uid", UidOf(call)}, {"name", call.message.unlock().name()}});
  auto unlocked = Forward<UnlockReply>(ROLE_AUTH, call.message.unlock());
  co_return co_await unlocked;
}

Task<Result<Outgoing<InstallCertificateReply>>> Admin::InstallCertificate(Incoming<InstallCertificateRequest> call) {
  RecordRequest act = OperatorActs::Act("certificate-install", UidOf(call));
  unsigned char hash[32];
  const std::string& chain = call.message.install().chain();
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(chain.data()), chain.size(), nullptr, 0);
  OperatorActs::Add(act, "chain_blake2b", ToHex({reinterpret_cast<const char*>(hash), sizeof hash}));
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
  RecordRequest act = OperatorActs::Act("backup", UidOf(call));
  return Recorded<HoldStoresReply>(std::move(act), std::move(call), &Admin::CarryOutHold);
}

Task<Result<Outgoing<HoldStoresReply>>> Admin::CarryOutHold(Incoming<HoldStoresRequest> call) {
  site_.log().Info("control-backup", {{"uid", UidOf(call)}});
  CO_TRY(HoldStoresReply held, holds_.Hold(roster_, call.from));
  co_return held;
}

Task<Result<Outgoing<ReloadReply>>> Admin::Reload(Incoming<ReloadRequest> call) {
  RecordRequest act = OperatorActs::Act("reload", UidOf(call));
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

Task<Result<Outgoing<ShutdownReply>>> Admin::Shutdown(Incoming<ShutdownRequest> call) {
  RecordRequest act = OperatorActs::Act("shutdown", UidOf(call));
  return Recorded<ShutdownReply>(std::move(act), std::move(call), &Admin::CarryOutShutdown);
}

Task<Result<Outgoing<ShutdownReply>>> Admin::CarryOutShutdown(Incoming<ShutdownRequest> call) {
  site_.log().Info("control-shutdown", {{"uid", UidOf(call)}});
  site_.Tell(StateByte::kShutdown);
  ShutdownReply reply;
  co_return reply;
}

}  // namespace zoobar
