#include "roles/admin.h"

#include "bank.pb.h"
#include "health.pb.h"
#include "ipc/try.h"
#include "logger.pb.h"
#include "profile.pb.h"
#include "roles/admin/certificates.h"
#include "roles/admin/round.h"
#include "sandbox.pb.h"

namespace zoobar {
namespace {

constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read calls and answer them"},
    {Calls::kAccept, "to accept connections on the control socket, and to see the uid at the other end"},
    {Calls::kThreads, "to hash the operator's secret in a thread of its own"},
};
constexpr Privileges kPrivileges = {.folders = {}, .calls = kCalls, .limits = {.open_files = 128, .processes = 8}};

constexpr std::size_t kMaxSecret = 4096;
constexpr std::uint32_t kMaxLines = 1000;
constexpr Milliseconds kReportPatience{1000};  // for the answer of one role in `ctl status`

}  // namespace

Admin::Admin(Site& site)
    : site_(site), connections_(site, [this](Caller caller) { holds_.Ended(caller); }), holds_(site), acts_(site) {
  site.service().Handle(&Admin::Authenticate, this);
  site.service().Handle(&Admin::Status, this);
  site.service().Handle(&Admin::Configuration, this);
  site.service().Handle(&Admin::Log, this);
  site.service().Handle(&Admin::SealedEnds, this);
  site.service().Handle(&Admin::VerifyBank, this);
  site.service().Handle(&Admin::PauseProfile, this);
  site.service().Handle(&Admin::ProfileDenials, this);
  site.service().Handle(&Admin::ShowProfile, this);
  site.service().Handle(&Admin::ResetSandbox, this);
  site.service().Handle(&Admin::Operate, this);
  site.service().Handle(&Admin::ListCertificates, this);
  site.service().Handle(&Admin::InstallCertificate, this);
  site.service().Handle(&Admin::HoldStores, this);
  site.service().Handle(&Admin::ReleaseStores, this);
  site.service().Handle(&Admin::JournalHead, this);
  site.service().Handle(&Admin::JournalProof, this);
  site.service().Handle(&Admin::Reload, this);
  site.service().Handle(&Admin::RestartRole, this);
  site.service().Handle(&Admin::Upgrade, this);
  site.service().Handle(&Admin::DrainSite, this);
  site.service().Handle(&Admin::Shutdown, this);
  site.service().Handle(&Admin::OpenConsole, this);
  site.service().Handle(&Admin::ShowConsole, this);
  site.service().Handle(&Admin::CloseConsole, this);
  site.Count("console.sessions", [this] { return static_cast<std::int64_t>(console_sessions_.count()); });
  site.Count("connections", [this] { return static_cast<std::int64_t>(connections_.count()); });
  Result<PasswordHash> hash = FromPhc(site.operator_hash());
  Fd listener = site.TakePassed("control-listener");
  if (!hash.ok() || hash->tag.empty() || !listener) {
    const std::string why = hash.ok() ? "the secret's hash or the listening socket is missing" : hash.error().text;
    site.log().Failure("no-control-socket", {{"why", why}});
    return;
  }
  hash_ = std::move(*hash);
  connections_.Open(std::move(listener));
}

Task<Result<Outgoing<AuthenticateReply>>> Admin::Authenticate(Incoming<AuthenticateRequest> call) {
  if (!connections_.BeginAuthentication(call.from)) co_return kNotAdmitted;
  auto matches = Matches(std::make_shared<Bytes>(std::move(call.secret)));
  const Result<bool> right = co_await matches;
  if (!right.ok()) {
    site_.log().Failure("control-not-checked", {{"uid", connections_.UidOf(call.from)}, {"why", right.error().text}});
    connections_.Refuse(call.from);
    co_return right.error();
  }
  AuthenticateReply reply;
  reply.set_accepted(*right);
  if (*right) {
    if (!connections_.Admit(call.from, call.message.uid())) co_return kNotAdmitted;
    site_.log().Info("control-opened", {{"uid", connections_.UidOf(call.from)}});
    co_return reply;
  }
  site_.log().Security("control-refused", {{"uid", connections_.UidOf(call.from)}, {"why", "wrong secret"}});
  auto delay = Sleep(site_.loop(), kRefusalDelay);
  co_await delay;
  connections_.Refuse(call.from);
  co_return reply;
}

