// Handshakes of the server's side with a client of libssl, over a socket pair, in one thread.
#include "tls/server.h"

#include <fcntl.h>
#include <openssl/async.h>
#include <openssl/err.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <functional>

#include "ipc/fd.h"
#include "tls/certificate.h"
#include "tls/handshake_content.h"
#include "tls/stream.h"
#include "tls/test_keys.h"

namespace zoobar {
namespace {

using Outcome = TlsStream::Outcome;

// Signs with keys that it has, as the role keys does, after a pause as long as `hold`.
class TestSigner : public Signer {
 public:
  std::optional<std::string> Sign(std::string_view key_id, std::uint16_t scheme, std::string_view content) override {
    ++asked;
    schemes.push_back(scheme);
    while (hold) ASYNC_pause_job();
    for (const auto& [about, key] : keys) {
      if (about.key_id() != key_id) continue;
      const SignatureScheme* const found = FindScheme(scheme);
      if (!found || !CheckHandshakeContent(*found, about.kind(), content).ok()) return std::nullopt;
      Result<std::string> signature = SignContent(key, *found, content);
      if (signature.ok()) return std::move(*signature);
    }
    return std::nullopt;
  }
  std::vector<std::pair<Certificate, EVP_PKEY*>> keys;
  std::vector<std::uint16_t> schemes;
  int asked = 0;
  bool hold = false;
};

class TlsServerTest : public testing::Test {
 protected:
  TlsServerTest() {
    StartOpenssl();
    signal(SIGPIPE, SIG_IGN);
  }

  void Add(TestKey made) {
    Result<Certificate> about = ReadChain(made.chain);
    ASSERT_TRUE(about.ok()) << about.error().text;
    *certificates_.add_certificates() = *about;
    signer_.keys.emplace_back(*about, made.pair.get());
    made_.push_back(std::move(made));
    ASSERT_TRUE(server_.Use(certificates_).ok());
  }

  // One client. `set` changes it before its handshake.
  struct Client {
    SslContextPtr context;
    SslPtr ssl;
    Fd socket;
  };
  struct Meeting {
    Client client;
    Fd socket;
    std::unique_ptr<TlsStream> server;
    Outcome server_outcome = Outcome::kWantRead;
    bool client_done = false;
    unsigned long client_error = 0;
    bool met() const { return server_outcome == Outcome::kDone && client_done; }
    std::string Host() const {  // the first name of the certificate that the client got
      const CertificatePtr got(SSL_get1_peer_certificate(client.ssl.get()));
      unsigned char* der = nullptr;
      const int size = got ? i2d_X509(got.get(), &der) : 0;
      if (size <= 0) return "";
      const BioPtr text(BIO_new(BIO_s_mem()));
      PEM_write_bio_X509(text.get(), got.get());
      OPENSSL_free(der);
      const char* data = nullptr;
      const long length = BIO_get_mem_data(text.get(), &data);
      const Result<Certificate> about = ReadChain({data, static_cast<std::size_t>(length)});
      return about.ok() ? about->names(0) : about.error().text;
    }
  };

