#include "store/social.h"

#include <algorithm>
#include <map>
#include <utility>

#include "ipc/saturated.h"
#include "ipc/try.h"
#include "limits/programs.h"
#include "store/keys.h"

namespace zoobar {
namespace {

constexpr std::uint64_t kLastNumber = ~std::uint64_t{0};

std::string DoorKey(std::string_view owner, Social::Door door) {
  const char letter = static_cast<char>(door);
  return JoinedKey(owner, {&letter, 1});
}

std::string PostKey(std::string_view owner, std::uint64_t number) { return JoinedKey(owner, NumberKey(number)); }

// Returns the number of the post at the cursor, whose key begins with the owner. A key of another size makes the
// transaction fail.
std::uint64_t NumberOfPost(const ReadTransaction& tx, Table table, std::string_view key, std::string_view owner) {
  if (key.size() == owner.size() + kNumberSize) return NumberOf(key.substr(owner.size()));
  tx.FailDamaged(table, key);
  return 0;
}

bool Holds(const StoredAudience& audience, std::string_view member) {
  return audience.everybody() || std::any_of(audience.members().begin(), audience.members().end(),
                                             [member](const StoredMember& one) { return one.id() == member; });
}

bool IsNobody(const StoredAudience& audience) { return !audience.everybody() && audience.members_size() == 0; }

bool IsSame(const StoredAudience& a, const StoredAudience& b) { return a.SerializeAsString() == b.SerializeAsString(); }

bool IsSameVisit(const StoredVisit& visit, std::int64_t now_ms) {
  const std::int64_t since = SaturatedDifference(now_ms, visit.time_ms());
  return since > -Social::kSameVisitMs && since < Social::kSameVisitMs;
}

}  // namespace

Social::Social(Environment& environment)
    : environment_(environment),
      visits_(environment.table("visits")),
      doors_(environment.table("doors")),
      wall_(environment.table("wall")),
      messages_(environment.table("messages")),
      shared_(environment.table("shared")) {}

// ---- visits

Task<Status> Social::RecordVisit(std::string owner, std::string visitor, std::string visitor_name,
                                 std::int64_t now_ms) {
  if (owner == visitor) co_return Status();
  const std::string key = JoinedKey(owner, visitor);
  const auto noted = [&](ReadTransaction& tx) -> Result<bool> {
    StoredVisit visit;
    return tx.GetMessage(visits_, key, &visit) && IsSameVisit(visit, now_ms);
  };
  CO_TRY(const bool same, environment_.Read(noted));
  if (same) co_return Status();
  auto act = [&](WriteTransaction& tx) -> Status {
    StoredVisit visit;
    const bool known = tx.GetMessage(visits_, key, &visit);
    if (known && IsSameVisit(visit, now_ms)) return {};  // another look has recorded the visit meanwhile
    visit.set_name(visitor_name);
    visit.set_time_ms(now_ms);
    visit.set_count(visit.count() + 1);
    tx.PutMessage(visits_, key, visit);
    if (!known) KeepNewestVisitors(tx, owner);
    return {};
  };
  co_return co_await environment_.Write(std::move(act));
}

void Social::KeepNewestVisitors(WriteTransaction& tx, std::string_view owner) const {
  std::vector<std::pair<std::int64_t, std::string>> all;
  for (std::string& key : KeysWithPrefix(tx, visits_, owner)) {
    StoredVisit visit;
    if (tx.GetMessage(visits_, key, &visit)) all.emplace_back(visit.time_ms(), std::move(key));
  }
  if (all.size() <= ProgramLimits::kVisitorsKept) return;
  std::sort(all.begin(), all.end());
  all.resize(all.size() - ProgramLimits::kVisitorsKept);
  for (const auto& [time, key] : all) tx.Delete(visits_, key);
}

Result<std::optional<std::vector<StoredVisit>>> Social::Visits(std::string_view owner, std::string_view asker,
                                                               std::size_t limit) {
  using Found = std::optional<std::vector<StoredVisit>>;
  return environment_.Read([&](ReadTransaction& tx) -> Result<Found> {
    if (!Allowed(tx, owner, Door::kVisits, asker)) return Found();
    Found visits(std::in_place);
    Cursor cursor(tx, visits_);
    for (bool at = cursor.AtOrAfter(owner); at && cursor.key().starts_with(owner); at = cursor.Next()) {
      if (!cursor.Parse(&visits->emplace_back())) break;
    }
    std::sort(visits->begin(), visits->end(),
              [](const StoredVisit& a, const StoredVisit& b) { return a.time_ms() > b.time_ms(); });
    if (visits->size() > limit) visits->resize(limit);
    return visits;
  });
}

// ---- doors

bool Social::Allowed(const ReadTransaction& tx, std::string_view owner, Door door, std::string_view asker) const {
  if (owner == asker) return true;
  StoredAudience audience;
  return tx.GetMessage(doors_, DoorKey(owner, door), &audience) && Holds(audience, asker);
}

// A program sets its doors in every run. To save writes, this function writes only if the audience changes.
Task<Status> Social::Open(std::string owner, Door door, StoredAudience to) {
  CO_TRY(const StoredAudience now, OpenTo(owner, door));
  if (IsSame(now, to)) co_return Status();
  auto act = [&](WriteTransaction& tx) -> Status {
    if (IsNobody(to)) {
      tx.Delete(doors_, DoorKey(owner, door));
    } else {
      tx.PutMessage(doors_, DoorKey(owner, door), to);
    }
    return {};
  };
  co_return co_await environment_.Write(std::move(act));
}

Result<StoredAudience> Social::OpenTo(std::string_view owner, Door door) {
  return environment_.Read([&](ReadTransaction& tx) -> Result<StoredAudience> {
    return tx.GetMessage<StoredAudience>(doors_, DoorKey(owner, door)).value_or(StoredAudience());
  });
}

Task<Status> Social::ShutAll(std::string owner) {
  const auto has_any = [&](ReadTransaction& tx) -> Result<bool> {
    return !KeysWithPrefix(tx, doors_, owner).empty() || !KeysWithPrefix(tx, shared_, owner).empty();
  };
  CO_TRY(const bool anything, environment_.Read(has_any));
  if (!anything) co_return Status();
  auto act = [&](WriteTransaction& tx) -> Status {
    for (const Table table : {doors_, shared_}) {
      for (const std::string& key : KeysWithPrefix(tx, table, owner)) tx.Delete(table, key);
    }
    return {};
  };
  co_return co_await environment_.Write(std::move(act));
}

Task<Status> Social::Erase(std::string owner) {
  auto act = [&](WriteTransaction& tx) -> Status {
    for (const Table table : {visits_, doors_, wall_, messages_, shared_}) {
      for (const std::string& key : KeysWithPrefix(tx, table, owner)) tx.Delete(table, key);
    }
    return {};
  };
  co_return co_await environment_.Write(std::move(act));
}

// ---- walls and messages

Task<Result<Social::Added>> Social::Add(Place place, std::string owner, StoredPost post, bool keep) {
  const Table table = TableOf(place);
  const Door door = place == Place::kWall ? Door::kWall : Door::kMessages;
  if (!keep) {
    co_return environment_.Read([&](ReadTransaction& tx) -> Result<Added> {
      return Added{Allowed(tx, owner, door, post.author().id()) ? Outcome::kDone : Outcome::kNotAllowed};
    });
  }
  auto act = [&](WriteTransaction& tx) -> Result<Added> {
    if (!Allowed(tx, owner, door, post.author().id())) return Added{Outcome::kNotAllowed};
    const std::uint64_t number = NextNumber(tx, table, owner, post.time_ms());
    MakeRoom(tx, table, owner, post.author().id());
    tx.PutMessage(table, PostKey(owner, number), post);
    return Added{Outcome::kDone, number};
  };
  co_return co_await environment_.Write(std::move(act));
}

std::uint64_t Social::NextNumber(const ReadTransaction& tx, Table table, const std::string& owner,
                                 std::int64_t time_ms) {
  const auto now = static_cast<std::uint64_t>(std::max<std::int64_t>(1, time_ms));
  Cursor cursor(tx, table);
  if (!cursor.Before(PostKey(owner, kLastNumber)) || !cursor.key().starts_with(owner)) return now;
  return std::max(now, NumberOfPost(tx, table, cursor.key(), owner) + 1);
}

// Makes room for one more post. If the author is not the owner and has reached the limit for one author, removes the
// author's oldest post. Otherwise, if the place is full, removes the oldest post of the author who has most posts. So a
// few authors who write much cannot push out the posts of the others.
void Social::MakeRoom(WriteTransaction& tx, Table table, const std::string& owner, const std::string& author) const {
  const std::vector<std::string> all = KeysWithPrefix(tx, table, owner);  // oldest first
  std::map<std::string, std::vector<std::string>> by_author;
  for (const std::string& key : all) {
    StoredPost post;
    if (tx.GetMessage(table, key, &post)) by_author[post.author().id()].push_back(key);
  }
  if (author != owner && by_author[author].size() >= ProgramLimits::kPostsOfOneAuthor) {
    tx.Delete(table, by_author[author].front());
  } else if (all.size() >= ProgramLimits::kPostsKept) {
    // The new post is counted for its author. If several authors have most posts, the oldest post of all of them is
    // removed.
    const auto weight = [&](const auto& one) { return one.second.size() + (one.first == author ? 1 : 0); };
    const auto most = std::max_element(by_author.begin(), by_author.end(), [&](const auto& a, const auto& b) {
      if (weight(a) != weight(b)) return weight(a) < weight(b);
      return !b.second.empty() && (a.second.empty() || b.second.front() < a.second.front());
    });
    if (most != by_author.end() && !most->second.empty()) tx.Delete(table, most->second.front());
  }
}

Result<std::optional<std::vector<Social::Post>>> Social::Posts(Place place, std::string_view owner,
                                                               std::string_view asker, std::size_t limit) {
  using Found = std::optional<std::vector<Post>>;
  return environment_.Read([&](ReadTransaction& tx) -> Result<Found> {
    const bool allowed = place == Place::kWall ? Allowed(tx, owner, Door::kWall, asker) : owner == asker;
    if (!allowed) return Found();
    Found posts(std::in_place);
    Cursor cursor(tx, TableOf(place));
    for (bool at = cursor.Before(PostKey(owner, kLastNumber));
         at && posts->size() < limit && cursor.key().starts_with(owner); at = cursor.Previous()) {
      Post& one = posts->emplace_back();
      one.number = NumberOfPost(tx, TableOf(place), cursor.key(), owner);
      if (!cursor.Parse(&one.post)) break;
    }
    return posts;
  });
}

Social::Outcome Social::RemovalOutcome(const ReadTransaction& tx, Place place, std::string_view owner,
                                       std::string_view asker, std::uint64_t number) const {
  StoredPost post;
  const bool there = tx.GetMessage(TableOf(place), PostKey(owner, number), &post);
  if (owner == asker) return there ? Outcome::kDone : Outcome::kNotThere;
  // Everybody else gets the same answer for a post of another author as for a post that does not exist.
  return there && place == Place::kWall && post.author().id() == asker ? Outcome::kDone : Outcome::kNotThere;
}

Task<Result<Social::Outcome>> Social::Remove(Place place, std::string owner, std::string asker, std::uint64_t number,
                                             bool keep) {
  if (!keep) {
    co_return environment_.Read(
        [&](ReadTransaction& tx) -> Result<Outcome> { return RemovalOutcome(tx, place, owner, asker, number); });
  }
  auto act = [&](WriteTransaction& tx) -> Result<Outcome> {
    const Outcome outcome = RemovalOutcome(tx, place, owner, asker, number);
    if (outcome == Outcome::kDone) tx.Delete(TableOf(place), PostKey(owner, number));
    return outcome;
  };
  co_return co_await environment_.Write(std::move(act));
}

// ---- shared files

Task<Result<Social::Outcome>> Social::ShareFile(std::string owner, std::string path, StoredAudience to, bool keep) {
  const std::string key = JoinedKey(owner, path);
  const auto outcome_of = [&](const ReadTransaction& tx) {
    if (IsNobody(to) || tx.Has(shared_, key)) return Outcome::kDone;
    return KeysWithPrefix(tx, shared_, owner).size() < ProgramLimits::kSharedFiles ? Outcome::kDone : Outcome::kTooMany;
  };
  bool same = false;
  const auto compare = [&](ReadTransaction& tx) -> Result<Outcome> {
    same = IsSame(tx.GetMessage<StoredAudience>(shared_, key).value_or(StoredAudience()), to);
    return outcome_of(tx);
  };
  CO_TRY(const Outcome expected, environment_.Read(compare));
  if (!keep || same) co_return expected;
  auto act = [&](WriteTransaction& tx) -> Result<Outcome> {
    const Outcome outcome = outcome_of(tx);
    if (outcome != Outcome::kDone) return outcome;
    if (IsNobody(to)) {
      tx.Delete(shared_, key);
    } else {
      tx.PutMessage(shared_, key, to);
    }
    return outcome;
  };
  co_return co_await environment_.Write(std::move(act));
}

Result<std::vector<Social::Shared>> Social::SharedFiles(std::string_view owner, std::string_view asker) {
  return environment_.Read([&](ReadTransaction& tx) -> Result<std::vector<Shared>> {
    std::vector<Shared> files;
    Cursor cursor(tx, shared_);
    for (bool at = cursor.AtOrAfter(owner); at && cursor.key().starts_with(owner); at = cursor.Next()) {
      Shared file{std::string(cursor.key().substr(owner.size())), {}};
      if (!cursor.Parse(&file.to)) break;
      if (owner == asker || Holds(file.to, asker)) files.push_back(std::move(file));
    }
    return files;
  });
}

Result<bool> Social::MayRead(std::string_view owner, std::string_view path, std::string_view asker) {
  return environment_.Read([&](ReadTransaction& tx) -> Result<bool> {
    StoredAudience to;
    return tx.GetMessage(shared_, JoinedKey(owner, path), &to) && (owner == asker || Holds(to, asker));
  });
}

}  // namespace zoobar
