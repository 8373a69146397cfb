#include "failures/round.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <mutex>

#include "ipc/result.h"

namespace zoobar::failures {

struct Shared {
  static constexpr std::size_t kText = 64 * 1024;

  Plan plan;
  std::atomic<bool> ended{false}, recovered{false};
  // What was acknowledged, and what was complained about: pieces, each followed by '\n'.
  char acknowledged[kText], complaints[kText];
  std::atomic<std::size_t> acknowledged_size{0}, complaints_size{0};
};

namespace {

namespace fs = std::filesystem;

constexpr int kNotSound = 3;  // the exit code of a check that has found something
// With what a clear death begins: Die, and ctemplate's checks, which end the process by exit(1).
struct LastWords {
  std::string_view begin;
  int status;
};
constexpr LastWords kLastWords[] = {{"zoobar: fatal: ", 70}, {"Check failed: ", 1}};

void Add(char* text, std::atomic<std::size_t>& size, std::string_view what) {
  if (size + what.size() + 1 > Shared::kText) return;
  std::memcpy(text + size, what.data(), what.size());
  text[size + what.size()] = '\n';
  size += what.size() + 1;  // last: a process that dies in between has added nothing
}

std::vector<std::string> Pieces(std::string_view text) {
  std::vector<std::string> pieces;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    pieces.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return pieces;
}

// A place in memory for what a process writes to stdout or stderr.
class Output {
 public:
  Output() : fd_(memfd_create("output", MFD_CLOEXEC)) {}
  ~Output() { close(fd_); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void Take(int fd) const { dup2(fd_, fd); }
  std::string Text() const {
    std::string text(static_cast<std::size_t>(std::max<off_t>(lseek(fd_, 0, SEEK_END), 0)), '\0');
    const ssize_t count = pread(fd_, text.data(), text.size(), 0);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }

 private:
  const int fd_;
};

struct End {
  bool hung = false;
  int status = 0;
  std::string output, errors;
};

// Runs `work` in a process of its own.
End InProcess(int seconds, const std::function<int()>& work) {
  const Output output, errors;
  const pid_t pid = fork();
  if (pid < 0) Die(Error::FromErrno("fork").text);
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);  // as in every role
    output.Take(STDOUT_FILENO);
    errors.Take(STDERR_FILENO);
    const int status = work();
    fflush(stdout);
    _exit(status);
  }
  End end;
  pollfd ended{static_cast<int>(syscall(SYS_pidfd_open, pid, 0)), POLLIN, 0};
  end.hung = poll(&ended, 1, seconds * 1000) == 0;
  if (end.hung) kill(pid, SIGKILL);
  while (waitpid(pid, &end.status, 0) < 0 && errno == EINTR) continue;
  close(ended.fd);
  end.output = output.Text();
  end.errors = errors.Text();
  return end;
}

std::string Described(const End& end) {
  if (end.hung) return "it hangs";
  if (WIFSIGNALED(end.status))
    return fmt::format("signal {} ({}) ended it", WTERMSIG(end.status), strsignal(WTERMSIG(end.status)));
  return fmt::format("it ended with status {}", WEXITSTATUS(end.status));
}

// Of the test that runs, so far. A process begins with the failures of the one that has started it.
int FailureCount() { return testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count(); }

// A clear death: one line that says why, and nothing else.
bool DiedClearly(const End& end) {
  const bool one_line = !end.errors.empty() && end.errors.find('\n') == end.errors.size() - 1;
  if (end.hung || !WIFEXITED(end.status) || !one_line) return false;
  return std::ranges::any_of(kLastWords, [&end](const LastWords& words) {
    return WEXITSTATUS(end.status) == words.status && end.errors.starts_with(words.begin) &&
           end.errors.size() > words.begin.size() + 1;
  });
}

// A command that prints who made the call. The numbers are for the program itself, not for its libraries.
std::string PlaceOf(std::span<void* const> where) {
  std::string command;
  for (void* const place : where) {
    Dl_info about{};
    if (dladdr(place, &about) == 0 || !about.dli_fname) continue;
    const auto offset = static_cast<const char*>(place) - static_cast<const char*>(about.dli_fbase);
    const bool own = std::string_view(about.dli_fname).ends_with("failures_test");
    if (own) {
      if (command.empty()) command = fmt::format("addr2line -Cfpie {}", fs::canonical("/proc/self/exe").string());
      command += fmt::format(" {:#x}", offset - 1);
    }
  }
  return command;
}

}  // namespace