  Meeting Begin(const std::function<void(SSL_CTX*)>& with_context = {}, const std::function<void(SSL*)>& with = {}) {
    Meeting meeting;
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    meeting.client.context.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(meeting.client.context.get(), 0);
    if (with_context) with_context(meeting.client.context.get());
    meeting.client.ssl.reset(SSL_new(meeting.client.context.get()));
    meeting.client.socket = Fd(ends[1]);
    SSL_set_fd(meeting.client.ssl.get(), ends[1]);
    SSL_set_connect_state(meeting.client.ssl.get());
    if (with) with(meeting.client.ssl.get());
    meeting.socket = Fd(ends[0]);
    Result<SslPtr> ssl = server_.Accept(ends[0]);
    EXPECT_TRUE(ssl.ok());
    meeting.server = std::make_unique<TlsStream>(std::move(*ssl));
    return meeting;
  }
  static void Go(Meeting& meeting) {
    for (int i = 0; i < 20; ++i) {
      if (!meeting.client_done) {
        ERR_clear_error();
        meeting.client_done = SSL_do_handshake(meeting.client.ssl.get()) == 1;
        if (const unsigned long error = ERR_peek_error(); error != 0) meeting.client_error = error;
      }
      if (meeting.server_outcome != Outcome::kDone && meeting.server_outcome != Outcome::kFailed)
        meeting.server_outcome = meeting.server->Handshake();
    }
  }
  Meeting Meet(const std::function<void(SSL_CTX*)>& with_context = {}, const std::function<void(SSL*)>& with = {}) {
    Meeting meeting = Begin(with_context, with);
    Go(meeting);
    return meeting;
  }
  static std::function<void(SSL_CTX*)> Only(int version) {
    return [version](SSL_CTX* context) {
      SSL_CTX_set_min_proto_version(context, version);
      SSL_CTX_set_max_proto_version(context, version);
    };
  }
  static std::function<void(SSL*)> Naming(const char* host) {
    return [host](SSL* ssl) { SSL_set_tlsext_host_name(ssl, host); };
  }
  void UseTickets(std::int64_t expires_ms = 1000000) {
    std::vector<TicketSealer::Key> keys(1);
    keys[0].bytes = ToBytes(std::string(TicketSealer::kKeyBytes, static_cast<char>('a' + ticket_++)));
    keys[0].expires_ms = expires_ms;
    server_.tickets().Use(std::move(keys), 0);
  }
  // Reads on both sides, so that the client gets its tickets. Returns the newest.
  static OpensslPtr<SSL_SESSION, SSL_SESSION_free> SessionOf(Meeting& meeting) {
    char byte;
    SSL_read(meeting.client.ssl.get(), &byte, 1);
    return OpensslPtr<SSL_SESSION, SSL_SESSION_free>(SSL_get1_session(meeting.client.ssl.get()));
  }

  TestSigner signer_;
  TlsServer server_{signer_, {"http/1.1"}};
  CertificatesReply certificates_;
  std::vector<TestKey> made_;
  int ticket_ = 0;
};

TEST_F(TlsServerTest, ShakesHandsByEachVersionWithEachKindOfKey) {
  for (const bool rsa : {false, true}) {
    certificates_.Clear();
    Add(SelfSigned(rsa ? NewRsaKey() : NewEcKey(), "DNS:example.org"));
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      Meeting meeting = Meet(Only(version));
      ASSERT_TRUE(meeting.met()) << rsa << " " << version << " " << ERR_reason_error_string(meeting.client_error);
      EXPECT_EQ(SSL_version(meeting.client.ssl.get()), version);
      EXPECT_EQ(meeting.server->tls13(), version == TLS1_3_VERSION);
    }
  }
  EXPECT_EQ(signer_.asked, 4) << "every handshake needs the signer";
}

TEST_F(TlsServerTest, PassesBytesBothWaysAndTellsTheEnd) {
  Add(SelfSigned(NewEcKey(), "DNS:example.org"));
  Meeting meeting = Meet();
  ASSERT_TRUE(meeting.met());
  SSL* const client = meeting.client.ssl.get();
  ASSERT_EQ(SSL_write(client, "hello", 5), 5);
  char block[64];
  std::size_t count = 0;
  ASSERT_EQ(meeting.server->Read(block, count), Outcome::kDone);
  EXPECT_EQ(std::string(block, count), "hello");
  EXPECT_EQ(meeting.server->Read(block, count), Outcome::kWantRead);
  ASSERT_EQ(meeting.server->Write("good day", count), Outcome::kDone);
  ASSERT_EQ(count, 8u);
  EXPECT_EQ(SSL_read(client, block, sizeof block), 8);
  SSL_shutdown(client);
  EXPECT_EQ(meeting.server->Read(block, count), Outcome::kEnded);
  EXPECT_EQ(meeting.server->Write("late", count), Outcome::kDone) << "the client may still read";
  EXPECT_EQ(meeting.server->End(), Outcome::kDone);
}

TEST_F(TlsServerTest, TakesAnEndWithoutCloseNotifyForAFault) {
  Add(SelfSigned(NewEcKey(), "DNS:example.org"));
  Meeting meeting = Meet();
  ASSERT_TRUE(meeting.met());
  meeting.client.socket.Close();
  char block[64];
  std::size_t count = 0;
  EXPECT_EQ(meeting.server->Read(block, count), Outcome::kFailed);
}

TEST_F(TlsServerTest, WaitsForTheSignatureWithoutBlocking) {
  Add(SelfSigned(NewEcKey(), "DNS:example.org"));
  signer_.hold = true;
  Meeting waiting = Meet(), other = Begin();
  EXPECT_EQ(waiting.server_outcome, Outcome::kWantSignature);
  EXPECT_FALSE(waiting.client_done);
  signer_.hold = false;
  Go(other);
  EXPECT_TRUE(other.met());
  Go(waiting);
  EXPECT_TRUE(waiting.met());
  EXPECT_EQ(signer_.asked, 2);
}

TEST_F(TlsServerTest, FailsTheHandshakeIfThereIsNoSignature) {
  Add(SelfSigned(NewEcKey(), "DNS:example.org"));
  signer_.keys.clear();
  EXPECT_EQ(Meet().server_outcome, Outcome::kFailed);
}

TEST_F(TlsServerTest, RefusesOldVersionsAndSuites) {
  Add(SelfSigned(NewRsaKey(), "DNS:example.org"));
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    const Meeting meeting = Meet(Only(version));
    EXPECT_EQ(meeting.server_outcome, Outcome::kFailed) << version;
    EXPECT_FALSE(meeting.client_done);
  }
  for (const char* suite : {"AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA256", "NULL"}) {
    const Meeting meeting = Meet([suite](SSL_CTX* context) {
      SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
      SSL_CTX_set_cipher_list(context, suite);
    });
    EXPECT_FALSE(meeting.client_done) << suite;
  }
  const Meeting sha1 = Meet([](SSL_CTX* context) {
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set1_sigalgs_list(context, "RSA+SHA1");
  });
  EXPECT_FALSE(sha1.client_done);
}