// Returns whether the secret is right, or an Error if that cannot be told, for example without memory. Computes only one
// hash at a time, so that many connections do not use more memory and processors than one connection.
Task<Result<bool>> Admin::Matches(std::shared_ptr<Bytes> secret) {
  if (!hash_ || secret->empty() || secret->size() > kMaxSecret) co_return false;
  while (hashing_) {
    const auto waiter = std::make_shared<Promised<bool>>();
    waiting_to_hash_.push_back(waiter);
    Promised<bool>& free = *waiter;
    co_await free;
  }
  hashing_ = true;
  Result<bool> same = false;
  PoolWork hashing(site_.loop(), [this, secret, &same] {
    const Result<Bytes> tag = hasher_.Tag(View(*secret), hash_->parameters, hash_->salt);
    same = tag.ok() ? Result<bool>(SameTag(View(*tag), hash_->tag)) : Result<bool>(tag.error());
  });
  co_await hashing;
  hashing_ = false;
  for (const auto& waiter : std::exchange(waiting_to_hash_, {})) waiter->Set(true);
  co_return same;
}

// The state of one Status call. It collects the reports of all roles as they arrive.
struct Admin::StatusRound : Round {
  StatusReply reply;
};

Task<void> Admin::AskForReport(std::shared_ptr<StatusRound> round, std::shared_ptr<Channel> channel, int index) {
  ReportRequest request;
  auto reply = channel->Call<ReportReply>(request);
  Result<Incoming<ReportReply>> report = co_await reply;
  if (report.ok()) {
    StatusReply::Member& member = *round->reply.mutable_roles(index);
    member.set_answers(true);
    *member.mutable_report() = std::move(report->message);
  }
  round->End();
}

Task<Result<google::protobuf::RepeatedPtrField<CertificateReport>>> Admin::CertificateReports(std::int64_t deadline) {
  // As long as Health.Report waits: a role that hangs must not hide the others.
  if (deadline == 0) deadline = MonotonicMicros() + std::chrono::microseconds(kReportPatience).count();
  CertificatesRequest request;
  CO_TRY(const Incoming<CertificatesReply> reply,
         site_.peer(ROLE_KEYS).Call<CertificatesReply>(request, Bytes(), std::vector<Fd>(), deadline));
  google::protobuf::RepeatedPtrField<CertificateReport> reports;
  for (const Certificate& each : reply.message.certificates()) *reports.Add() = ReportOf(each, WallMillis() / 1000);
  co_return reports;
}

Task<void> Admin::AskForCertificates(std::shared_ptr<StatusRound> round) {
  auto asked = CertificateReports();
  auto reports = co_await asked;
  round->reply.set_knows_certificates(reports.ok());
  if (reports.ok()) *round->reply.mutable_certificates() = std::move(*reports);
  round->End();
}

Task<Result<Outgoing<StatusReply>>> Admin::Status(Incoming<StatusRequest> call) {
  if (!connections_.Admitted(call.from, "Status")) co_return kNotAdmitted;
  const auto round = std::make_shared<StatusRound>();
  round->reply.set_version(site_.version());
  round->reply.set_draining(roster_.draining());
  round->reply.set_program(roster_.program());
  for (const Roster::Entry& entry : roster_.entries()) {
    StatusReply::Member& member = *round->reply.add_roles();
    *member.mutable_entry() = entry;
    if (entry.role() == ROLE_MASTER) member.set_answers(true);  // the master sent the roster, so it is alive
    if (entry.role() == ROLE_ADMIN) {
      member.set_answers(true);
      member.mutable_report()->set_uptime_ms((MonotonicMicros() - started_) / 1000);
    }
  }
  for (int i = 0; i < round->reply.roles_size(); ++i) {
    const Roster::Entry& entry = round->reply.roles(i).entry();
    if (round->reply.roles(i).answers()) continue;
    std::shared_ptr<Channel> channel = site_.peer(entry.role()).Instance(entry.instance());
    if (!channel) continue;
    ++round->pending;
    Spawn(AskForReport(round, std::move(channel), i));
  }
  if (site_.peer(ROLE_KEYS).wired()) {
    ++round->pending;
    Spawn(AskForCertificates(round));
  }
  Promised<bool>& complete = round->complete;
  if (--round->pending > 0) co_await complete;
  co_return std::move(round->reply);
}

