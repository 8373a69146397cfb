// Passkeys on a whole site, with an authenticator of software: whatever a client, or somebody between it and the site, may
// send instead of the right thing is refused, by the confined roles as they run.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "live_site/live_site.h"
#include "webauthn/soft_authenticator.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

constexpr char kPasskeys[] = "/zoobar/index.cgi/passkeys", kAccount[] = "/zoobar/index.cgi/account";
constexpr char kHome[] = "/zoobar/index.cgi/";

std::uint16_t FreePort() {
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size);
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

std::string Unbase64Url(const std::string& text) {
  std::string bytes;
  unsigned held = 0;
  int bits = 0;
  for (const char c : text) {
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    held = (held << 6 | static_cast<unsigned>(kLetters.find(c))) & 0xffff;
    if ((bits += 6) >= 8) bytes += static_cast<char>(held >> (bits -= 8) & 0xff);
  }
  return bytes;
}

class PasskeysSiteTest : public testing::Test {
 protected:
  void SetUp() override {
    port_ = std::to_string(FreePort());
    origin_ = "http://localhost:" + port_;
    site_.listens = {"127.0.0.1:" + port_};
    ASSERT_TRUE(site_.Start()) << site_.Output();
  }
  Browser NewBrowser() const { return Browser("localhost:" + port_); }
  Browser Member(const std::string& name) {
    Browser browser = NewBrowser();
    EXPECT_EQ(browser.Register(name, kPassword, kHome).status, 303);
    return browser;
  }
  // What the site tells the script of a page.
  static std::map<std::string, std::string> Ask(Browser& browser, const Form& form) {
    const Answer answer = browser.Post(kPasskeys, form);
    EXPECT_EQ(answer.status, 200);
    std::map<std::string, std::string> fields;
    std::string_view rest = answer.body;
    while (!rest.empty()) {
      const std::string_view pair = rest.substr(0, rest.find('&'));
      fields.emplace(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    }
    return fields;
  }
  std::string Challenge() {
    Browser browser = NewBrowser();
    return Unbase64Url(Ask(browser, {{"ask", "login"}})["challenge"]);
  }
  Form Registration(const SoftPasskey& key, const std::string& challenge, const std::string& origin) const {
    return {{"add_passkey", "1"},
            {"passkey_name", "Key"},
            {"challenge", SoftBase64Url(challenge)},
            {"client_data", SoftBase64Url(SoftClientData("webauthn.create", challenge, origin))},
            {"authenticator_data", SoftBase64Url(key.NewCredential("localhost"))}};
  }
  // Adds the passkey, and keeps the member's user handle for the logins.
  void Add(Browser& member, const SoftPasskey& key) {
    auto offer = Ask(member, {{"ask", "add"}, {"password_now", kPassword}});
    user_ = Unbase64Url(offer["user"]);
    ASSERT_EQ(user_.size(), 32u) << offer["error"];
    const Answer added = member.Post(kPasskeys, Registration(key, Unbase64Url(offer["challenge"]), origin_));
    ASSERT_EQ(added.status, 303) << added.body;
    EXPECT_TRUE(member.Get(added.Field("Location")).Has("Passkey added."));
  }
  struct Signed {
    std::string credential, user, challenge, client_data, data, signature;
  };
  Signed Sign(const SoftPasskey& key, const std::string& challenge, std::string origin = {}) const {
    if (origin.empty()) origin = origin_;
    Signed made{key.id(), user_, challenge, SoftClientData("webauthn.get", challenge, origin), key.Head("localhost"),
                {}};
    made.signature = key.Sign(made.data, made.client_data);
    return made;
  }
  static Form FormOf(const Signed& made) {
    return {{"submit_passkey", "1"},
            {"challenge", SoftBase64Url(made.challenge)},
            {"credential", SoftBase64Url(made.credential)},
            {"user", SoftBase64Url(made.user)},
            {"client_data", SoftBase64Url(made.client_data)},
            {"authenticator_data", SoftBase64Url(made.data)},
            {"signature", SoftBase64Url(made.signature)}};
  }
  // Whether somebody without a session is let in by this. Nobody gets a cookie otherwise.
  bool LetsIn(const Signed& made) {
    Browser browser = NewBrowser();
    const Answer answer = browser.Post(kPasskeys, FormOf(made));
    const bool in = answer.status == 303;
    EXPECT_EQ(browser.cookies.contains("PyZoobarLogin"), in);
    EXPECT_EQ(browser.Balance() >= 0, in);
    return in;
  }

  LiveSite site_;
  std::string port_, origin_, user_;
};

TEST_F(PasskeysSiteTest, OfEachAlgorithmLogIn) {
  Browser alice = Member("alice");
  for (const auto kind : {SoftPasskey::Kind::kEs256, SoftPasskey::Kind::kEdDsa, SoftPasskey::Kind::kRs256}) {
    const SoftPasskey key(kind);
    Add(alice, key);
    EXPECT_TRUE(LetsIn(Sign(key, Challenge()))) << key.algorithm();
  }
  const Answer account = alice.Get(kAccount);
  EXPECT_TRUE(account.Has("remove_passkey"));
  const auto logged = [this](const char* event) {
    return site_.Log("audit").find(std::string("\"event\":\"") + event + "\"") != std::string::npos;
  };
  EXPECT_TRUE(Eventually([&] { return logged("passkey-added") && logged("passkey-login"); }));
}

TEST_F(PasskeysSiteTest, AreRefusedIfAnythingIsWrong) {
  Browser alice = Member("alice"), bob = Member("bob");
  SoftPasskey alices, bobs;
  alices.counter = 7;
  Add(bob, bobs);
  const std::string bobs_user = user_;
  Add(alice, alices);
  alices.counter = 8;
  const Signed right = Sign(alices, Challenge());

  Signed corrupted = right;
  corrupted.signature[corrupted.signature.size() / 2] ^= 1;
  EXPECT_FALSE(LetsIn(corrupted));
  Signed other_data = right;
  other_data.data[36] = 9;
  EXPECT_FALSE(LetsIn(other_data)) << "a counter that was not signed";
  EXPECT_FALSE(LetsIn(Sign(alices, Challenge(), "https://evil.example"))) << "wrong origin";
  EXPECT_FALSE(LetsIn(Sign(alices, Challenge(), "http://localhost:1"))) << "wrong port";
  Signed others_key = Sign(bobs, Challenge());
  EXPECT_FALSE(LetsIn(others_key)) << "bob's key under alice's handle";
  others_key.credential = alices.id();
  EXPECT_FALSE(LetsIn(others_key)) << "bob's key under alice's credential";
  EXPECT_FALSE(LetsIn(Sign(alices, std::string(56, 'x')))) << "a challenge that the site never gave";

  EXPECT_TRUE(LetsIn(right));
  EXPECT_FALSE(LetsIn(right)) << "replay";
  EXPECT_FALSE(LetsIn(Sign(alices, Challenge()))) << "the counter stands still";
  alices.counter = 3;
  EXPECT_FALSE(LetsIn(Sign(alices, Challenge()))) << "the counter goes back";
  alices.counter = 9;
  EXPECT_TRUE(LetsIn(Sign(alices, Challenge())));
  user_ = bobs_user;
  EXPECT_TRUE(LetsIn(Sign(bobs, Challenge()))) << "bob's own";
}

TEST_F(PasskeysSiteTest, WinOnceWhenManyLoginsUseOneChallengeAtOnce) {
  Browser alice = Member("alice");
  const SoftPasskey one, other;
  Add(alice, one);
  Add(alice, other);
  for (int round = 0; round < 5; ++round) {
    const std::string challenge = Challenge();
    std::atomic<int> in = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, made = Sign(i % 2 == 0 ? one : other, challenge)] {
        Browser browser = NewBrowser();
        if (browser.Post(kPasskeys, FormOf(made)).status == 303) ++in;
      });
    }
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(in, 1);
  }
}