TEST_F(TlsServerTest, RefusesRenegotiation) {
  Add(SelfSigned(NewRsaKey(), "DNS:example.org"));
  Meeting meeting = Meet(Only(TLS1_2_VERSION));
  ASSERT_TRUE(meeting.met());
  ASSERT_EQ(SSL_renegotiate(meeting.client.ssl.get()), 1);
  SSL_do_handshake(meeting.client.ssl.get());
  char block[64];
  std::size_t count = 0;
  const int asked = signer_.asked;
  meeting.server->Read(block, count);
  ERR_clear_error();
  EXPECT_NE(SSL_do_handshake(meeting.client.ssl.get()), 1);
  EXPECT_EQ(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
  EXPECT_EQ(signer_.asked, asked);
}

TEST_F(TlsServerTest, ChoosesTheCertificateByTheHostsName) {
  Add(SelfSigned(NewEcKey(), "DNS:first.test"));
  Add(SelfSigned(NewEcKey(), "DNS:example.org,DNS:*.example.org"));
  for (const auto& [asked, got] : {std::pair("first.test", "first.test"),
                                   {"example.org", "example.org"},
                                   {"WWW.Example.org", "example.org"},
                                   {"a.b.example.org", "first.test"},
                                   {"unknown.test", "first.test"},
                                   {"example.org.", "example.org"}}) {
    const Meeting meeting = Meet({}, Naming(asked));
    ASSERT_TRUE(meeting.met()) << asked;
    EXPECT_EQ(meeting.Host(), got) << asked;
  }
  const Meeting nameless = Meet();
  ASSERT_TRUE(nameless.met());
  EXPECT_EQ(nameless.Host(), "first.test");
}

TEST_F(TlsServerTest, HasTwoKindsOfKeysForOneName) {
  Add(SelfSigned(NewRsaKey(), "DNS:example.org"));
  Add(SelfSigned(NewEcKey(), "DNS:example.org"));
  const Meeting modern = Meet(), old = Meet([](SSL_CTX* context) {
                                   SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
                                   SSL_CTX_set_cipher_list(context, "ECDHE-RSA-AES128-GCM-SHA256");
                                 });
  ASSERT_TRUE(modern.met());
  ASSERT_TRUE(old.met());
  EXPECT_EQ(signer_.schemes.at(0), 0x0403);
  EXPECT_NE(signer_.schemes.at(1), 0x0403);
}

TEST_F(TlsServerTest, ReplacesCertificatesWithoutEndingConnections) {
  Add(SelfSigned(NewEcKey(), "DNS:old.test"));
  Meeting before = Meet();
  ASSERT_TRUE(before.met());
  certificates_.Clear();
  Add(SelfSigned(NewEcKey(), "DNS:new.test"));
  const Meeting after = Meet();
  ASSERT_TRUE(after.met());
  EXPECT_EQ(after.Host(), "new.test");
  std::size_t count = 0;
  EXPECT_EQ(before.server->Write("still here", count), Outcome::kDone);
  char block[64];
  EXPECT_EQ(SSL_read(before.client.ssl.get(), block, sizeof block), 10);
}

TEST_F(TlsServerTest, HasNoHandshakeWithoutACertificate) {
  EXPECT_FALSE(server_.has_certificate());
  EXPECT_EQ(Meet().server_outcome, Outcome::kFailed);
}

TEST_F(TlsServerTest, AgreesOnAProtocolOrRefusesTheClient) {
  Add(SelfSigned(NewEcKey(), "DNS:example.org"));
  const auto offering = [](std::string list) {
    return [list](SSL* ssl) {
      SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(list.data()), static_cast<unsigned>(list.size()));
    };
  };
  const Meeting http = Meet({}, offering("\x03"
                                         "foo\x08"
                                         "http/1.1"));
  ASSERT_TRUE(http.met());
  EXPECT_EQ(http.server->protocol(), "http/1.1");
  EXPECT_EQ(Meet({}, offering("\x03"
                              "foo"))
                .server_outcome,
            Outcome::kFailed);
  const Meeting none = Meet();
  ASSERT_TRUE(none.met());
  EXPECT_EQ(none.server->protocol(), "");
}

