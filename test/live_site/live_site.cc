#include "live_site/live_site.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <sstream>

#include "ipc/channel.h"

namespace zoobar {
namespace {

constexpr std::uint32_t kFirstIdBase = 64000;
constexpr int kIdRangesToTry = 200;
constexpr const char* kFiltersOfARole = "3";  // two of the master and its own
// A start takes well under a second, but a machine that is busy with other work must not fail the test. It is less than
// the time limit of a test.
constexpr std::chrono::seconds kStartPatience{150};

}  // namespace

LiveSite::LiveSite() : state_(directory_.path() + "/state"), ids_(kFirstIdBase) {
  // When a master is killed, its roles become children of this process, which waits for their end.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

LiveSite::~LiveSite() {
  if (master_ > 0) KillEverything();
  for (std::thread& reader : readers_) reader.join();
  const std::string output = Output();
  EXPECT_TRUE(kills_expected || output.find("(SIGSYS)") == std::string::npos)
      << "a role made a system call that it may not make:\n"
      << output;
  guard_pipe_.Close();
  if (guard_ > 0) waitpid(guard_, nullptr, 0);
}

std::vector<std::string> LiveSite::Arguments() const {
  std::vector<std::string> arguments = {"--role=master", "--config=" + config, "--state-dir=" + state_,
                                        "--set=id_base: " + std::to_string(ids_.base())};
  for (const std::string& listen : listens) arguments.push_back("--listen=" + listen);
  for (const std::string& setting : settings) arguments.push_back("--set=" + setting);
  return arguments;
}

bool LiveSite::Start() {
  for (int tries = 0; tries < kIdRangesToTry; ++tries) {
    const Outcome outcome = TryStart();
    if (outcome == Outcome::kReady) ids_chosen_ = true;
    if (outcome != Outcome::kIdsHeld || ids_chosen_) return outcome == Outcome::kReady;
    ids_.TakeNext();
  }
  return false;
}

LiveSite::Outcome LiveSite::TryStart() {
  std::vector<std::string> command = Arguments();
  command.insert(command.begin(), binary);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Outcome::kFailed;
  Fd reading(ends[0]), writing(ends[1]);
  std::unique_lock lock(mutex_);
  Started& started = starts_.emplace_back();
  lock.unlock();
  master_ = fork();
  if (master_ == 0) Become(command, writing.get(), in_master);
  writing.Close();
  Guard(master_);
  readers_.emplace_back([this, fd = reading.release(), &started] { ReadOutput(Fd(fd), started); });
  const auto ready = [&] { return started.Says("\"event\":\"ready\""); };
  lock.lock();
  changed_.wait_for(lock, kStartPatience, [&] { return started.ended || ready(); });
  if (ready() && !started.ended) return Outcome::kReady;
  const bool held = started.Says("the id range") && started.Says("is held by another");
  started.text += started.ended ? "LiveSite: the master and its roles ended at once\n"
                                : "LiveSite: not ready after " + std::to_string(kStartPatience.count()) + " s\n";
  lock.unlock();
  KillEverything();
  return held ? Outcome::kIdsHeld : Outcome::kFailed;
}

void LiveSite::ReadOutput(Fd pipe, Started& started) {
  for (char buffer[4096];;) {
    const ssize_t count = read(pipe.get(), buffer, sizeof buffer);
    const std::lock_guard lock(mutex_);
    if (count > 0) started.text.append(buffer, static_cast<std::size_t>(count));
    if (count <= 0) started.ended = true;
    changed_.notify_all();
    if (count <= 0) return;
  }
}

// Starts a process that kills the master when the test process is gone, however that happens. It is told the pid of
// each new master, and 0 when the master has ended.
void LiveSite::Guard(pid_t master) {
  if (guard_ == 0) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    guard_ = fork();
    if (guard_ == 0) {
      close(ends[1]);
      for (int fd = 0; fd < 256; ++fd) {
        if (fd != ends[0]) close(fd);
      }
      pid_t last = 0;
      while (read(ends[0], &last, sizeof last) == sizeof last) {
      }
      if (last > 0) kill(last, SIGKILL);
      _exit(0);
    }
    close(ends[0]);
    guard_pipe_ = Fd(ends[1]);
  }
  [[maybe_unused]] const auto told = write(guard_pipe_.get(), &master, sizeof master);
}

std::vector<std::string> LiveSite::Addresses() const {
  std::vector<std::string> addresses;
  std::istringstream lines(ReadWhole(state_ + "/listening"));
  for (std::string line; std::getline(lines, line);) addresses.push_back(line);
  return addresses;
}

Browser LiveSite::NewMember(const std::string& name) const {
  Browser browser = NewBrowser();
  EXPECT_EQ(browser.Register(name, kPassword, kHome).status, 303) << name;
  return browser;
}

bool LiveSite::Answers() const {
  return Eventually([this] {
    Browser browser = NewBrowser();
    browser.SetPatience(std::chrono::seconds(5));  // the answer is lost if a role ends meanwhile
    return browser.Get(kLogin).status == 200;
  });
}

std::vector<RoleProcess> LiveSite::Roles() const {
  std::vector<RoleProcess> roles;
  for (const pid_t pid : AllProcesses()) {
    const std::string stat = ReadWhole(Proc(pid, "stat"));
    const std::size_t open = stat.find('('), close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close + 4 > stat.size()) continue;
    const char state = stat[close + 2];
    if (std::atoi(stat.c_str() + close + 4) != master_ || state == 'Z' || state == 'X') continue;
    roles.push_back({stat.substr(open + 1, close - open - 1), pid});
  }
  std::sort(roles.begin(), roles.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return roles;
}

pid_t LiveSite::PidOf(const std::string& role) const {
  for (const RoleProcess& process : Roles()) {
    if (process.name == role) return process.pid;
  }
  return 0;
}

bool LiveSite::Restarted(const std::string& role, pid_t before) const {
  return Eventually([&] {
    const pid_t now = PidOf(role);
    return now != 0 && now != before;
  });
}

pid_t LiveSite::ConfinedPid(Role role, pid_t before) const {
  pid_t pid = 0;
  const bool found = Eventually([&] {
    pid = PidOf(std::string(RoleName(role)));
    return pid > 0 && pid != before && StatusField(pid, "Seccomp_filters") == kFiltersOfARole;
  });
  EXPECT_TRUE(found) << RoleName(role) << " is not running";
  return found ? pid : 0;
}

std::string LiveSite::Output() const {
  const std::lock_guard lock(mutex_);
  std::string all;
  for (const Started& started : starts_) all += started.text;
  return all;
}

bool LiveSite::Says(std::string_view text) const {
  return Eventually([&] { return Output().find(text) != std::string::npos; });
}

Ended LiveSite::Ctl(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"ctl", "--state-dir", state_});
  return Execute(arguments);
}

int LiveSite::WaitForExit() {
  if (master_ <= 0) return -1;
  int status = 0;
  const pid_t master = master_;
  const bool ended = Eventually([&] { return waitpid(master, &status, WNOHANG) != 0; }, std::chrono::seconds(90));
  if (!ended) {
    KillEverything();
    return -1;
  }
  master_ = 0;
  Guard(0);
  return ExitStatus(status);
}

int LiveSite::Stop() {
  if (master_ <= 0) return -1;
  kill(master_, SIGTERM);
  return WaitForExit();
}

void LiveSite::KillEverything() { KillEverything(Roles()); }

void LiveSite::KillEverything(const std::vector<RoleProcess>& roles) {
  kill(master_, SIGKILL);
  for (const RoleProcess& role : roles) kill(role.pid, SIGKILL);
  waitpid(master_, nullptr, 0);
  Gone(roles);
  master_ = 0;
  Guard(0);
}

bool LiveSite::Gone(const std::vector<RoleProcess>& roles) {
  return Eventually([&] {
    bool gone = true;
    for (const RoleProcess& role : roles) {
      waitpid(role.pid, nullptr, WNOHANG);
      gone = gone && !IsAlive(role.pid);
    }
    return gone;
  });
}

}  // namespace zoobar