TEST_F(PasskeysSiteTest, AreAddedOnlyInTheSessionThatGaveThePassword) {
  Browser alice = Member("alice"), bob = Member("bob");
  const SoftPasskey key;
  EXPECT_EQ(Ask(alice, {{"ask", "add"}, {"password_now", "wrong"}}).count("challenge"), 0u);
  const std::string challenge = Unbase64Url(Ask(alice, {{"ask", "add"}, {"password_now", kPassword}})["challenge"]);
  EXPECT_NE(bob.Post(kPasskeys, Registration(key, challenge, origin_)).status, 303) << "alice's challenge";
  EXPECT_NE(alice.Post(kPasskeys, Registration(key, challenge, "https://evil.example")).status, 303);
  EXPECT_NE(alice.Post(kPasskeys, Registration(key, Challenge(), origin_)).status, 303) << "a challenge for a login";
  EXPECT_EQ(alice.Post(kPasskeys, Registration(key, challenge, origin_)).status, 303);
  EXPECT_NE(alice.Post(kPasskeys, Registration(SoftPasskey(), challenge, origin_)).status, 303) << "replay";
  EXPECT_FALSE(bob.Get(kAccount).Has("remove_passkey"));
}

TEST_F(PasskeysSiteTest, SurviveARestartAndABackupAndGoWithTheAccount) {
  Browser alice = Member("alice");
  const SoftPasskey key;
  Add(alice, key);
  EXPECT_THAT(site_.Ctl({"member", "show", "alice"}).output, HasSubstr("passkeys"));
  EXPECT_TRUE(alice.Get("/zoobar/index.cgi/export").Has("\"label\": \"Key\""));
  const std::string file = site_.scratch() + "/backup";
  ASSERT_EQ(site_.Ctl({"backup", file}).status, 0);
  ASSERT_EQ(site_.Stop(), 0);
  std::filesystem::rename(site_.state(), site_.scratch() + "/old");
  const Ended restored = Execute({"restore", file, "--config", site_.config, "--state-dir", site_.state(),
                                  "--set=id_base: " + std::to_string(site_.id_base())});
  ASSERT_EQ(restored.status, 0) << restored.output;
  ASSERT_TRUE(site_.Start()) << site_.Output();
  EXPECT_TRUE(LetsIn(Sign(key, Challenge())));
  EXPECT_EQ(alice.Post("/zoobar/index.cgi/close", {{"password_now", kPassword}, {"close_submit", "Close"}}).status,
            200);
  EXPECT_FALSE(LetsIn(Sign(key, Challenge())));
}

}  // namespace
}  // namespace zoobar
