#include "confinement/live_site.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

namespace zoobar {
namespace fs = std::filesystem;
namespace {

constexpr std::uint32_t kFirstBase = 64000;

std::unique_ptr<LiveSite>& SharedSite() {
  static std::unique_ptr<LiveSite> site;
  return site;
}

class EndsShared : public testing::Environment {
 public:
  void TearDown() override { SharedSite().reset(); }
};
[[maybe_unused]] const testing::Environment* const kEndsShared = testing::AddGlobalTestEnvironment(new EndsShared);

}  // namespace

bool Becomes(const std::function<bool()>& holds) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    poll(nullptr, 0, 5);
  }
  return true;
}

std::string FileText(const std::string& path) {
  // Of /proc too, where the process may be gone in the middle of it.
  try {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  } catch (const std::ios_base::failure&) {
    return {};
  }
}

std::string ProcStatus(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name + ":")) continue;
    const std::size_t at = line.find_first_not_of(" \t", name.size() + 1);
    if (at == std::string::npos) return "";
    return line.substr(at, line.find_last_not_of(" \t") + 1 - at);
  }
  return "";
}

LiveSite::LiveSite() : ids_(kFirstBase) {
  char name[] = "/tmp/zoobar-confinement-XXXXXX";
  if (!mkdtemp(name)) ADD_FAILURE() << "no temporary directory";
  output_ = name;
  state_ = output_ + "/state";
  // A site that is no test's may run on these ids: then the next.
  for (int attempt = 0; attempt < 20; ++attempt) {
    if (Begin()) return;
    ids_.TakeNext();
  }
  ADD_FAILURE() << "the site does not start: " << FileText(output_ + "/output");
}

LiveSite::~LiveSite() {
  if (master_ > 0) {
    kill(master_, SIGKILL);
    waitpid(master_, nullptr, 0);
    const std::string first = "/proc/";
    Becomes([this] { return Look(ROLE_LOGGER) == 0 && Look(ROLE_DISPATCHER) == 0; });
  }
  std::error_code ignored;
  fs::remove_all(output_, ignored);
}

LiveSite& LiveSite::Shared() {
  if (!SharedSite()) SharedSite() = std::make_unique<LiveSite>();
  return *SharedSite();
}

bool LiveSite::Begin() {
  std::error_code ignored;
  fs::remove_all(state_, ignored);
  const char* other = std::getenv("ZOOBAR_BINARY");
  const std::string binary = other ? other : ZOOBAR_BINARY;
  const std::string config = std::string("--config=") + ZOOBAR_SOURCE_DIR + "/config/zoobar.textproto";
  const std::string state = "--state-dir=" + state_, set = "--set=id_base: " + std::to_string(ids_.base());
  const std::string output = output_ + "/output";
  master_ = fork();
  if (master_ == 0) {
    const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execl(binary.c_str(), "zoobar", "--role=master", config.c_str(), "--listen=127.0.0.1:0", state.c_str(), set.c_str(),
          nullptr);
    _exit(127);
  }
  int status = 0;
  bool ended = false;
  const bool ready = Becomes([&] {
    ended = waitpid(master_, &status, WNOHANG) == master_;
    return ended || FileText(output).find("\"event\":\"ready\"") != std::string::npos;
  });
  if (!ready || ended) {
    if (!ended) {
      kill(master_, SIGKILL);
      waitpid(master_, &status, 0);
    }
    master_ = 0;
    return false;
  }
  const std::string listening = FileText(state_ + "/listening");
  port_ = std::atoi(listening.c_str() + listening.rfind(':') + 1);
  return true;
}

pid_t LiveSite::Look(Role role) const {
  const std::string title = "zoobar: " + std::string(RoleName(role));
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const int pid = std::atoi(entry.path().filename().c_str());
    // The ids are this site's alone.
    const auto uid = static_cast<std::uint32_t>(std::atol(ProcStatus(pid, "Uid").c_str()));
    if (pid <= 0 || uid < ids_.base() || uid >= ids_.base() + TestIds::kSize ||
        ProcStatus(pid, "State").starts_with("Z"))
      continue;
    if (std::string(FileText("/proc/" + std::to_string(pid) + "/cmdline").c_str()) == title) return pid;
  }
  return 0;
}

pid_t LiveSite::PidAfter(Role role, pid_t before) {
  pid_t pid = 0;
  const bool found = Becomes([&] {
    pid = Look(role);
    return pid > 0 && pid != before && ProcStatus(pid, "Seccomp_filters") == "3";
  });
  EXPECT_TRUE(found) << RoleName(role) << " is not running";
  return found ? pid : 0;
}

pid_t LiveSite::Pid(Role role) { return PidAfter(role, 0); }

int LiveSite::StatusOfHome() const {
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{5, 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 0;
  const std::string_view request =
      "GET /zoobar/index.cgi/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (write(socket.get(), request.data(), request.size()) != static_cast<ssize_t>(request.size())) return 0;
  char answer[13] = "";
  if (recv(socket.get(), answer, 12, MSG_WAITALL) != 12) return 0;
  return std::atoi(answer + 9);
}

bool LiveSite::Answers() {
  return Becomes([this] {
    const int status = StatusOfHome();
    return status == 200 || status == 302 || status == 303;
  });
}

std::string LiveSite::LogText(const std::string& name) const { return FileText(state_ + "/log/" + name + ".log"); }

}  // namespace zoobar
