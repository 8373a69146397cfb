#include "roles/logger/deeds.h"

#include <algorithm>
#include <optional>

#include "ipc/channel.h"

namespace zoobar {
namespace {

// auth writes it when it has closed a member's account.
constexpr std::string_view kClosed = "account-closed";

std::optional<std::string_view> FieldOf(const WriteRequest& line, std::string_view name) {
  const auto found = std::ranges::find_if(line.fields(), [name](const auto& field) { return field.key() == name; });
  if (found == line.fields().end()) return std::nullopt;
  return found->value();
}

}  // namespace

Deeds::Deeds(const Config& config, std::uint64_t epoch) : recogniser_(config.tasks()), epoch_(epoch) {}

void Deeds::Configure(const Config& config) {
  recogniser_ = TaskRecogniser(config.tasks());
  known_.clear();  // course forgets deeds of tasks that it does not have yet
}

void Deeds::Event(const LogOrigin& origin, const WriteRequest& line) {
  if (origin.role == ROLE_AUTH && line.event() == kClosed) {
    if (const auto name = FieldOf(line, "name")) Close(*name);
  }
  if (!recogniser_.any()) return;
  const auto fields = [&line](std::string_view name) { return FieldOf(line, name); };
  const auto found = [this](const std::string& task, std::string_view member) { Add(task, member); };
  recogniser_.Event(RoleName(origin.role), line.event(), fields, found);
}

void Deeds::Request(const LogOrigin& origin, const AccessRequest::Entry& entry) {
  if (!recogniser_.any() || entry.member().empty()) return;
  const auto found = [this](const std::string& task, std::string_view member) { Add(task, member); };
  recogniser_.Request(RoleName(origin.role), entry.method(), entry.path(), entry.status(), entry.member(), found);
}

// A place in course is free now. So a member who found none before may be told again.
void Deeds::Close(std::string_view member) {
  known_.clear();
  Add("", member);
  if (closed_.size() >= kMostKnown) closed_.clear();
  closed_.insert(std::string(member));
}

void Deeds::Add(const std::string& task, std::string_view member) {
  if (closed_.contains(std::string(member))) return;  // a run that began before may end after the account was closed
  std::string key(member);
  key += '\0';
  key += task;
  if (known_.contains(key)) return;
  if (waiting_.size() >= kMostWaiting) {
    ++dropped_;
    return;
  }
  if (known_.size() >= kMostKnown) known_.clear();  // what is told twice does no harm
  known_.insert(std::move(key));
  DeedsReply::Deed& deed = waiting_.emplace_back();
  deed.set_member(std::string(member));
  deed.set_task(task);
  deed.set_time_ms(WallMillis());
}

DeedsReply Deeds::Take(const DeedsRequest& request) {
  while (request.epoch() == epoch_ && !waiting_.empty() && first_ <= request.after()) {
    waiting_.pop_front();
    ++first_;
  }
  DeedsReply reply;
  reply.set_epoch(epoch_);
  reply.set_first(first_);
  const std::size_t count = std::min(waiting_.size(), kMostInReply);
  for (std::size_t i = 0; i < count; ++i) *reply.add_deeds() = waiting_[i];
  reply.set_more(count < waiting_.size());
  return reply;
}

}  // namespace zoobar
