// auth and honeychecker: 50 registrations and some new passwords. The power goes for both stores at the same moment.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ipc/secrets.h"
#include "power/cuts.h"
#include "roles/auth.h"
#include "roles/honeychecker.h"
#include "site/fake_site.h"
#include "store/credentials.h"
#include "store/indexes.h"

namespace zoobar::power {
namespace {

constexpr std::int64_t kClock = 1'700'000'000'000;
constexpr std::size_t kRegistrations = 50, kEvery = 5;  // each fifth member takes a new password at once
// The steps: 2 * N is the registration of member N, 2 * N + 1 the new password.

std::string NameOf(std::size_t member) { return fmt::format("somebody {}", member); }
std::string FirstPassword(std::size_t member) { return fmt::format("correct horse {}", member); }
std::string SecondPassword(std::size_t member) { return fmt::format("battery staple {}", member); }
bool TakesAnother(std::size_t member) { return member % kEvery == 0; }

Config SmallHashes() {
  Config config;
  Config::Auth& auth = *config.mutable_auth();
  auth.mutable_argon2()->set_memory_kib(8);
  auth.mutable_argon2()->set_passes(1);
  auth.set_min_password_score(0);
  auth.mutable_throttle()->set_account_failures(1'000'000'000);
  auth.mutable_throttle()->set_address_failures(1'000'000'000);
  config.mutable_store()->set_map_bytes(1 << 20);
  return config;
}

// A site for a second role in the same process: its calls are answered on the first one's loop.
class NextSite : public FakeSite {
 public:
  explicit NextSite(Loop& other) : other_(other) {}
  Loop& loop() override { return other_; }

 private:
  Loop& other_;
};

// Both roles at work, each with its store below `folder`.
class AuthAndHoneychecker {
 public:
  explicit AuthAndHoneychecker(const std::string& folder) {
    site_.settings = next_.settings = SmallHashes();
    honeychecker_ = std::make_unique<Honeychecker>(next_, folder + "/honey");
    site_.Connect(ROLE_AUTH, ROLE_HONEYCHECKER, next_.service());
    AuthOptions options;
    options.folder = folder + "/cred";
    options.clock = [] { return kClock; };
    options.hashing_threads = 1;
    auth_ = std::make_unique<Auth>(site_, std::move(options));
    login_ = site_.CallAs(ROLE_LOGIN, ROLE_AUTH);
  }
  ~AuthAndHoneychecker() {
    login_.reset();
    auth_.reset();
    honeychecker_.reset();
  }

  LoginReply::Outcome Register(const std::string& name, const std::string& password) {
    RegisterRequest request;
    request.set_name(name);
    request.set_address("192.0.2.1");
    return Entered(site_.Wait(login_->Call<LoginReply>(std::move(request), PackSecrets({password, "", ""}))));
  }
  LoginReply::Outcome Login(const std::string& name, const std::string& password) {
    LoginRequest request;
    request.set_name(name);
    request.set_address("192.0.2.2");
    return Entered(site_.Wait(login_->Call<LoginReply>(std::move(request), PackSecrets({password, "", ""}))));
  }
  // Of the member who has entered last.
  LoginReply::Outcome ChangePassword(const std::string& present, const std::string& chosen) {
    ChangePasswordRequest request;
    request.set_address("192.0.2.3");
    auto reply = site_.Wait(login_->Call<LoginReply>(std::move(request), PackSecrets({session_, present, chosen})));
    return reply.ok() ? reply->message.outcome() : LoginReply::OUTCOME_UNSPECIFIED;
  }

 private:
  LoginReply::Outcome Entered(const Result<Incoming<LoginReply>>& reply) {
    if (!reply.ok()) return LoginReply::OUTCOME_UNSPECIFIED;
    if (reply->message.outcome() == LoginReply::OUTCOME_OK)
      session_ = MustHave(EntryTokens::Unpack(reply->secret)).session;
    return reply->message.outcome();
  }

  FakeSite site_;
  NextSite next_{site_.loop()};
  std::unique_ptr<Honeychecker> honeychecker_;
  std::unique_ptr<Auth> auth_;
  std::shared_ptr<Channel> login_;
  std::string session_;
};

void DoRegistrations(Recording& recording) {
  const FastFolder folder;
  for (const char* name : {"/cred", "/honey"}) std::filesystem::create_directory(folder.path() + name);
  SeedRandomNumbers();
  Recorder recorder(folder.path());
  {
    AuthAndHoneychecker roles(folder.path());
    for (std::size_t member = 0; member < kRegistrations; ++member) {
      recorder.Mark(Mark::kBegun, 2 * member);
      ASSERT_EQ(roles.Register(NameOf(member), FirstPassword(member)), LoginReply::OUTCOME_OK);
      recorder.Mark(Mark::kAcknowledged, 2 * member);
      if (!TakesAnother(member)) continue;
      recorder.Mark(Mark::kBegun, 2 * member + 1);
      ASSERT_EQ(roles.ChangePassword(FirstPassword(member), SecondPassword(member)), LoginReply::OUTCOME_OK);
      recorder.Mark(Mark::kAcknowledged, 2 * member + 1);
    }
  }
  recording = recorder.Stop();
}

// Everybody whose registration was answered has an account, honeychecker knows the password of every account, and nobody
// else has one.
std::string WrongStores(const std::string& folder, const Seen& seen) {
  Loop loop;
  const Config::Store sizes = SmallHashes().store();
  const auto credentials = Credentials::Open(loop, folder + "/cred", sizes);
  if (!credentials.ok()) return credentials.error().text;
  const auto indexes = Indexes::Open(loop, folder + "/honey", sizes);
  if (!indexes.ok()) return indexes.error().text;
  auto read = (*credentials)->environment().Read([&](ReadTransaction& tx) -> Result<std::string> {
    std::size_t found = 0, accounts = 0;
    for (std::size_t member = 0; member < kRegistrations; ++member) {
      const bool there = (*credentials)->FindMember(tx, NameOf(member)).has_value();
      if (!there && seen.Acknowledged(2 * member)) return NameOf(member) + " has registered and has no account";
      if (there && !seen.Begun(2 * member)) return NameOf(member) + " has an account and never registered";
      found += there;
    }
    std::string after;
    while (const auto next = (*credentials)->NextAccount(tx, after)) {
      ++accounts;
      after = next->first;
      if ((*credentials)->FindMember(tx, next->second.name()) != after)
        return "the name does not lead to the account of " + next->second.name();
      const auto index = (*indexes)->Get(after, next->second.password().words());
      if (!index.ok()) return index.error().text;
      if (!*index) return "honeychecker does not know the password of " + next->second.name();
    }
    return accounts == found ? "" : fmt::format("{} accounts have {} names", accounts, found);
  });
  return read.ok() ? *read : read.error().text;
}

// Who was answered last can log in, also if a new password was on its way; a wrong password opens nothing; and somebody
// else can register.
std::string WrongEntrance(const std::string& folder, const Seen& seen) {
  AuthAndHoneychecker roles(folder);
  if (!seen.acknowledged.empty()) {
    const std::size_t step = *seen.acknowledged.rbegin(), member = step / 2;
    const std::string name = NameOf(member);
    const bool old_one = roles.Login(name, FirstPassword(member)) == LoginReply::OUTCOME_OK;
    const bool new_one = roles.Login(name, SecondPassword(member)) == LoginReply::OUTCOME_OK;
    if (old_one == new_one) return name + (old_one ? " has two passwords" : " cannot log in");
    const bool answered = seen.Acknowledged(2 * member + 1), begun = seen.Begun(2 * member + 1);
    if ((answered && old_one) || (!begun && new_one)) return name + " has the wrong one of two passwords";
    if (roles.Login(name, "wrong " + FirstPassword(member)) != LoginReply::OUTCOME_WRONG)
      return name + " is let in with a wrong password";
  }
  if (roles.Register("a newcomer", "correct donkey") != LoginReply::OUTCOME_OK) return "nobody can register";
  if (roles.Login("a newcomer", "correct donkey") != LoginReply::OUTCOME_OK) return "a newcomer cannot log in";
  return "";
}

TEST(PowerCuts, AnsweredRegistrationsAndPasswordsSurvive) {
  Recording recording;
  DoRegistrations(recording);
  const auto check = [](const std::string& folder, const Seen& seen) {
    const std::string wrong = WrongStores(folder, seen);
    return wrong.empty() ? WrongEntrance(folder, seen) : wrong;
  };
  ExpectAllOpen(recording, {.work = "registrations", .sample = 250, .all_until = 40}, check);
}

}  // namespace
}  // namespace zoobar::power
