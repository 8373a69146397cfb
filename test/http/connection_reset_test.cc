// Clients that reset their connection.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include "http/connection_fixture.h"

namespace zoobar {
namespace {

// Over TCP, because only there can a client reset its connection, so that no end of file arrives.
class Resets : public Serving {
 protected:
  Fd ConnectByTcp() {
    Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener.get(), 1), 0);
    getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
    EXPECT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    Fd accepted(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    EXPECT_TRUE(accepted.valid());
    Client about;
    about.peer = *IpAddress::Parse("127.0.0.1");
    about.number = 1;
    connections_->Adopt(std::move(accepted), about);
    return client;
  }
  static void Reset(Fd client) {
    const linger now{1, 0};
    setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    client.Close();
  }
  // Waits without letting any deadline pass.
  void UntilGone() {
    for (int i = 0; i < 2000 && connections_->size() > 0; ++i) {
      loop_.RunOnce();
      usleep(1000);
    }
    EXPECT_EQ(connections_->size(), 0u);
    EXPECT_EQ(owner_.closed, std::vector<std::uint64_t>{1});
  }
};

TEST_F(Resets, AConnectionWithAnUnreadHeadIsGoneAtOnce) {
  Fd client = ConnectByTcp();
  ASSERT_EQ(send(client.get(), "GET", 3, MSG_NOSIGNAL), 3);
  Reset(std::move(client));
  UntilGone();
}

TEST_F(Resets, AConnectionWithHalfAHeadIsGoneAtOnce) {
  Fd client = ConnectByTcp();
  Send(client, "GET / HTT");
  Reset(std::move(client));
  UntilGone();
}

TEST_F(Resets, AnIdleConnectionIsGoneAtOnce) {
  Fd client = ConnectByTcp();
  Turn();
  Reset(std::move(client));
  UntilGone();
}

TEST_F(Resets, AConnectionThatIsWrittenToIsGoneAtOnce) {
  MakeBig(32 << 20);
  Fd client = ConnectByTcp();
  Send(client, Get("/big"));
  Reset(std::move(client));
  UntilGone();
}

TEST_F(Resets, AConnectionThatWaitsForItsAnswerIsGoneAtOnce) {
  Fd client = ConnectByTcp();
  Send(client, Get("/later"));
  ASSERT_EQ(owner_.waiting.size(), 1u);
  EXPECT_TRUE(owner_.waiting[0].alive());
  Reset(std::move(client));
  UntilGone();
  EXPECT_FALSE(owner_.waiting[0].alive());
}

TEST_F(Resets, AConnectionOfWhichNothingMoreIsReadIsGoneAtOnce) {
  Fd client = ConnectByTcp();
  const std::string much = Get("/later") + std::string(20000, 'x');
  ASSERT_EQ(send(client.get(), much.data(), much.size(), MSG_NOSIGNAL), static_cast<ssize_t>(much.size()));
  for (int i = 0; i < 100 && owner_.waiting.empty(); ++i) Turn();
  ASSERT_EQ(owner_.waiting.size(), 1u);
  Turn();
  Reset(std::move(client));
  UntilGone();
}

// The client may still want the answer, so nothing more is read and nothing is lost.
TEST_F(Resets, AClientThatHasOnlyEndedItsSendingGetsItsAnswer) {
  Fd client = ConnectByTcp();
  const std::string much = Get("/later") + std::string(20000, 'x');
  ASSERT_EQ(send(client.get(), much.data(), much.size(), MSG_NOSIGNAL), static_cast<ssize_t>(much.size()));
  shutdown(client.get(), SHUT_WR);
  for (int i = 0; i < 100 && owner_.waiting.empty(); ++i) Turn();
  ASSERT_EQ(owner_.waiting.size(), 1u);
  Turn();
  ASSERT_TRUE(owner_.waiting[0].alive());
  owner_.waiting[0].Answer(Response::Text(200, "the answer"));
  fcntl(client.get(), F_SETFL, O_NONBLOCK);
  EXPECT_NE(Received(client).find("the answer"), std::string::npos);
}

}  // namespace
}  // namespace zoobar
