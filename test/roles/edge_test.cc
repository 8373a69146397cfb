// edge between clients, keys and the dispatcher. The sockets and TLS are real; the test plays keys and the dispatcher.
#include "roles/edge.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <deque>

#include "dispatcher.pb.h"
#include "keys.pb.h"
#include "site/fake_site.h"
#include "site/loopback.h"
#include "tls/certificate.h"
#include "tls/handshake_content.h"
#include "tls/test_keys.h"

namespace zoobar {
namespace {

// Plays keys: signs what it is asked for, after LetGo if `hold` is set.
class FakeKeys {
 public:
  FakeKeys() {
    service.Handle(&FakeKeys::Certificates, this);
    service.Handle(&FakeKeys::Sign, this);
    service.Handle(&FakeKeys::TicketKeys, this);
    service.Handle(&FakeKeys::Install, this);
  }
  void Add(TestKey made) {
    *certificates.add_certificates() = MustHave(ReadChain(made.chain));
    made_.push_back(std::move(made));
  }
  Task<Result<Outgoing<CertificatesReply>>> Certificates(Incoming<CertificatesRequest>) {
    ++asked_certificates;
    co_return certificates;
  }
  Task<Result<Outgoing<SignReply>>> Sign(Incoming<SignRequest> call) {
    ++asked;
    if (hold) {
      const auto go = std::make_shared<Promised<bool>>();
      held.push_back(go);
      Promised<bool>& gone = *go;
      co_await gone;
    }
    SignReply reply;
    if (forgotten) {
      reply.set_refusal(SignReply::REFUSAL_NO_SUCH_KEY);
      co_return reply;
    }
    const SignatureScheme* const scheme = FindScheme(call.message.scheme());
    CO_TRY_STATUS(CheckHandshakeContent(*scheme, certificates.certificates(0).kind(), call.message.content()));
    CO_TRY(std::string signature, SignContent(made_[0].pair.get(), *scheme, call.message.content()));
    reply.set_signature(std::move(signature));
    co_return reply;
  }
  Task<Result<Outgoing<TicketKeysReply>>> TicketKeys(Incoming<TicketKeysRequest>) {
    TicketKeysReply reply;
    reply.add_keys()->set_expires_in_ms(1000000);
    reply.set_next_in_ms(1000000);
    co_return Outgoing<TicketKeysReply>(std::move(reply), ToBytes(std::string(TicketSealer::kKeyBytes, 't')));
  }
  Task<Result<Outgoing<InstallReply>>> Install(Incoming<InstallRequest>) { co_return InstallReply(); }
  void LetGo() {
    hold = false;
    for (const auto& go : std::exchange(held, {})) go->Set(true);
  }
  Service service;
  CertificatesReply certificates;
  int asked = 0, asked_certificates = 0;
  bool hold = false, forgotten = false;
  std::deque<std::shared_ptr<Promised<bool>>> held;

 private:
  std::vector<TestKey> made_;
};

// Plays the dispatcher: keeps the ends of the pairs.
class FakeDispatcher {
 public:
  FakeDispatcher() { service.Handle(&FakeDispatcher::Accept, this); }
  Task<Result<Outgoing<AcceptReply>>> Accept(Incoming<AcceptRequest> call) {
    addresses.push_back(call.message.address());
    pairs.push_back(std::move(call.fds.at(0)));
    fcntl(pairs.back().get(), F_SETFL, O_NONBLOCK);
    co_return AcceptReply();
  }
  Service service;
  std::vector<std::string> addresses;
  std::vector<Fd> pairs;
};

// A client of the site, from 127.0.0.N.
class TlsClient {
 public:
  TlsClient(FakeSite& site, const sockaddr_in& to, int host = 1) : site_(site) {
    socket_ = Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + static_cast<std::uint32_t>(host));
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&own), sizeof own), 0);
    EXPECT_EQ(connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    fcntl(socket_.get(), F_SETFL, O_NONBLOCK);
    context_.reset(SSL_CTX_new(TLS_client_method()));
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_.get());
    SSL_set_connect_state(ssl_.get());
  }
  bool TryHandshake() { return SSL_do_handshake(ssl_.get()) == 1; }
  // Runs the loop until the handshake is over. False if it failed.
  bool Handshake() {
    for (;;) {
      const int result = SSL_do_handshake(ssl_.get());
      if (result == 1) return true;
      if (SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ) return false;
      site_.RunUntil([&] { return Readable(); });
    }
  }
  bool Readable() const {
    pollfd look{socket_.get(), POLLIN, 0};
    return poll(&look, 1, 0) == 1;
  }
  void Write(std::string_view text) {
    ASSERT_EQ(SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())), static_cast<int>(text.size()));
  }
  // Reads until `size` bytes are here or the server has ended the connection.
  std::string Read(std::size_t size) {
    std::string text;
    char block[65536];
    while (text.size() < size) {
      const int count = SSL_read(ssl_.get(), block, sizeof block);
      if (count > 0) {
        text.append(block, static_cast<std::size_t>(count));
        continue;
      }
      ended_ = SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN;
      if (SSL_get_error(ssl_.get(), count) != SSL_ERROR_WANT_READ) break;
      site_.RunUntil([&] { return Readable(); });
    }
    return text;
  }
  bool ended() const { return ended_; }  // by close_notify
  SSL* ssl() { return ssl_.get(); }
  Fd& socket_fd() { return socket_; }

 private:
  FakeSite& site_;
  Fd socket_;
  SslContextPtr context_;
  SslPtr ssl_;
  bool ended_ = false;
};

