// What members let each other's programs see and do, and what comes of it. In profile's environment (profiles.h).
//
//   table     key                                                    value
//   visits    whose program, 16 bytes; the visitor, 16 bytes         StoredVisit
//   doors     member id, 16 bytes; 'v', 'w' or 'm' (Door), 1 byte    StoredAudience: to whom it stands open
//   wall      whose wall, 16 bytes; number, u64 big-endian           StoredPost
//   messages  the recipient, 16 bytes; number, u64 big-endian        StoredPost
//   shared    whose file, 16 bytes; its path, 1 to 255 bytes         StoredAudience: who may read it
//
// Consent is judged here, in the transaction that acts on it: a door nobody opened is shut, to everybody but the member
// it belongs to. A post's number is the time it was made at, in milliseconds since 1970, or one more than the newest's.
//
// Everything is bounded per member. Where something is "kept", what is oldest makes room; of posts, the oldest of the
// author who has most. Who calls has checked texts,
// names and paths; ids have their size.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/task.h"
#include "store/environment.h"
#include "stored.pb.h"

namespace zoobar {

class Social {
 public:
  static constexpr std::int64_t kSameVisitMs = 60'000;  // looks closer than this are one visit

  static std::vector<std::string> Tables() { return {"visits", "doors", "wall", "messages", "shared"}; }

  // environment: opened with these tables.
  explicit Social(Environment& environment);

  enum class Door : char {
    kVisits = 'v',    // who may read who has visited
    kWall = 'w',      // who may read the wall and write on it
    kMessages = 'm',  // who may send messages
  };
  enum class Outcome {
    kDone,
    kNotAllowed,  // the owner has not opened this to who asks
    kNotThere,
    kTooMany,  // ProgramLimits::kSharedFiles
  };

  // A look at the owner's program; one's own does not count. Writes at most once, and not at all within the same visit.
  Task<Status> RecordVisit(std::string owner, std::string visitor, std::string visitor_name, std::int64_t now_ms);
  // Newest first. nullopt: not shared with who asks.
  Result<std::optional<std::vector<StoredVisit>>> Visits(std::string_view owner, std::string_view asker,
                                                         std::size_t limit);

  // Opens the door to these and to nobody else; an empty audience shuts it. Writes only what changes.
  Task<Status> Open(std::string owner, Door door, StoredAudience to);
  Result<StoredAudience> OpenTo(std::string_view owner, Door door);

  // Where posts are: behind the door of the same name.
  enum class Place { kWall, kMessages };
  struct Post {
    std::uint64_t number = 0;
    StoredPost post;
  };
  struct Added {
    Outcome outcome = Outcome::kDone;
    std::uint64_t number = 0;  // of a post that was kept
  };
  // Adds a post, made at post.time_ms, to the owner's. keep false: only judges.
  Task<Result<Added>> Add(Place place, std::string owner, StoredPost post, bool keep);
  // Newest first. nullopt: not open to who asks; messages are for their recipient alone.
  Result<std::optional<std::vector<Post>>> Posts(Place place, std::string_view owner, std::string_view asker,
                                                 std::size_t limit);
  // The owner may remove any, an author their own from a wall. keep false: only judges.
  Task<Result<Outcome>> Remove(Place place, std::string owner, std::string asker, std::uint64_t number, bool keep);

  // Lets these, and nobody else, read the file the owner's program keeps there; an empty audience ends it. Writes only
  // what changes. keep false: only judges.
  Task<Result<Outcome>> ShareFile(std::string owner, std::string path, StoredAudience to, bool keep);
  struct Shared {
    std::string path;
    StoredAudience to;
  };
  // What the owner shares with who asks, in order of the paths; with the owner: everything.
  Result<std::vector<Shared>> SharedFiles(std::string_view owner, std::string_view asker);
  Result<bool> MayRead(std::string_view owner, std::string_view path, std::string_view asker);

  // Shuts every door and shares no file any more. What was written stays.
  Task<Status> ShutAll(std::string owner);

 private:
  bool Allowed(const ReadTransaction& tx, std::string_view owner, Door door, std::string_view asker) const;
  void KeepNewestVisitors(WriteTransaction& tx, std::string_view owner) const;
  static std::uint64_t NextNumber(const ReadTransaction& tx, Table table, const std::string& owner,
                                  std::int64_t time_ms);
  void MakeRoom(WriteTransaction& tx, Table table, const std::string& owner, const std::string& author) const;
  Outcome JudgeRemoval(const ReadTransaction& tx, Place place, std::string_view owner, std::string_view asker,
                       std::uint64_t number) const;
  Table TableOf(Place place) const { return place == Place::kWall ? wall_ : messages_; }

  Environment& environment_;
  const Table visits_, doors_, wall_, messages_, shared_;
};

}  // namespace zoobar
