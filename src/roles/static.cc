#include "roles/static.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "site/challenge.h"

namespace zoobar {
namespace {

constexpr FolderGrant kFolders[] = {
    {Folder::kWebRoot, "the files that it opens for the dispatcher"},
    {Folder::kChallenges, "the challenges by which a certificate authority sees that this site has its name"},
};
constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read calls and answer them"},
    {Calls::kOpenBelow, "to open files of the web root, and to list its folders"},
    {Calls::kWatchFiles, "to tell the dispatchers what to drop from their caches"},
};
constexpr Privileges kPrivileges = {.folders = kFolders, .calls = kCalls, .limits = {.open_files = 256}};

constexpr std::string_view kRoutes[] = {"/zoobar/media/", "/favicon.ico", kChallengePath};

constexpr std::size_t kMaxPath = 1024;
constexpr int kTries = 4;
constexpr std::int64_t kSayAgainMicros = 10'000'000;
constexpr std::size_t kMaxFolders = 1024;
constexpr std::size_t kMaxTold = 64;  // if more files changed, one message says that any file may have changed
constexpr Milliseconds kBlindPeriod{2000};
constexpr std::uint32_t kEvents = IN_CREATE | IN_DELETE | IN_MODIFY | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;

// Returns whether the path is absolute, like "/a/b", and has no empty, hidden or dot segment and no control byte.
bool IsServablePath(std::string_view path) {
  if (path.size() < 2 || path.size() > kMaxPath || path.front() != '/' || path.back() == '/') return false;
  char before = '\0';
  for (char byte : path) {
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f || byte == '\\') return false;
    if (before == '/' && (byte == '/' || byte == '.')) return false;
    before = byte;
  }
  return true;
}

}  // namespace

