// HTTPS on a live site, with the clients that people have.
#include "system/tls_fixture.h"

#include <gmock/gmock.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <signal.h>
#include <sys/socket.h>

#include <chrono>
#include <fstream>

#include "credentials/memory_scan.h"
#include "http/proxy_headers.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(TlsSite, CurlGetsPagesByEachVersionWithEachKindOfKey) {
  ASSERT_NO_FATAL_FAILURE(Start());
  for (const std::string version : {"1.2", "1.3"}) {
    const Ended ecdsa = Curl({"--tlsv" + version, "--tls-max", version, Url(kLogin)});
    EXPECT_EQ(ecdsa.status, 0) << ecdsa.output;
    EXPECT_THAT(ecdsa.output, HasSubstr("200 OK")) << version;
  }
  const Ended rsa12 = Curl({"--tls-max", "1.2", "--ciphers", "ECDHE-RSA-AES128-GCM-SHA256", Url(kStyle)}, "rsa");
  EXPECT_THAT(rsa12.output, HasSubstr("200 OK"));
  const Ended rsa13 =
      RunProgram({"openssl", "s_client", "-connect", address_, "-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256"});
  // As OpenSSL 3.0 (Debian 12) and 3.5 (Debian 13) say it.
  EXPECT_THAT(rsa13.output, testing::AnyOf(HasSubstr("Peer signature type: RSA-PSS\n"),
                                           HasSubstr("Peer signature type: rsa_pss_rsae_sha256\n")));
}

TEST_F(TlsSite, PythonsTlsTrustsTheCertificateAndGetsAPage) {
  ASSERT_NO_FATAL_FAILURE(Start());
  const std::string script =
      "import ssl, socket\n"
      "c = ssl.create_default_context(cafile='" +
      site_.scratch() +
      "/ec.pem')\n"
      "s = c.wrap_socket(socket.create_connection(('127.0.0.1', " +
      port_ +
      ")), server_hostname='www.example.org')\n"
      "s.sendall(b'GET /zoobar/index.cgi/login HTTP/1.1\\r\\nHost: www.example.org\\r\\nConnection: "
      "close\\r\\n\\r\\n')\n"
      "text = b''\n"
      "while True:\n"
      "    block = s.recv(65536)\n"
      "    if not block: break\n"
      "    text += block\n"
      "print(s.version(), text[:15], b'</html>' in text)\n";
  const Ended ended = RunProgram({"python3", "-c", script});
  EXPECT_THAT(ended.output, HasSubstr("TLSv1.3 b'HTTP/1.1 200 OK' True"));
}

TEST_F(TlsSite, CookiesOverTlsAreSecureAndBoundToTheHost) {
  ASSERT_NO_FATAL_FAILURE(Start());
  const Ended made =
      Curl({"--data", "login_username=alice&login_password=" + std::string(kPassword) + "&submit_registration=x",
            Url(kLogin)});
  EXPECT_THAT(made.output, HasSubstr("303 "));
  EXPECT_THAT(made.output, HasSubstr("Set-Cookie: __Host-PyZoobarLogin="));
  EXPECT_THAT(made.output, HasSubstr("Set-Cookie: __Host-PyZoobarDevice="));
  std::istringstream lines(made.output);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("Set-Cookie:")) continue;
    EXPECT_THAT(line, HasSubstr("; Secure"));
  }
  Browser plain = site_.NewBrowser();
  plain.Register("bob", kPassword);
  EXPECT_TRUE(plain.cookies.contains("PyZoobarLogin")) << "without TLS they are as before";
}

TEST_F(TlsSite, OldVersionsAreRefused) {
  ASSERT_NO_FATAL_FAILURE(Start());
  for (const char* version : {"-tls1", "-tls1_1"}) {
    const Ended ended =
        RunProgram({"openssl", "s_client", "-connect", address_, version, "-cipher", "ALL:@SECLEVEL=0"});
    EXPECT_NE(ended.status, 0) << version;
    EXPECT_THAT(ended.output, HasSubstr("protocol version")) << version;
  }
}

TEST_F(TlsSite, RenegotiationAndCompressionAreRefused) {
  ASSERT_NO_FATAL_FAILURE(Start());
  // s_client renegotiates when it reads a line "R".
  const Ended ended =
      RunProgram({"sh", "-c", "(sleep 1; echo R; sleep 1) | openssl s_client -tls1_2 -comp -connect " + address_});
  EXPECT_THAT(ended.output, HasSubstr("no renegotiation"));
  EXPECT_THAT(ended.output, HasSubstr("Compression: NONE"));
}

