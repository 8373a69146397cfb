// The example programs of profiles/, as their visitors see them. Prelude, API and store are the real ones; the machine's
// Python takes the place of the sandbox. The walls are tested in test/confinement.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "ipc/frame.h"
#include "pages/pages.h"
#include "roles/profile/api.h"
#include "roles/profile/member.h"
#include "roles/profile/run_client.h"
#include "sandbox/files.h"
#include "sandbox/interpreter.h"
#include "sandbox/wire.h"
#include "site/fake_site.h"
#include "site/ticket.h"
#include "store/scratch.h"
#include "stored.pb.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

bool Matches(const std::string& text, const std::string& pattern) {
  return std::regex_search(text, std::regex(pattern));
}

// A stand-in for the sandbox, whose runs are processes of python3 in an empty folder.
class PythonSandbox {
 public:
  PythonSandbox() {
    service.Handle(&PythonSandbox::Begin, this);
    service.Handle(&PythonSandbox::Wait, this);
    std::ofstream(tools_.path() + "/world.py") << kWorld;
    std::ofstream(tools_.path() + "/driver.py")
        << "import sys, types\nworld = sys.modules['zoobar_world'] = types.ModuleType('zoobar_world')\n"
        << "exec(open('" << tools_.path() << "/world.py').read(), world.__dict__)\n"
        << kPrelude << "\nsys.exit(run(open(sys.argv[1], encoding='utf-8').read()))\n";
  }

