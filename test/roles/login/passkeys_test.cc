// login: what it reads about passkeys, what it tells the page's script, and where it offers passkeys at all.
#include "roles/app/fixture.h"
#include "roles/login/passkey_form.h"
#include "webauthn/soft_authenticator.h"

namespace zoobar {
namespace {

class PasskeyPageTest : public LoginTest {
 protected:
  PasskeyPageTest() {
    world.site.settings.mutable_auth()->mutable_passkeys()->add_origin("http://localhost:8080");
    world.body->Reload(world.site.settings);
  }
  std::string At(const std::string& host, const std::string& method, const std::string& page,
                 const std::string& form = "", const std::string& fields = "") {
    return world.Ask(method + " /zoobar/index.cgi/" + page + " HTTP/1.1\r\nHost: " + host +
                     "\r\nContent-Type: application/x-www-form-urlencoded\r\n" + fields +
                     "Content-Length: " + std::to_string(form.size()) + "\r\n\r\n" + form);
  }
  std::string Post(const std::string& form, const std::string& fields = "") {
    return At(kHere, "POST", "passkeys", form, fields);
  }
  // A form as the script sends it.
  static std::string LoginOf(const SoftPasskey& key) {
    const std::string client = SoftClientData("webauthn.get", "a challenge", "http://localhost:8080");
    const std::string data = key.Head("localhost");
    return "submit_passkey=1&nexturl=%2Fzoobar%2Findex.cgi%2Ftransfer&challenge=" + SoftBase64Url("a challenge") +
           "&credential=" + SoftBase64Url(key.id()) + "&user=" + SoftBase64Url("a user") +
           "&client_data=" + SoftBase64Url(client) + "&authenticator_data=" + SoftBase64Url(data) +
           "&signature=" + SoftBase64Url(key.Sign(data, client));
  }
  static std::string NewOf(const SoftPasskey& key, const std::string& label = "My+phone") {
    const std::string client = SoftClientData("webauthn.create", "a challenge", "http://localhost:8080");
    return "add_passkey=1&passkey_name=" + label + "&challenge=" + SoftBase64Url("a challenge") +
           "&client_data=" + SoftBase64Url(client) +
           "&authenticator_data=" + SoftBase64Url(key.NewCredential("localhost"));
  }

