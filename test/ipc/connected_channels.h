// Two channels over a socketpair, and handlers for the roles at their ends.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "auth.pb.h"
#include "echo.pb.h"
#include "ipc/channel.h"
#include "ipc/run_until.h"
#include "static.pb.h"

namespace zoobar {

// Answers with the text of the request, except for some texts.
class EchoHandler {
 public:
  explicit EchoHandler(Service& service) { service.Handle(&EchoHandler::Say, this); }
  Task<Result<Outgoing<SayReply>>> Say(Incoming<SayRequest> call) {
    ++calls;
    deadline = call.deadline;
    if (call.message.text() == "fail") co_return Error{"it failed"};
    if (call.message.text() == "no room") co_return Error{"it has no room", Cause::kNoRoom};
    if (call.message.text() == "never") co_await never;
    if (call.message.text() == "forever") {
      const auto end = std::make_shared<Promised<bool>>();
      ends.push_back(end);
      Promised<bool>& ended = *end;
      co_await ended;
    }
    SayReply reply;
    reply.set_text(call.message.text() == "large" ? std::string(Channel::kMaxBody, 'x') : call.message.text());
    Outgoing<SayReply> answer(reply);
    answer.secret = std::move(call.secret);
    co_return answer;
  }
  // Ends the calls that wait for ever, at the latest when this object is destroyed.
  class Forever {
   public:
    explicit Forever(EchoHandler& echo) : echo_(echo) {}
    ~Forever() { End(); }
    void End() {
      for (const auto& end : std::exchange(echo_.ends, {})) end->Set(true);
    }

   private:
    EchoHandler& echo_;
  };

  int calls = 0;
  std::int64_t deadline = 0;
  Promised<bool> never;
  std::vector<std::shared_ptr<Promised<bool>>> ends;
};

class StaticHandler {
 public:
  explicit StaticHandler(Service& service) { service.Handle(&StaticHandler::Open, this); }
  Task<Result<Outgoing<OpenReply>>> Open(Incoming<OpenRequest>) {
    Outgoing<OpenReply> answer{OpenReply()};
    for (int i = 0; i < fds; ++i) answer.fds.emplace_back(memfd_create("web", MFD_CLOEXEC));
    co_return answer;
  }
  int fds = 2;
};

// Login calls wait until the test ends them. Check calls are answered at once.
class AuthHandler {
 public:
  explicit AuthHandler(Service& service) {
    service.Handle(&AuthHandler::Login, this);
    service.Handle(&AuthHandler::Check, this);
  }
  Task<Result<Outgoing<LoginReply>>> Login(Incoming<LoginRequest>) {
    const auto end = std::make_shared<Promised<bool>>();
    logins.push_back(end);
    Promised<bool>& ended = *end;
    co_await ended;
    co_return LoginReply();
  }
  Task<Result<Outgoing<CheckReply>>> Check(Incoming<CheckRequest>) { co_return CheckReply(); }

  std::vector<std::shared_ptr<Promised<bool>>> logins;
};

// Two channels, client_ and server_, after Connect.
class ChannelPair : public testing::Test {
 protected:
  ChannelPair() {
    int pair[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    left_ = Fd(pair[0]);
    right_ = Fd(pair[1]);
  }
  ~ChannelPair() override {
    client_.reset();
    server_.reset();
    Turn();
  }

  Channel::Events Note(std::string& misbehaviour, bool& closed) {
    Channel::Events events;
    events.on_misbehaviour = [&](const std::string& how) { misbehaviour = how; };
    events.on_closed = [&] { closed = true; };
    return events;
  }
  void Connect(Role client, Role server, const Service* service) {
    client_ = std::make_unique<Channel>(loop_, std::move(left_), client, Caller{server, 0}, nullptr,
                                        Note(client_saw_, client_closed_));
    server_ = std::make_unique<Channel>(loop_, std::move(right_), server, Caller{client, 0}, service,
                                        Note(server_saw_, server_closed_));
  }
  void Turn() {
    for (int i = 0; i < 50; ++i) loop_.RunOnce();
  }

  Task<void> Say(std::string text, std::string secret) {
    SayRequest request;
    request.set_text(std::move(text));
    Bytes bytes = ToBytes(secret);
    auto call = client_->Call<SayReply>(std::move(request), std::move(bytes));
    const Result<Incoming<SayReply>> reply = co_await call;
    if (reply.ok()) {
      answers_.push_back(reply->message.text() + "/" + std::string(View(reply->secret)));
    } else {
      errors_.push_back(reply.error().text);
      causes_.push_back(reply.error().cause);
    }
  }

  Task<void> SayWithin(std::string text, std::int64_t milliseconds) {
    SayRequest request;
    request.set_text(std::move(text));
    const std::int64_t deadline = MonotonicMicros() + milliseconds * 1000;
    auto call = client_->Call<SayReply>(std::move(request), Bytes(), std::vector<Fd>(), deadline);
    const Result<Incoming<SayReply>> reply = co_await call;
    if (!reply.ok()) errors_.push_back(reply.error().text);
  }
  void RunUntil(const std::function<bool()>& reached) { zoobar::RunUntil(loop_, reached); }

  Loop loop_;
  Fd left_, right_;
  std::unique_ptr<Channel> client_, server_;
  std::string client_saw_, server_saw_;
  bool client_closed_ = false, server_closed_ = false;
  std::vector<std::string> answers_, errors_;
  std::vector<Cause> causes_;  // of the errors of Say
};

// app is connected to echo.
class ChannelTest : public ChannelPair {
 protected:
  ChannelTest() { Connect(ROLE_APP, ROLE_ECHO, &service_); }

  Service service_;
  EchoHandler echo_{service_};
};

}  // namespace zoobar
