// A role that serves pages (app, login) with stand-ins for the roles it calls, and a client that speaks HTTP to it over a
// real socket.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "roles/app.h"
#include "roles/app/peers.h"
#include "roles/login.h"
#include "site/fake_site.h"

namespace zoobar {

// How the dispatcher calls app, and how it calls login.
struct OfApp {
  using Body = App;
  static constexpr Role kRole = ROLE_APP;
  static ServeRequest Wrap(ServeRequest request) { return request; }
  static LetGoRequest Wrap(LetGoRequest request) { return request; }
};
struct OfLogin {
  using Body = Login;
  static constexpr Role kRole = ROLE_LOGIN;
  static ServeLoginRequest Wrap(const ServeRequest& request) {
    ServeLoginRequest wrapped;
    *wrapped.mutable_connection() = request;
    return wrapped;
  }
  static LetGoLoginRequest Wrap(const LetGoRequest& request) {
    LetGoLoginRequest wrapped;
    *wrapped.mutable_connection() = request;
    return wrapped;
  }
};

template <typename Of>
class PageWorld : public AppPeers {
 public:
  // open_files: how many files the role believes the process may open; 0: the real limit.
  explicit PageWorld(std::size_t open_files = 0) {
    AddRoutes("app", {"/", "/zoobar/index.cgi", "/zoobar/index.cgi/"});
    AddRoutes("login", {"/zoobar/index.cgi/login", "/zoobar/index.cgi/logout", "/zoobar/index.cgi/password",
                        "/zoobar/index.cgi/strength", "/zoobar/index.cgi/passkeys"});
    AddRoutes("static", {"/zoobar/media/"});
    body = std::make_unique<typename Of::Body>(site, open_files);
    for (const auto& [role, service] : services()) site.Connect(Of::kRole, role, service);
    caller_ = site.CallAs(ROLE_DISPATCHER, Of::kRole);
  }
  ~PageWorld() { body.reset(); }

  FakeSite site;
  std::unique_ptr<typename Of::Body> body;

  // A client's connection, handed to the role with `unread` as already read. Gives the client's end. https_port: as in
  // ServeRequest.
  Fd Connect(const std::string& unread = "", std::uint64_t number = 1, std::uint32_t https_port = 0) {
    int pair[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    Fd client(pair[0]);
    ServeRequest serve;
    serve.set_connection(number);
    serve.set_address("192.0.2.7");
    serve.set_https_port(https_port);
    std::vector<Fd> fds;
    fds.emplace_back(pair[1]);
    auto reply = site.Wait(caller_->Call<ServeReply>(Of::Wrap(serve), ToBytes(unread), std::move(fds)));
    EXPECT_TRUE(reply.ok());
    return client;
  }

  // The dispatcher asks the role to give up this connection's place.
  void LetGo(std::uint64_t number) {
    LetGoRequest gives_way;
    gives_way.set_connection(number);
    EXPECT_TRUE(caller_->Send(Of::Wrap(gives_way)));
  }

  // Reads until one whole answer is there (by Content-Length), or the end of the connection.
  std::string ReadAnswer(const Fd& client, bool head_only = false) {
    std::string text;
    bool ended = false;
    const auto whole = [&] {
      char buffer[65536];
      ssize_t count;
      while ((count = recv(client.get(), buffer, sizeof buffer, 0)) > 0)
        text.append(buffer, static_cast<std::size_t>(count));
      ended = ended || count == 0;
      const std::size_t end = text.find("\r\n\r\n");
      if (end == text.npos) return ended;
      if (head_only) return true;
      const std::size_t length = text.find("Content-Length: ");
      return ended || text.size() >= end + 4 + static_cast<std::size_t>(std::stoul(text.substr(length + 16)));
    };
    // Another watcher of the same socket wakes the loop when something arrives.
    Watch watch(site.loop(), client.get(), [](int) {});
    watch.Set(UV_READABLE);
    site.RunUntil(whole);
    return text;
  }
  std::string Ask(const std::string& request, bool head_only = false) {
    const Fd client = Connect(request);
    return ReadAnswer(client, head_only);
  }
  static std::string Path(const std::string& page) { return "/zoobar/index.cgi/" + page; }
  std::string Get(const std::string& page, const std::string& fields = "") {
    return Ask("GET " + Path(page) + " HTTP/1.1\r\nHost: zoobar\r\n" + fields + "\r\n");
  }
  std::string Head(const std::string& page, const std::string& fields = "") {
    return Ask("HEAD " + Path(page) + " HTTP/1.1\r\nHost: zoobar\r\n" + fields + "\r\n", true);
  }
  std::string Post(const std::string& page, const std::string& form, const std::string& fields = "") {
    return Ask("POST " + Path(page) +
               " HTTP/1.1\r\nHost: zoobar\r\nContent-Type: application/x-www-form-urlencoded\r\n" + fields +
               "Content-Length: " + std::to_string(form.size()) + "\r\n\r\n" + form);
  }

 private:
  void AddRoutes(const char* role, const std::vector<const char*>& routes) {
    Config::RoleConfig& row = *site.settings.add_role();
    row.set_name(role);
    for (const char* route : routes) row.add_route(route);
  }

  std::shared_ptr<Channel> caller_;
};

using AppWorld = PageWorld<OfApp>;
using LoginWorld = PageWorld<OfLogin>;

}  // namespace zoobar
