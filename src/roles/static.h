// Role:      static, the only role that opens files of the web root, and the challenges of ACME (site/challenge.h).
// Called by: dispatcher.
// Calls:     dispatcher (to report that a file changed).
// Holds:     the web root and the folder of challenges, read-only. static never gets a client's connection. On such a connection, static could read
//            the cookies of the client's next request.
// If compromised: it can make the dispatcher serve wrong content for files. It can open nothing but these two folders,
//            and pages run no script of another origin (CSP).
// Known limits: the dispatcher learns of a change only after the change, so it may serve the old file for a moment. If
//            inotify does not work, static tells the dispatchers every two seconds that any file may have changed.
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
  // `root` and `challenges` are the paths of both folders in this process. Ends the process if one is not a directory.
  StaticFiles(Site& site, const std::string& root, const std::string& challenges);

  Task<Result<Outgoing<OpenReply>>> Open(Incoming<OpenRequest> call);

 private:
  struct Opened {
    Fd file;
    std::int64_t modified_nanos = 0;
    int error = 0;  // errno, if `file` is invalid
    bool unavailable() const { return !file && KindOfErrno(error) == ErrnoKind::kUnavailable; }
  };
  Opened OpenRegular(const Fd& folder, const std::string& path);
  Opened OpenChallenge(const std::string& path);
  void SayUnavailable(const std::string& path, int error);

  // These functions watch the web root for changes. Paths are as in OpenRequest; the path of the root is "".
  void WatchTree();
  void WatchFolder(const std::string& path, std::vector<std::string>* below);
  void ReadChanges();
  void OneChange(const inotify_event& event, std::set<std::string>* changed);
  void Tell(const std::string& path);

  Site& site_;
  const std::string root_;
  Fd folder_, challenges_;
  Fd changes_;
  std::unique_ptr<Watch> watch_;
  Timer blind_;
  std::map<int, std::string> watched_;  // inotify's watch descriptor -> folder
  std::int64_t opened_ = 0, not_found_ = 0, unavailable_ = 0;
  std::int64_t said_unavailable_ = 0;  // the time of SayUnavailable's last log line, as MonotonicMicros
};

extern const RoleSpec kStaticRole;

}  // namespace zoobar
