#include "operator/ctl.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "admin.pb.h"
#include "ipc/channel.h"
#include "ipc/loop.h"
#include "ipc/try.h"
#include "master/secret_file.h"
#include "operator/certificate_files.h"
#include "operator/certificates_print.h"
#include "operator/ctl_print.h"
#include "operator/log_verify.h"

namespace zoobar {
namespace {

constexpr CtlCommand kCommands[] = {
    {"status", "show whether every role runs, answers, or is degraded"},
    {"ps", "list the site's processes"},
    {"log", "show the newest lines of a log"},
    {"log verify", "check the seals of audit.log and money.log; works with the site stopped too"},
    {"verify", "replay the bank's journal and compare it with the balances"},
    {"backup", "copy all stores, as of one moment, to a file or into a folder; the site goes on"},
    {"profile pause", "stop running a member's program", true},
    {"profile resume", "let a member's program run again, and clear its denials", true},
    {"profile denials", "show the system calls that a member's program was denied", true},
    {"reset-sandbox", "end every run and start a new interpreter"},
    {"member unlock", "unlock an account that an alarm has locked", true},
    {"certificate list", "show the certificates in use, and how long they are valid"},
    {"certificate install", "use a certificate from now on; no connection is closed"},
    {"certificate self-signed", "make a certificate that signs itself, and use it or write it to files"},
    {"reload", "read the configuration again"},
    {"shutdown", "finish the requests in flight, then stop"},
};

// If the stores were held a moment ago, `backup` tries again after this time.
constexpr int kHoldTries = 5;
constexpr Milliseconds kHoldPause{500};
constexpr const char* kNotRecorded = "refused, nothing was done: the audit log takes no record (see zoobar ctl log)";

Result<Fd> Connect(const std::string& state_dir) {
  const std::string none = "no master runs on " + state_dir;
  const std::string folder = state_dir + "/control";
  const Fd place(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place && errno == ENOENT) return Error{none};
  if (!place) return Error::FromErrno(folder);
  // Names the socket by the directory's descriptor, because the full path may be longer than a socket's name may be.
  const std::string path = fmt::format("/proc/self/fd/{}/control.sock", place.get());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return Error::FromErrno("socket");
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  if (errno == ENOENT || errno == ECONNREFUSED) return Error{none};
  return Error::FromErrno(folder + "/control.sock");
}

// Reads or makes the files of a certificate, if the command installs one.
Result<CertificateFiles> FilesFor(const CtlOptions& options) {
  if (options.command == "certificate install") return ReadCertificateFiles(options.certificate, options.key);
  if (options.command != "certificate self-signed") return CertificateFiles();
  SelfSignedOptions made = options.self_signed;
  if (made.names.empty() && made.addresses.empty()) {
    utsname machine{};
    uname(&machine);
    made.names.emplace_back(machine.nodename);
  }
  return MakeSelfSigned(made);
}

// One connection to the control socket, on which `ctl` carries out one command.
class Conversation {
 public:
  // files: what `certificate install` and `certificate self-signed` install. backup: for `backup`, otherwise null.
  Conversation(Loop& loop, const CtlOptions& options, Fd socket, CertificateFiles files,
               std::unique_ptr<SiteBackup> backup, std::ostream& out, std::ostream& err)
      : loop_(loop), options_(options), files_(std::move(files)), backup_(std::move(backup)), out_(out), err_(err) {
    Channel::Events events;
    events.on_misbehaviour = [this](const std::string&) { closed_.Set(true); };
    events.on_closed = [this] { closed_.Set(true); };
    channel_ = std::make_unique<Channel>(loop, std::move(socket), ROLE_OPERATOR, Caller{ROLE_ADMIN, 0}, nullptr,
                                         std::move(events));
  }

  // Authenticates, carries out the command, and then stops the loop.
  Task<void> Converse(Bytes secret) {
    auto carried_out = CarryOut(std::move(secret));
    const Result<int> status = co_await carried_out;
    if (status.ok()) {
      exit_ = *status;
    } else {
      err_ << "zoobar ctl: " << status.error().text << '\n';
      exit_ = failed_;
    }
    loop_.Stop();
  }

  int exit() const { return exit_; }

