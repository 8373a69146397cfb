#include "ipc/remote_log.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "ipc/principal.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr Milliseconds kRetry{100};
constexpr int kEntriesPerMessage = 256;

Level LowestSent(Config::LogLevel level) {
  switch (level) {
    case Config::debug:
      return LEVEL_DEBUG;
    case Config::info:
      return LEVEL_INFO;
    case Config::warning:
      return LEVEL_WARNING;
    case Config::error:
      return LEVEL_ERROR;
  }
  return LEVEL_INFO;
}

std::string Bounded(std::string_view text, std::size_t bytes) { return MendUtf8(CutUtf8(text, bytes)); }

// Mends and cuts a field of an access entry. It holds what a member or a client sent. If one field were not UTF-8, the
// whole message could not be sent.
void Bound(std::string& text) {
  if (text.size() > RemoteLog::kMaxValue || !IsUtf8(text)) text = Bounded(text, RemoteLog::kMaxValue);
}

// Places for lines that wait. An owner is the name of an event, or an address. Any owner may take places of the first
// half. The other half is divided into equal shares among the owners that hold places.
class Places {
 public:
  explicit Places(std::size_t all) : all_(all) {}
  // Takes a place for this owner. Returns false if there is no place for it.
  bool Take(const std::string& whose) {
    const auto found = held_.find(whose);
    const std::size_t held = found == held_.end() ? 0 : found->second;
    const std::size_t holders = held_.size() + (held == 0 ? 1 : 0);
    const std::size_t equal = std::max<std::size_t>(1, all_ / 2 / holders);
    if (taken_ >= (held < equal ? all_ : all_ / 2)) return false;
    ++held_[whose];
    ++taken_;
    return true;
  }
  void Return(const std::string& whose) {
    const auto found = held_.find(whose);
    if (found == held_.end()) return;
    --taken_;
    if (--found->second == 0) held_.erase(found);
  }

 private:
  const std::size_t all_;
  std::size_t taken_ = 0;
  std::map<std::string, std::size_t> held_;
};

}  // namespace

struct RemoteLog::Core : std::enable_shared_from_this<Core> {
  Core(Loop& on, std::function<std::shared_ptr<Channel>()> to, Config::LogLevel level)
      : loop(on), logger(std::move(to)), lowest(LowestSent(level)), retry(on) {}

  // Flushes once at the end of the loop's turn, however many lines were added in the turn.
  void FlushAtEndOfTurn() {
    if (std::exchange(flush_due, true)) return;
    loop.AtEndOfTurn([weak = weak_from_this()] {
      if (std::shared_ptr<Core> core = weak.lock()) core->Flush();
    });
  }

  void Flush() {
    flush_due = false;
    std::shared_ptr<Channel> channel = logger();
    const bool sent = channel && channel->open() && SendEvents(*channel) && SendEntries(*channel);
    if (sent) {
      retry.Stop();
    } else if (!events.empty() || access.entries_size() > 0) {
      retry.Start(kRetry, [this] { Flush(); });
    }
  }

  bool SendEvents(Channel& channel) {
    while (!events.empty()) {
      WriteRequest& line = events.front();
      line.set_dropped(dropped);
      line.set_security_dropped(security_dropped);
      if (!channel.Send(line)) return false;
      dropped = security_dropped = 0;
      if (line.security()) {
        security_places.Return(line.event());
      } else {
        event_places.Return(line.event());
      }
      events.pop_front();
    }
    return true;
  }

  bool SendEntries(Channel& channel) {
    while (access.entries_size() > 0) {
      AccessRequest part;
      part.set_dropped(access_dropped);
      const int count = std::min(access.entries_size(), kEntriesPerMessage);
      for (int i = 0; i < count; ++i) part.add_entries()->Swap(access.mutable_entries(i));
      if (!channel.Send(part)) {
        for (int i = 0; i < count; ++i) access.mutable_entries(i)->Swap(part.mutable_entries(i));
        return false;
      }
      access_dropped = 0;
      for (const AccessRequest::Entry& sent : part.entries()) access_places.Return(NetworkOf(sent.address()));
      access.mutable_entries()->DeleteSubrange(0, count);
    }
    return true;
  }

  Loop& loop;
  std::function<std::shared_ptr<Channel>()> logger;
  Level lowest;
  Timer retry;
  bool flush_due = false;
  std::deque<WriteRequest> events;  // security events and others, in order of arrival
  Places event_places{kMaxWaiting}, security_places{kMaxSecurityWaiting}, access_places{kMaxAccessWaiting};
  std::uint32_t dropped = 0, security_dropped = 0, access_dropped = 0;
  AccessRequest access;
};

RemoteLog::RemoteLog(Loop& loop, std::function<std::shared_ptr<Channel>()> logger, Config::LogLevel level)
    : core_(std::make_shared<Core>(loop, std::move(logger), level)) {}

RemoteLog::~RemoteLog() = default;

void RemoteLog::SetLevel(Config::LogLevel level) { core_->lowest = LowestSent(level); }

void RemoteLog::Flush() { core_->Flush(); }

void RemoteLog::Add(Level level, bool security, std::string_view event, LogFields fields) {
  if (!security && level < core_->lowest) return;
  WriteRequest line;
  line.set_event(Bounded(event, kMaxEvent));
  if (security && !core_->security_places.Take(line.event())) {
    ++core_->security_dropped;
    return;
  }
  if (!security && !core_->event_places.Take(line.event())) {
    ++core_->dropped;
    return;
  }
  line.set_level(level);
  line.set_security(security);
  if (const RequestId& request = CurrentRequest(); !request.none()) line.set_request(std::string(request.view()));
  for (const auto& [key, value] : fields) {
    if (key.empty()) continue;
    if (static_cast<std::size_t>(line.fields_size()) == kMaxFields) break;
    WriteRequest::Field* field = line.add_fields();
    field->set_key(Bounded(key, kMaxKey));
    field->set_value(Bounded(value, kMaxValue));
  }
  core_->events.push_back(std::move(line));
  core_->FlushAtEndOfTurn();
}

void RemoteLog::Access(AccessRequest::Entry entry) {
  Bound(*entry.mutable_address());
  if (!core_->access_places.Take(NetworkOf(entry.address()))) {
    ++core_->access_dropped;
    return;
  }
  Bound(*entry.mutable_method());
  Bound(*entry.mutable_path());
  Bound(*entry.mutable_member());
  core_->access.add_entries()->Swap(&entry);
  core_->FlushAtEndOfTurn();
}

}  // namespace zoobar
