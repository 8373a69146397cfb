// The control socket of a running site, as an operator, a thief and a careless client find it (docs/design.md, "Control
// socket").
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>

#include "admin.pb.h"
#include "ipc/channel.h"
#include "ipc/loop.h"
#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

class ControlTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    site_ = std::make_unique<LiveSite>();
    ASSERT_TRUE(site_->Start()) << site_->Output();
  }
  static void TearDownTestSuite() { site_.reset(); }

  static std::string Secret() {
    std::string secret = ReadWhole(site_->state() + "/operator.secret");
    if (secret.ends_with('\n')) secret.pop_back();
    return secret;
  }
  static std::unique_ptr<LiveSite> site_;
};

std::unique_ptr<LiveSite> ControlTest::site_;

// A client of the control socket. It can misbehave.
class Client {
 public:
  explicit Client(const std::string& state) {
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = state + "/control/control.sock";
    EXPECT_LT(path.size(), sizeof address.sun_path);
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << path;
    Channel::Events events;
    events.on_misbehaviour = [](const std::string&) {};
    events.on_closed = [] {};
    channel_ = std::make_unique<Channel>(loop_, std::move(socket), ROLE_OPERATOR, Caller{ROLE_ADMIN, 0}, nullptr,
                                         std::move(events));
  }
  ~Client() {
    channel_.reset();
    loop_.RunOnce();
  }

  // Nothing if the site closed the connection and did not answer.
  template <typename Reply, typename Request>
  std::optional<Reply> Ask(Request request, const std::string& secret = {}) {
    Bytes bytes;
    bytes.resize(secret.size());
    secret.copy(reinterpret_cast<char*>(bytes.data()), secret.size());
    std::optional<Reply> reply;
    auto call = channel_->Call<Reply>(std::move(request), std::move(bytes));
    Spawn(Keep(std::move(call), &reply));
    loop_.Run();
    return reply;
  }
  bool open() const { return channel_->open(); }

 private:
  template <typename Reply>
  Task<void> Keep(Task<Result<Incoming<Reply>>> call, std::optional<Reply>* kept) {
    Result<Incoming<Reply>> reply = co_await call;
    if (reply.ok()) *kept = std::move(reply->message);
    loop_.Stop();
  }

  Loop loop_;
  std::unique_ptr<Channel> channel_;
};

TEST(CommandLine, NamesAWordThatIsNoCommand) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"nosuch"}, "there is no command \"zoobar nosuch\"; see: zoobar --help"},
      {{"status"}, "did you mean: zoobar ctl status"},
      {{"ctl", "nosuch"}, "there is no command \"zoobar ctl nosuch\"; see: zoobar ctl --help"},
      {{"ctl", "--state-dir", "/nowhere", "nosuch"}, "there is no command \"zoobar ctl nosuch\""},
      {{"ctl", "member", "nosuch"}, "there is no command \"zoobar ctl member nosuch\"; see: zoobar ctl member --help"},
  };
  for (const auto& [words, says] : cases) {
    const Ended ended = Execute(words);
    EXPECT_EQ(ended.status, 2) << words.back();
    EXPECT_THAT(ended.output, HasSubstr(says));
    EXPECT_EQ(std::ranges::count(ended.output, '\n'), 1) << ended.output;
  }
}

TEST(CommandLine, PrivilegesHaveTheirReasonsOrOnlyTheNamesOfCalls) {
  const Ended reasons = Execute({"privileges", "bank"});
  EXPECT_EQ(reasons.status, 0);
  EXPECT_THAT(reasons.output, HasSubstr("folder /store: "));
  EXPECT_THAT(reasons.output, HasSubstr("system calls "));
  const Ended names = Execute({"privileges", "bank", "--names"});
  EXPECT_EQ(names.output.find(' '), std::string::npos);
  EXPECT_THAT(names.output, HasSubstr("fdatasync\n"));
}