TEST_F(TlsServerTest, ResumesSessionsOfTls13ByTickets) {
  Add(SelfSigned(NewEcKey(), "DNS:example.org"));
  UseTickets();
  Meeting first = Meet();
  ASSERT_TRUE(first.met());
  EXPECT_FALSE(first.server->resumed());
  const auto session = SessionOf(first);
  const auto resuming = [&](SSL* ssl) { SSL_set_session(ssl, session.get()); };
  const Meeting second = Meet({}, resuming);
  ASSERT_TRUE(second.met());
  EXPECT_TRUE(second.server->resumed());
  EXPECT_EQ(signer_.asked, 1) << "a resumed session needs no signature";

  UseTickets();  // rotated: the old key still opens old tickets
  const Meeting third = Meet({}, resuming);
  ASSERT_TRUE(third.met());
  EXPECT_TRUE(third.server->resumed());

  server_.tickets().Expire(1000000);  // all are too old
  const Meeting fourth = Meet({}, resuming);
  ASSERT_TRUE(fourth.met());
  EXPECT_FALSE(fourth.server->resumed());
}

TEST_F(TlsServerTest, ResumesAtAnotherInstanceWithTheSameKeys) {
  Add(SelfSigned(NewEcKey(), "DNS:example.org"));
  UseTickets();
  Meeting first = Meet();
  ASSERT_TRUE(first.met());
  const auto session = SessionOf(first);
  TlsServer other(signer_, {"http/1.1"});
  ASSERT_TRUE(other.Use(certificates_).ok());
  Meeting second = Begin({}, [&](SSL* ssl) { SSL_set_session(ssl, session.get()); });
  std::vector<TicketSealer::Key> keys(1);
  keys[0].bytes = ToBytes(std::string(TicketSealer::kKeyBytes, 'a'));
  keys[0].expires_ms = 1000;
  other.tickets().Use(std::move(keys), 0);
  Result<SslPtr> ssl = other.Accept(second.socket.get());
  ASSERT_TRUE(ssl.ok());
  second.server = std::make_unique<TlsStream>(std::move(*ssl));
  Go(second);
  ASSERT_TRUE(second.met());
  EXPECT_TRUE(second.server->resumed());
}

