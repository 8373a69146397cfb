#include "backup/store_copies.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "backup/format.h"
#include "backup/store_copier.h"
#include "ipc/try.h"

namespace zoobar::backup {
namespace {

constexpr std::uint64_t kSmallStore = 1 << 20;
constexpr std::int64_t kOpenWaitUs = 10'000'000, kBeginWaitUs = 900'000, kReadWaitUs = 60'000'000;
// How long all records of a store may take, beside kReadWaitUs, for each byte that the store can have: 1 MB in a second.
constexpr std::int64_t kUsForByte = 1;

// Moves a descriptor away from the numbers that the copier's process keeps.
Fd MoveUp(const Fd& fd) { return Fd(fcntl(fd.get(), F_DUPFD_CLOEXEC, 16)); }

}  // namespace

StoreCopies::~StoreCopies() {
  for (Copier& copier : copiers_) {
    if (copier.pid <= 0) continue;
    kill(copier.pid, SIGKILL);
    waitpid(copier.pid, nullptr, 0);
  }
}

Status StoreCopies::Start(const std::string& state_dir) {
  for (const std::string_view role : kStores) TRY_STATUS(StartOne(state_dir, role));
  for (Copier& copier : copiers_) {
    TRY(const char type, Next(copier, kOpenWaitUs));
    if (type != kReady) return Error::Of("{}: the copier sent something else", copier.role);
  }
  return {};
}

Status StoreCopies::StartOne(const std::string& state_dir, std::string_view role) {
  const std::string path = state_dir + "/" + std::string(role);
  Fd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) return Error::FromErrno(path);
  int go[2], records[2];
  if (pipe2(go, O_CLOEXEC) != 0) return Error::FromErrno("pipe");
  Fd go_read(go[0]), go_write(go[1]);
  if (pipe2(records, O_CLOEXEC) != 0) return Error::FromErrno("pipe");
  Fd records_read(records[0]), records_write(records[1]);
  const pid_t pid = fork();
  if (pid < 0) return Error::FromErrno("fork");
  if (pid == 0) {
    // The copier keeps its three descriptors, and nothing else of this process.
    Fd kept[] = {MoveUp(folder), MoveUp(go_read), MoveUp(records_write)};
    int number = 3;
    for (Fd& fd : kept) {
      if (!fd || dup2(fd.get(), number++) < 0) _exit(1);
    }
    // Not closed: the next files that are opened would get these numbers, and whoever prints would write to them.
    const int null = open("/dev/null", O_RDWR);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      if (null < 0 || dup2(null, standard) < 0) _exit(1);
    }
    if (close_range(static_cast<unsigned>(number), ~0u, 0) != 0) _exit(1);
    CopyStore(Fd(3), Fd(4), Fd(5));
  }
  copiers_.push_back({role, pid, std::move(go_write), std::move(folder), RecordReader(std::move(records_read))});
  return {};
}

// Reads one record and returns its type. If the copier has failed, returns its reason as an Error.
Result<char> StoreCopies::Next(Copier& copier, std::int64_t wait_us) {
  const Result<char> type = copier.records.Next(wait_us);
  if (type.ok() && *type == kFailed) return Error::Of("{}: {}", copier.role, copier.records.content());
  if (type.ok()) return type;
  if (type.error().cause != Cause::kGone) {
    return Error::Of("{}: the copier of its store: {}", copier.role, type.error().text);
  }
  // It may have closed the pipe and live on. A second signal does no harm to one that has ended.
  int status = 0;
  const bool ended = waitpid(copier.pid, &status, WNOHANG) == copier.pid;
  if (!ended) kill(copier.pid, SIGKILL);
  if (!ended) waitpid(copier.pid, &status, 0);
  copier.pid = -1;
  if (WIFSIGNALED(status))
    return Error::Of("{}: the copier of its store ended with signal {}", copier.role, WTERMSIG(status));
  return Error::Of("{}: the copier of its store ended early", copier.role);
}

Status StoreCopies::Begin() {
  for (Copier& copier : copiers_) {
    if (write(copier.go.get(), "g", 1) != 1) return Error::FromErrno(std::string(copier.role));
  }
  for (Copier& copier : copiers_) {
    TRY(const char type, Next(copier, kBeginWaitUs));
    if (type != kSnapshot || copier.records.content().size() != sizeof(std::uint64_t)) {
      return Error::Of("{}: the copier sent something else", copier.role);
    }
    copier.snapshot = ReadNumber<std::uint64_t>(copier.records.content());
    struct stat file{};
    if (fstatat(copier.folder.get(), "store/data.mdb", &file, AT_SYMLINK_NOFOLLOW) != 0) {
      return Error::FromErrno(std::string(copier.role));
    }
    copier.most_bytes = static_cast<std::uint64_t>(file.st_size) * 2 + kSmallStore;
  }
  return {};
}

void StoreCopies::GiveWay() const {
  constexpr int kLowest = 19;
  setpriority(PRIO_PROCESS, 0, kLowest);
  for (const Copier& copier : copiers_) {
    if (copier.pid > 0) setpriority(PRIO_PROCESS, static_cast<id_t>(copier.pid), kLowest);
  }
}

Status StoreCopies::Read(std::string_view role, const std::function<Status(Record)>& take) {
  const auto found = std::ranges::find(copiers_, role, &Copier::role);
  if (found == copiers_.end()) return Error::Of("{}: no copier", role);
  std::string number;
  AppendNumber(number, found->snapshot);
  TRY_STATUS(take({kSnapshot, number}));
  std::uint64_t bytes = 0;
  found->records.SetPatience(kReadWaitUs + static_cast<std::int64_t>(found->most_bytes) * kUsForByte);
  for (;;) {
    TRY(const char type, Next(*found, kReadWaitUs));
    if (type == kStoreEnds) return {};
    if (type != kTable && type != kEntries) return Error::Of("{}: the copier sent something else", role);
    // In a damaged store, or one that was made for this purpose, many entries can share one place in the file.
    bytes += kRecordHead + found->records.content().size();
    if (bytes > found->most_bytes) return Error::Of("{}: its store has more entries than its file has room for", role);
    TRY_STATUS(take({type, found->records.content()}));
  }
}

}  // namespace zoobar::backup
