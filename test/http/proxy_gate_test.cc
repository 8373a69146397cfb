#include "http/proxy_gate.h"

#include <gtest/gtest.h>

#include "http/connection_fixture.h"
#include "http/proxy_headers.h"
#include "ipc/run_until.h"

namespace zoobar {
namespace {

using std::string;
using std::string_view;

class ProxyGateTest : public testing::Test {
 protected:
  void Begin(std::size_t capacity = 8, Milliseconds patience = ProxyGate::kPatience) {
    gate_ = std::make_unique<ProxyGate>(loop_, capacity, patience);
  }
  void TearDown() override {
    gate_.reset();
    Turn();
  }
  void Turn() {
    for (int i = 0; i < 4; ++i) loop_.RunOnce();
  }
  // The other end of a connection from this address.
  Fd Connect(const char* from = "10.0.0.1", string_view first = {}) {
    int pair[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    Fd client(pair[1]);
    Send(client, first);
    gate_->Enter(*IpAddress::Parse(from), Fd(pair[0]), trusted_, [this](IpAddress address, Fd socket) {
      char block[64];
      const ssize_t count = recv(socket.get(), block, sizeof block, MSG_DONTWAIT);
      named_.push_back(address.Text() + "|" + string(block, count > 0 ? static_cast<std::size_t>(count) : 0));
    });
    return client;
  }
  void Send(const Fd& client, string_view bytes) {
    ASSERT_EQ(send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  static bool Closed(const Fd& client) {
    char byte;
    const ssize_t count = recv(client.get(), &byte, 1, MSG_DONTWAIT);
    return count == 0 || (count < 0 && errno != EAGAIN);
  }

  Loop loop_;
  TrustedProxies trusted_ = MustHave(TrustedProxies::Parse(std::vector<string>{"10.0.0.0/8"}));
  std::unique_ptr<ProxyGate> gate_;
  std::vector<string> named_;  // the address, and the bytes that the next reader finds
};

TEST_F(ProxyGateTest, LeavesWhatFollowsTheHeaderToTheNextReader) {
  Begin();
  Connect("10.0.0.1", ProxyHeaderFor("192.0.2.7") + "GET /");
  EXPECT_EQ(named_, std::vector<string>{"192.0.2.7|GET /"});
  EXPECT_EQ(gate_->waiting(), 0u);
}

TEST_F(ProxyGateTest, TakesAHeaderByteByByte) {
  Begin();
  const Fd client = Connect();
  const string header = ProxyHeaderFor("2001:db8::7");
  for (const char byte : header) {
    EXPECT_TRUE(named_.empty());
    EXPECT_EQ(gate_->waiting(), 1u);
    Send(client, {&byte, 1});
    Turn();
  }
  EXPECT_EQ(named_, std::vector<string>{"2001:db8::7|"});
}

TEST_F(ProxyGateTest, TheProxyItselfIsItsOwnClient) {
  Begin();
  Connect("10.0.0.1", RawProxyHeader(0x20, 0, ""));
  EXPECT_EQ(named_, std::vector<string>{"10.0.0.1|"});
}

TEST_F(ProxyGateTest, AStrangerIsClosedWhateverItSends) {
  Begin();
  const Fd stranger = Connect("192.0.2.1", ProxyHeaderFor("192.0.2.7"));
  EXPECT_TRUE(Closed(stranger));
  EXPECT_TRUE(named_.empty());
  EXPECT_EQ(gate_->strangers(), 1);
  EXPECT_EQ(gate_->refused(), 0);
}

TEST_F(ProxyGateTest, AConnectionWithoutAHeaderIsClosedAndCounted) {
  Begin();
  const Fd http = Connect("10.0.0.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(Closed(http));
  const Fd cut = Connect("10.0.0.1", ProxyHeaderFor("192.0.2.7").substr(0, 20));
  EXPECT_FALSE(Closed(cut));
  shutdown(cut.get(), SHUT_WR);
  Turn();
  EXPECT_TRUE(Closed(cut));
  EXPECT_EQ(gate_->refused(), 2);
  EXPECT_TRUE(named_.empty());
}

TEST_F(ProxyGateTest, ALateHeaderIsNotWaitedFor) {
  Begin(8, Milliseconds(1));
  const Fd late = Connect();
  RunUntil(loop_, [&] { return gate_->waiting() == 0; });
  EXPECT_TRUE(Closed(late));
  EXPECT_EQ(gate_->refused(), 1);
}

TEST_F(ProxyGateTest, AProxyThatSendsNothingTakesNoPlaceFromAnother) {
  Begin(4);
  std::vector<Fd> silent;
  for (int i = 0; i < 50; ++i) silent.push_back(Connect("10.0.0.1"));
  EXPECT_EQ(gate_->waiting(), 4u);
  const Fd honest = Connect("10.0.0.2");
  silent.push_back(Connect("10.0.0.1"));
  silent.push_back(Connect("10.0.0.1"));
  EXPECT_FALSE(Closed(honest)) << "the other proxy holds more places";
  Send(honest, ProxyHeaderFor("192.0.2.7"));
  Turn();
  EXPECT_EQ(named_, std::vector<string>{"192.0.2.7|"});
}

TEST_F(ProxyGateTest, ShutClosesWhatWaits) {
  Begin();
  const Fd client = Connect();
  gate_->Shut();
  EXPECT_TRUE(Closed(client));
}

}  // namespace
}  // namespace zoobar