Task<Result<Outgoing<ConfigurationReply>>> Admin::Configuration(Incoming<ConfigurationRequest> call) {
  if (!connections_.Admitted(call.from, "Configuration")) co_return kNotAdmitted;
  ConfigurationReply reply;
  *reply.mutable_config() = site_.config();
  *reply.mutable_origin() = roster_.origin();
  co_return std::move(reply);
}

Task<Result<Outgoing<RecentReply>>> Admin::Log(Incoming<LogRequest> call) {
  if (!connections_.Admitted(call.from, "Log")) co_return kNotAdmitted;
  RecentRequest request = call.message.recent();
  request.set_lines(std::min(request.lines(), kMaxLines));
  auto recent = Forward<RecentReply>(ROLE_LOGGER, std::move(request));
  co_return co_await recent;
}

Task<Result<Outgoing<SealedEndsReply>>> Admin::SealedEnds(Incoming<SealedEndsRequest> call) {
  if (!connections_.Admitted(call.from, "SealedEnds")) co_return kNotAdmitted;
  auto ends = Forward<SealedEndsReply>(ROLE_LOGGER, call.message.ask());
  co_return co_await ends;
}

Task<Result<Outgoing<VerifyReply>>> Admin::VerifyBank(Incoming<VerifyBankRequest> call) {
  if (!connections_.Admitted(call.from, "VerifyBank")) co_return kNotAdmitted;
  VerifyRequest request;
  CO_TRY(Incoming<VerifyReply> verified, site_.peer(ROLE_BANK).Call<VerifyReply>(request));
  if (!verified.message.sound())
    site_.log().Security("bank-unsound", {{"faults", std::to_string(verified.message.faults_size())}});
  co_return std::move(verified.message);
}

Task<Result<Outgoing<DenialsReply>>> Admin::ProfileDenials(Incoming<ProfileDenialsRequest> call) {
  if (!connections_.Admitted(call.from, "ProfileDenials")) co_return kNotAdmitted;
  auto denials = Forward<DenialsReply>(ROLE_PROFILE, call.message.denials());
  co_return co_await denials;
}

Task<Result<Outgoing<ListCertificatesReply>>> Admin::ListCertificates(Incoming<ListCertificatesRequest> call) {
  if (!connections_.Admitted(call.from, "ListCertificates")) co_return kNotAdmitted;
  ListCertificatesReply reply;
  CO_TRY(*reply.mutable_certificates(), CertificateReports(call.deadline));
  co_return reply;
}

Task<Result<Outgoing<ReleaseStoresReply>>> Admin::ReleaseStores(Incoming<ReleaseStoresRequest> call) {
  if (!connections_.Admitted(call.from, "ReleaseStores")) co_return kNotAdmitted;
  CO_TRY(ReleaseStoresReply released, holds_.Release(call.from));
  co_return released;
}

Task<Result<Outgoing<CheckpointReply>>> Admin::JournalHead(Incoming<JournalHeadRequest> call) {
  if (!connections_.Admitted(call.from, "JournalHead")) co_return kNotAdmitted;
  CheckpointRequest request;
  if (call.message.fresh()) {
    CO_TRY(const Incoming<TreeHeadReply> present, site_.peer(ROLE_BANK).Call<TreeHeadReply>(TreeHeadRequest()));
    request.set_at_least(present.message.size());
  }
  auto head = Forward<CheckpointReply>(ROLE_NOTARY, std::move(request));
  co_return co_await head;
}

Task<Result<Outgoing<TreeHeadReply>>> Admin::JournalProof(Incoming<JournalProofRequest> call) {
  if (!connections_.Admitted(call.from, "JournalProof")) co_return kNotAdmitted;
  auto proof = Forward<TreeHeadReply>(ROLE_BANK, call.message.proof());
  co_return co_await proof;
}

void Admin::ReloadEnded(const zoobar::ReloadEnded& ended) {
  for (const auto& waiter : std::exchange(reloads_, {})) waiter->Set(ended);
}

void Admin::Drain(std::function<void()> done) {
  connections_.Close();
  done();
}

void Admin::RosterChanged(const Roster& roster) { roster_ = roster; }

const RoleSpec kAdminRole = {
    .role = ROLE_ADMIN,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<Admin>(site); },
};

}  // namespace zoobar