 private:
  // An action carries out one command and returns the exit status. If it returns an Error instead, Converse prints the
  // Error, and the exit status is `failed_`.
  using Action = Task<Result<int>> (Conversation::*)();

  Error Fail(int status, std::string text) {
    failed_ = status;
    return Error{std::move(text)};
  }
  Error NoSuchMember() { return Fail(kCtlBad, "there is no member \"" + Printable(options_.member) + "\""); }

  template <typename Reply, typename Request>
  Task<Result<Reply>> Ask(Request request, Bytes secret = {}) {
    auto call = channel_->Call<Reply>(std::move(request), std::move(secret));
    Result<Incoming<Reply>> reply = co_await call;
    if (reply.ok()) co_return std::move(reply->message);
    if (!channel_->open()) co_return Fail(kCtlRefused, "refused: the master closed the connection");
    if (reply.error().cause == Cause::kNotRecorded) co_return Fail(kCtlRefused, kNotRecorded);
    co_return Fail(admitted_ ? kCtlBad : kCtlRefused, options_.command + ": no answer (see the log)");
  }

  Task<Result<int>> CarryOut(Bytes secret) {
    AuthenticateRequest request;
    request.set_uid(getuid());
    CO_TRY(const AuthenticateReply reply, Ask<AuthenticateReply>(request, std::move(secret)));
    if (!reply.accepted()) co_return Fail(kCtlRefused, "refused: wrong operator secret");
    admitted_ = true;
    CO_TRY(const int status, (this->*Chosen())());
    co_return status;
  }

  Action Chosen() const {
    static constexpr std::pair<std::string_view, Action> kActions[] = {
        {"status", &Conversation::Status},
        {"ps", &Conversation::Status},
        {"log", &Conversation::Log},
        {"log verify", &Conversation::LogVerify},
        {"verify", &Conversation::Verify},
        {"backup", &Conversation::Backup},
        {"profile pause", &Conversation::Pause},
        {"profile resume", &Conversation::Pause},
        {"profile denials", &Conversation::Denials},
        {"reset-sandbox", &Conversation::ResetSandbox},
        {"member unlock", &Conversation::Unlock},
        {"certificate list", &Conversation::ListCertificates},
        {"certificate install", &Conversation::InstallCertificate},
        {"certificate self-signed", &Conversation::InstallCertificate},
        {"reload", &Conversation::Reload},
        {"shutdown", &Conversation::Shutdown},
    };
    for (const auto& [command, action] : kActions) {
      if (command == options_.command) return action;
    }
    Die("ctl: {} is a command without an action", options_.command);
  }

  Task<Result<int>> Status() {
    CO_TRY(const StatusReply status, Ask<StatusReply>(StatusRequest()));
    if (options_.json) {
      out_ << Json(status);
    } else if (options_.command == "ps") {
      PrintProcesses(status, WallMillis(), out_);
    } else {
      PrintStatus(status, out_);
    }
    if (WallsAreBroken(status) || AnyDegraded(status) || AnyEndsSoon(status.certificates())) co_return kCtlBad;
    for (const StatusReply::Member& member : status.roles()) {
      if (!member.answers()) co_return kCtlBad;
    }
    co_return status.roles_size() > 0 ? kCtlOk : kCtlBad;
  }

  Task<Result<int>> Log() {
    LogRequest request;
    request.mutable_recent()->set_which(options_.log);
    request.mutable_recent()->set_lines(options_.lines);
    CO_TRY(const RecentReply recent, Ask<RecentReply>(request));
    for (const std::string& line : recent.lines()) out_ << Printable(line) << '\n';
    co_return kCtlOk;
  }

  Task<Result<int>> LogVerify() {
    auto asking = Ask<SealedEndsReply>(SealedEndsRequest());
    const auto ends = co_await asking;
    co_return VerifyLogs(options_, ends.ok() ? &*ends : nullptr, out_, err_);
  }

  Task<Result<int>> Verify() {
    CO_TRY(const VerifyReply verified, Ask<VerifyReply>(VerifyBankRequest()));
    if (options_.json) {
      out_ << Json(verified);
    } else {
      PrintVerified(verified, out_);
    }
    co_return verified.sound() ? kCtlOk : kCtlBad;
  }

