#include "operator/ctl.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "admin.pb.h"
#include "ipc/channel.h"
#include "ipc/loop.h"
#include "operator/ctl_print.h"

namespace zoobar {
namespace {

constexpr std::size_t kMaxSecret = 4096;
constexpr CtlCommand kCommands[] = {
    {"status", "every role: is it there, does it answer, does it end again and again"},
    {"ps", "the site's processes"},
    {"log", "the newest lines of a log"},
    {"verify", "replay the bank's journal and compare it with the balances"},
    {"profile pause", "stop running a member's program", true},
    {"profile resume", "let it run again, and forget what it tried", true},
    {"profile denials", "what a member's program tried that programs may not do", true},
    {"reset-sandbox", "end every run and begin with a fresh interpreter"},
    {"member unlock", "let a member log in again whose account an alarm has locked", true},
    {"reload", "read the configuration again"},
    {"shutdown", "finish what is in flight and stop"},
};

Result<Fd> Connect(const std::string& state_dir) {
  const std::string none = "no master runs on " + state_dir;
  const std::string folder = state_dir + "/control";
  const Fd place(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place && errno == ENOENT) return Error{none};
  if (!place) return Error::FromErrno(folder);
  // By descriptor: a state directory may be deeper than a socket's name may be long.
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

Result<Bytes> ReadSecret(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return Error::FromErrno(path);
  Bytes text;
  text.resize(kMaxSecret + 2);
  std::size_t size = 0;
  for (ssize_t count = 1; count > 0 && size < text.size(); size += static_cast<std::size_t>(count)) {
    count = read(file.get(), text.data() + size, text.size() - size);
    if (count < 0) return Error::FromErrno(path);
  }
  text.resize(size);
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.empty() || text.size() > kMaxSecret) return Error::Of("{}: not an operator secret", path);
  return text;
}

std::string Json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) Die("no JSON");
  return json;
}

// One connection, one command.
class Conversation {
 public:
  Conversation(Loop& loop, const CtlOptions& options, Fd socket, std::ostream& out, std::ostream& err)
      : loop_(loop), options_(options), out_(out), err_(err) {
    Channel::Events events;
    events.on_misbehaviour = [this](const std::string&) { closed_.Set(true); };
    events.on_closed = [this] { closed_.Set(true); };
    channel_ = std::make_unique<Channel>(loop, std::move(socket), ROLE_OPERATOR, Caller{ROLE_ADMIN, 0}, nullptr,
                                         std::move(events));
  }

  Task<void> Run(Bytes secret) {
    exit_ = kCtlRefused;
    AuthenticateRequest request;
    auto authenticating = channel_->Call<AuthenticateReply>(request, std::move(secret));
    const Result<Incoming<AuthenticateReply>> reply = co_await authenticating;
    if (!reply.ok()) {
      Say("refused: the master closed the connection");
    } else if (!reply->message.accepted()) {
      Say("refused: wrong operator secret");
    } else {
      auto doing = Do();
      exit_ = co_await doing;
    }
    loop_.Stop();
  }

  int exit() const { return exit_; }

 private:
  void Say(std::string_view what) { err_ << "zoobar ctl: " << what << '\n'; }

  // The reply, or nothing after saying why not.
  template <typename Reply, typename Request>
  Task<std::unique_ptr<Reply>> Ask(Request request) {
    auto call = channel_->Call<Reply>(std::move(request));
    Result<Incoming<Reply>> reply = co_await call;
    if (!reply.ok()) {
      Say(channel_->open() ? options_.command + ": no answer (see the log)"
                           : "refused: the master closed the connection");
      failed_ = channel_->open() ? kCtlBad : kCtlRefused;
      co_return nullptr;
    }
    co_return std::make_unique<Reply>(std::move(reply->message));
  }

  Task<int> Do() {
    struct Act {
      std::string_view command;
      Task<int> (Conversation::*act)();
    };
    static constexpr Act kActs[] = {
        {"status", &Conversation::Status},
        {"ps", &Conversation::Status},
        {"log", &Conversation::Log},
        {"verify", &Conversation::Verify},
        {"profile pause", &Conversation::Pause},
        {"profile resume", &Conversation::Pause},
        {"profile denials", &Conversation::Denials},
        {"reset-sandbox", &Conversation::ResetSandbox},
        {"member unlock", &Conversation::Unlock},
        {"reload", &Conversation::Reload},
        {"shutdown", &Conversation::Shutdown},
    };
    const Act* const chosen = std::ranges::find(kActs, options_.command, &Act::command);
    if (chosen == std::end(kActs)) Die("ctl: {} is listed and not done", options_.command);
    return (this->*chosen->act)();
  }

  Task<int> Status() {
    StatusRequest request;
    auto asking = Ask<StatusReply>(request);
    const std::unique_ptr<StatusReply> status = co_await asking;
    if (!status) co_return failed_;
    if (options_.json) {
      out_ << Json(*status);
    } else if (options_.command == "ps") {
      PrintProcesses(*status, WallMillis(), out_);
    } else {
      PrintStatus(*status, out_);
    }
    if (WallsAreBroken(*status) || AnyDegraded(*status)) co_return kCtlBad;
    for (const StatusReply::Member& member : status->roles()) {
      if (!member.answers()) co_return kCtlBad;
    }
    co_return status->roles_size() > 0 ? kCtlOk : kCtlBad;
  }

