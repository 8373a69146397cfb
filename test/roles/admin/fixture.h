// admin on a real control socket in a temporary state directory, with an operator secret and whatever peers a test
// gives.
#pragma once

#include <argon2.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "roles/admin.h"
#include "site/fake_site.h"

namespace zoobar {

inline constexpr std::string_view kOperatorSecret = "correct horse";

class AdminFixture : public testing::Test {
 protected:
  AdminFixture() {
    char name[] = "/tmp/zoobar-admin-XXXXXX";
    state_ = mkdtemp(name);
    mkdir((state_ + "/control").c_str(), 0700);
    site_.operator_secret_hash = HashOf(kOperatorSecret);
    site_.passed["control-listener"] = Listen();
    WriteSecret(std::string(kOperatorSecret) + "\n");
  }
  ~AdminFixture() override {
    // A hash may still be under way for a connection that is closed; it ends in the admin that began it.
    site_.RunUntil([this] { return site_.loop().uv()->active_reqs.count == 0; });
    admin_.reset();
    operators_.clear();
    Turns();
    std::filesystem::remove_all(state_);
  }

  // Parameters no operator would choose: the test is not about time.
  static std::string HashOf(std::string_view secret) {
    char encoded[256];
    EXPECT_EQ(argon2id_hash_encoded(1, 64, 1, secret.data(), secret.size(), "salt of 16 bytes", 16, 32, encoded,
                                    sizeof encoded),
              ARGON2_OK);
    return encoded;
  }
  std::string SocketPath() const { return state_ + "/control/control.sock"; }
  Fd Listen() const {
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_un address = Address();
    EXPECT_EQ(bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(socket.get(), 64), 0);
    return socket;
  }
  sockaddr_un Address() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    SocketPath().copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
  }
  void WriteSecret(const std::string& text) const { std::ofstream(state_ + "/operator.secret") << text; }

  void Make() { admin_ = std::make_unique<Admin>(site_); }

  // An operator's end of a new connection.
  std::shared_ptr<Channel> Connect() {
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_un address = Address();
    EXPECT_EQ(connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    auto channel = std::make_shared<Channel>(site_.loop(), std::move(socket), ROLE_OPERATOR, Caller{ROLE_ADMIN, 0},
                                             nullptr, Channel::Events());
    operators_.push_back(channel);
    return channel;
  }
  // Closes an operator's end; the caller's own handle goes too.
  void Disconnect(std::shared_ptr<Channel>& channel) {
    std::erase(operators_, channel);
    channel.reset();
  }
  template <typename Reply, typename Request>
  Result<Incoming<Reply>> Call(const std::shared_ptr<Channel>& channel, Request request, std::string_view secret = {}) {
    return site_.Wait(channel->Call<Reply>(std::move(request), ToBytes(secret)));
  }
  // "accepted", "refused" or "closed".
  std::string Authenticate(const std::shared_ptr<Channel>& channel, std::string_view secret = kOperatorSecret) {
    const Result<Incoming<AuthenticateReply>> reply = Call<AuthenticateReply>(channel, AuthenticateRequest(), secret);
    if (!reply.ok()) return "closed";
    return reply->message.accepted() ? "accepted" : "refused";
  }
  bool Answers(const std::shared_ptr<Channel>& channel) { return Call<StatusReply>(channel, StatusRequest()).ok(); }
  void Turns() {
    for (int i = 0; i < 50; ++i) site_.loop().RunOnce();
  }

  FakeSite site_;
  std::string state_;
  std::unique_ptr<Admin> admin_;

 private:
  std::vector<std::shared_ptr<Channel>> operators_;
};

}  // namespace zoobar
