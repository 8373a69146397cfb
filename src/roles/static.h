// Role:      static, the one that opens files of the web root.
// Called by: dispatcher.
// Calls:     dispatcher (a file changed).
// Holds:     the web root, read-only. No client's connection ever comes here: who held one could read the cookies of
//            the next request on it.
// If compromised: visitors get wrong files of its choosing, as files; no script of another origin runs (CSP), and
//            nothing but the web root can be opened.
// Known limits: a change is told after it happened, so a file may be served in its old form for a moment. Where inotify
//            cannot be had, the dispatchers are told every two seconds that anything may have changed.
#pragma once

#include <sys/inotify.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "dispatcher.pb.h"
#include "ipc/errno_kind.h"
#include "site/role.h"
#include "static.pb.h"

namespace zoobar {

class StaticFiles : public RoleBody {
 public:
  // root: the web root as this process sees it. Dies when it is no directory.
  StaticFiles(Site& site, const std::string& root);

  Task<Result<Outgoing<OpenReply>>> Open(Incoming<OpenRequest> call);

 private:
  struct Opened {
    Fd file;
    std::int64_t modified_nanos = 0;
    int error = 0;  // errno, where there is no file
    bool unavailable() const { return !file && KindOfErrno(error) == ErrnoKind::kUnavailable; }
  };
  Opened OpenRegular(const std::string& path);
  void SayUnavailable(const std::string& path, int error);

  // Watching for changes. Paths are as in OpenRequest; the root is "".
  void WatchTree();
  void WatchFolder(const std::string& path, std::vector<std::string>* below);
  void ReadChanges();
  void OneChange(const inotify_event& event, std::set<std::string>* changed);
  void Tell(const std::string& path);

  Site& site_;
  const std::string root_;
  Fd folder_;
  Fd changes_;
  std::unique_ptr<Watch> watch_;
  Timer blind_;
  std::map<int, std::string> watched_;  // inotify's number -> folder
  std::int64_t opened_ = 0, not_found_ = 0, unavailable_ = 0;
  std::int64_t said_unavailable_ = 0;  // when the log was told last, MonotonicMicros
};

extern const RoleSpec kStaticRole;

}  // namespace zoobar
