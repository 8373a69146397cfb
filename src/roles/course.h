// Role:      course, which keeps who has done which task of a course.
// Called by: app (the page "Tasks").
// Calls:     logger (what it has recognised).
// Holds:     the LMDB environment `course` (src/store/deeds.h): names of members, ids of tasks, times.
// If compromised: the page "Tasks" shows false marks, and false lines `task-done` are sealed in the audit log. The lines
//            by which the site recognised a task were written by other roles, so `zoobar ctl class report --raw` still
//            tells the truth. It learns the names of those who do tasks, and nothing else: no line of a log comes here.
// Known limits: app says for which member it asks, without a ticket, so a taken app can read what everybody has done.
//            If logger dies, what it had recognised in the last two seconds is missing here until the member does it
//            again; the logs have it. If an account is closed while logger is dead, its marks stay.
// Shares:    a member has one entry for each task. kMostMembers members have a place, the first who do a task; what
//            further ones do is in the logs alone. A closed account gives its place back.
//
// Why a role of its own: whoever recognises must see the logs, and logger does that already. Whoever keeps the marks
// must write to a store, which logger must not, and app must hold nothing. bank, auth and profile have more to lose than
// this is worth.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "course.pb.h"
#include "logger.pb.h"
#include "site/in_flight.h"
#include "site/role.h"
#include "site/waiters.h"
#include "store/deeds.h"

namespace zoobar {

class Course : public RoleBody {
 public:
  static constexpr std::size_t kMostMembers = 10000;
  static constexpr std::size_t kMostRows = 100;  // of the scoreboard

  // Opens the store in `folder`. Ends the process if this fails.
  Course(Site& site, std::string folder);

  // Takes what logger has recognised first, so the answer has everything that was written before the call.
  Task<Result<Outgoing<ProgressReply>>> Progress(Incoming<ProgressRequest> call);

  void Reload(const Config& config) override;
  void Drain(std::function<void()> done) override;

 private:
  using DeedsOfOne = std::map<std::string, std::int64_t>;  // when each task was done, by id
  struct Place {
    std::uint32_t points = 0, tasks = 0;
    std::int64_t last_ms = 0;  // when the last of these tasks was done
    const std::string* member = nullptr;
  };

  void Configure(const Config& config);
  void CollectLater();
  // Asks logger until it has no more, or waits for the asking that is going on.
  Task<void> CollectOnce();
  Task<void> Collect();
  // Keeps what is new of the reply. Returns whether all of it is kept.
  Task<bool> Keep(const DeedsReply& reply);
  bool IsNew(const std::string& member, const std::string& task) const;
  void Remember(const std::vector<DeedStore::Deed>& deeds, const std::vector<std::string>& gone);
  void MakeBoard();
  void AddBoard(ProgressReply& reply, const std::string& member);

  Site& site_;
  std::unique_ptr<DeedStore> store_;
  std::map<std::string, std::uint32_t> points_;  // of each task that is declared, by id
  bool scoreboard_ = false;
  std::map<std::string, DeedsOfOne> members_;
  std::vector<Place> board_;  // of all members, best first; points into members_
  bool board_stale_ = true;
  std::uint64_t epoch_ = 0, after_ = 0;  // of the last reply of logger that was kept
  Timer timer_;
  InFlight in_flight_;
  bool collecting_ = false;
  Waiters waiting_;  // for the end of the asking that is going on
  std::int64_t kept_ = 0, full_ = 0;
};

extern const RoleSpec kCourseRole;

}  // namespace zoobar
