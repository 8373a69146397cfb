// An owner of HTTP connections for the fuzzers, and what it has answered.
#pragma once

#include <fmt/format.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/connection.h"

namespace zoobar {

// Answers by path.
//   /mine       at once, from the head
//   /early      at once, without the body
//   /theirs...  never: the connection is detached
//   /later      when the target calls AnswerLater
//   /forgotten  never: the exchange is dropped
//   /big        with a body that is sent separately
//   any other   with the number of the request, the method, the path and the body
class FuzzOwner : public HttpHandler {
 public:
  bool ServesPath(std::string_view path) override { return !path.starts_with("/theirs"); }
  Verdict OnHead(HttpConnection& connection, const RequestHead& head) override {
    ++heads;
    if (head.path().starts_with("/theirs")) return Verdict::kDetach;
    if (head.path() == "/early") {
      connection.AnswerWithoutBody(Response::Text(403, fmt::format("{} early", ++requests)));
      return Verdict::kAnswered;
    }
    if (head.path() != "/mine" || head.has_body()) return Verdict::kServe;
    const std::string body = fmt::format("{} mine", ++requests);
    const std::string fields = fmt::format("Content-Length: {}\r\n", body.size());
    PreparedResponse response;
    response.fields = fields;
    response.copied = body;
    connection.AnswerNow(response);
    return Verdict::kAnswered;
  }
  void OnRequest(Exchange exchange, Request request) override {
    ++requests;
    const std::string_view path = request.head.path();
    if (path == "/later") return waiting.push_back(std::move(exchange));
    if (path == "/forgotten") return;
    if (path == "/big") {
      const std::string fields = fmt::format("Content-Length: {}\r\n", big_->size());
      PreparedResponse response;
      response.fields = fields;
      response.shared = big_;
      return exchange.Answer(response);
    }
    exchange.Answer(Response::Text(
        200, fmt::format("{} {} {}|{}", requests, MethodName(request.head.method), path, View(request.body))));
  }
  void OnDetached(Client, Fd its_socket, Bytes its_unread, Departure) override {
    detached = true;
    socket = std::move(its_socket);
    unread = View(its_unread);
  }
  void OnClosed(const Client&) override { ++closed; }
  void OnServed(const Served& one) override { served.push_back({one.method == "HEAD", one.status, one.bytes}); }

  // Answers the oldest request that waits. Returns false if none does.
  bool AnswerLater() {
    if (waiting.empty()) return false;
    Exchange exchange = std::move(waiting.front());
    waiting.erase(waiting.begin());
    exchange.Answer(Response::Text(200, "later"));
    return true;
  }
  void Forget() {
    waiting.clear();
    served.clear();
    heads = requests = closed = 0;
    detached = false;
    socket = Fd();
    unread.clear();
  }

  struct One {
    bool head_only;
    int status;
    std::uint64_t bytes;
  };
  std::vector<One> served;
  std::vector<Exchange> waiting;
  int heads = 0, requests = 0, closed = 0;
  bool detached = false;
  Fd socket;
  std::string unread;

 private:
  const std::shared_ptr<const std::string> big_ = std::make_shared<const std::string>(40000, 'b');
};

// Connected stream sockets: the server's end and the client's.
inline std::pair<Fd, Fd> FuzzSocketPair() {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) Die("no socket pair");
  return {Fd(pair[0]), Fd(pair[1])};
}

}  // namespace zoobar