void Round::Acknowledge(std::string_view what) { Add(shared_.acknowledged, shared_.acknowledged_size, what); }

bool Round::acknowledged(std::string_view what) const {
  const std::vector<std::string> all = Acknowledged("");
  return std::ranges::find(all, what) != all.end();
}

std::vector<std::string> Round::Acknowledged(std::string_view prefix) const {
  std::vector<std::string> found;
  for (std::string& piece : Pieces({shared_.acknowledged, shared_.acknowledged_size})) {
    if (piece.starts_with(prefix)) found.push_back(piece.substr(prefix.size()));
  }
  return found;
}

void Round::Complain(std::string_view what) { Add(shared_.complaints, shared_.complaints_size, what); }

void Round::Recover() {
  shared_.plan.armed = false;
  shared_.recovered = true;
}

void Round::End() {
  shared_.ended = true;
  _exit(0);
}

bool Round::lasting() const { return shared_.plan.lasting; }

Rounds::Rounds(std::unique_ptr<Scenario> scenario) : scenario_(std::move(scenario)) {
  // A file system in memory, if there is one: fsync costs nothing there, and a flush fails only when a test wants it.
  char in_memory[] = "/dev/shm/zoobar-failures-XXXXXX", on_disk[] = "/tmp/zoobar-failures-XXXXXX";
  const char* const made = mkdtemp(in_memory) ? in_memory : mkdtemp(on_disk);
  if (!made) Die(Error::FromErrno("a temporary folder").text);
  folder_ = made;
  void* const memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) Die(Error::FromErrno("shared memory").text);
  shared_ = new (memory) Shared;
  Follow(nullptr);
  const std::string prepared = Empty("prepared");
  const int before = FailureCount();
  const End end = InProcess(120, [&] {
    Round round(prepared, *shared_);
    scenario_->Prepare(round);
    return FailureCount() > before ? kNotSound : 0;
  });
  EXPECT_FALSE(end.hung || end.status != 0) << "Prepare: " << Described(end) << "\n" << end.output << end.errors;
}

Rounds::~Rounds() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  munmap(shared_, sizeof *shared_);
}

// An empty folder with this name.
std::string Rounds::Empty(const char* name) const {
  const fs::path path = fs::path(folder_) / name;
  std::error_code ignored;
  fs::remove_all(path, ignored);
  fs::create_directory(path);
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

Outcome Rounds::Run(Kind kind, std::uint64_t nth, bool lasting) {
  shared_->~Shared();
  new (shared_) Shared;
  const std::string folder = Empty("round");
  fs::copy(fs::path(folder_) / "prepared", folder, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  Plan& plan = shared_->plan;
  plan.kind = kind;
  plan.nth = nth;
  plan.lasting = lasting;
  const End work = InProcess(scenario_->seconds(), [&] {
    DieClearly();
    Round round(folder, *shared_);
    Follow(&plan);
    plan.armed = true;
    scenario_->Work(round);
    return 0;  // Work has forgotten to call End
  });
  Outcome outcome;
  outcome.struck = plan.struck;
  for (std::size_t i = 0; i < kKinds; ++i) outcome.counts[i] = plan.counts[i];
  outcome.place = PlaceOf(plan.where());
  outcome.last_words = work.errors;
  outcome.died = DiedClearly(work);
  const bool well = !work.hung && work.status == 0 && shared_->ended && shared_->recovered;
  if (!well && !outcome.died) outcome.fault = Described(work) + "\n" + work.errors;
  if (well && !work.errors.empty()) outcome.fault = "it went on, and wrote to stderr:\n" + work.errors;
  if (outcome.died && !outcome.struck) outcome.fault = "it died, and nothing had failed:\n" + work.errors;

  const std::string complaints(shared_->complaints, shared_->complaints_size);
  if (!complaints.empty()) outcome.fault += "\n" + complaints;
  plan.armed = false;
  const int before = FailureCount();
  const End check = InProcess(scenario_->seconds(), [&] {
    Round round(folder, *shared_);
    scenario_->Check(round);
    return FailureCount() > before ? kNotSound : 0;
  });
  if (check.hung || check.status != 0) {
    outcome.fault += "\nafter the round: " + Described(check) + "\n" + check.output + check.errors;
  }
  return outcome;
}

}  // namespace zoobar::failures