TEST_F(TlsServerTest, GivesNoTicketsToTls12NorWithoutKeys) {
  Add(SelfSigned(NewEcKey(), "DNS:example.org"));
  Meeting keyless = Meet();
  ASSERT_TRUE(keyless.met());
  EXPECT_EQ(SSL_SESSION_has_ticket(SessionOf(keyless).get()), 0);
  UseTickets();
  Meeting old = Meet(Only(TLS1_2_VERSION));
  ASSERT_TRUE(old.met());
  EXPECT_EQ(SSL_SESSION_has_ticket(SessionOf(old).get()), 0);
}

// What the client writes is collected and sent at once, so that the server finds all of it in one call.
class KeyUpdates : public TlsServerTest {
 protected:
  void Begin() {
    Add(SelfSigned(NewEcKey(), "DNS:example.org"));
    meeting_.emplace(Meet(Only(TLS1_3_VERSION)));
    ASSERT_TRUE(meeting_->met());
    collected_ = BIO_new(BIO_s_mem());
    SSL_set0_wbio(client(), collected_);
  }
  SSL* client() { return meeting_->client.ssl.get(); }
  void Update(int times) {
    for (int i = 0; i < times; ++i) {
      ASSERT_EQ(SSL_key_update(client(), SSL_KEY_UPDATE_NOT_REQUESTED), 1);
      ASSERT_EQ(SSL_do_handshake(client()), 1);
    }
  }
  void Say(const std::string& text) { ASSERT_EQ(SSL_write(client(), text.data(), static_cast<int>(text.size())), 5); }
  void Send() {
    const char* bytes = nullptr;
    const long size = BIO_get_mem_data(collected_, &bytes);
    ASSERT_EQ(send(meeting_->client.socket.get(), bytes, static_cast<std::size_t>(size), 0), size);
    BIO_reset(collected_);
  }
  int Unread() {
    int count = 0;
    ioctl(meeting_->socket.get(), FIONREAD, &count);
    return count;
  }
  // Reads until there is data or a failure.
  Outcome Read() {
    char block[64];
    std::size_t got = 0;
    Outcome outcome = Outcome::kWantRead;
    for (int calls = 0; outcome == Outcome::kWantRead && calls < 100; ++calls)
      outcome = meeting_->server->Read(block, got);
    text_.assign(block, outcome == Outcome::kDone ? got : 0);
    return outcome;
  }

  std::optional<Meeting> meeting_;
  BIO* collected_ = nullptr;
  std::string text_;
};

TEST_F(KeyUpdates, SomeBetweenDataAreFine) {
  ASSERT_NO_FATAL_FAILURE(Begin());
  for (const std::string text : {"hello", "world", "again"}) {
    Update(32);
    Say(text);
    Send();
    EXPECT_EQ(Read(), Outcome::kDone);
    EXPECT_EQ(text_, text);
  }
}

// libssl handles them by itself, and would read on for as long as they come. The other clients would wait.
TEST_F(KeyUpdates, TooManyWithoutDataEndTheConnection) {
  ASSERT_NO_FATAL_FAILURE(Begin());
  Update(33);
  Say("hello");
  Send();
  EXPECT_EQ(Read(), Outcome::kFailed);
}

TEST_F(KeyUpdates, AFloodIsNotEvenRead) {
  ASSERT_NO_FATAL_FAILURE(Begin());
  Update(3000);
  Send();
  const int before = Unread();
  EXPECT_EQ(Read(), Outcome::kFailed);
  EXPECT_LE(before - Unread(), 20000) << "about one record and its head";
}

}  // namespace
}  // namespace zoobar
