#include "roles/course.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "course/rules.h"
#include "ipc/try.h"
#include "site/store_counters.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr FolderGrant kFolders[] = {{Folder::kStore, "who has done which task"}};
constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read calls and answer them"},
    {Calls::kStore, "the environment course"},
    {Calls::kThreads, "the store's writer"},
};
constexpr Privileges kPrivileges = {
    .folders = kFolders,
    .calls = kCalls,
    .limits = {.open_files = 64, .file_bytes = std::uint64_t{1} << 40, .processes = 8},
};

// How often logger is asked when nobody looks at the page. Without tasks, only closed accounts are of interest.
constexpr Milliseconds kEvery{2000}, kEveryWithoutTasks{60000};
constexpr int kMostRounds = 8;                  // of one asking, of Deeds::kMostInReply each
constexpr Milliseconds kLongestAsking{120000};  // more than the deadlines of all its calls

bool IsDeed(const DeedsReply::Deed& deed) {
  const std::string& member = deed.member();
  return !member.empty() && member.size() <= kMostMemberName && IsUtf8(member) &&
         member.find('\0') == std::string::npos && (deed.task().empty() || IsTaskId(deed.task()));
}

}  // namespace

Course::Course(Site& site, std::string folder)
    : site_(site),
      store_(MustHave(DeedStore::Open(site.loop(), std::move(folder), site.config().store()))),
      timer_(site.loop()) {
  site.service().Handle(&Course::Progress, this);
  Remember(MustHave(store_->All()), {});
  site.Count("deeds.kept", [this] { return kept_; });
  site.Count("deeds.without-place", [this] { return full_; });
  site.Count("course.members", [this] { return static_cast<std::int64_t>(members_.size()); });
  CountStore(site, store_->environment());
  Configure(site.config());
  CollectLater();
}

void Course::Configure(const Config& config) {
  points_.clear();
  for (const CourseTask& task : config.tasks().task()) points_[task.id()] = task.points();
  scoreboard_ = config.tasks().scoreboard();
  board_stale_ = true;
}

void Course::Reload(const Config& config) {
  Configure(config);
  CollectLater();
}

void Course::Drain(std::function<void()> done) {
  timer_.Stop();
  in_flight_.Drain(std::move(done));
}

void Course::CollectLater() {
  timer_.Start(points_.empty() ? kEveryWithoutTasks : kEvery, [this] {
    if (in_flight_.draining()) return;
    Spawn(CollectOnce());
    CollectLater();
  });
}

Task<Result<Outgoing<ProgressReply>>> Course::Progress(Incoming<ProgressRequest> call) {
  const InFlight::Call counted(in_flight_);
  // The first round may wait for an asking that began before the member's deed was written; the second does not.
  for (int round = collecting_ ? 0 : 1; round < 2; ++round) {
    auto collecting = CollectOnce();
    co_await collecting;
  }
  ProgressReply reply;
  if (const auto found = members_.find(call.message.member()); found != members_.end()) {
    for (const auto& [task, time_ms] : found->second) {
      if (!points_.contains(task)) continue;
      ProgressReply::Done& done = *reply.add_done();
      done.set_task(task);
      done.set_time_ms(time_ms);
    }
  }
  if (scoreboard_) AddBoard(reply, call.message.member());
  co_return reply;
}

Task<void> Course::CollectOnce() {
  if (collecting_) {
    auto waiting = waiting_.Wait(site_.loop(), kLongestAsking);
    (void)co_await waiting;
    co_return;
  }
  const InFlight::Call counted(in_flight_);
  collecting_ = true;
  auto collecting = Collect();
  co_await collecting;
  collecting_ = false;
  waiting_.WakeAll();
}

Task<void> Course::Collect() {
  bool more = true;
  for (int round = 0; more && round < kMostRounds; ++round) {
    DeedsRequest ask;
    ask.set_epoch(epoch_);
    ask.set_after(after_);
    auto asked = site_.peer(ROLE_LOGGER).Call<DeedsReply>(ask);
    const Result<Incoming<DeedsReply>> answer = co_await asked;
    if (!answer.ok()) {
      site_.log().Warning("deeds-not-read", {{"why", answer.error().text}});
      co_return;
    }
    auto keeping = Keep(answer->message);
    const bool kept = co_await keeping;
    more = kept && answer->message.more();
  }
}