  static constexpr const char* kHere = "localhost:8080";
  const std::string alice = "Cookie: PyZoobarLogin=sessionalice\r\n";
};

TEST_F(PasskeyPageTest, TheLoginPageOffersPasskeysOnlyWhereTheSiteTakesThem) {
  for (const char* host : {"localhost:8080", "LOCALHOST:8080"}) {
    const std::string page = At(host, "GET", "login");
    EXPECT_THAT(page, HasSubstr("Log in with a passkey")) << host;
    EXPECT_TRUE(Matches(page, "<script src=\"/zoobar/media/passkeys.js\" integrity=\"sha512-[^\"]{88}\" defer>"))
        << host;
  }
  for (const char* host : {"localhost", "127.0.0.1:8080", "localhost:8081", "localhost.evil.example:8080", "zoobar"}) {
    EXPECT_THAT(At(host, "GET", "login"), Not(HasSubstr("passkey"))) << host;
    EXPECT_THAT(At(host, "POST", "passkeys", "ask=login"), HasSubstr("error=This%20site%20takes%20no%20passkeys"))
        << host;
  }
}

TEST_F(PasskeyPageTest, TheScriptGetsAChallengeForALogin) {
  const std::string answer = Post("ask=login");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\nchallenge=" + SoftBase64Url("a challenge") + "&rp=localhost"));
}

// With AddressSanitizer this finds what is used after a reload has replaced it.
TEST_F(PasskeyPageTest, AReloadMeanwhileChangesNoAnswer) {
  world.meanwhile = [this] {
    for (int i = 0; i < 3; ++i) world.body->Reload(world.site.settings);
  };
  EXPECT_THAT(Post("ask=login"), HasSubstr("&rp=localhost"));
}

TEST_F(PasskeyPageTest, TheScriptGetsAChallengeForANewOneWithThePassword) {
  world.sessions.insert("sessionalice");
  world.passwords["alice"] = "supersecretpassword";
  const std::string answer = Post("ask=add&password_now=supersecretpassword", alice);
  EXPECT_THAT(answer, HasSubstr("\r\n\r\nchallenge=" + SoftBase64Url("a challenge") + "&rp=localhost&user=" +
                                SoftBase64Url("a user") + "&name=alice&present=" + SoftBase64Url("a credential")));
  EXPECT_THAT(Post("ask=add&password_now=wrong", alice), HasSubstr("error=The%20current%20password%20is%20wrong."));
  EXPECT_THAT(Post("ask=add&password_now=supersecretpassword"),
              HasSubstr("error=You%20are%20no%20longer%20logged%20in."));
  EXPECT_THAT(Post("ask=add&password_now=supersecretpassword&passkey_name=" + std::string(65, 'x'), alice),
              HasSubstr("error=This%20passkey%20name%20cannot%20be%20used."));
}

TEST_F(PasskeyPageTest, ALoginBringsBothCookiesAndLeadsOn) {
  const SoftPasskey key;
  const std::string answer = Post(LoginOf(key), "Cookie: PyZoobarDevice=olddevice\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 303 "));
  EXPECT_THAT(answer, HasSubstr("\r\nLocation: /zoobar/index.cgi/transfer\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nSet-Cookie: PyZoobarLogin=sessionalice; Path=/; HttpOnly; SameSite=Lax\r\n"));
  EXPECT_THAT(answer, HasSubstr("Set-Cookie: PyZoobarDevice=devicealice;"));
  EXPECT_EQ(world.last_device, "olddevice");
  EXPECT_EQ(world.passkey_login.credential(), key.id());
  EXPECT_EQ(world.passkey_login.user(), "a user");
  EXPECT_EQ(world.passkey_login.challenge(), "a challenge");
  EXPECT_EQ(world.passkey_login.authenticator_data(), key.Head("localhost"));
  EXPECT_EQ(world.passkey_login.address(), "192.0.2.7");
}

TEST_F(PasskeyPageTest, ALoginThatIsRefusedShowsTheFormAgain) {
  const SoftPasskey key;
  world.login_outcome = LoginReply::OUTCOME_PASSKEY_WRONG;
  EXPECT_THAT(Post(LoginOf(key)), HasSubstr("This passkey was not accepted."));
  EXPECT_THAT(Post(LoginOf(key)), Not(HasSubstr("Set-Cookie")));
  world.login_outcome = LoginReply::OUTCOME_PASSKEY_LATE;
  EXPECT_THAT(Post(LoginOf(key)), HasSubstr("Please try again."));
  world.login_outcome = LoginReply::OUTCOME_SLOW_DOWN;
  EXPECT_THAT(Post(LoginOf(key)), StartsWith("HTTP/1.1 429 "));
}

TEST_F(PasskeyPageTest, WhatIsNoPasskeyNeverReachesAuth) {
  const SoftPasskey key;
  std::string broken = LoginOf(key);
  broken.replace(broken.find("&signature="), 11, "&signature=!");
  EXPECT_THAT(Post(broken), HasSubstr("This passkey was not accepted."));
  for (const char* field : {"credential", "user", "challenge", "client_data", "authenticator_data", "signature"}) {
    std::string without = LoginOf(key);
    without.replace(without.find(std::string("&") + field + "="), 2, "&x");
    EXPECT_THAT(Post(without), HasSubstr("This passkey was not accepted.")) << field;
  }
  EXPECT_EQ(world.CountOf("Auth.PasskeyLogin"), 0);
  world.sessions.insert("sessionalice");
  std::string cut = NewOf(key);
  cut.resize(cut.size() - 8);
  EXPECT_THAT(Post(cut, alice), HasSubstr("a kind that this site does not take"));
  EXPECT_EQ(world.CountOf("Auth.AddPasskey"), 0);
}

TEST_F(PasskeyPageTest, ANewOneComesToAuthInFixedLayout) {
  world.sessions.insert("sessionalice");
  for (const auto kind : {SoftPasskey::Kind::kEs256, SoftPasskey::Kind::kEdDsa, SoftPasskey::Kind::kRs256}) {
    const SoftPasskey key(kind);
    const std::string answer = Post(NewOf(key), alice);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 303 "));
    EXPECT_THAT(answer, HasSubstr("\r\nLocation: /zoobar/index.cgi/account?passkey_added_in="));
    EXPECT_EQ(world.passkey_added.credential(), key.id());
    EXPECT_EQ(world.passkey_added.algorithm(), key.algorithm());
    EXPECT_EQ(world.passkey_added.public_key(), key.Key());
    EXPECT_EQ(world.passkey_added.authenticator_head(), key.Head("localhost", SoftPasskey::kAt));
    EXPECT_EQ(world.passkey_added.label(), "My phone");
  }
  EXPECT_THAT(Post(NewOf(SoftPasskey())), HasSubstr("\r\nLocation: /zoobar/index.cgi/login"));
  EXPECT_THAT(Post(NewOf(SoftPasskey(), "a%0Ab"), alice), HasSubstr("This passkey name cannot be used."));
  world.login_outcome = LoginReply::OUTCOME_PASSKEYS_FULL;
  EXPECT_THAT(Post(NewOf(SoftPasskey()), alice), HasSubstr("You have 8 passkeys"));
}

TEST_F(PasskeyPageTest, AFormOfNoKindIsRefused) {
  EXPECT_THAT(Post("x=1"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(At(kHere, "GET", "passkeys"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(Post("ask=login", "Sec-Fetch-Site: cross-site\r\n"), StartsWith("HTTP/1.1 403 "));
}

class AccountPasskeysTest : public AppTest {
 protected:
  AccountPasskeysTest() {
    world.site.settings.mutable_auth()->mutable_passkeys()->add_origin("https://bank.example");
    world.sessions.insert("sessionalice");
  }
  void Reload() { world.body->Reload(world.site.settings); }
  const std::string alice = "Cookie: PyZoobarLogin=sessionalice\r\n";
};

TEST_F(AccountPasskeysTest, AreListedEscapedAndCanBeRemoved) {
  Reload();
  EXPECT_THAT(world.Get("account", alice), HasSubstr("You have none."));
  world.passkeys = {"<i>phone</i>"};
  const std::string page = world.Get("account", alice);
  EXPECT_THAT(page, HasSubstr("&lt;i&gt;phone&lt;/i&gt;"));
  EXPECT_THAT(page, HasSubstr("14 Nov 2023, 22:13"));
  EXPECT_THAT(page, HasSubstr("never used"));
  const std::string remove = "remove_passkey=" + ToHex("<i>phone</i>");
  EXPECT_THAT(world.Post("account", remove, alice), HasSubstr("The passkey was removed."));
  EXPECT_THAT(world.Post("account", remove, alice), HasSubstr("There is no such passkey."));
  EXPECT_THAT(world.Post("account", "remove_passkey=zz", alice), HasSubstr("There is no such passkey."));
  EXPECT_THAT(world.Post("account", remove), HasSubstr("\r\nLocation: /zoobar/index.cgi/login"));
}

TEST_F(AccountPasskeysTest, AreOfferedOnlyWhereTheSiteTakesThem) {
  EXPECT_THAT(world.Get("account", alice), Not(HasSubstr("Passkeys"))) << "no origin is known yet";
  Reload();
  EXPECT_THAT(world.Get("account", alice), HasSubstr("open this site at https://bank.example."));
  EXPECT_THAT(world.Get("account", alice), Not(HasSubstr("Add a passkey")));
  world.site.settings.mutable_auth()->mutable_passkeys()->add_origin("http://zoobar");  // as Get names the site
  Reload();
  EXPECT_THAT(world.Get("account", alice), HasSubstr("Add a passkey"));
}

TEST_F(AccountPasskeysTest, APageSaysThatOneWasAddedOnlyToTheSessionThatDidIt) {
  Reload();
  EXPECT_THAT(world.Get("account?passkey_added_in=68657265", alice), HasSubstr("Passkey added."));
  EXPECT_THAT(world.Get("account?passkey_added_in=6865", alice), Not(HasSubstr("Passkey added.")));
  world.passkeys = {"phone"};
  EXPECT_THAT(world.Get("account?password_changed_in=68657265", alice), HasSubstr("Your passkeys still work"));
}

}  // namespace
}  // namespace zoobar
