// Stores what members allow each other's programs to see and do, and the visits, posts and shared files. The tables are
// part of profile's environment (profiles.h).
//
//   table     key                                                    value
//   visits    the program's owner, 16 bytes; the visitor, 16 bytes   StoredVisit
//   doors     member id, 16 bytes; 'v', 'w' or 'm' (Door), 1 byte    StoredAudience: for whom the door is open
//   wall      the wall's owner, 16 bytes; number, u64 big-endian     StoredPost
//   messages  the recipient, 16 bytes; number, u64 big-endian        StoredPost
//   shared    the file's owner, 16 bytes; its path, 1 to 255 bytes   StoredAudience: who may read the file
//
// Social checks these permissions in the same transaction that reads or changes the data. If a member has not opened a
// door, it is shut for everybody else. A post's number is the time of the post in milliseconds since 1970. If that is
// not greater than the number of the newest post, the new post gets the number of the newest post plus one.
//
// The data of each member is limited (limits/programs.h). If there are too many visitors, a new visitor replaces the
// visitor who came longest ago. If an author other than the owner has too many posts in one place, a new post replaces
// the author's oldest post. If the place is full, a new post replaces the oldest post of the author who has most posts
// there. If there are too many shared files, sharing another file is refused.
//
// The caller must check texts, names and paths before it calls these functions. Ids must have 16 bytes.
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
  static constexpr std::int64_t kSameVisitMs = 60'000;  // a visitor's looks within this time are one visit

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
    kTooMany,  // more files than ProgramLimits::kSharedFiles
  };

  // Records that `visitor` looked at the owner's program. Owners who look at their own programs are not recorded.
  // Writes at most once, and writes nothing if the look belongs to the visit that was recorded last.
  Task<Status> RecordVisit(std::string owner, std::string visitor, std::string visitor_name, std::int64_t now_ms);
  // Returns at most `limit` visits, newest first. Returns nullopt if the owner has not opened the list of visitors for
  // `asker`.
  Result<std::optional<std::vector<StoredVisit>>> Visits(std::string_view owner, std::string_view asker,
                                                         std::size_t limit);

  // Opens the door for the members in `to` and nobody else. If `to` is empty, shuts the door. Writes only if something
  // changes.
  Task<Status> Open(std::string owner, Door door, StoredAudience to);
  Result<StoredAudience> OpenTo(std::string_view owner, Door door);

  // The two kinds of places that contain posts. The Door with the same name decides who may write there.
  enum class Place { kWall, kMessages };
  struct Post {
    std::uint64_t number = 0;
    StoredPost post;
  };
  struct Added {
    Outcome outcome = Outcome::kDone;
    std::uint64_t number = 0;  // of the post, if the post was stored
  };
  // Adds `post` to the owner's wall or messages. post.time_ms is the time when the post was written. If `keep` is
  // false, stores nothing and only returns what the outcome would be.
  Task<Result<Added>> Add(Place place, std::string owner, StoredPost post, bool keep);
  // Returns at most `limit` posts, newest first. Returns nullopt if the place is not open for `asker`. Only the owner
  // may read messages.
  Result<std::optional<std::vector<Post>>> Posts(Place place, std::string_view owner, std::string_view asker,
                                                 std::size_t limit);
  // Removes a post. The owner may remove any post. An author may remove their own post from a wall. If `keep` is false,
  // removes nothing and only returns what the outcome would be.
  Task<Result<Outcome>> Remove(Place place, std::string owner, std::string asker, std::uint64_t number, bool keep);

  // Allows the members in `to`, and nobody else, to read the file that the owner's program keeps at `path`. If `to` is
  // empty, ends the sharing. Writes only if something changes. If `keep` is false, writes nothing and only returns what
  // the outcome would be.
  Task<Result<Outcome>> ShareFile(std::string owner, std::string path, StoredAudience to, bool keep);
  struct Shared {
    std::string path;
    StoredAudience to;
  };
  // Returns the files that the owner shares with `asker`, in the order of their paths. If `asker` is the owner, returns
  // all shared files.
  Result<std::vector<Shared>> SharedFiles(std::string_view owner, std::string_view asker);
  Result<bool> MayRead(std::string_view owner, std::string_view path, std::string_view asker);

  // Shuts all doors of the owner and ends the sharing of all files. Posts, messages and visits stay.
  Task<Status> ShutAll(std::string owner);
  // Removes everything that is kept for this owner: doors, shared files, visits, and the posts on the wall and in the
  // messages. What the owner wrote on the walls of others stays there.
  Task<Status> Erase(std::string owner);

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