class EdgeTest : public testing::Test {
 protected:
  EdgeTest() {
    StartOpenssl();
    signal(SIGPIPE, SIG_IGN);
    site_.settings.mutable_http();
    keys_.Add(SelfSigned(NewEcKey(), "DNS:example.org"));
  }
  ~EdgeTest() override {
    for (int i = 0; i < 10; ++i) site_.loop().RunOnce();
    edge_.reset();
  }
  void Begin(bool with_keys = true, std::size_t open_files = 4096) {
    site_.passed["listener.0"] = ListenOnLoopback(address_);
    site_.Connect(ROLE_EDGE, ROLE_DISPATCHER, dispatcher_.service);
    edge_ = std::make_unique<Edge>(site_, open_files);
    if (with_keys) WireKeys();
  }
  void WireKeys() {
    site_.Connect(ROLE_EDGE, ROLE_KEYS, keys_.service);
    edge_->PeerWired(ROLE_KEYS, 0, 1, Fd());
    site_.RunUntil([&] { return Count("ticket_keys") > 0; });
  }
  TlsClient Client(int host = 1) { return TlsClient(site_, address_, host); }
  std::int64_t Count(const std::string& name) { return site_.counters.at(name)(); }
  Fd& Pair(std::size_t index = 0) {
    site_.RunUntil([&] { return dispatcher_.pairs.size() > index; });
    return dispatcher_.pairs[index];
  }
  // What edge has written into its end of the pair: at least `size` bytes.
  std::string FromPair(std::size_t size, std::size_t index = 0) {
    std::string text;
    Fd& pair = Pair(index);
    site_.RunUntil([&] {
      char block[65536];
      const ssize_t count = recv(pair.get(), block, sizeof block, 0);
      if (count > 0) text.append(block, static_cast<std::size_t>(count));
      return text.size() >= size || count == 0;
    });
    return text;
  }
  void ToPair(std::string_view text, std::size_t index = 0) {
    ASSERT_EQ(send(Pair(index).get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  bool PairEnds(std::size_t index = 0) {
    Fd& pair = Pair(index);
    site_.RunUntil([&] {
      pollfd look{pair.get(), POLLIN, 0};
      return poll(&look, 1, 0) == 1;
    });
    char byte;
    return recv(pair.get(), &byte, 1, 0) <= 0;
  }
  // What Sweep gets when this much time has passed.
  std::uint64_t In(std::int64_t seconds) {
    uv_update_time(site_.loop().uv());
    return uv_now(site_.loop().uv()) + static_cast<std::uint64_t>(seconds * 1000);
  }

  FakeSite site_;
  FakeKeys keys_;
  FakeDispatcher dispatcher_;
  std::unique_ptr<Edge> edge_;
  sockaddr_in address_{};
};

TEST_F(EdgeTest, PassesARequestAndItsResponseOn) {
  Begin();
  TlsClient client = Client(7);
  ASSERT_TRUE(client.Handshake());
  client.Write("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(FromPair(18), "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(dispatcher_.addresses, std::vector<std::string>{"127.0.0.7"});
  ToPair("HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(client.Read(19), "HTTP/1.1 200 OK\r\n\r\n");
  client.Write("more");
  EXPECT_EQ(FromPair(4), "more");
  EXPECT_EQ(dispatcher_.pairs.size(), 1u);
  EXPECT_EQ(Count("handshakes"), 1);
}

TEST_F(EdgeTest, AnIdleConnectionCostsTheDispatcherNothing) {
  Begin();
  TlsClient client = Client();
  ASSERT_TRUE(client.Handshake());
  for (int i = 0; i < 10; ++i) site_.loop().RunOnce();
  EXPECT_TRUE(dispatcher_.pairs.empty());
  EXPECT_EQ(Count("connections.quiet"), 1);
}

TEST_F(EdgeTest, EndsTheConnectionInGoodOrderWhenTheDispatcherDoes) {
  Begin();
  TlsClient client = Client();
  ASSERT_TRUE(client.Handshake());
  client.Write("x");
  ToPair("last words");
  dispatcher_.pairs[0].Close();
  EXPECT_EQ(client.Read(100), "last words");
  EXPECT_TRUE(client.ended()) << "the client was not told, so it could not know that nothing is missing";
  client.socket_fd().Close();
  site_.RunUntil([&] { return Count("connections") == 0; });
}

TEST_F(EdgeTest, TellsTheDispatcherWhenTheClientLeaves) {
  Begin();
  TlsClient client = Client();
  ASSERT_TRUE(client.Handshake());
  client.Write("x");
  EXPECT_EQ(FromPair(1), "x");
  client.socket_fd().Close();
  EXPECT_TRUE(PairEnds());
  site_.RunUntil([&] { return Count("connections") == 0; });
}

TEST_F(EdgeTest, AClientThatHasSaidEverythingStillGetsItsResponse) {
  Begin();
  TlsClient client = Client();
  ASSERT_TRUE(client.Handshake());
  client.Write("question");
  SSL_shutdown(client.ssl());
  EXPECT_EQ(FromPair(8), "question");
  EXPECT_TRUE(PairEnds());
  ToPair("answer");
  EXPECT_EQ(client.Read(6), "answer");
}

TEST_F(EdgeTest, AClientThatReadsNothingCostsOneBlockAndIsCutOff) {
  Begin();
  TlsClient client = Client();
  ASSERT_TRUE(client.Handshake());
  client.Write("x");
  Fd& pair = Pair();
  const std::string block(65536, 'b');
  std::size_t sent = 0;
  for (int quiet = 0; quiet < 50;) {  // until edge takes no more
    const ssize_t count = send(pair.get(), block.data(), block.size(), MSG_NOSIGNAL);
    quiet = count > 0 ? 0 : quiet + 1;
    sent += count > 0 ? static_cast<std::size_t>(count) : 0;
    site_.loop().RunOnce();
  }
  EXPECT_LT(sent, 64u << 20) << "sockets hold this, edge does not";
  std::string got = client.Read(100000);
  EXPECT_GE(got.size(), 100000u) << "a client that reads again gets what waits";
  for (int i = 0; i < 20; ++i) site_.loop().RunOnce();
  edge_->Sweep(In(31));
  site_.RunUntil([&] { return Count("connections") == 0; });
  EXPECT_EQ(Count("connections.cut_off"), 1);
}

TEST_F(EdgeTest, PassesLargeBodiesBothWays) {
  Begin();
  TlsClient client = Client();
  ASSERT_TRUE(client.Handshake());
  std::string body(3 << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 + i / 7919);
  std::size_t up = 0, down = 0;
  std::string at_dispatcher, at_client;
  SSL_set_mode(client.ssl(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  while (at_dispatcher.size() < body.size() || at_client.size() < body.size()) {
    if (up < body.size()) {
      const int count =
          SSL_write(client.ssl(), body.data() + up, static_cast<int>(std::min<std::size_t>(40000, body.size() - up)));
      if (count > 0) up += static_cast<std::size_t>(count);
    }
    char block[50000];
    const int got = SSL_read(client.ssl(), block, sizeof block);
    if (got > 0) at_client.append(block, static_cast<std::size_t>(got));
    site_.loop().RunOnce();
    if (dispatcher_.pairs.empty()) continue;
    const int pair = dispatcher_.pairs[0].get();
    const ssize_t received = recv(pair, block, sizeof block, 0);
    if (received > 0) at_dispatcher.append(block, static_cast<std::size_t>(received));
    const ssize_t sent = down < body.size() ? send(pair, body.data() + down,
                                                   std::min<std::size_t>(70000, body.size() - down), MSG_NOSIGNAL)
                                            : 0;
    if (sent > 0) down += static_cast<std::size_t>(sent);
  }
  EXPECT_TRUE(at_dispatcher == body);
  EXPECT_TRUE(at_client == body);
}

TEST_F(EdgeTest, WaitsForKeysWithoutHoldingUpOthers) {
  Begin();
  TlsClient before = Client();
  ASSERT_TRUE(before.Handshake());
  keys_.hold = true;
  TlsClient waiting = Client();
  site_.RunUntil([&] { return waiting.TryHandshake() || Count("handshakes.waiting_for_keys") > 0; });
  before.Write("x");
  EXPECT_EQ(FromPair(1), "x") << "connections that are open need no keys";
  site_.RunUntil([&] { return !keys_.held.empty(); });
  keys_.LetGo();
  EXPECT_TRUE(waiting.Handshake());
}

TEST_F(EdgeTest, AcceptsNobodyBeforeItHasTheCertificates) {
  Begin(false);
  TlsClient client = Client();
  EXPECT_FALSE(client.TryHandshake());
  for (int i = 0; i < 10; ++i) site_.loop().RunOnce();
  EXPECT_EQ(Count("connections"), 0);
  WireKeys();
  EXPECT_TRUE(client.Handshake()) << "it has waited in the kernel's queue";
}

TEST_F(EdgeTest, ASlowHandshakeIsCutOff) {
  Begin();
  TlsClient client = Client();  // sends nothing
  site_.RunUntil([&] { return Count("connections") == 1; });
  edge_->Sweep(In(9));
  EXPECT_EQ(Count("connections"), 1);
  edge_->Sweep(In(11));
  EXPECT_EQ(Count("connections"), 0);
  EXPECT_EQ(Count("handshakes.failed"), 1);
}

TEST_F(EdgeTest, AHandshakeThatWaitsForKeysIsCutOffToo) {
  Begin();
  keys_.hold = true;
  TlsClient client = Client();
  site_.RunUntil([&] { return client.TryHandshake() || !keys_.held.empty(); });
  edge_->Sweep(In(11));
  EXPECT_EQ(Count("connections"), 0);
  keys_.LetGo();
  for (int i = 0; i < 10; ++i) site_.loop().RunOnce();
  EXPECT_FALSE(client.Handshake());
}

TEST_F(EdgeTest, AConnectionWithoutARequestIsEndedAfterTheIdleTime) {
  Begin();
  TlsClient client = Client();
  ASSERT_TRUE(client.Handshake());
  site_.RunUntil([&] { return Count("connections.quiet") == 1; });  // the client is done a little earlier
  edge_->Sweep(In(119));
  EXPECT_EQ(Count("connections"), 1);
  edge_->Sweep(In(121));
  EXPECT_EQ(client.Read(1), "");
  EXPECT_TRUE(client.ended());
}

TEST_F(EdgeTest, OneAddressesHandshakesDoNotKeepAnotherOut) {
  Begin();
  std::vector<TlsClient> flood;
  for (std::size_t i = 0; i < Edge::kHandshakesOfOne + 50; ++i) {
    flood.push_back(Client(9));
    site_.loop().RunOnce();
  }
  site_.RunUntil([&] { return Count("connections.accepted") >= static_cast<std::int64_t>(flood.size()); });
  EXPECT_EQ(Count("handshakes.now"), static_cast<std::int64_t>(Edge::kHandshakesOfOne));
  TlsClient honest = Client(1);
  EXPECT_TRUE(honest.Handshake());
}

TEST_F(EdgeTest, OneAddressesSignaturesDoNotKeepAnotherWaiting) {
  Begin();
  keys_.hold = true;
  std::vector<std::unique_ptr<TlsClient>> flood;
  for (int i = 0; i < 100; ++i) flood.push_back(std::make_unique<TlsClient>(site_, address_, 9));
  site_.RunUntil([&] {
    for (auto& client : flood) client->TryHandshake();
    return Count("queue.signatures.waiting") + Count("queue.signatures.running") == 100;
  });
  EXPECT_EQ(Count("queue.signatures.running"), static_cast<std::int64_t>(Signatures::kAtOnceOfOne));
  TlsClient honest = Client(1);
  site_.RunUntil([&] {
    honest.TryHandshake();
    return Count("queue.signatures.running") == static_cast<std::int64_t>(Signatures::kAtOnceOfOne) + 1;
  });
  keys_.LetGo();
  EXPECT_TRUE(honest.Handshake());
}

TEST_F(EdgeTest, AsksForTheCertificatesAgainWhenAKeyIsGone) {
  Begin();
  keys_.forgotten = true;
  const int before = keys_.asked_certificates;
  TlsClient client = Client();
  EXPECT_FALSE(client.Handshake());
  site_.RunUntil([&] { return keys_.asked_certificates > before; });
  keys_.forgotten = false;
  TlsClient next = Client();
  EXPECT_TRUE(next.Handshake());
}

TEST_F(EdgeTest, AtItsLimitAnAddressGivesUpAQuietConnection) {
  site_.settings.mutable_http()->set_connections(4);
  site_.settings.mutable_http()->set_connections_per_address(3);
  Begin();
  std::vector<std::unique_ptr<TlsClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<TlsClient>(site_, address_, 9));
    ASSERT_TRUE(clients.back()->Handshake());
  }
  clients[0]->Write("x");
  EXPECT_EQ(FromPair(1), "x");  // it waits for its response
  TlsClient another = Client(9);
  ASSERT_TRUE(another.Handshake());
  EXPECT_EQ(Count("connections"), 3);
  EXPECT_EQ(clients[1]->Read(1), "") << "the oldest one without a request has ended";
  ToPair("y");
  EXPECT_EQ(clients[0]->Read(1), "y");
}

TEST_F(EdgeTest, DrainsWhenEveryRequestHasItsResponse) {
  Begin();
  TlsClient busy = Client(), idle = Client();
  ASSERT_TRUE(busy.Handshake());
  ASSERT_TRUE(idle.Handshake());
  busy.Write("x");
  EXPECT_EQ(FromPair(1), "x");
  bool drained = false;
  edge_->Drain([&] { drained = true; });
  EXPECT_EQ(idle.Read(1), "");
  idle.socket_fd().Close();
  EXPECT_FALSE(drained);
  ToPair("y");
  dispatcher_.pairs[0].Close();
  EXPECT_EQ(busy.Read(2), "y");
  busy.socket_fd().Close();
  site_.RunUntil([&] { return drained; });
}

TEST_F(EdgeTest, WhileItDrainsAClientThatHasJustConnectedGetsItsResponse) {
  Begin();
  TlsClient asking = Client(), silent = Client();
  site_.RunUntil([&] { return Count("connections") == 2; });
  bool drained = false;
  edge_->Drain([&] { drained = true; });
  ASSERT_TRUE(asking.Handshake());
  asking.Write("x");
  EXPECT_EQ(FromPair(1), "x");
  ToPair("y");
  dispatcher_.pairs[0].Close();
  EXPECT_EQ(asking.Read(2), "y");
  EXPECT_FALSE(drained);
  asking.socket_fd().Close();
  site_.RunUntil([&] { return drained; });
  EXPECT_FALSE(silent.Handshake()) << "its half second is over";
}

TEST_F(EdgeTest, OnlyKeysSaysThatCertificatesHaveChanged) {
  Begin();
  const auto dispatcher = site_.CallAs(ROLE_DISPATCHER, ROLE_EDGE);
  dispatcher->Send(CertificatesChangedRequest());
  site_.RunUntil([&] { return !site_.misbehaviours.empty(); });
  const int before = keys_.asked_certificates;
  const auto keys = site_.CallAs(ROLE_KEYS, ROLE_EDGE);
  keys->Send(CertificatesChangedRequest());
  site_.RunUntil([&] { return keys_.asked_certificates > before; });
}

}  // namespace
}  // namespace zoobar
