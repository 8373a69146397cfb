#include "system/site.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace zoobar {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kFirstIdBase = 64000;
constexpr int kIdRangesToTry = 200;
// A start takes well under a second; a machine with other work must not fail the test. Less than a test's own limit.
constexpr std::chrono::seconds kStartPatience{150};

std::vector<char*> Pointers(std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  return pointers;
}

int ExitStatus(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// In the child: stdin from nowhere, both outputs to the pipe.
void Become(std::vector<std::string>& command, int output, const std::function<void()>& prepare) {
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, 0);
  dup2(output, 1);
  dup2(output, 2);
  prepare();
  execv(command[0].c_str(), Pointers(command).data());
  _exit(127);
}

}  // namespace

std::string ZoobarBinary() {
  const char* other = std::getenv("ZOOBAR_BINARY");
  return other ? other : ZOOBAR_BINARY;
}

std::string DefaultConfig() { return std::string(ZOOBAR_SOURCE_DIR) + "/config/zoobar.textproto"; }

Ended RunZoobar(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {ZoobarBinary()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  Fd reading(ends[0]), writing(ends[1]);
  const pid_t pid = fork();
  if (pid == 0) Become(command, writing.get(), [] {});
  writing.Close();
  Ended ended;
  const auto until = Clock::now() + std::chrono::seconds(60);
  for (char buffer[4096];;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd wait{reading.get(), POLLIN, 0};
    if (left <= 0 || poll(&wait, 1, static_cast<int>(left)) <= 0) {
      kill(pid, SIGKILL);
      break;
    }
    const ssize_t count = read(reading.get(), buffer, sizeof buffer);
    if (count <= 0) break;
    ended.output.append(buffer, static_cast<std::size_t>(count));
  }
  int status = 0;
  waitpid(pid, &status, 0);
  ended.status = ExitStatus(status);
  return ended;
}

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string StatusField(pid_t pid, std::string_view name) {
  std::istringstream lines(ReadWhole("/proc/" + std::to_string(pid) + "/status"));
  const std::string start = std::string(name) + ":";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(start)) return line.substr(std::min(line.size(), line.find_first_not_of("\t ", start.size())));
  }
  return {};
}

bool IsAlive(pid_t pid) {
  const std::string state = StatusField(pid, "State");
  return !state.empty() && state[0] != 'Z' && state[0] != 'X';
}

bool Eventually(const std::function<bool()>& reached, std::chrono::milliseconds patience) {
  const auto until = Clock::now() + patience;
  while (!reached()) {
    if (Clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

TemporaryDirectory::TemporaryDirectory() {
  char name[] = "/tmp/zoobar-system-XXXXXX";
  path_ = mkdtemp(name) ? name : "";
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

LiveSite::LiveSite() : state_(directory_.path() + "/state"), ids_(kFirstIdBase) {
  // Roles whose master was killed come here to be buried.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

LiveSite::~LiveSite() {
  if (master_ > 0) KillEverything();
  for (std::thread& reader : readers_) reader.join();
  const std::string output = Output();
  EXPECT_EQ(output.find("(SIGSYS)"), std::string::npos) << "a role made a call it may not make:\n" << output;
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
  command.insert(command.begin(), ZoobarBinary());
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

// A process that ends the master when this one is gone, however that comes: it is told each new master's pid, or 0.
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

std::vector<RoleProcess> LiveSite::Roles() const {
  std::vector<RoleProcess> roles;
  DIR* directory = opendir("/proc");
  while (const dirent* entry = readdir(directory)) {
    const pid_t pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    const std::string stat = ReadWhole("/proc/" + std::to_string(pid) + "/stat");
    const std::size_t open = stat.find('('), close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close + 4 > stat.size()) continue;
    const char state = stat[close + 2];
    if (std::atoi(stat.c_str() + close + 4) != master_ || state == 'Z' || state == 'X') continue;
    roles.push_back({stat.substr(open + 1, close - open - 1), pid});
  }
  closedir(directory);
  std::sort(roles.begin(), roles.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return roles;
}

pid_t LiveSite::PidOf(const std::string& role) const {
  for (const RoleProcess& process : Roles()) {
    if (process.name == role) return process.pid;
  }
  return 0;
}

std::string LiveSite::Output() const {
  const std::lock_guard lock(mutex_);
  std::string all;
  for (const Started& started : starts_) all += started.text;
  return all;
}

Ended LiveSite::Ctl(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"ctl", "--state-dir", state_});
  return RunZoobar(arguments);
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
