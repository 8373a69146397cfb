#include "ctl/conversation.h"

#include <fmt/ranges.h>
#include <unistd.h>

#include <utility>

#include "admin.pb.h"
#include "ipc/try.h"
#include "master/notify.h"
#include "master/secret_file.h"
#include "operator/control_socket.h"
#include "text/utf8.h"

namespace zoobar {

Conversation::Conversation(Loop& loop, const Invocation& invocation, Fd socket) : loop_(loop), invocation_(invocation) {
  Channel::Events events;
  events.on_misbehaviour = [this](const std::string&) { closed_.Set(true); };
  events.on_closed = [this] { closed_.Set(true); };
  channel_ = std::make_unique<Channel>(loop, std::move(socket), ROLE_OPERATOR, Caller{ROLE_ADMIN, 0}, nullptr,
                                       std::move(events));
}

Error Conversation::Fail(int status, std::string text) {
  failed_ = status;
  return Error{std::move(text)};
}

Error Conversation::NoSuchMember(std::string_view argument) {
  return Fail(kCtlBad, "there is no member \"" + arguments().Text(argument) + "\"");
}

Error Conversation::NoAnswer(const Error& why) {
  if (!channel_->open()) return Fail(kCtlRefused, "refused: the master closed the connection");
  if (why.cause == Cause::kNotRecorded) {
    return Fail(kCtlRefused,
                "refused, and nothing was done: the audit log does not take the record of this act (is the disk full? "
                "see `zoobar ctl log`)");
  }
  std::string_view name = invocation_.command->name;
  if (invocation_.command->of_ctl()) name.remove_prefix(4);
  return Fail(admitted_ ? kCtlBad : kCtlRefused, std::string(name) + ": no answer (see the log)");
}

Task<void> Conversation::Converse(Bytes secret, std::function<Task<Result<int>>(Conversation&)> handler) {
  auto carried_out = CarryOut(std::move(secret), std::move(handler));
  const Result<int> status = co_await carried_out;
  exit_ = status.ok() ? *status : invocation_.Fail(failed_, status.error().text);
  loop_.Stop();
}

Task<Result<int>> Conversation::CarryOut(Bytes secret, std::function<Task<Result<int>>(Conversation&)> handler) {
  AuthenticateRequest request;
  request.set_uid(getuid());
  CO_TRY(const AuthenticateReply reply, Ask<AuthenticateReply>(request, std::move(secret)));
  if (!reply.accepted()) co_return Fail(kCtlRefused, "refused: wrong operator secret");
  admitted_ = true;
  auto work = handler(*this);
  co_return co_await work;
}

std::string ListeningOn(const std::string& state_dir) {
  const std::vector<std::string> addresses = ListeningAt(state_dir);
  return addresses.empty() ? "" : fmt::format(", listening on {}", fmt::join(addresses, " "));
}

void SaySite(const Invocation& invocation) {
  if (invocation.arguments.Has("--state-dir") || invocation.json()) return;
  const std::string state_dir = invocation.arguments.Text("--state-dir");
  *invocation.err << "site: " << Printable(state_dir) << ListeningOn(state_dir) << '\n';
}

Result<Fd> ConnectToSite(const Invocation& invocation) {
  TRY(Fd socket, ConnectToControl(invocation.arguments.Text("--state-dir")));
  SaySite(invocation);
  return socket;
}

int ConverseOn(const Invocation& invocation, Fd socket,
               const std::function<Task<Result<int>>(Conversation&)>& handler) {
  const Arguments& arguments = invocation.arguments;
  std::string path = arguments.Text("--secret-file");
  if (path.empty()) path = SecretPath(arguments.Text("--state-dir"), "operator.secret");
  Result<Bytes> secret = ReadSecretFile(path);
  if (!secret.ok()) return invocation.Fail(kCtlRefused, secret.error().text);
  Loop loop;
  int exit = kCtlRefused;
  {
    Conversation conversation(loop, invocation, std::move(socket));
    Spawn(conversation.Converse(std::move(*secret), handler));
    loop.Run();
    exit = conversation.exit();
  }
  loop.RunOnce();
  return exit;
}

int ConverseWithSite(const Invocation& invocation, const std::function<Task<Result<int>>(Conversation&)>& handler) {
  Result<Fd> socket = ConnectToSite(invocation);
  if (!socket.ok()) return invocation.Fail(kCtlRefused, socket.error().text);
  return ConverseOn(invocation, std::move(*socket), handler);
}

}  // namespace zoobar