Task<bool> Course::Keep(const DeedsReply& reply) {
  std::vector<DeedStore::Deed> deeds;
  std::vector<std::string> gone;
  std::map<std::string, std::set<std::string>> fresh;  // what `deeds` has
  std::size_t members = members_.size();
  for (const DeedsReply::Deed& each : reply.deeds()) {
    if (!IsDeed(each)) continue;
    const std::string &member = each.member(), &task = each.task();
    if (task.empty()) {
      // What was told before its member closed the account is not kept either.
      if (fresh.erase(member) > 0) {
        std::erase_if(deeds, [&](const DeedStore::Deed& deed) { return deed.member == member; });
        members -= members_.contains(member) ? 0 : 1;
      }
      if (members_.contains(member)) gone.push_back(member);
      continue;
    }
    if (!IsNew(member, task) || (fresh.contains(member) && fresh[member].contains(task))) continue;
    const bool comes = !members_.contains(member) && !fresh.contains(member);
    if (comes && members >= kMostMembers) {
      if (full_++ == 0) site_.log().Warning("course-full", {{"members", std::to_string(kMostMembers)}});
      continue;
    }
    members += comes ? 1 : 0;
    fresh[member].insert(task);
    deeds.push_back({member, task, each.time_ms()});
  }
  if (!deeds.empty() || !gone.empty()) {
    auto writing = store_->Keep(deeds, gone);
    const Status kept = co_await writing;
    if (!kept.ok()) {
      site_.log().Failure("deeds-not-kept", {{"why", kept.error().text}});
      co_return false;
    }
    for (const DeedStore::Deed& deed : deeds)
      site_.log().Info("task-done", {{"member", deed.member}, {"task", deed.task}});
    kept_ += static_cast<std::int64_t>(deeds.size());
    Remember(deeds, gone);
  }
  if (reply.deeds().empty()) co_return true;
  epoch_ = reply.epoch();
  after_ = reply.first() + static_cast<std::uint64_t>(reply.deeds_size()) - 1;
  co_return true;
}

bool Course::IsNew(const std::string& member, const std::string& task) const {
  if (!points_.contains(task)) return false;
  const auto found = members_.find(member);
  return found == members_.end() || !found->second.contains(task);
}

void Course::Remember(const std::vector<DeedStore::Deed>& deeds, const std::vector<std::string>& gone) {
  for (const DeedStore::Deed& deed : deeds) members_[deed.member].emplace(deed.task, deed.time_ms);
  for (const std::string& member : gone) members_.erase(member);
  board_stale_ = true;
}

void Course::MakeBoard() {
  board_.clear();
  for (const auto& [member, deeds] : members_) {
    Place place;
    place.member = &member;
    for (const auto& [task, time_ms] : deeds) {
      const auto found = points_.find(task);
      if (found == points_.end()) continue;
      place.points += found->second;
      ++place.tasks;
      place.last_ms = std::max(place.last_ms, time_ms);
    }
    if (place.tasks > 0) board_.push_back(place);
  }
  std::ranges::sort(board_, [](const Place& a, const Place& b) {
    return std::tie(b.points, a.last_ms, *a.member) < std::tie(a.points, b.last_ms, *b.member);
  });
  board_stale_ = false;
}

void Course::AddBoard(ProgressReply& reply, const std::string& member) {
  if (board_stale_) MakeBoard();
  for (std::size_t i = 0; i < std::min(board_.size(), kMostRows); ++i) {
    ProgressReply::Row& row = *reply.add_board();
    row.set_member(*board_[i].member);
    row.set_points(board_[i].points);
    row.set_tasks(board_[i].tasks);
  }
  const auto own = std::ranges::find_if(board_, [&](const Place& place) { return *place.member == member; });
  if (own != board_.end()) reply.set_place(static_cast<std::uint32_t>(own - board_.begin()) + 1);
  reply.set_members(static_cast<std::uint32_t>(board_.size()));
}

const RoleSpec kCourseRole = {
    .role = ROLE_COURSE,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> {
      return std::make_unique<Course>(site, site.folder(Folder::kStore));
    },
};

}  // namespace zoobar
