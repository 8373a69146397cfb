// One connection of `zoobar ctl` to the control socket of a running site. It authenticates with the operator secret,
// and then a command's function sends requests and prints the replies. If the server refuses anything, ctl stops. It
// never tries again.
//
//   Task<Result<int>> Pause(Conversation& ctl) {
//     PauseProfileRequest request;
//     request.mutable_pause()->set_name(ctl.arguments().Text("NAME"));
//     CO_TRY(const PauseReply reply, ctl.Ask<PauseReply>(request));
//     if (!reply.found()) co_return ctl.NoSuchMember();
//     ...
//     co_return kCtlOk;
//   }
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "ctl/command.h"
#include "ipc/channel.h"
#include "ipc/fd.h"
#include "ipc/loop.h"
#include "operator/ctl_print.h"

namespace zoobar {

class Conversation {
 public:
  Conversation(Loop& loop, const Invocation& invocation, Fd socket);

  const Invocation& invocation() const { return invocation_; }
  const Arguments& arguments() const { return invocation_.arguments; }
  bool json() const { return invocation_.json(); }
  std::ostream& out() const { return *invocation_.out; }
  std::ostream& err() const { return *invocation_.err; }
  Loop& loop() { return loop_; }

  // Sends a request and returns the reply. secret: goes into the secret part of the frame, and is wiped. If there is no
  // reply, returns an Error with its exit status: the site refused, or the role behind admin did not answer.
  template <typename Reply, typename Request>
  Task<Result<Reply>> Ask(Request request, Bytes secret = {}) {
    auto call = channel_->Call<Reply>(std::move(request), std::move(secret));
    Result<Incoming<Reply>> reply = co_await call;
    if (reply.ok()) co_return std::move(reply->message);
    co_return NoAnswer(reply.error());
  }
  // Sends a request whose reply has no content.
  template <typename Reply, typename Request>
  Task<Status> Done(Request request) {
    auto call = Ask<Reply>(std::move(request));
    const Result<Reply> reply = co_await call;
    if (!reply.ok()) co_return reply.error();
    co_return Status();
  }

  // Returns an Error with this text, with which the command ends: it is printed on `err`, and `status` is the exit
  // status. The text may come from the site; control characters in it are not printed.
  Error Fail(int status, std::string text);
  // The Error for the value NAME, or another one.
  Error NoSuchMember(std::string_view argument = "NAME");

  // Prints the reply: with --json as JSON, else by `print(reply, out)`.
  template <typename Reply, typename Print>
  void Show(const Reply& reply, Print print) {
    if (json()) {
      out() << Json(reply);
    } else {
      print(reply, out());
    }
  }
  // Prints a line for people; with --json, an empty object.
  void Say(std::string_view line) { out() << (json() ? "{}" : line) << '\n'; }

  // Whether the site has not closed the connection yet.
  bool open() const { return channel_->open(); }
  // Becomes true when the site has closed the connection.
  Promised<bool>& closed() { return closed_; }

  // Authenticates, carries out `handler`, and then stops the loop. For ConverseOn.
  Task<void> Converse(Bytes secret, std::function<Task<Result<int>>(Conversation&)> handler);
  int exit() const { return exit_; }

 private:
  Error NoAnswer(const Error& why);
  Task<Result<int>> CarryOut(Bytes secret, std::function<Task<Result<int>>(Conversation&)> handler);

  Loop& loop_;
  const Invocation& invocation_;
  Promised<bool> closed_;
  std::unique_ptr<Channel> channel_;
  bool admitted_ = false;  // the site has accepted the operator secret
  int exit_ = kCtlRefused, failed_ = kCtlRefused;
};

// Returns ", listening on ADDRESS ADDRESS", or an empty text if the master has named no address.
std::string ListeningOn(const std::string& state_dir);

// Says on `err` which site the command is about, if nobody has named one and the output is for people.
void SaySite(const Invocation& invocation);

// Connects to the site that --state-dir names. If nobody has named one, says on `err` which site answers.
Result<Fd> ConnectToSite(const Invocation& invocation);

// Reads the operator secret, authenticates on the socket of ConnectToSite, and carries out `handler`. Returns the exit
// status. A command that must prepare something before the process has a secret does so between the two calls.
int ConverseOn(const Invocation& invocation, Fd socket, const std::function<Task<Result<int>>(Conversation&)>& handler);

// Both calls.
int ConverseWithSite(const Invocation& invocation, const std::function<Task<Result<int>>(Conversation&)>& handler);

}  // namespace zoobar
