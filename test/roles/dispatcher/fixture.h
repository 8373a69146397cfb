// A dispatcher between clients, app, login and static. The sockets are real; the test plays app, login and static.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "roles/dispatcher.h"
#include "site/fake_site.h"
#include "site/loopback.h"

namespace zoobar {

// Plays a role that serves pages: keeps the connections that it is handed.
class FakePages {
 public:
  Task<Result<Outgoing<Nothing>>> KeepLetGo(std::uint64_t connection) {
    let_go.push_back(connection);
    co_return Nothing();
  }
  Task<Result<Outgoing<ServeReply>>> Keep(ServeRequest request, Bytes secret, Fd socket) {
    handed.push_back({request.connection(), request.address(), std::string(View(secret)), std::move(socket)});
    if (hold) {
      const auto acknowledged = std::make_shared<Promised<bool>>();
      held.push_back(acknowledged);
      Promised<bool>& arrived = *acknowledged;
      co_await arrived;
    }
    ServeReply reply;
    co_return reply;
  }
  struct Handed {
    std::uint64_t number;
    std::string address, unread;
    Fd socket;
  };
  Service service;
  std::vector<Handed> handed;
  std::vector<std::uint64_t> let_go;
  bool hold = false;  // acknowledge later
  std::deque<std::shared_ptr<Promised<bool>>> held;
};

class FakeApp : public FakePages {
 public:
  FakeApp() {
    service.Handle(&FakeApp::Serve, this);
    service.Handle(&FakeApp::LetGo, this);
  }
  Task<Result<Outgoing<Nothing>>> LetGo(Incoming<LetGoRequest> call) { return KeepLetGo(call.message.connection()); }
  Task<Result<Outgoing<ServeReply>>> Serve(Incoming<ServeRequest> call) {
    return Keep(call.message, std::move(call.secret), std::move(call.fds.at(0)));
  }
};

class FakeLogin : public FakePages {
 public:
  FakeLogin() {
    service.Handle(&FakeLogin::Serve, this);
    service.Handle(&FakeLogin::LetGo, this);
  }
  Task<Result<Outgoing<Nothing>>> LetGo(Incoming<LetGoLoginRequest> call) {
    return KeepLetGo(call.message.connection().connection());
  }
  Task<Result<Outgoing<ServeReply>>> Serve(Incoming<ServeLoginRequest> call) {
    return Keep(call.message.connection(), std::move(call.secret), std::move(call.fds.at(0)));
  }
};

// Plays static: makes each file when it is asked for it.
class FakeStatic {
 public:
  FakeStatic() { service.Handle(&FakeStatic::Open, this); }
  Task<Result<Outgoing<OpenReply>>> Open(Incoming<OpenRequest> call) {
    ++calls;
    asked.push_back(call.message.path());
    if (hold) {
      const auto let = std::make_shared<Promised<bool>>();
      held.push_back(let);
      Promised<bool>& arrived = *let;
      co_await arrived;
    }
    OpenReply reply;
    reply.set_outcome(unavailable ? OpenReply::OUTCOME_UNAVAILABLE : OpenReply::OUTCOME_NOT_FOUND);
    const auto found = unavailable ? files.end() : files.find(call.message.path());
    if (found == files.end()) co_return reply;
    reply.set_outcome(OpenReply::OUTCOME_OPENED);
    const auto gzip = files.find(call.message.path() + ".gz");
    reply.set_has_gzip(gzip != files.end());
    Outgoing<OpenReply> answer(reply);
    answer.fds.push_back(Make(found->second));
    if (gzip != files.end()) answer.fds.push_back(Make(gzip->second));
    co_return answer;
  }
  Fd Make(const std::string& content) const {
    char name[] = "/tmp/zoobar-file-XXXXXX";
    Fd writable(mkstemp(name));
    std::ofstream(name) << content;
    Fd file(open(name, flags | O_CLOEXEC));
    unlink(name);
    return file;
  }
  Service service;
  std::map<std::string, std::string> files;
  void LetOne() {
    const auto let = held.front();
    held.pop_front();
    let->Set(true);
  }
  int flags = O_RDONLY;
  int calls = 0;
  std::vector<std::string> asked;
  bool hold = false;         // answer later
  bool unavailable = false;  // cannot tell, as if no descriptor were left
  std::deque<std::shared_ptr<Promised<bool>>> held;
};

class DispatcherRole : public testing::Test {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);
    site_.settings.mutable_http();
    AddRoutes("app", {"/zoobar/index.cgi", "/zoobar/index.cgi/"});
    AddRoutes("static", {"/zoobar/media/", "/favicon.ico"});
    AddRoutes("dispatcher", {});
    AddRoutes("login", {"/zoobar/index.cgi/login", "/zoobar/index.cgi/password"});
  }
  void TearDown() override {
    for (int i = 0; i < 10; ++i) site_.loop().RunOnce();  // lets acknowledgements arrive
    app_channel_.reset();
    login_channel_.reset();
    dispatcher_.reset();
  }
  void AddRoutes(const std::string& role, const std::vector<std::string>& routes) {
    auto* row = site_.settings.add_role();
    row->set_name(role);
    for (const std::string& route : routes) row->add_route(route);
  }
  void Begin(std::size_t open_files = 4096, bool with_app = true) {
    site_.passed["listener.0"] = ListenOnLoopback(address_);
    if (with_app) site_.Connect(ROLE_DISPATCHER, ROLE_APP, app_.service);
    site_.Connect(ROLE_DISPATCHER, ROLE_LOGIN, login_.service);
    site_.Connect(ROLE_DISPATCHER, ROLE_STATIC, static_.service);
    dispatcher_ = std::make_unique<Dispatcher>(site_, open_files);
    app_channel_ = site_.CallAs(ROLE_APP, ROLE_DISPATCHER);
    login_channel_ = site_.CallAs(ROLE_LOGIN, ROLE_DISPATCHER);
  }
  // From 127.0.0.`host`.
  Fd Connect(int host = 1) {
    Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + static_cast<std::uint32_t>(host));
    EXPECT_EQ(bind(client.get(), reinterpret_cast<sockaddr*>(&own), sizeof(own)), 0);
    EXPECT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&address_), sizeof(address_)), 0);
    fcntl(client.get(), F_SETFL, O_NONBLOCK);
    return client;
  }
  void Send(const Fd& client, const std::string& text) {
    ASSERT_EQ(send(client.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // Runs the loop until the client has a whole answer or the connection has ended.
  std::string Receive(const Fd& client) {
    std::string text;
    site_.RunUntil([&] { return Arrived(client, &text); });
    return text;
  }
  static bool Arrived(const Fd& client, std::string* text) {
    char block[65536];
    const ssize_t count = recv(client.get(), block, sizeof(block), 0);
    if (count > 0) text->append(block, static_cast<std::size_t>(count));
    const std::size_t end = text->find("\r\n\r\n"), length = text->find("Content-Length: ");
    if (end != std::string::npos && length < end) {
      return text->size() >= end + 4 + static_cast<std::size_t>(std::atoll(text->c_str() + length + 16));
    }
    return end != std::string::npos || count == 0 || (count < 0 && errno != EAGAIN);
  }
  std::string Ask(const Fd& client, const std::string& text) {
    Send(client, text);
    return Receive(client);
  }
  std::string Get(const std::string& path, const std::string& fields = "") {
    return Ask(Connect(), "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
  }
  void UntilHanded(std::size_t count) {
    site_.RunUntil([&] { return app_.handed.size() >= count; });
  }
  std::int64_t Count(const std::string& name) { return site_.counters.at(name)(); }
  void UntilLogin(std::size_t count) {
    site_.RunUntil([&] { return login_.handed.size() >= count; });
  }
  void GiveBack(std::uint64_t number, bool closed, std::string_view unread = {}) {
    GiveBackOver(*app_channel_, number, closed, unread);
  }
  static void GiveBackOver(Channel& channel, std::uint64_t number, bool closed, std::string_view unread = {}) {
    TakeBackRequest request;
    request.set_connection(number);
    request.set_closed(closed);
    request.set_requests(1);
    channel.Send(request, ToBytes(unread));
  }

  FakeSite site_;
  FakeApp app_;
  FakeLogin login_;
  FakeStatic static_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::shared_ptr<Channel> app_channel_, login_channel_;
  sockaddr_in address_{};
};

inline int StatusOf(const std::string& answer) { return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0; }
inline std::string BodyOf(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}
inline bool Holds(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

}  // namespace zoobar