TEST_F(TlsSite, AnyInstanceOfEdgeResumesASession) {
  ASSERT_NO_FATAL_FAILURE(Start());
  ASSERT_EQ(Edges().size(), 2u);
  TlsClient first(address_, TLS1_3_VERSION);
  ASSERT_TRUE(first.Handshake());
  ASSERT_EQ(first.Ask(), 200);
  const std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)> session(SSL_get1_session(first.ssl()), SSL_SESSION_free);
  const auto resumes = [&] {
    TlsClient next(address_, TLS1_3_VERSION);
    // A copy, because a connection that ends without close_notify makes its session unusable.
    SSL_SESSION* const copy = SSL_SESSION_dup(session.get());
    SSL_set_session(next.ssl(), copy);
    SSL_SESSION_free(copy);
    return next.Handshake() && next.Ask() == 200 && SSL_session_reused(next.ssl()) == 1;
  };
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(resumes());
  // One of the two is stopped: so the other one does these.
  for (const pid_t stopped : Edges()) {
    ASSERT_EQ(kill(stopped, SIGSTOP), 0);
    EXPECT_TRUE(resumes());
    ASSERT_EQ(kill(stopped, SIGCONT), 0);
  }
}

TEST_F(TlsSite, AHeaderOfAProxyNamesTheClientBeforeTheHandshake) {
  site_.listens.push_back("127.0.0.1:0,tls,proxy");
  site_.settings.push_back("trusted_proxies: '127.0.0.1'");
  ASSERT_NO_FATAL_FAILURE(Start());
  std::string address = site_.Addresses().at(2);
  address.resize(address.find(','));
  const std::string header = ProxyHeaderFor("203.0.113.7");
  const auto handshake = [&](TlsClient& client, const std::string& first) {
    send(client.socket(), first.data(), first.size(), MSG_NOSIGNAL);
    return client.Handshake();
  };
  TlsClient named(address), silent(address), stranger(address, 0, "127.0.0.9");
  ASSERT_TRUE(handshake(named, header));
  EXPECT_EQ(named.Ask(), 200);
  EXPECT_TRUE(Eventually([&] { return site_.Log("access").find("203.0.113.7") != std::string::npos; }));
  EXPECT_FALSE(handshake(silent, "")) << "a proxy must say for whom";
  EXPECT_FALSE(handshake(stranger, header)) << "only a trusted proxy may";
}

TEST_F(TlsSite, ASlowHandshakeIsCutOff) {
  site_.settings.push_back("http { handshake_seconds: 1 }");
  ASSERT_NO_FATAL_FAILURE(Start());
  const Fd silent = ConnectTo(address_);
  ASSERT_TRUE(silent);
  char byte;
  EXPECT_EQ(recv(silent.get(), &byte, 1, 0), 0) << "the site must end it";
}

TEST_F(TlsSite, OneInstanceMayEndWithoutTheOthersConnections) {
  ASSERT_NO_FATAL_FAILURE(Start());
  const std::vector<pid_t> edges = Edges();
  ASSERT_EQ(edges.size(), 2u);
  std::vector<std::unique_ptr<TlsClient>> of_first, of_second;
  for (const bool second : {false, true}) {  // while one instance is stopped, the other one has all new connections
    ASSERT_EQ(kill(edges[second ? 0 : 1], SIGSTOP), 0);
    for (int i = 0; i < 5; ++i) {
      auto& clients = second ? of_second : of_first;
      clients.push_back(std::make_unique<TlsClient>(address_));
      ASSERT_TRUE(clients.back()->Handshake());
      ASSERT_EQ(clients.back()->Ask(), 200);
    }
    ASSERT_EQ(kill(edges[second ? 0 : 1], SIGCONT), 0);
  }
  ASSERT_EQ(kill(edges[0], SIGKILL), 0);
  for (auto& client : of_second) EXPECT_EQ(client->Ask(), 200);
  for (auto& client : of_first) EXPECT_EQ(client->Ask(), 0);
  EXPECT_TRUE(ServesSoon());
  EXPECT_TRUE(Eventually([&] { return Edges().size() == 2; }));
}

