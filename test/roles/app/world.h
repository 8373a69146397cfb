// App with stand-ins for the roles it calls, and a client that speaks HTTP to it over a real socket.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "roles/app.h"
#include "roles/app/peers.h"
#include "site/fake_site.h"

namespace zoobar {

class AppWorld : public AppPeers {
 public:
  // open_files: how many files app believes the process may open; 0: the real limit.
  explicit AppWorld(std::size_t open_files = 0) {
    Config::RoleConfig& row = *site.settings.add_role();
    row.set_name("app");
    for (const char* route : {"/", "/zoobar/index.cgi", "/zoobar/index.cgi/"}) row.add_route(route);
    Config::RoleConfig& files = *site.settings.add_role();
    files.set_name("static");
    files.add_route("/zoobar/media/");
    app = std::make_unique<App>(site, open_files);
    for (const auto& [role, service] : services()) site.Connect(ROLE_APP, role, service);
    caller_ = site.CallAs(ROLE_DISPATCHER, ROLE_APP);
  }
  ~AppWorld() { app.reset(); }

  FakeSite site;
  std::unique_ptr<App> app;

  // A client's connection, handed to app with `unread` as already read. Gives the client's end.
  Fd Connect(const std::string& unread = "", std::uint64_t number = 1) {
    int pair[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    Fd client(pair[0]);
    ServeRequest serve;
    serve.set_connection(number);
    serve.set_address("192.0.2.7");
    std::vector<Fd> fds;
    fds.emplace_back(pair[1]);
    auto reply = site.Wait(caller_->Call<ServeReply>(std::move(serve), ToBytes(unread), std::move(fds)));
    EXPECT_TRUE(reply.ok());
    return client;
  }

  // The dispatcher asks app to give up this connection's place.
  void LetGo(std::uint64_t number) {
    LetGoRequest gives_way;
    gives_way.set_connection(number);
    EXPECT_TRUE(caller_->Send(gives_way));
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
  std::shared_ptr<Channel> caller_;
};

}  // namespace zoobar
