// The site under a service manager: its watchdog, the secrets and the sockets that it passes on (src/master/notify.h), and
// what it is told if the site cannot start.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <span>
#include <thread>

#include "live_site/live_site.h"
#include "system/manager_socket.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kLogin[] = "/zoobar/index.cgi/login";

// A listening socket on a free port of 127.0.0.1.
class BoundSocket {
 public:
  BoundSocket() {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_.get(), 16), 0);
    EXPECT_EQ(getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  int fd() const { return socket_.get(); }
  const std::string& address() const { return address_; }

 private:
  Fd socket_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::string address_;
};

// Called in the master's process: passes these sockets on as systemd does.
void PassSockets(const std::vector<int>& fds, const char* names) {
  constexpr int kFirst = 3, kFarAbove = 100;
  for (std::size_t i = 0; i < fds.size(); ++i) dup2(fds[i], kFarAbove + static_cast<int>(i));
  for (std::size_t i = 0; i < fds.size(); ++i) {
    dup2(kFarAbove + static_cast<int>(i), kFirst + static_cast<int>(i));
    close(kFarAbove + static_cast<int>(i));
  }
  setenv("LISTEN_FDS", std::to_string(fds.size()).c_str(), 1);
  setenv("LISTEN_FDNAMES", names, 1);
  setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
}

void Install(std::span<sock_filter> program) {
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) _exit(99);
}

// Called in the master's process: a filter that answers this system call with EPERM, as a container's filter does.
void Refuse(std::uint32_t call) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  Install(program);
}

// The same for clone with CLONE_PIDFD alone, which only the start of a role needs.
void RefuseRoles() {
  sock_filter program[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                           BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
                           BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
                           BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_PIDFD, 0, 1),
                           BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                           BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  Install(program);
}

class ManagerTest : public testing::Test {
 protected:
  // Starts the site where this system call is refused. It must not start. Returns what it says.
  std::string SaysWithout(std::uint32_t call, ManagerSocket& manager) {
    return SaysAfter([call] { Refuse(call); }, manager);
  }
  std::string SaysAfter(const std::function<void()>& refuse, ManagerSocket& manager) {
    site_.in_master = [&refuse, &manager] {
      setenv("NOTIFY_SOCKET", manager.path().c_str(), 1);
      refuse();
    };
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_FALSE(site_.Start());
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20)) << "it does not try again and again";
    manager.TakeAll();
    EXPECT_THAT(manager.told(), Not(HasSubstr("READY=1")));
    EXPECT_THAT(manager.told(), HasSubstr("STATUS=Cannot start: "));
    return site_.Output();
  }

  LiveSite site_;
};

TEST_F(ManagerTest, ASiteWhoseRolesMayNotUseLandlockDoesNotStartAndSaysWhy) {
  ManagerSocket manager(site_.scratch() + "/notify");
  const std::string output = SaysWithout(SYS_landlock_create_ruleset, manager);
  EXPECT_THAT(output, HasSubstr("zoobar: the site cannot start: "));
  EXPECT_THAT(output, HasSubstr(" could not be confined: Landlock is refused"));
  EXPECT_THAT(output, HasSubstr("Operation not permitted; let the container make the calls landlock_create_ruleset"));
  EXPECT_THAT(output, HasSubstr("`zoobar doctor` says what this machine refuses"));
  EXPECT_THAT(output, Not(HasSubstr("role-degraded"))) << "no role was started again and again";
}

// logger has no folder, so it runs, and reads what the other roles write to stderr.
TEST_F(ManagerTest, ASiteWithOneRoleThatCannotBeConfinedDoesNotStartEither) {
  ManagerSocket manager(site_.scratch() + "/notify");
  const std::string output = SaysWithout(SYS_landlock_add_rule, manager);
  EXPECT_THAT(output, HasSubstr(" could not be confined: "));
  EXPECT_THAT(output, HasSubstr("landlock_add_rule: /store: Operation not permitted"));
}

TEST_F(ManagerTest, ASiteThatMayNotMakeProcessesDoesNotStartAndSaysWhy) {
  ManagerSocket manager(site_.scratch() + "/notify");
  const std::string output = SaysAfter(RefuseRoles, manager);
  EXPECT_THAT(output, HasSubstr("zoobar: the site cannot start: "));
  EXPECT_THAT(output, HasSubstr(" could not be started: clone: Operation not permitted. `zoobar doctor` says what"));
  EXPECT_THAT(output, Not(HasSubstr("role-degraded"))) << "no role was started again and again";
}

TEST_F(ManagerTest, AFailedStartEndsWithStatus2AndTheNextOneServes) {
  ManagerSocket manager(site_.scratch() + "/notify");
  SaysWithout(SYS_landlock_restrict_self, manager);
  std::vector<std::string> arguments = site_.Arguments();
  arguments.insert(arguments.begin(), ZoobarBinary());
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const pid_t master = fork();
  if (master == 0) {
    Refuse(SYS_landlock_restrict_self);
    dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
    execv(pointers[0], pointers.data());
    _exit(99);
  }
  int status = 0;
  ASSERT_EQ(waitpid(master, &status, 0), master);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 2);

  site_.in_master = [&] { setenv("NOTIFY_SOCKET", manager.path().c_str(), 1); };
  ASSERT_TRUE(site_.Start()) << site_.Output();
  EXPECT_TRUE(manager.IsTold("READY=1"));
  EXPECT_TRUE(site_.Answers());
}

