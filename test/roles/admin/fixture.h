// admin with a real control socket in a temporary state directory, an operator secret, and the peers that a test
// connects.
#pragma once

#include <argon2.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <fstream>
#include <memory>
#include <string>

#include "live_site/temporary_directory.h"
#include "roles/admin.h"
#include "site/fake_site.h"

namespace zoobar {

inline constexpr std::string_view kOperatorSecret = "correct horse";

// Plays logger, as far as it records the operator's acts.
class Recorder {
 public:
  Recorder() { service_.Handle(&Recorder::Record, this); }
  Task<Result<Outgoing<RecordReply>>> Record(Incoming<RecordRequest> call) {
    RecordReply reply;
    if (fails) co_return Error{"ill"};
    if (why_not.empty()) {
      records.push_back(call.message);
      reply.set_id("1.1." + std::to_string(records.size()));
    }
    reply.set_why(why_not);
    if (on_record) on_record();
    co_return reply;
  }
  const Service& service() const { return service_; }
  std::string why_not;  // if it is set, nothing is recorded
  bool fails = false;   // if it is set, no answer comes
  std::function<void()> on_record;
  std::vector<RecordRequest> records;

 private:
  Service service_;
};

class AdminFixture : public testing::Test {
 protected:
  AdminFixture() {
    mkdir((state_ + "/control").c_str(), 0700);
    site_.operator_secret_hash = HashOf(kOperatorSecret);
    site_.passed["control-listener"] = Listen();
    WriteSecret(std::string(kOperatorSecret) + "\n");
  }
  ~AdminFixture() override {
    // A hash may still be computed for a connection that is closed. Its thread uses admin_.
    site_.RunUntil([this] { return site_.loop().uv()->active_reqs.count == 0; });
    admin_.reset();
    operators_.clear();
    Turns();
  }

  // Cheaper parameters than any operator would choose, so that the tests are fast.
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

  // The master, which admin tells to reload, answers with reload_. It takes another program when it is told to.
  void Make() {
    admin_ = std::make_unique<Admin>(site_);
    site_.Connect(ROLE_ADMIN, ROLE_LOGGER, recorder_.service());
    site_.on_tell = [this](StateByte state) {
      if (state == StateByte::kReload) site_.loop().AtEndOfTurn([this] { admin_->ReloadEnded(reload_); });
      if (state == StateByte::kUpgrade || state == StateByte::kGoBack)
        site_.loop().AtEndOfTurn([this] { admin_->ProgramTaken(program_); });
    };
  }

  // A socket that is connected to admin; invalid if nobody listens.
  Fd ConnectSocket() const {
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_un address = Address();
    if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) socket.Close();
    return socket;
  }
  // An operator's end of a new connection.
  std::shared_ptr<Channel> Connect() {
    Fd socket = ConnectSocket();
    EXPECT_TRUE(socket);
    auto channel = std::make_shared<Channel>(site_.loop(), std::move(socket), ROLE_OPERATOR, Caller{ROLE_ADMIN, 0},
                                             nullptr, Channel::Events());
    operators_.push_back(channel);
    return channel;
  }
  // Closes an operator's end, and resets the caller's pointer.
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
    return OutcomeOf(Call<AuthenticateReply>(channel, AuthenticateRequest(), secret));
  }
  // The same without waiting. The outcome is added to `outcomes` when it is known.
  void BeginAuthenticate(std::shared_ptr<Channel> channel, std::string_view secret,
                         std::vector<std::string>* outcomes) {
    const auto authenticate = [](std::shared_ptr<Channel> on, Bytes bytes, std::vector<std::string>* to) -> Task<void> {
      AuthenticateRequest request;
      auto reply = on->Call<AuthenticateReply>(request, std::move(bytes));
      const Result<Incoming<AuthenticateReply>> outcome = co_await reply;
      to->push_back(OutcomeOf(outcome));
    };
    Spawn(authenticate(std::move(channel), ToBytes(secret), outcomes));
  }
  static std::string OutcomeOf(const Result<Incoming<AuthenticateReply>>& reply) {
    if (!reply.ok()) return "closed";
    return reply->message.accepted() ? "accepted" : "refused";
  }
  bool Answers(const std::shared_ptr<Channel>& channel) { return Call<StatusReply>(channel, StatusRequest()).ok(); }
  void Turns() {
    for (int i = 0; i < 50; ++i) site_.loop().RunOnce();
  }

  Recorder recorder_;
  FakeSite site_;
  const TemporaryDirectory directory_;
  std::string state_ = directory_.path();
  std::unique_ptr<Admin> admin_;
  ReloadEnded reload_;
  ProgramTaken program_;

 private:
  std::vector<std::shared_ptr<Channel>> operators_;
};

}  // namespace zoobar