  // The copiers of the stores were started before the connection was used.
  Task<Result<int>> Backup() {
    auto making = MakeBackup();
    Result<int> made = co_await making;
    if (!made.ok()) co_return Fail(kCtlRefused, "no backup was made: " + made.error().text);
    co_return made;
  }

  Task<Result<int>> MakeBackup() {
    zoobar::Status held = Error{"", Cause::kBusy};
    for (int tries = 0; tries < kHoldTries && !held.ok() && held.error().cause == Cause::kBusy; ++tries) {
      if (tries > 0) {
        auto rest = Sleep(loop_, kHoldPause);
        co_await rest;
      }
      CO_TRY(const HoldStoresReply reply, Ask<HoldStoresReply>(HoldStoresRequest()));
      held = SiteBackup::AllHeld(reply);
      if (!held.ok()) CO_TRY_STATUS(Done<ReleaseStoresReply>(ReleaseStoresRequest()));
    }
    CO_TRY_STATUS(held);
    const zoobar::Status begun = backup_->Begin();
    CO_TRY(const ReleaseStoresReply released, Ask<ReleaseStoresReply>(ReleaseStoresRequest()));
    CO_TRY_STATUS(begun);
    if (!released.unbroken()) co_return Error{"the machine was too busy to begin it within a second; try again"};
    CO_TRY(const BackupManifest manifest, backup_->Finish(err_));
    PrintManifest(manifest, backup_->path(), options_.json, out_);
    co_return manifest.sums().faults_size() == 0 ? kCtlOk : kCtlBad;
  }

  Task<Result<int>> Pause() {
    const bool pause = options_.command == "profile pause";
    PauseProfileRequest request;
    request.mutable_pause()->set_name(options_.member);
    request.mutable_pause()->set_pause(pause);
    CO_TRY(const PauseReply reply, Ask<PauseReply>(request));
    if (!reply.found()) co_return NoSuchMember();
    Print(Printable(options_.member) + (pause ? ": paused" : ": may run again; denials cleared"));
    co_return kCtlOk;
  }

  Task<Result<int>> Denials() {
    ProfileDenialsRequest request;
    request.mutable_denials()->set_name(options_.member);
    CO_TRY(const DenialsReply denials, Ask<DenialsReply>(request));
    if (!denials.found()) co_return NoSuchMember();
    if (options_.json) {
      out_ << Json(denials);
    } else {
      PrintDenials(denials, WallMillis(), out_);
    }
    co_return kCtlOk;
  }

  Task<Result<int>> ResetSandbox() {
    CO_TRY_STATUS(Done<ResetReply>(ResetSandboxRequest()));
    Print("Every run was ended; a new interpreter is starting.");
    co_return kCtlOk;
  }

  Task<Result<int>> Unlock() {
    UnlockMemberRequest request;
    request.mutable_unlock()->set_name(options_.member);
    CO_TRY(const UnlockReply reply, Ask<UnlockReply>(request));
    if (!reply.found()) co_return NoSuchMember();
    if (options_.json) {
      out_ << Json(reply);
    } else {
      out_ << Printable(options_.member) << (reply.was_locked() ? ": unlocked\n" : ": was not locked\n");
    }
    co_return kCtlOk;
  }

  Task<Result<int>> ListCertificates() {
    CO_TRY(const ListCertificatesReply list, Ask<ListCertificatesReply>(ListCertificatesRequest()));
    if (options_.json) {
      out_ << Json(list);
    } else {
      PrintCertificates(list.certificates(), out_);
    }
    co_return AnyEndsSoon(list.certificates()) ? kCtlBad : kCtlOk;
  }

  // The files were read, or made, before the connection was opened.
  Task<Result<int>> InstallCertificate() {
    InstallCertificateRequest request;
    request.mutable_install()->set_chain(files_.chain);
    CO_TRY(const InstallCertificateReply reply,
           Ask<InstallCertificateReply>(std::move(request), std::move(files_.key)));
    if (!reply.refused().empty()) co_return Fail(kCtlBad, "not installed: " + Printable(reply.refused()));
    if (options_.json) {
      out_ << Json(reply);
    } else {
      PrintInstalled(reply, out_);
    }
    co_return kCtlOk;
  }