TEST_F(ManagerTest, EachPassedSocketServesWhatItsNameSays) {
  const BoundSocket plain, tls, metrics;
  site_.in_master = [&] { PassSockets({tls.fd(), metrics.fd(), plain.fd()}, "https:metrics:zoobar.socket"); };
  site_.listens.clear();
  ASSERT_TRUE(site_.Start()) << site_.Output();
  EXPECT_EQ(Browser(plain.address()).Get(kLogin).status, 200);
  EXPECT_THAT(site_.Addresses(), testing::UnorderedElementsAre(plain.address(), tls.address() + ",tls"));
  EXPECT_THAT(Browser(metrics.address()).Get("/metrics").body, HasSubstr("zoobar_build_info"));
  EXPECT_EQ(ReadWhole(site_.state() + "/listening.metrics"), metrics.address() + "\n");
  EXPECT_NE(Browser(metrics.address()).Get(kLogin).status, 200);
  EXPECT_EQ(site_.Stop(), 0);
}

TEST_F(ManagerTest, ASocketForMetricsAloneLeavesTheOtherListenersToTheConfiguration) {
  const BoundSocket metrics, second;
  site_.in_master = [&] { PassSockets({metrics.fd()}, "metrics"); };
  ASSERT_TRUE(site_.Start()) << site_.Output();
  EXPECT_TRUE(site_.Answers());
  EXPECT_EQ(Browser(metrics.address()).Get("/readyz").status, 200);
  EXPECT_EQ(site_.Stop(), 0);

  site_.in_master = [&] { PassSockets({metrics.fd(), second.fd()}, "metrics:metrics"); };
  EXPECT_FALSE(site_.Start());
  EXPECT_THAT(site_.Output(), HasSubstr("LISTEN_FDS: only one socket may have the name \"metrics\""));
}

TEST_F(ManagerTest, TheServiceManagersWatchdogIsFedAlsoWhileTheSiteEnds) {
  ManagerSocket manager(site_.scratch() + "/notify");
  site_.in_master = [&] {
    setenv("NOTIFY_SOCKET", manager.path().c_str(), 1);
    setenv("WATCHDOG_USEC", "1000000", 1);
    setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  };
  ASSERT_TRUE(site_.Start()) << site_.Output();
  int fed = 0;
  while (fed < 5) fed += manager.Next() == "WATCHDOG=1";
  kill(site_.master(), SIGSTOP);
  EXPECT_TRUE(Eventually([&] { return manager.TakeAll() == 0; })) << "a master that hangs is silent";
  std::this_thread::sleep_for(std::chrono::seconds(2));
  EXPECT_EQ(manager.TakeAll(), 0);
  kill(site_.master(), SIGCONT);
  EXPECT_EQ(manager.Next(), "WATCHDOG=1");
  EXPECT_EQ(site_.Stop(), 0);
}

TEST_F(ManagerTest, AWatchdogForAnotherProcessOrOfNoTimeIsNotObeyed) {
  ManagerSocket manager(site_.scratch() + "/notify");
  site_.in_master = [&] {
    setenv("NOTIFY_SOCKET", manager.path().c_str(), 1);
    setenv("WATCHDOG_USEC", "1000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
  };
  ASSERT_TRUE(site_.Start()) << site_.Output();
  EXPECT_TRUE(manager.IsTold("READY=1"));
  EXPECT_EQ(site_.Stop(), 0);
  EXPECT_TRUE(manager.IsTold("STOPPING=1"));
  EXPECT_THAT(manager.told(), Not(HasSubstr("WATCHDOG")));
  for (const char* wrong : {"", "soon", "-1", "999999", "99999999999999999999"}) {
    const Ended ended = ExecuteProgram({"env", std::string("WATCHDOG_USEC=") + wrong, ZoobarBinary(), "--role=master",
                                        "--config=" + site_.config, "--state-dir=" + site_.scratch() + "/other"});
    EXPECT_EQ(ended.status, 2) << wrong;
    EXPECT_THAT(ended.output, HasSubstr("WATCHDOG_USEC")) << wrong;
  }
}

TEST_F(ManagerTest, SecretsThatTheServiceManagerPassesOnAreUsedAndStoredNowhere) {
  const std::string passed = site_.scratch() + "/credentials";
  mkdir(passed.c_str(), 0700);
  const auto write = [&](const char* name, const std::string& text) {
    std::ofstream(passed + "/" + name) << text;
    chmod((passed + "/" + name).c_str(), 0400);
  };
  write("operator.secret", "the secret of the manager\n");
  site_.in_master = [&] { setenv("CREDENTIALS_DIRECTORY", passed.c_str(), 1); };
  ASSERT_TRUE(site_.Start()) << site_.Output();
  EXPECT_FALSE(std::filesystem::exists(site_.state() + "/operator.secret"));
  EXPECT_FALSE(std::filesystem::exists(site_.state() + "/operator.hash"));
  EXPECT_EQ(site_.Ctl({"status"}).status, 3) << "ctl has no secret";
  EXPECT_EQ(site_.Ctl({"status", "--secret-file", passed + "/operator.secret"}).status, 0);
  const Ended beside = ExecuteProgram(
      {"env", "CREDENTIALS_DIRECTORY=" + passed, ZoobarBinary(), "ctl", "status", "--state-dir", site_.state()});
  EXPECT_EQ(beside.status, 0) << "as a backup that has the same credential calls it: " << beside.output;
  for (const RoleProcess& role : site_.Roles())
    EXPECT_EQ(ReadWhole("/proc/" + std::to_string(role.pid) + "/environ").find("CREDENTIALS"), std::string::npos)
        << role.name;

  // A new secret counts from the next start on.
  EXPECT_EQ(site_.Stop(), 0);
  std::filesystem::remove(passed + "/operator.secret");
  write("operator.secret", "another one");
  ASSERT_TRUE(site_.Start()) << site_.Output();
  EXPECT_EQ(site_.Ctl({"status", "--secret-file", passed + "/operator.secret"}).status, 0);
}

}  // namespace
}  // namespace zoobar