TEST(CommandLine, SaysItsVersionEitherWay) {
  const Ended command = Execute({"version"}), option = Execute({"--version"});
  EXPECT_EQ(command.status, 0);
  EXPECT_EQ(option.status, 0);
  EXPECT_THAT(command.output, testing::MatchesRegex("zoobar [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(option.output, command.output);
}

TEST_F(ControlTest, TheOperatorsSecretOpensIt) {
  const Ended status = site_->Ctl({"status"});
  EXPECT_EQ(status.status, 0) << status.output;
  for (const char* role : {"dispatcher", "app", "auth", "bank", "profile", "logger"})
    EXPECT_THAT(status.output, HasSubstr(role));
  const Ended verify = site_->Ctl({"verify"});
  EXPECT_EQ(verify.status, 0) << verify.output;
  EXPECT_EQ(site_->Ctl({"log"}).status, 0);
}

TEST_F(ControlTest, AMembersProgramIsPausedResumedAndItsDenialsShown) {
  Browser alice = site_->NewBrowser();
  ASSERT_EQ(alice.Register("alice of ctl", "a long password").status, 303);
  const std::string program =
      "#!python\nimport socket\ntry:\n    socket.socket()\nexcept PermissionError:\n    print('refused', 6 * 7)\n";
  ASSERT_EQ(alice.Save(program).status, 200);
  const auto look = [&] { return alice.Look("alice of ctl").body; };
  EXPECT_THAT(look(), HasSubstr("refused 42"));

  Ended denials;
  EXPECT_TRUE(Eventually([&] {
    denials = site_->Ctl({"profile", "denials", "alice of ctl"});
    return denials.output.find("socket") != std::string::npos;
  })) << denials.output;
  EXPECT_EQ(denials.status, 0);
  EXPECT_THAT(denials.output, HasSubstr("alice of ctl  socket      1"));

  const Ended paused = site_->Ctl({"profile", "pause", "alice of ctl"});
  EXPECT_EQ(paused.status, 0) << paused.output;
  EXPECT_THAT(look(), HasSubstr("This program is paused"));
  EXPECT_THAT(look(), testing::Not(HasSubstr("refused 42")));
  EXPECT_THAT(alice.Get("/zoobar/index.cgi/program").body,
              HasSubstr("The operator of this site has paused your program."));
  EXPECT_THAT(site_->Ctl({"profile", "denials", "alice of ctl"}).output,
              testing::StartsWith("paused by the operator\n"));
  EXPECT_EQ(site_->Ctl({"profile", "resume", "alice of ctl"}).status, 0);
  EXPECT_THAT(look(), HasSubstr("refused 42"));
  EXPECT_THAT(site_->Ctl({"log", "--security", "-n", "100"}).output, HasSubstr("program-resumed"));
}

TEST_F(ControlTest, ANameNobodyHasIsSaidWithExit1) {
  for (const char* verb : {"pause", "resume", "denials"}) {
    const Ended ended = site_->Ctl({"profile", verb, "nobody"});
    EXPECT_EQ(ended.status, 1) << verb;
    EXPECT_EQ(ended.output, "zoobar ctl: there is no member \"nobody\"\n") << verb;
  }
  EXPECT_EQ(site_->Ctl({"profile", "pause"}).status, 2) << "a name is missing";
  EXPECT_EQ(site_->Ctl({"profile"}).status, 2);
}

TEST_F(ControlTest, ResetSandboxBeginsWithAnotherInterpreter) {
  const auto interpreters = [] { return site_->Ctl({"status", "--json"}).output; };
  const auto count = [](const std::string& json) {
    const std::size_t at = json.find("\"interpreters\"");
    return at == json.npos ? std::string() : json.substr(json.find("\"value\"", at), 20);
  };
  const std::string before = count(interpreters());
  ASSERT_NE(before, "");
  EXPECT_EQ(site_->Ctl({"reset-sandbox"}).status, 0);
  EXPECT_TRUE(Eventually([&] { return count(interpreters()) != before; }));
  EXPECT_THAT(site_->Ctl({"log", "--security", "-n", "100"}).output, HasSubstr("sandbox-reset"));
  EXPECT_EQ(site_->Ctl({"status"}).status, 0);
}

TEST_F(ControlTest, CtlStopsWithExit3OnAWrongSecretAndTheSiteGoesOn) {
  const std::string secret = Secret();
  for (const std::string& wrong :
       {std::string("guess\n"), secret + " \n", " " + secret + "\n", secret + "\n\n", secret.substr(1) + "\n"}) {
    const std::string file = site_->scratch() + "/wrong";
    std::ofstream(file, std::ios::trunc) << wrong;
    const Ended refused = site_->Ctl({"--secret-file", file, "status"});
    EXPECT_EQ(refused.status, 3) << wrong;
    EXPECT_THAT(refused.output, HasSubstr("refused"));
    EXPECT_THAT(refused.output, testing::Not(HasSubstr("dispatcher"))) << "ctl carries on after a refusal";
  }
  const std::string file = site_->scratch() + "/exact";
  std::ofstream(file) << secret;  // the secret is the same without the newline
  EXPECT_EQ(site_->Ctl({"--secret-file", file, "status"}).status, 0);
  EXPECT_EQ(site_->NewBrowser().Get(kLogin).status, 200);
  EXPECT_THAT(site_->Ctl({"log", "--security"}).output, HasSubstr("control-refused"));
}

TEST_F(ControlTest, AFrameBeforeAuthenticateClosesTheConnection) {
  Client client(site_->state());
  EXPECT_FALSE(client.Ask<StatusReply>(StatusRequest()));
  EXPECT_FALSE(client.open());
  Client other(site_->state());
  EXPECT_FALSE(other.Ask<ShutdownReply>(ShutdownRequest()));
  EXPECT_FALSE(other.open());
  EXPECT_EQ(site_->Ctl({"status"}).status, 0);
}

TEST_F(ControlTest, ASecondAuthenticateIsRefusedEvenWithTheRightSecret) {
  Client client(site_->state());
  const auto first = client.Ask<AuthenticateReply>(AuthenticateRequest(), Secret());
  ASSERT_TRUE(first && first->accepted());
  EXPECT_TRUE(client.Ask<StatusReply>(StatusRequest()));
  EXPECT_FALSE(client.Ask<AuthenticateReply>(AuthenticateRequest(), Secret()));
  EXPECT_FALSE(client.open());
}

TEST_F(ControlTest, OneClientsRefusalDoesNotTouchAnother) {
  Client good(site_->state());
  const auto admitted = good.Ask<AuthenticateReply>(AuthenticateRequest(), Secret());
  ASSERT_TRUE(admitted && admitted->accepted());
  Client bad(site_->state());
  const auto refused = bad.Ask<AuthenticateReply>(AuthenticateRequest(), "guess");
  EXPECT_TRUE(!refused || !refused->accepted());
  EXPECT_FALSE(bad.Ask<StatusReply>(StatusRequest()));
  EXPECT_TRUE(good.Ask<StatusReply>(StatusRequest()));
}

TEST_F(ControlTest, TheSocketIs0600InADirectoryOf0700) {
  struct stat status;
  const std::string directory = site_->state() + "/control";
  ASSERT_EQ(lstat(directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
  EXPECT_EQ(status.st_uid, 0u);
  ASSERT_EQ(lstat((directory + "/control.sock").c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

// What a process of this user and group gets: 0 or errno.
int As(std::uint32_t uid, std::uint32_t gid, const std::function<int()>& act) {
  const pid_t child = fork();
  if (child == 0) {
    if (setgroups(0, nullptr) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0) _exit(200);
    _exit(act());
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 201;
}

int ErrorOfConnect(const std::string& state) {
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (state + "/control/control.sock").copy(address.sun_path, sizeof address.sun_path - 1);
  return connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

int ErrorOfOpen(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file ? 0 : errno;
}

TEST(ControlGroupTest, ItsMembersReachTheSocketAndNothingElseOfTheState) {
  constexpr std::uint32_t kSomebody = 4'200'000'001, kFriends = 4'200'000'002, kOthers = 4'200'000'003;
  LiveSite site;
  ASSERT_EQ(chmod(site.scratch().c_str(), 0711), 0);
  const std::string& state = site.state();
  const std::vector<std::string> before = site.settings;
  const auto start_for = [&](std::uint32_t group) {
    site.settings = before;
    if (group != 0) site.settings.push_back("control_gid: " + std::to_string(group));
    return site.Start();
  };
  const auto connects = [&](std::uint32_t group) {
    return As(kSomebody, group, [&] { return ErrorOfConnect(state); });
  };
  ASSERT_TRUE(start_for(0)) << site.Output();
  EXPECT_EQ(connects(kFriends), EACCES);
  EXPECT_EQ(site.Stop(), 0);
  ASSERT_TRUE(start_for(kFriends)) << site.Output();
  EXPECT_EQ(connects(kFriends), 0);
  EXPECT_EQ(connects(kOthers), EACCES);
  EXPECT_EQ(As(kSomebody, kFriends, [&] { return ErrorOfOpen(state); }), EACCES);
  for (const auto& each : std::filesystem::directory_iterator(state)) {
    const std::string path = each.path();
    const std::string name = each.path().filename();
    // The folder of challenges and the addresses are for everybody.
    if (name == "control" || name == "acme" || name.starts_with("listening")) continue;
    EXPECT_EQ(As(kSomebody, kFriends, [&] { return ErrorOfOpen(path); }), EACCES) << path;
  }
  EXPECT_EQ(site.Stop(), 0);
  ASSERT_TRUE(start_for(kOthers)) << site.Output();
  EXPECT_EQ(connects(kFriends), EACCES);
  EXPECT_EQ(connects(kOthers), 0);
  EXPECT_EQ(site.Stop(), 0);
}

TEST_F(ControlTest, TheSecretIsInNoFileButItsOwn) {
  const std::string secret = Secret();
  ASSERT_GE(secret.size(), 40u);
  ASSERT_EQ(site_->Ctl({"status"}).status, 0);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(site_->state())) {
    if (!entry.is_regular_file() || entry.path().filename() == "operator.secret") continue;
    EXPECT_EQ(ReadWhole(entry.path()).find(secret), std::string::npos) << entry.path();
  }
  EXPECT_THAT(ReadWhole(site_->state() + "/operator.hash"), testing::StartsWith("$argon2id$"));
  EXPECT_EQ(site_->Output().find(secret), std::string::npos);
}

TEST_F(ControlTest, ReloadSaysWhatCameOfItAndTheLogWhoAsked) {
  const Ended reloaded = site_->Ctl({"reload"});
  EXPECT_EQ(reloaded.status, 0);
  EXPECT_THAT(reloaded.output, HasSubstr("Reloaded."));
  EXPECT_TRUE(Eventually([] { return site_->Log("events").find("control-reload") != std::string::npos; }));
  EXPECT_THAT(site_->Log("events"), HasSubstr("\"uid\":\"0, as ctl says\""));
}

TEST_F(ControlTest, ShutdownEndsTheSiteWithExit0) {
  LiveSite site;
  ASSERT_TRUE(site.Start()) << site.Output();
  EXPECT_EQ(site.Ctl({"shutdown"}).status, 0);
  EXPECT_EQ(site.WaitForExit(), 0);
  EXPECT_EQ(site.Ctl({"status"}).status, 3);
}

}  // namespace
}  // namespace zoobar