StaticFiles::StaticFiles(Site& site, const std::string& root, const std::string& challenges)
    : site_(site),
      root_(root),
      folder_(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
      challenges_(open(challenges.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
      changes_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      blind_(site.loop()) {
  if (!folder_) Die("web root {}: {}", root, std::strerror(errno));
  if (!challenges_) Die("folder of challenges {}: {}", challenges, std::strerror(errno));
  site.service().Handle(&StaticFiles::Open, this);
  site.Count("files.opened", [this] { return opened_; });
  site.Count("files.not_found", [this] { return not_found_; });
  site.Count("files.unavailable", [this] { return unavailable_; });
  if (changes_) WatchTree();
  if (watched_.empty()) {
    site.log().Failure("files-unwatched", {{"why", std::strerror(errno)}});
    blind_.StartEvery(kBlindPeriod, [this] { Tell(""); });
    return;
  }
  watch_ = std::make_unique<Watch>(site.loop(), changes_.get(), [this](int) { ReadChanges(); });
  watch_->Set(UV_READABLE);
}

Task<Result<Outgoing<OpenReply>>> StaticFiles::Open(Incoming<OpenRequest> call) {
  OpenReply reply;
  reply.set_outcome(OpenReply::OUTCOME_NOT_FOUND);
  const std::string& path = call.message.path();
  Opened plain, gzip;
  plain.error = gzip.error = ENOENT;
  if (IsChallengePath(path)) {
    plain = OpenChallenge(path);
  } else if (IsServablePath(path)) {
    plain = OpenRegular(folder_, path);
    if (plain.file) gzip = OpenRegular(folder_, path + ".gz");
  }
  if (plain.unavailable() || gzip.unavailable()) {
    SayUnavailable(path, plain.file ? gzip.error : plain.error);
    reply.set_outcome(OpenReply::OUTCOME_UNAVAILABLE);
    co_return reply;
  }
  if (!plain.file) {
    ++not_found_;
    co_return reply;
  }
  ++opened_;
  reply.set_outcome(OpenReply::OUTCOME_OPENED);
  if (gzip.file && gzip.modified_nanos < plain.modified_nanos) gzip.file.Close();  // made from an older plain file
  reply.set_has_gzip(gzip.file.valid());
  Outgoing<OpenReply> answer(std::move(reply));
  answer.fds.push_back(std::move(plain.file));
  if (gzip.file) answer.fds.push_back(std::move(gzip.file));
  co_return answer;
}

// Counts a file that could not be opened. Writes at most one log line in kSayAgainMicros, however many requests fail.
void StaticFiles::SayUnavailable(const std::string& path, int error) {
  ++unavailable_;
  const std::int64_t now = MonotonicMicros();
  if (said_unavailable_ != 0 && now - said_unavailable_ < kSayAgainMicros) return;
  said_unavailable_ = now;
  site_.log().Failure("files-unavailable", {{"path", path}, {"why", std::strerror(error)}});
}

// Opens a challenge. Its path is servable by its token alone: ".well-known" is a hidden name like any other.
StaticFiles::Opened StaticFiles::OpenChallenge(const std::string& path) {
  if (IsChallengeToken(std::string_view(path).substr(kChallengePath.size()))) return OpenRegular(challenges_, path);
  Opened none;
  none.error = ENOENT;
  return none;
}

// Opens a regular file below the folder and follows no links. If this fails, or if the file is not a regular one, `file`
// is invalid and `error` is set in the result.
StaticFiles::Opened StaticFiles::OpenRegular(const Fd& folder, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;  // so that opening a pipe does not block
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  const auto failed = [](int error) {
    Opened nothing;
    nothing.error = error;
    return nothing;
  };
  Opened opened;
  // EAGAIN means that something was renamed during the call, so the kernel could not tell whether the path stays below
  // the root (openat2(2)).
  for (int i = 0; i < kTries && !opened.file; ++i) {
    opened.file = Fd(static_cast<int>(syscall(SYS_openat2, folder.get(), path.c_str() + 1, &how, sizeof(how))));
    if (!opened.file && errno != EAGAIN && errno != EINTR) break;
  }
  struct stat about;
  if (!opened.file) {
    const int error = errno;
    if (error == EACCES) site_.log().Warning("file-unreadable", {{"path", path}});
    return failed(error);
  }
  if (fstat(opened.file.get(), &about) != 0) return failed(errno);
  if (!S_ISREG(about.st_mode)) return failed(S_ISDIR(about.st_mode) ? EISDIR : ENXIO);
  opened.modified_nanos = static_cast<std::int64_t>(about.st_mtim.tv_sec) * 1000000000 + about.st_mtim.tv_nsec;
  return opened;
}

void StaticFiles::WatchTree() {
  std::vector<std::string> folders = {""};
  while (!folders.empty()) {
    const std::string next = std::move(folders.back());
    folders.pop_back();
    WatchFolder(next, &folders);
  }
}

void StaticFiles::WatchFolder(const std::string& path, std::vector<std::string>* below) {
  if (watched_.size() >= kMaxFolders) return site_.log().Failure("files-unwatched", {{"why", "over 1024 folders"}});
  const int number = inotify_add_watch(changes_.get(), (root_ + path).c_str(), kEvents);
  if (number < 0) return;
  watched_[number] = path;
  DIR* list = opendir((root_ + path).c_str());
  if (!list) return;
  while (const dirent* entry = readdir(list)) {
    struct stat about;
    if (entry->d_name[0] == '.' || fstatat(dirfd(list), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISDIR(about.st_mode)) below->push_back(path + "/" + entry->d_name);
  }
  closedir(list);
}

void StaticFiles::ReadChanges() {
  alignas(inotify_event) char block[16384];
  const ssize_t count = read(changes_.get(), block, sizeof(block));
  std::set<std::string> changed;
  for (ssize_t at = 0; at < count;) {
    const auto& event = *reinterpret_cast<const inotify_event*>(block + at);
    OneChange(event, &changed);
    at += static_cast<ssize_t>(sizeof(inotify_event) + event.len);
  }
  if (changed.count("") || changed.size() > kMaxTold) return Tell("");
  for (const std::string& path : changed) Tell(path);
}

void StaticFiles::OneChange(const inotify_event& event, std::set<std::string>* changed) {
  const bool of_folder = event.mask & (IN_ISDIR | IN_DELETE_SELF | IN_MOVE_SELF | IN_Q_OVERFLOW);
  if (event.mask & IN_IGNORED) {
    watched_.erase(event.wd);
    return;
  }
  if (of_folder) {
    changed->insert("");
    // Watches new folders from now on. The message for "" also covers the changes that happened in them before. After a
    // change of an attribute there is no new folder, so WatchTree is not called.
    if (event.mask & (IN_CREATE | IN_MOVED_TO | IN_Q_OVERFLOW)) WatchTree();
    return;
  }
  const auto folder = watched_.find(event.wd);
  if (folder == watched_.end() || event.len == 0) return;
  std::string path = folder->second + "/" + event.name;
  if (path.ends_with(".gz")) changed->insert(path.substr(0, path.size() - 3));
  changed->insert(std::move(path));
}

void StaticFiles::Tell(const std::string& path) {
  FileChangedRequest change;
  change.set_path(path);
  site_.peer(ROLE_DISPATCHER).SendToAll(change);
}

const RoleSpec kStaticRole = {
    .role = ROLE_STATIC,
    .several_instances = true,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> {
      return std::make_unique<StaticFiles>(site, site.folder(Folder::kWebRoot), site.folder(Folder::kChallenges));
    },
    .default_routes = kRoutes,
};

}  // namespace zoobar