  Task<int> Log() {
    LogRequest request;
    request.mutable_recent()->set_which(options_.log);
    request.mutable_recent()->set_lines(options_.lines);
    auto asking = Ask<RecentReply>(request);
    const std::unique_ptr<RecentReply> recent = co_await asking;
    if (!recent) co_return failed_;
    for (const std::string& line : recent->lines()) out_ << Printable(line) << '\n';
    co_return kCtlOk;
  }

  Task<int> Verify() {
    VerifyBankRequest request;
    auto asking = Ask<VerifyReply>(request);
    const std::unique_ptr<VerifyReply> verified = co_await asking;
    if (!verified) co_return failed_;
    if (options_.json) {
      out_ << Json(*verified);
    } else {
      PrintVerified(*verified, out_);
    }
    co_return verified->sound() ? kCtlOk : kCtlBad;
  }

  int NobodyHasThatName() {
    Say("nobody here has the name \"" + Printable(options_.member) + "\"");
    return kCtlBad;
  }

  Task<int> Pause() {
    PauseProfileRequest request;
    request.mutable_pause()->set_name(options_.member);
    request.mutable_pause()->set_pause(options_.command == "profile pause");
    auto asking = Ask<PauseReply>(request);
    const std::unique_ptr<PauseReply> reply = co_await asking;
    if (!reply) co_return failed_;
    if (!reply->found()) co_return NobodyHasThatName();
    if (options_.json) {
      out_ << "{}\n";
    } else {
      out_ << Printable(options_.member)
           << (request.pause().pause() ? ": paused\n" : ": may run again; what it tried is forgiven\n");
    }
    co_return kCtlOk;
  }

  Task<int> Denials() {
    ProfileDenialsRequest request;
    request.mutable_denials()->set_name(options_.member);
    auto asking = Ask<DenialsReply>(request);
    const std::unique_ptr<DenialsReply> denials = co_await asking;
    if (!denials) co_return failed_;
    if (!denials->found()) co_return NobodyHasThatName();
    if (options_.json) {
      out_ << Json(*denials);
    } else {
      PrintDenials(*denials, WallMillis(), out_);
    }
    co_return kCtlOk;
  }

  Task<int> ResetSandbox() {
    ResetSandboxRequest request;
    auto asking = Ask<ResetReply>(request);
    const std::unique_ptr<ResetReply> reply = co_await asking;
    if (!reply) co_return failed_;
    out_ << (options_.json ? "{}\n" : "every run is ended; the next ones come from a fresh interpreter\n");
    co_return kCtlOk;
  }

  Task<int> Unlock() {
    UnlockMemberRequest request;
    request.mutable_unlock()->set_name(options_.member);
    auto asking = Ask<UnlockReply>(request);
    const std::unique_ptr<UnlockReply> reply = co_await asking;
    if (!reply) co_return failed_;
    if (!reply->found()) co_return NobodyHasThatName();
    if (options_.json) {
      out_ << Json(*reply);
    } else {
      out_ << Printable(options_.member) << (reply->was_locked() ? ": unlocked\n" : ": was not locked\n");
    }
    co_return kCtlOk;
  }

  Task<int> Reload() {
    ReloadRequest request;
    auto asking = Ask<ReloadReply>(request);
    const std::unique_ptr<ReloadReply> reply = co_await asking;
    if (!reply) co_return failed_;
    out_ << (options_.json ? "{}\n" : "asked to reload; the log says what came of it\n");
    co_return kCtlOk;
  }

  // Comes back when the site is down: admin ends with the master.
  Task<int> Shutdown() {
    ShutdownRequest request;
    auto asking = Ask<ShutdownReply>(request);
    const std::unique_ptr<ShutdownReply> reply = co_await asking;
    if (!reply) co_return failed_;
    co_await closed_;
    out_ << (options_.json ? "{}\n" : "stopped\n");
    co_return kCtlOk;
  }

  Loop& loop_;
  const CtlOptions& options_;
  std::ostream& out_;
  std::ostream& err_;
  Promised<bool> closed_;
  std::unique_ptr<Channel> channel_;
  int exit_ = kCtlRefused, failed_ = kCtlRefused;
};

}  // namespace

std::span<const CtlCommand> CtlCommands() { return kCommands; }

int RunCtl(const CtlOptions& options, std::ostream& out, std::ostream& err) {
  const auto fail = [&err](int status, std::string_view why) {
    err << "zoobar ctl: " << why << '\n';
    return status;
  };
  const bool known =
      std::ranges::any_of(kCommands, [&](const CtlCommand& each) { return each.name == options.command; });
  if (!known) return fail(kCtlUsage, "there is no command \"" + options.command + "\"");
  Result<Fd> socket = Connect(options.state_dir);
  if (!socket.ok()) return fail(kCtlRefused, socket.error().text);
  Result<Bytes> secret =
      ReadSecret(options.secret_file.empty() ? options.state_dir + "/operator.secret" : options.secret_file);
  if (!secret.ok()) return fail(kCtlRefused, secret.error().text);
  Loop loop;
  int exit = kCtlRefused;
  {
    Conversation conversation(loop, options, std::move(*socket), out, err);
    Spawn(conversation.Run(std::move(*secret)));
    loop.Run();
    exit = conversation.exit();
  }
  loop.RunOnce();
  return exit;
}

}  // namespace zoobar
