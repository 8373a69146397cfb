// A handler, a client's end of connections, and requests, for the tests of Connections.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/connection.h"

namespace zoobar {

// Answers by path.
//   /mine       at once, from the head
//   /later      when the test does it
//   /theirs     never: the connection is detached
//   /forgotten  never: the exchange is dropped
//   /slow       after more than one turn's time
//   /big, /file with what the test has prepared
//   any other   with the path and the body
class Owner : public HttpHandler {
 public:
  Verdict OnHead(HttpConnection& connection, const RequestHead& head) override {
    heads.push_back(std::string(head.path()));
    if (head.path() == "/theirs") return Verdict::kDetach;
    if (head.path() != "/mine" || head.has_body()) return Verdict::kServe;
    PreparedResponse response;
    response.fields = "Content-Length: 4\r\n";
    response.copied = "mine";
    connection.AnswerNow(response);
    return Verdict::kAnswered;
  }
  void OnRequest(Exchange exchange, Request request) override {
    if (request.head.path() == "/slow") {  // busy, by the clock that measures events
      const std::int64_t begin = MonotonicMicros();
      while (MonotonicMicros() - begin < 2 * TurnShares::kTurnUs) continue;
    }
    if (request.head.path() == "/later") return waiting.push_back(std::move(exchange));
    if (request.head.path() == "/forgotten") return;
    if (request.head.path() == "/big" || request.head.path() == "/file") {
      PreparedResponse response;
      response.fields = big_fields;
      if (request.head.path() == "/big") response.shared = big;
      if (request.head.path() == "/file") response.file = file;
      return exchange.Answer(response);
    }
    Response response = Response::Text(200, std::string(request.head.path()) + "|" + std::string(View(request.body)));
    exchange.Answer(std::move(response));
  }
  void OnDetached(Client client, Fd socket, Bytes unread, Departure why) override {
    detached.push_back({client.number, std::move(socket), std::string(View(unread)), why});
  }
  void OnClosed(const Client& client) override { closed.push_back(client.number); }
  void OnServed(const Served& one) override { served.push_back({std::string(one.path), one.status}); }

  struct Detached {
    std::uint64_t number;
    Fd socket;
    std::string unread;
    Departure why;
  };
  std::vector<std::string> heads;
  std::vector<Exchange> waiting;
  std::vector<Detached> detached;
  std::vector<std::uint64_t> closed;
  std::vector<std::pair<std::string, int>> served;
  std::shared_ptr<const std::string> big;
  FileSlice file;
  std::string big_fields;
};

class Serving : public testing::Test {
 protected:
  void SetUp() override { Begin({}); }
  void TearDown() override {
    owner_.waiting.clear();
    connections_.reset();
    loop_.RunOnce();
  }

  void Begin(Connections::Options options) {
    connections_ = std::make_unique<Connections>(loop_, owner_, std::move(options));
  }
  // The server's end and the client's end of a connected socket.
  static std::pair<Fd, Fd> SocketPair() {
    int pair[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    return {Fd(pair[0]), Fd(pair[1])};
  }
  // The client's end of a new connection.
  Fd Connect(std::uint64_t number = 1, std::string_view unread = {}, const char* address = "192.0.2.1") {
    auto [server, client] = SocketPair();
    Client about;
    about.peer = *IpAddress::Parse(address);
    about.number = number;
    connections_->Adopt(std::move(server), about, ToBytes(unread));
    return std::move(client);
  }
  // Makes /big answer with a body of `size` bytes 'b'.
  void MakeBig(std::size_t size) {
    owner_.big = std::make_shared<const std::string>(size, 'b');
    owner_.big_fields = "Content-Length: " + std::to_string(size) + "\r\n";
  }
  void Turn() {
    for (int i = 0; i < 4; ++i) loop_.RunOnce();
  }
  void Send(const Fd& client, std::string_view text) {
    ASSERT_EQ(send(client.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    Turn();
  }
  // Everything that has arrived, followed by "<end>" if the connection has ended.
  std::string Received(const Fd& client) {
    std::string text;
    char block[65536];
    while (true) {
      Turn();
      const ssize_t count = recv(client.get(), block, sizeof(block), 0);
      if (count <= 0) return text + (count == 0 ? "<end>" : "");
      text.append(block, static_cast<std::size_t>(count));
    }
  }
  std::string Ask(const Fd& client, std::string_view text) {
    Send(client, text);
    return Received(client);
  }
  void Pass(Milliseconds time) { connections_->Sweep(uv_now(loop_.uv()) + static_cast<std::uint64_t>(time.count())); }

  Loop loop_;
  Owner owner_;
  std::unique_ptr<Connections> connections_;
};

inline int StatusOf(const std::string& answer) { return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0; }
inline std::string BodyOf(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }
inline int CountOf(const std::string& text, const std::string& what) {
  int count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}
inline std::string Get(std::string_view path) { return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

}  // namespace zoobar