TEST_F(TlsSite, WithoutKeysOpenConnectionsGoOnAndNewOnesComeSoon) {
  ASSERT_NO_FATAL_FAILURE(Start());
  TlsClient open(address_);
  ASSERT_TRUE(open.Handshake());
  const pid_t keys = site_.PidOf("keys");
  ASSERT_EQ(kill(keys, SIGSTOP), 0);
  EXPECT_EQ(open.Ask(), 200);
  ASSERT_EQ(kill(keys, SIGKILL), 0);
  EXPECT_EQ(open.Ask(), 200);
  EXPECT_TRUE(ServesSoon());
  EXPECT_TRUE(site_.Restarted("keys", keys));
}

TEST_F(TlsSite, EndsInGoodOrderOnSigterm) {
  ASSERT_NO_FATAL_FAILURE(Start());
  TlsClient idle(address_), used(address_);
  ASSERT_TRUE(idle.Handshake());
  ASSERT_TRUE(used.Handshake());
  ASSERT_EQ(used.Ask(), 200);
  EXPECT_EQ(site_.Stop(), 0);
  char byte;
  for (TlsClient* client : {&idle, &used}) {
    const int count = SSL_read(client->ssl(), &byte, 1);
    EXPECT_EQ(SSL_get_error(client->ssl(), count), SSL_ERROR_ZERO_RETURN) << "close_notify";
  }
}

TEST_F(TlsSite, AKeyThatOthersCanReadIsRefused) {
  MakeCertificate(site_.scratch(), "ec", {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"});
  const std::string file = site_.scratch() + "/ec";
  site_.settings.push_back("tls { certificate: \"" + file + ".pem\" key: \"" + file + ".key\" }");
  ASSERT_EQ(chmod((file + ".key").c_str(), 0640), 0);
  EXPECT_FALSE(site_.Start());
  EXPECT_THAT(site_.Output(), HasSubstr("others than root can read the private key"));
  EXPECT_THAT(site_.Output(), HasSubstr("chmod 600"));
}

// ---- no private key in edge

// The numbers of a private key that must stay secret, as they stand in memory: the first byte first, and the last byte
// first, as libcrypto keeps numbers.
std::vector<HiddenText> SecretsOf(const std::string& file) {
  std::vector<HiddenText> secrets;
  FILE* const pem = fopen(file.c_str(), "r");
  EVP_PKEY* const key = PEM_read_PrivateKey(pem, nullptr, nullptr, nullptr);
  fclose(pem);
  for (const char* name :
       {OSSL_PKEY_PARAM_PRIV_KEY, OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2}) {
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &number) != 1) continue;
    Bytes bytes;
    bytes.resize(static_cast<std::size_t>(BN_num_bytes(number)));
    BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
    secrets.emplace_back(bytes);
    std::reverse(bytes.begin(), bytes.end());
    secrets.emplace_back(bytes);
    BN_clear_free(number);
  }
  EVP_PKEY_free(key);
  return secrets;
}

std::size_t FoundIn(pid_t pid, const std::vector<HiddenText>& secrets) {
  std::size_t found = 0;
  for (const HiddenText& secret : secrets) found += FindInMemory(std::to_string(pid), secret).size();
  return found;
}

TEST_F(TlsSite, NoPrivateKeyIsInTheMemoryOfAnyRoleButKeysAfterAThousandHandshakes) {
  ASSERT_NO_FATAL_FAILURE(Start());
  for (int i = 0; i < 1000; ++i) {
    TlsClient client(address_, i % 3 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION);
    if (i % 2 == 1) SSL_set1_sigalgs_list(client.ssl(), "RSA-PSS+SHA256:RSA+SHA256");
    ASSERT_TRUE(client.Handshake()) << i;
  }
  std::vector<HiddenText> secrets = SecretsOf(site_.scratch() + "/ec.key");
  for (HiddenText& secret : SecretsOf(site_.scratch() + "/rsa.key")) secrets.push_back(std::move(secret));
  ASSERT_EQ(secrets.size(), 8u);
  EXPECT_GT(FoundIn(site_.PidOf("keys"), secrets), 0u) << "this test does not find keys where they are";
  for (const RoleProcess& role : site_.Roles()) {
    if (role.name == "keys") continue;
    EXPECT_EQ(FoundIn(role.pid, secrets), 0u) << role.name;
  }
}

}  // namespace
}  // namespace zoobar