  Task<Result<Outgoing<BeginReply>>> Begin(Incoming<BeginRequest>) {
    int socket[2], output[2], errors[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket) != 0 || pipe2(output, O_CLOEXEC) != 0 ||
        pipe2(errors, O_CLOEXEC) != 0) {
      co_return Error::FromErrno("a run");
    }
    root_ = std::make_unique<TemporaryDirectory>();
    pid_ = fork();
    if (pid_ == 0) BecomeRun(socket[1], output[1], errors[1]);
    for (int fd : {socket[1], output[1], errors[1]}) close(fd);
    Outgoing<BeginReply> reply{BeginReply()};
    reply.message.set_outcome(BeginReply::OUTCOME_BEGUN);
    for (int fd : {socket[0], output[0], errors[0]}) reply.fds.emplace_back(fd);
    co_return reply;
  }

  Task<Result<Outgoing<WaitReply>>> Wait(Incoming<WaitRequest>) {
    const Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    Promised<bool> ended;
    Watch watch(*loop, process.get(), [&ended](int) {
      if (!ended.set()) ended.Set(true);
    });
    watch.Set(UV_READABLE);
    co_await ended;
    int status = 0;
    if (waitpid(pid_, &status, 0) != pid_) co_return Error::FromErrno("a run");
    Outgoing<WaitReply> reply{WaitReply()};
    reply.message.set_end(WIFEXITED(status) ? WaitReply::END_EXIT : WaitReply::END_SIGNAL);
    reply.message.set_status(WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    const Fd root(open(root_->path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::string files = TakeBack(root, 1 << 20, 64).files().SerializeAsString();
    Fd memory(memfd_create("files", MFD_CLOEXEC));
    if (write(memory.get(), files.data(), files.size()) < 0) co_return Error::FromErrno("files");
    reply.fds.push_back(std::move(memory));
    co_return reply;
  }

  Service service;
  Loop* loop = nullptr;

 private:
  // Does what the interpreter does for a run (sandbox/interpreter.cc), without the walls.
  [[noreturn]] void BecomeRun(int socket, int output, int errors) const {
    const std::string source = tools_.path() + "/source.py", driver = tools_.path() + "/driver.py";
    char length[4];
    if (read(socket, length, sizeof length) != sizeof length) _exit(9);
    std::string bytes(frame::Get32(length), '\0');
    for (std::size_t have = 0; have < bytes.size();) {
      const ssize_t count = read(socket, bytes.data() + have, bytes.size() - have);
      if (count <= 0) _exit(9);
      have += static_cast<std::size_t>(count);
    }
    Program program;
    if (!program.ParseFromString(bytes) || chdir(root_->path().c_str()) != 0 || !LayOut(program.files())) _exit(9);
    std::ofstream(source) << program.source();
    if (dup2(output, 1) < 0 || dup2(errors, 2) < 0 || dup2(socket, kRunSocket) < 0) _exit(9);
    execl("/usr/bin/python3", "python3", "-I", "-S", "-B", "-X", "utf8", driver.c_str(), source.c_str(), nullptr);
    _exit(9);
  }

  TemporaryDirectory tools_;
  std::unique_ptr<TemporaryDirectory> root_;
  pid_t pid_ = -1;
};

// A stand-in for bank with accounts and a journal. It pays what it is asked for.
class SmallBank {
 public:
  SmallBank() {
    service.Handle(&SmallBank::Find, this);
    service.Handle(&SmallBank::Journal, this);
    service.Handle(&SmallBank::Spend, this);
  }

  Task<Result<Outgoing<FindReply>>> Find(Incoming<FindRequest> call) { co_return FoundAmong(balances, call.message); }
  Task<Result<Outgoing<JournalReply>>> Journal(Incoming<JournalRequest> call) {
    JournalReply reply;
    for (auto entry = journal.rbegin(); entry != journal.rend(); ++entry) {
      if (Member(entry->sender()) == call.message.member() || Member(entry->recipient()) == call.message.member())
        *reply.add_entries() = *entry;
    }
    co_return reply;
  }
  Task<Result<Outgoing<TransferReply>>> Spend(Incoming<SpendRequest> call) {
    const std::string from = call.message.ticket().body();
    TransferReply reply;
    reply.set_outcome(outcome);
    if (outcome == TransferReply::OUTCOME_SENT) {
      for (const auto& [name, zoobars] : balances) {
        if (Member(name) == call.message.recipient()) Move(from, name, call.message.zoobars());
      }
    }
    co_return reply;
  }
  void Move(const std::string& from, const std::string& to, std::int64_t zoobars) {
    balances[from] -= zoobars;
    balances[to] += zoobars;
    JournalReply::Entry& entry = journal.emplace_back();
    entry.set_kind(StoredEntry::KIND_TRANSFER);
    entry.set_time_ms(1'795'591'844'000);
    entry.set_sender(from);
    entry.set_recipient(to);
    entry.set_zoobars(zoobars);
  }

  Service service;
  std::map<std::string, std::int64_t> balances = {{"alice", 10}, {"bob", 10}, {"carol", 10}, {"<b>", 10}};
  std::vector<JournalReply::Entry> journal;
  TransferReply::Outcome outcome = TransferReply::OUTCOME_SENT;
};

class ExamplesTest : public testing::Test {
 protected:
  void SetUp() override {
    site_.settings.mutable_profile()->set_api_calls_per_run(200);
    auto opened = Profiles::Open(site_.loop(), folder_.path(), Config::Store());
    ASSERT_TRUE(opened.ok()) << opened.error().text;
    profiles_ = std::move(*opened);
    social_ = std::make_unique<Social>(profiles_->environment());
    api_ = std::make_unique<ProgramApi>(site_, *profiles_, *social_, unstored_, WallMillis);
    sandbox_.loop = &site_.loop();
    site_.Connect(ROLE_PROFILE, ROLE_SANDBOX, sandbox_.service);
    site_.Connect(ROLE_PROFILE, ROLE_BANK, bank_.service);
  }

  // What the visitor sees of the owner's program. Fails the test if the program did not end well.
  std::string Run(std::string source, const std::string& owner, const std::string& visitor) {
    ProgramRun run;
    run.owner = Member(owner);
    run.owner_name = owner;
    run.visitor = Member(visitor);
    run.visitor_name = visitor;
    run.spending.set_body(owner);
    EXPECT_TRUE(site_.Wait(social_->RecordVisit(run.owner, run.visitor, visitor, WallMillis())).ok());
    Program program;
    program.set_source(std::move(source));
    *program.mutable_files() = *profiles_->Files(run.owner);
    RunClient::Settings settings;
    settings.answer = [this, &run](std::string request) { return api_->Answer(run, std::move(request)); };
    std::optional<RunClient::Refusal> refused;
    auto output = site_.Wait(RunClient::Execute(site_, std::move(program), std::move(settings), refused));
    EXPECT_TRUE(output.ok()) << output.error().text;
    if (!output.ok()) return {};
    EXPECT_EQ(output->errors, "");
    EXPECT_EQ(output->misbehaved, "");
    EXPECT_EQ(output->end.status(), 0);
    EXPECT_TRUE(output->files.has_value());
    EXPECT_TRUE(site_.Wait(profiles_->Note(run.owner, output->files, nullptr)).ok());
    return output->output;
  }
  std::string Visit(std::string_view example, const std::string& owner = "alice", const std::string& visitor = "bob") {
    return Run(std::string(ExampleProgram(example)), owner, visitor);
  }

  TemporaryDirectory folder_;
  PythonSandbox sandbox_;
  SmallBank bank_;
  FakeSite site_;
  UnstoredRuns unstored_{site_.loop()};
  std::unique_ptr<Profiles> profiles_;
  std::unique_ptr<Social> social_;
  std::unique_ptr<ProgramApi> api_;
};

TEST_F(ExamplesTest, HelloUserGreetsAndTellsTheTimeAsAFloat) {
  const std::string seen = Visit("hello-user");
  EXPECT_TRUE(Matches(seen, "Hello, <i>bob</i>[^]*Current time: \\d+\\.\\d+")) << seen;
  EXPECT_THAT(Visit("hello-user", "alice", "<b>"), HasSubstr("Hello, <i>&lt;b&gt;</i>"));
}

TEST_F(ExamplesTest, VisitTrackerCountsEachVisitorsVisits) {
  EXPECT_TRUE(Matches(Visit("visit-tracker"), "Hello, <i>bob[^]*Your visit count: 0[^]*Your last visit: never"));
  EXPECT_TRUE(Matches(Visit("visit-tracker"), "Your visit count: 1[^]*Your last visit: \\d+\\.\\d+"));
  EXPECT_THAT(Visit("visit-tracker", "alice", "carol"), HasSubstr("Your visit count: 0"));
  EXPECT_THAT(Visit("visit-tracker", "carol", "bob"), HasSubstr("Your visit count: 0"))
      << "another's files are another's";
}

TEST_F(ExamplesTest, LastVisitsListsThreeNewestFirst) {
  EXPECT_TRUE(Matches(Visit("last-visits"), "Last 3 visitors:[^]*bob at \\d+"));
  Visit("last-visits", "alice", "<b>");
  Visit("last-visits", "alice", "carol");
  const std::string seen = Visit("last-visits", "alice", "alice");
  EXPECT_TRUE(Matches(seen, "alice at \\d+[^]*carol at \\d+[^]*&lt;b&gt; at \\d+")) << seen;
  EXPECT_THAT(seen, Not(HasSubstr("bob")));
}

TEST_F(ExamplesTest, XferTrackerShowsTheLatestBetweenOwnerAndVisitor) {
  EXPECT_THAT(Visit("xfer-tracker"), HasSubstr("No zoobars have passed"));
  bank_.Move("alice", "bob", 3);
  bank_.Move("alice", "carol", 4);
  EXPECT_THAT(Visit("xfer-tracker"), HasSubstr("I gave you 3 zoobars @ Wed Nov 25 07:30:44 2026"));
  bank_.Move("bob", "alice", 2);
  EXPECT_THAT(Visit("xfer-tracker"), HasSubstr("You gave me 2 zoobars @ "));
}

TEST_F(ExamplesTest, GranterGivesOneZoobarAMinuteToWhoHasTwentyAtMost) {
  EXPECT_THAT(Visit("granter"), HasSubstr("Thanks for visiting.  I gave you one zoobar."));
  EXPECT_EQ(bank_.balances["alice"], 9);
  EXPECT_EQ(bank_.balances["bob"], 11);
  EXPECT_TRUE(Matches(Visit("granter"), "I gave you a zoobar \\d+\\.\\d seconds ago"));
  EXPECT_EQ(bank_.balances["alice"], 9);
  bank_.balances["bob"] = 21;
  EXPECT_THAT(Visit("granter"), HasSubstr("You have 21 already; no need for more"));
  bank_.balances["carol"] = 20;
  EXPECT_THAT(Visit("granter", "alice", "carol"), HasSubstr("Thanks for visiting."));
  bank_.balances["alice"] = 0;
  EXPECT_THAT(Visit("granter"), HasSubstr("Sorry, I have no more zoobars"));
}

TEST_F(ExamplesTest, GranterSaysWhyItCouldNotGive) {
  bank_.outcome = TransferReply::OUTCOME_OVER_HOUR;
  EXPECT_THAT(Visit("granter"), HasSubstr("No gift this time: alice lets programs pay at most"));
  EXPECT_EQ(bank_.balances["bob"], 10);
}

TEST_F(ExamplesTest, MyProfileDrawsTheBalanceAndKeepsAGuestBook) {
  std::string seen = Visit("my-profile");
  EXPECT_TRUE(Matches(seen, "█ <b>10</b> zoobars[^]*Nobody has signed it yet")) << seen;
  bank_.Move("alice", "bob", 10);
  bank_.Move("<b>", "alice", 5);
  bank_.Move("<b>", "alice", 5);
  Run("#!python\napi.post('was <here>', username='alice')\n", "carol", "bob");
  seen = Visit("my-profile");
  EXPECT_THAT(seen, HasSubstr("<p>█▁▄█ <b>10</b> zoobars</p>"));
  EXPECT_THAT(seen, HasSubstr("I deal with &lt;b&gt;: 2 of the last 3 transfers"));
  EXPECT_TRUE(Matches(seen, "<b>carol</b>, [^:]+:\\d+:[^:]+: was &lt;here&gt;")) << seen;
}

TEST_F(ExamplesTest, SocialGraphFollowsVisitorsAsFarAsTheyShare) {
  Visit("hello-user", "bob", "carol");
  EXPECT_TRUE(Matches(Visit("social-graph"),
                      "<b>alice</b> was visited by bob \\(1\\)[^]*These members do not share their visitors: bob<"));
  Visit("social-graph", "bob", "alice");
  const std::string seen = Visit("social-graph");
  EXPECT_TRUE(Matches(seen, "<b>bob</b> was visited by (alice \\(1\\), carol|carol \\(1\\), alice) \\(1\\)")) << seen;
  EXPECT_THAT(seen, HasSubstr("These members do not share their visitors: carol<"));
}

TEST_F(ExamplesTest, ARefusedCallRaisesApiErrorWithItsReason) {
  const std::string seen =
      Run("#!python\n"
          "for attempt in (lambda: api.xfer('bob', True), lambda: api.call('fly'), lambda: api.post('x' * 70000)):\n"
          "    try:\n"
          "        attempt()\n"
          "    except ApiError as refusal:\n"
          "        print(refusal)\n",
          "alice", "bob");
  EXPECT_THAT(seen, testing::MatchesRegex("xfer: zoobars: must be a whole number of 1 or more\n"
                                          "there is no call fly\n"
                                          "a call has at most 65536 bytes, not 700[0-9][0-9]\n"));
}

TEST_F(ExamplesTest, ThreadsShareTheApi) {
  const std::string seen =
      Run("#!python\n"
          "import threading\n"
          "said = []\n"
          "threads = [threading.Thread(target=lambda: said.append(api.get_user_info('carol')['zoobars'])) for _ in "
          "range(7)]\n"
          "for thread in threads: thread.start()\n"
          "for thread in threads: thread.join()\n"
          "print(said)\n",
          "alice", "bob");
  EXPECT_EQ(seen, "[10, 10, 10, 10, 10, 10, 10]\n");
}

TEST_F(ExamplesTest, ASharedFileComesAsBytes) {
  Run("#!python\nopen('f', 'wb').write(bytes(range(256)))\napi.share_file('f', ['bob'])\n", "alice", "carol");
  EXPECT_EQ(Run("#!python\nprint(api.get_shared('alice', 'f') == bytes(range(256)), api.list_shared('alice'))\n", "bob",
                "carol"),
            "True [{'path': 'f', 'bytes': 256}]\n");
}

}  // namespace
}  // namespace zoobar
