// The API's calls about what members open to each other. The class Social (store/social.h) decides who may do what.
// This file turns the decisions into replies.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "limits/programs.h"
#include "roles/profile/api.h"

namespace zoobar {
namespace {

using Json = nlohmann::ordered_json;
using Place = Social::Place;
using Outcome = Social::Outcome;

constexpr std::int64_t kUsualLimit = 20;

constexpr std::string_view kStore = "the store of profiles";

std::size_t LimitOf(const ProgramCall& call) { return static_cast<std::size_t>(call.Number("limit", kUsualLimit)); }

double Seconds(std::int64_t time_ms) { return static_cast<double>(time_ms) / 1000; }

Json Described(const Social::Post& post, std::string_view author) {
  return {{"number", post.number},
          {author, post.post.author().name()},
          {"text", post.post.text()},
          {"time", ProgramTime(post.post.time_ms())},
          {"seconds", Seconds(post.post.time_ms())}};
}

Json Described(const StoredAudience& audience) {
  if (audience.everybody()) return "everybody";
  Json names = Json::array();
  for (const StoredMember& member : audience.members()) names.push_back(member.name());
  return names;
}

const ProgramFiles::File* FileAt(const ProgramFiles& files, std::string_view path) {
  for (const ProgramFiles::File& file : files.files()) {
    if (file.path() == path && !file.directory()) return &file;
  }
  return nullptr;
}

}  // namespace

// ---- doors

Task<ProgramApi::Audience> ProgramApi::AudienceOf(const ProgramRun& run, const ProgramCall& call,
                                                  std::string_view argument) {
  Audience audience;
  const ProgramValue& names = call.arguments.find(argument)->second;
  if (names.kind == ProgramValue::Kind::kText) {
    audience.to.set_everybody(true);
    co_return audience;
  }
  auto finding = Find(names.texts);
  Result<std::vector<Found>> found = co_await finding;
  if (!found.ok()) {
    audience.refusal = Failed("the bank", found.error());
    co_return audience;
  }
  for (Found& one : *found) {
    if (one.member.id().empty()) {
      audience.refusal = fmt::format("nobody here has the name {}", one.member.name());
      co_return audience;
    }
    const auto known = [&one](const StoredMember& other) { return other.id() == one.member.id(); };
    const auto& members = audience.to.members();
    if (one.member.id() == run.owner || std::any_of(members.begin(), members.end(), known)) continue;
    *audience.to.add_members() = std::move(one.member);
  }
  co_return audience;
}

ProgramApi::Answered ProgramApi::OpenDoor(ProgramRun& run, const ProgramCall& call, std::string_view argument,
                                          Social::Door door) {
  auto finding = AudienceOf(run, call, argument);
  Audience audience = co_await finding;
  if (!audience.refusal.empty()) co_return ProgramReply::Refused(audience.refusal);
  if (run.trial) co_return ProgramReply::Of(nullptr);
  auto opening = social_.Open(run.owner, door, std::move(audience.to));
  const Status opened = co_await opening;
  if (!opened.ok()) co_return ProgramReply::Refused(Failed(kStore, opened.error()));
  co_return ProgramReply::Of(nullptr);
}

ProgramApi::Answered ProgramApi::ShareVisits(ProgramRun& run, const ProgramCall& call) {
  return OpenDoor(run, call, "to", Social::Door::kVisits);
}

ProgramApi::Answered ProgramApi::OpenWall(ProgramRun& run, const ProgramCall& call) {
  return OpenDoor(run, call, "to", Social::Door::kWall);
}

ProgramApi::Answered ProgramApi::AcceptMessages(ProgramRun& run, const ProgramCall& call) {
  return OpenDoor(run, call, "senders", Social::Door::kMessages);
}

ProgramApi::Answered ProgramApi::GetSharing(ProgramRun& run, const ProgramCall&) {
  const Result<StoredAudience> visits = social_.OpenTo(run.owner, Social::Door::kVisits);
  const Result<StoredAudience> wall = social_.OpenTo(run.owner, Social::Door::kWall);
  const Result<StoredAudience> messages = social_.OpenTo(run.owner, Social::Door::kMessages);
  const Result<std::vector<Social::Shared>> files = social_.SharedFiles(run.owner, run.owner);
  for (const Result<StoredAudience>* one : {&visits, &wall, &messages}) {
    if (!one->ok()) co_return ProgramReply::Refused(Failed(kStore, one->error()));
  }
  if (!files.ok()) co_return ProgramReply::Refused(Failed(kStore, files.error()));
  Json shared = Json::object();
  for (const Social::Shared& file : *files) shared[file.path] = Described(file.to);
  co_return ProgramReply::Of({{"visits", Described(*visits)},
                              {"wall", Described(*wall)},
                              {"messages", Described(*messages)},
                              {"files", std::move(shared)}});
}

// ---- visits

ProgramApi::Answered ProgramApi::GetVisits(ProgramRun& run, const ProgramCall& call) {
  auto finding = FindNamedOrOwner(run, call);
  const Found whose = co_await finding;
  if (!whose.refusal.empty()) co_return ProgramReply::Refused(whose.refusal);
  const auto visits = social_.Visits(whose.member.id(), run.owner, LimitOf(call));
  if (!visits.ok()) co_return ProgramReply::Refused(Failed(kStore, visits.error()));
  if (!visits->has_value()) {
    co_return ProgramReply::Refused(
        fmt::format("{} does not share visits with {}", whose.member.name(), run.owner_name));
  }
  Json list = Json::array();
  for (const StoredVisit& visit : **visits) {
    list.push_back({{"visitor", visit.name()},
                    {"visits", visit.count()},
                    {"time", ProgramTime(visit.time_ms())},
                    {"seconds", Seconds(visit.time_ms())}});
  }
  co_return ProgramReply::Of(list);
}

// ---- the wall and messages

ProgramApi::Answered ProgramApi::Add(ProgramRun& run, Place place, Found to, std::string text) {
  StoredPost post;
  post.mutable_author()->set_id(run.owner);
  post.mutable_author()->set_name(run.owner_name);
  post.set_text(std::move(text));
  post.set_time_ms(clock_());
  auto adding = social_.Add(place, to.member.id(), std::move(post), !run.trial);
  const Result<Social::Added> added = co_await adding;
  if (!added.ok()) co_return ProgramReply::Refused(Failed(kStore, added.error()));
  if (added->outcome != Outcome::kDone) {
    co_return ProgramReply::Refused(fmt::format(
        "{} {} {}", to.member.name(),
        place == Place::kWall ? "has not opened the wall to" : "does not accept messages from", run.owner_name));
  }
  co_return ProgramReply::Of(run.trial ? static_cast<std::uint64_t>(clock_()) : added->number);
}

ProgramApi::Answered ProgramApi::PostOnWall(ProgramRun& run, const ProgramCall& call) {
  auto finding = FindNamedOrOwner(run, call);
  Found whose = co_await finding;
  if (!whose.refusal.empty()) co_return ProgramReply::Refused(whose.refusal);
  auto adding = Add(run, Place::kWall, std::move(whose), call.Text("text"));
  co_return co_await adding;
}

ProgramApi::Answered ProgramApi::SendMessage(ProgramRun& run, const ProgramCall& call) {
  auto finding = FindOne(call.Text("to"));
  Found to = co_await finding;
  if (!to.refusal.empty()) co_return ProgramReply::Refused(to.refusal);
  auto adding = Add(run, Place::kMessages, std::move(to), call.Text("text"));
  const ProgramReply reply = co_await adding;
  co_return reply.refused() ? reply : ProgramReply::Of(nullptr);  // only the recipient may know the message's number
}

ProgramApi::Answered ProgramApi::GetWall(ProgramRun& run, const ProgramCall& call) {
  auto finding = FindNamedOrOwner(run, call);
  const Found whose = co_await finding;
  if (!whose.refusal.empty()) co_return ProgramReply::Refused(whose.refusal);
  const auto posts = social_.Posts(Place::kWall, whose.member.id(), run.owner, LimitOf(call));
  if (!posts.ok()) co_return ProgramReply::Refused(Failed(kStore, posts.error()));
  if (!posts->has_value()) {
    co_return ProgramReply::Refused(
        fmt::format("{} has not opened the wall to {}", whose.member.name(), run.owner_name));
  }
  Json list = Json::array();
  for (const Social::Post& post : **posts) list.push_back(Described(post, "author"));
  co_return ProgramReply::Of(list);
}

ProgramApi::Answered ProgramApi::GetMessages(ProgramRun& run, const ProgramCall& call) {
  const auto posts = social_.Posts(Place::kMessages, run.owner, run.owner, LimitOf(call));
  if (!posts.ok()) co_return ProgramReply::Refused(Failed(kStore, posts.error()));
  Json list = Json::array();
  for (const Social::Post& post : **posts) list.push_back(Described(post, "sender"));
  co_return ProgramReply::Of(list);
}

ProgramApi::Answered ProgramApi::RemovePost(ProgramRun& run, const ProgramCall& call) {
  auto finding = FindNamedOrOwner(run, call);
  const Found whose = co_await finding;
  if (!whose.refusal.empty()) co_return ProgramReply::Refused(whose.refusal);
  const auto number = static_cast<std::uint64_t>(call.Number("number"));
  auto removing = social_.Remove(Place::kWall, whose.member.id(), run.owner, number, !run.trial);
  const Result<Outcome> removed = co_await removing;
  if (!removed.ok()) co_return ProgramReply::Refused(Failed(kStore, removed.error()));
  if (*removed != Outcome::kDone) {
    co_return ProgramReply::Refused(fmt::format("there is no post {} on the wall of {} that {} may remove", number,
                                                whose.member.name(), run.owner_name));
  }
  co_return ProgramReply::Of(nullptr);
}

ProgramApi::Answered ProgramApi::RemoveMessage(ProgramRun& run, const ProgramCall& call) {
  const auto number = static_cast<std::uint64_t>(call.Number("number"));
  auto removing = social_.Remove(Place::kMessages, run.owner, run.owner, number, !run.trial);
  const Result<Outcome> removed = co_await removing;
  if (!removed.ok()) co_return ProgramReply::Refused(Failed(kStore, removed.error()));
  if (*removed != Outcome::kDone) co_return ProgramReply::Refused(fmt::format("there is no message {}", number));
  co_return ProgramReply::Of(nullptr);
}

// ---- shared files, as the last run of their owner's program left them

ProgramApi::Answered ProgramApi::ShareFile(ProgramRun& run, const ProgramCall& call) {
  auto finding = AudienceOf(run, call, "to");
  Audience audience = co_await finding;
  if (!audience.refusal.empty()) co_return ProgramReply::Refused(audience.refusal);
  auto sharing = social_.ShareFile(run.owner, call.Path("path"), std::move(audience.to), !run.trial);
  const Result<Outcome> shared = co_await sharing;
  if (!shared.ok()) co_return ProgramReply::Refused(Failed(kStore, shared.error()));
  if (*shared != Outcome::kDone)
    co_return ProgramReply::Refused(fmt::format("at most {} files can be shared", ProgramLimits::kSharedFiles));
  co_return ProgramReply::Of(nullptr);
}

ProgramApi::Answered ProgramApi::ListShared(ProgramRun& run, const ProgramCall& call) {
  auto finding = FindNamedOrOwner(run, call);
  const Found whose = co_await finding;
  if (!whose.refusal.empty()) co_return ProgramReply::Refused(whose.refusal);
  const Result<std::vector<Social::Shared>> shared = social_.SharedFiles(whose.member.id(), run.owner);
  if (!shared.ok()) co_return ProgramReply::Refused(Failed(kStore, shared.error()));
  Json list = Json::array();
  if (shared->empty()) co_return ProgramReply::Of(list);
  auto storing = unstored_.Wait(whose.member.id());
  co_await storing;
  const Result<ProgramFiles> files = profiles_.Files(whose.member.id());
  if (!files.ok()) co_return ProgramReply::Refused(Failed(kStore, files.error()));
  for (const Social::Shared& one : *shared) {
    const ProgramFiles::File* const file = FileAt(*files, one.path);
    if (file) list.push_back({{"path", one.path}, {"bytes", file->content().size()}});
  }
  co_return ProgramReply::Of(list);
}

ProgramApi::Answered ProgramApi::GetShared(ProgramRun& run, const ProgramCall& call) {
  auto finding = FindOne(call.Text("username"));
  const Found whose = co_await finding;
  if (!whose.refusal.empty()) co_return ProgramReply::Refused(whose.refusal);
  const std::string path = call.Path("path");
  const Result<bool> may = social_.MayRead(whose.member.id(), path, run.owner);
  if (!may.ok()) co_return ProgramReply::Refused(Failed(kStore, may.error()));
  auto storing = unstored_.Wait(whose.member.id());
  co_await storing;
  const Result<ProgramFiles> files = *may ? profiles_.Files(whose.member.id()) : ProgramFiles();
  if (!files.ok()) co_return ProgramReply::Refused(Failed(kStore, files.error()));
  const ProgramFiles::File* const file = FileAt(*files, path);
  if (!file) {
    co_return ProgramReply::Refused(
        fmt::format("{} shares no file {} with {}", whose.member.name(), path, run.owner_name));
  }
  if (file->content().size() > ProgramLimits::kSharedFileBytes) {
    co_return ProgramReply::Refused(fmt::format("{} has {} bytes; a shared file may have at most {}", path,
                                                file->content().size(), ProgramLimits::kSharedFileBytes));
  }
  co_return ProgramReply::OfBytes(file->content());
}

}  // namespace zoobar
