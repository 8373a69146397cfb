// What members allow each other's programs to see and do, and what these programs leave. Stored in profile's
// environment (profiles.h).
//
//   table     key                                                    value
//   visits    whose program, 16 bytes; the visitor, 16 bytes         StoredVisit
//   doors     member id, 16 bytes; 'v', 'w' or 'm' (Door), 1 byte    StoredAudience: for whom the door is open
//   wall      whose wall, 16 bytes; number, u64 big-endian           StoredPost
//   messages  the recipient, 16 bytes; number, u64 big-endian        StoredPost
//   shared    whose file, 16 bytes; its path, 1 to 255 bytes         StoredAudience: who may read it
//
// Consent is checked here, in the same transaction that acts on it. A door that nobody opened is shut for everybody but
// the member it belongs to. A post's number is the time of the post in milliseconds since 1970, or one more than the
// number of the newest post if that is greater.
//
// Everything is bounded per member (limits/programs.h). A new visitor takes the place of the one who came longest ago. A
// new post takes the place of the oldest post of one author: of the author's own, if they have too many, or else of the
// author who has most. Too many shared files are refused.
//
// The caller has checked texts, names and paths. Ids have their size.
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
  static constexpr std::int64_t kSameVisitMs = 60'000;  // looks that are closer together than this are one visit

  static std::vector<std::string> Tables() { return {"visits", "doors", "wall", "messages", "shared"}; }

  // `environment` must be opened with these tables and must outlive this object.
  explicit Social(Environment& environment);

  enum class Door : char {
    kVisits = 'v',    // who may read the list of visitors
    kWall = 'w',      // who may read the wall and write on it
    kMessages = 'm',  // who may send messages
  };
  enum class Outcome {
    kDone,
    kNotAllowed,  // the owner has not opened this for `asker` or for the author
    kNotThere,
    kTooMany,  // ProgramLimits::kSharedFiles
  };

  // Records a look at the owner's program. Looks at one's own program do not count. Writes at most once, and not at all
  // if the look belongs to the same visit.
  Task<Status> RecordVisit(std::string owner, std::string visitor, std::string visitor_name, std::int64_t now_ms);
  // The visits, newest first. nullopt: not shared with `asker`.
  Result<std::optional<std::vector<StoredVisit>>> Visits(std::string_view owner, std::string_view asker,
                                                         std::size_t limit);

  // Opens the door for these members and nobody else. An empty audience shuts it. Writes only if something changes.
  Task<Status> Open(std::string owner, Door door, StoredAudience to);
  Result<StoredAudience> OpenTo(std::string_view owner, Door door);

  // Where posts are kept. The door with the same name admits to it.
  enum class Place { kWall, kMessages };
  struct Post {
    std::uint64_t number = 0;
    StoredPost post;
  };
  struct Added {
    Outcome outcome = Outcome::kDone;
    std::uint64_t number = 0;  // of the post, if it was kept
  };
  // Adds a post, made at post.time_ms, to the owner's. If keep is false, only returns what the outcome would be.
  Task<Result<Added>> Add(Place place, std::string owner, StoredPost post, bool keep);
  // The posts, newest first. nullopt: not open for `asker`. Only the recipient may read messages.
  Result<std::optional<std::vector<Post>>> Posts(Place place, std::string_view owner, std::string_view asker,
                                                 std::size_t limit);
  // Removes a post. The owner may remove any post; an author may remove their own from a wall. If keep is false, only
  // returns what the outcome would be.
  Task<Result<Outcome>> Remove(Place place, std::string owner, std::string asker, std::uint64_t number, bool keep);

  // Allows these members, and nobody else, to read the file that the owner's program keeps at `path`. An empty audience
  // ends the sharing. Writes only if something changes. If keep is false, only returns what the outcome would be.
  Task<Result<Outcome>> ShareFile(std::string owner, std::string path, StoredAudience to, bool keep);
  struct Shared {
    std::string path;
    StoredAudience to;
  };
  // The files that the owner shares with `asker`, in the order of their paths. The owner gets all of them.
  Result<std::vector<Shared>> SharedFiles(std::string_view owner, std::string_view asker);
  Result<bool> MayRead(std::string_view owner, std::string_view path, std::string_view asker);

  // Shuts every door and ends the sharing of every file. Posts, messages and visits stay.
  Task<Status> ShutAll(std::string owner);

 private:
  bool Allowed(const ReadTransaction& tx, std::string_view owner, Door door, std::string_view asker) const;
  void KeepNewestVisitors(WriteTransaction& tx, std::string_view owner) const;
  static std::uint64_t NextNumber(const ReadTransaction& tx, Table table, const std::string& owner,
                                  std::int64_t time_ms);
  void MakeRoom(WriteTransaction& tx, Table table, const std::string& owner, const std::string& author) const;
  Outcome RemovalOutcome(const ReadTransaction& tx, Place place, std::string_view owner, std::string_view asker,
                         std::uint64_t number) const;
  Table TableOf(Place place) const { return place == Place::kWall ? wall_ : messages_; }

  Environment& environment_;
  const Table visits_, doors_, wall_, messages_, shared_;
};

}  // namespace zoobar