  Task<Result<int>> Reload() {
    CO_TRY(const ReloadReply reply, Ask<ReloadReply>(ReloadRequest()));
    if (!reply.refused().empty())
      co_return Fail(kCtlBad, "not reloaded, nothing changed: " + Printable(reply.refused()));
    if (options_.json) {
      out_ << Json(reply);
    } else {
      out_ << "Reloaded.\n";
      if (reply.needs_restart()) {
        out_ << "Changes to listeners, certificates, ids, folders or stores need a restart of the site.\n";
      }
    }
    co_return kCtlOk;
  }

  // Asks the site to stop, and returns when it has stopped. Then admin has ended too, which has closed the connection.
  Task<Result<int>> Shutdown() {
    CO_TRY_STATUS(Done<ShutdownReply>(ShutdownRequest()));
    co_await closed_;
    Print("stopped");
    co_return kCtlOk;
  }

  // Sends a request whose reply has no content.
  template <typename Reply, typename Request>
  Task<zoobar::Status> Done(Request request) {
    CO_TRY([[maybe_unused]] const Reply reply, Ask<Reply>(std::move(request)));
    co_return zoobar::Status();
  }
  void Print(std::string_view line) { out_ << (options_.json ? "{}" : line) << '\n'; }

  Loop& loop_;
  const CtlOptions& options_;
  CertificateFiles files_;
  std::unique_ptr<SiteBackup> backup_;
  std::ostream& out_;
  std::ostream& err_;
  Promised<bool> closed_;
  std::unique_ptr<Channel> channel_;
  bool admitted_ = false;  // the master has accepted the operator secret
  int exit_ = kCtlRefused, failed_ = kCtlRefused;
};

}  // namespace

std::span<const CtlCommand> CtlCommands() { return kCommands; }

int ExecuteCtl(const CtlOptions& options, std::ostream& out, std::ostream& err) {
  const auto fail = [&err](int status, std::string_view why) {
    err << "zoobar ctl: " << why << '\n';
    return status;
  };
  const bool known =
      std::ranges::any_of(kCommands, [&](const CtlCommand& each) { return each.name == options.command; });
  if (!known) return fail(kCtlUsage, "there is no command \"" + options.command + "\"");
  Result<CertificateFiles> files = FilesFor(options);
  if (!files.ok()) return fail(kCtlUsage, files.error().text);
  if (!options.folder.empty()) {
    const Status written = WriteCertificateFiles(options.folder, *files);
    if (!written.ok()) return fail(kCtlBad, written.error().text);
    out << options.folder << "/fullchain.pem\n" << options.folder << "/privkey.pem\n";
    return kCtlOk;
  }
  Result<Fd> socket = Connect(options.state_dir);
  if (options.command == "log verify" && (!socket.ok() || !options.files.empty()))
    return VerifyLogs(options, nullptr, out, err);
  if (!socket.ok()) return fail(kCtlRefused, socket.error().text);
  if (options.say_site) err << "site: " << options.state_dir << ListeningOn(options.state_dir) << '\n';
  std::unique_ptr<SiteBackup> backup;
  if (options.command == "backup") {
    Result<std::unique_ptr<SiteBackup>> prepared = SiteBackup::Prepare(options.state_dir, options.backup);
    if (!prepared.ok()) return fail(kCtlRefused, "no backup was made: " + prepared.error().text);
    backup = std::move(*prepared);
  }
  Result<Bytes> secret =
      ReadSecretFile(options.secret_file.empty() ? options.state_dir + "/operator.secret" : options.secret_file);
  if (!secret.ok() && options.command == "log verify") return VerifyLogs(options, nullptr, out, err);
  if (!secret.ok()) return fail(kCtlRefused, secret.error().text);
  Loop loop;
  int exit = kCtlRefused;
  {
    Conversation conversation(loop, options, std::move(*socket), std::move(*files), std::move(backup), out, err);
    Spawn(conversation.Converse(std::move(*secret)));
    loop.Run();
    exit = conversation.exit();
  }
  loop.RunOnce();
  return exit;
}

}  // namespace zoobar
