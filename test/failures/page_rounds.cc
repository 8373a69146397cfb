// app and login, with stand-ins for the roles that they call, and a client on a real socket. An answer is a whole page, or
// the connection ends. The client may then ask again.
#include "failures/scenarios.h"
#include "roles/app/fixture.h"

namespace zoobar::failures {
namespace {

// The answer to a request on a connection of its own; empty: the connection ended, or was not taken.
template <typename World>
std::string AnswerOf(World& world, const std::string& request) {
  const Fd client = world.Connect(request);
  return world.ReadAnswer(client);
}

std::string GetOf(const std::string& page, const std::string& cookie) {
  return "GET /zoobar/index.cgi/" + page + " HTTP/1.1\r\nHost: zoobar\r\n" + cookie + "\r\n";
}

std::string PostOf(const std::string& page, const std::string& form, const std::string& cookie) {
  return "POST /zoobar/index.cgi/" + page +
         " HTTP/1.1\r\nHost: zoobar\r\nContent-Type: application/x-www-form-urlencoded\r\n" + cookie +
         "Content-Length: " + std::to_string(form.size()) + "\r\n\r\n" + form;
}

// A page is whole: it has the head's Content-Length, and the last tag.
void ExpectPage(Round& round, const std::string& what, const std::string& answer, bool must) {
  const bool served = answer.starts_with("HTTP/1.1 2") || answer.starts_with("HTTP/1.1 3");
  const std::size_t end = answer.find("\r\n\r\n"), length = answer.find("Content-Length: ");
  if (must && !served) round.Complain("when nothing fails any more, " + what + " is answered: " + answer.substr(0, 60));
  if (answer.empty()) return;
  // A connection that ends in the middle of an answer is noticed by the client.
  if (!answer.starts_with("HTTP/1.1 ") || (end != answer.npos && length > end))
    round.Complain(what + " is answered with something else: " + answer.substr(0, 60));
}

class AppScenario : public Scenario {
 public:
  void Work(Round& round) override {
    AppWorld world;
    for (const char* name : {"alice", "bob"}) world.AddMember(name);
    world.profiles["id:bob"] = "<b>me</b>";
    Serve(round, world, false);
    if (world.balances["id:alice"] + world.balances["id:bob"] != 20) round.Complain("zoobars are lost");
    round.Recover();
    Serve(round, world, true);
    round.End();
  }

 private:
  static void Serve(Round& round, AppWorld& world, bool must) {
    const std::string alice = AppWorld::CookieOf("alice");
    for (const char* page : {"", "users?user=bob", "transfer", "journal", "offers", "account", "users"})
      ExpectPage(round, page, AnswerOf(world, GetOf(page, alice)), must);
    ExpectPage(round, "a transfer",
               AnswerOf(world, PostOf("transfer", "recipient=bob&zoobars=3&submission=Send", alice)), must);
    ExpectPage(round, "a profile", AnswerOf(world, PostOf("", "profile_update=hi&profile_submit=Save", alice)), must);
  }
};

class LoginScenario : public Scenario {
 public:
  void Work(Round& round) override {
    LoginWorld world;
    for (const char* name : {"alice", "bob"}) world.AddMember(name);
    Serve(round, world, false);
    round.Recover();
    Serve(round, world, true);
    round.End();
  }

 private:
  static void Serve(Round& round, LoginWorld& world, bool must) {
    ExpectPage(round, "the form", AnswerOf(world, GetOf("login", "")), must);
    ExpectPage(
        round, "a login",
        AnswerOf(world,
                 PostOf("login", "login_username=alice&login_password=supersecretpassword&submit_login=Log+in", "")),
        must);
    ExpectPage(round, "a hint",
               AnswerOf(world, PostOf("strength", "login_username=carol&login_password=battery+staple", "")), false);
    ExpectPage(round, "a new password form", AnswerOf(world, GetOf("password", LoginWorld::CookieOf("alice"))), must);
    ExpectPage(round, "a logout", AnswerOf(world, PostOf("logout", "", LoginWorld::CookieOf("bob"))), false);
    world.sessions.insert("sessionbob");
  }
};

}  // namespace

std::unique_ptr<Scenario> AppRound() { return std::make_unique<AppScenario>(); }
std::unique_ptr<Scenario> LoginRound() { return std::make_unique<LoginScenario>(); }

}  // namespace zoobar::failures
