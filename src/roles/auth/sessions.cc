#include "roles/auth/sessions.h"

#include <algorithm>

#include "credentials/tokens.h"
#include "ipc/try.h"
#include "text/utf8.h"

namespace zoobar {

LiveSessions::LiveSessions(Credentials& credentials, Clock clock, const Config::Auth& config)
    : credentials_(credentials), clock_(std::move(clock)) {
  Configure(config);
}

void LiveSessions::Configure(const Config::Auth& config) {
  limits_.idle_ms = std::int64_t{1000} * config.session_idle_seconds();
  limits_.max_ms = std::int64_t{1000} * config.session_max_seconds();
  limits_.per_member = config.sessions_per_member();
}

void LiveSessions::AddNoted(Credentials::KeyedSession& session) const {
  const auto noted = noted_.find(session.key);
  if (noted == noted_.end()) return;
  session.session.set_last_used_ms(std::max(session.session.last_used_ms(), noted->second));
}

Result<std::optional<LiveSessions::Found>> LiveSessions::Find(std::string_view token) {
  const std::string key = TokenKey(TokenKind::kSession, token);
  if (key.empty()) return std::optional<Found>();
  const std::int64_t now_ms = clock_();
  auto look = [&](ReadTransaction& tx) -> Result<std::optional<Found>> {
    std::optional<StoredSession> session = credentials_.Session(tx, key);
    if (!session) return std::optional<Found>();
    Credentials::KeyedSession keyed{key, std::move(*session)};
    AddNoted(keyed);
    if (Credentials::Expired(keyed.session, limits_, now_ms)) return std::optional<Found>();
    std::optional<StoredAccount> account = credentials_.Account(tx, keyed.session.member());
    if (!account) return std::optional<Found>();
    return std::optional<Found>({std::move(keyed.key), std::move(keyed.session), std::move(*account)});
  };
  Result<std::optional<Found>> found = credentials_.environment().Read(look);
  if (found.ok() && *found) {
    if (auto noted = noted_.find(key); noted != noted_.end()) {
      noted->second = std::max(noted->second, now_ms);
    } else if (noted_.size() < kMaxNoted) {
      noted_.emplace(key, now_ms);
    }
  }
  return found;
}

Result<std::string> LiveSessions::KnownDevice(const std::string& member, std::string_view token) {
  std::string key = TokenKey(TokenKind::kDevice, token);
  auto look = [&](ReadTransaction& tx) -> Result<std::string> {
    const bool known = !key.empty() && credentials_.HasDevice(tx, member, key);
    return known ? key : std::string();
  };
  return credentials_.environment().Read(look);
}

std::uint64_t LiveSessions::Count() const {
  auto count = [&](ReadTransaction& tx) -> Result<std::uint64_t> { return credentials_.CountSessions(tx); };
  const Result<std::uint64_t> sessions = credentials_.environment().Read(count);
  return sessions.ok() ? *sessions : 0;
}

Result<LiveSessions::Entry> LiveSessions::Begin(const std::string& member, const std::string& address,
                                                const std::string& agent, std::string_view offered_device) {
  Entry entry;
  entry.session_token = FreshToken(kSessionTokenBytes);
  entry.session_key = TokenKey(TokenKind::kSession, View(entry.session_token));
  TRY(const std::string known, KnownDevice(member, offered_device));
  entry.new_device = known.empty();
  entry.device_token = entry.new_device ? FreshToken(kDeviceTokenBytes) : ToBytes(offered_device);
  entry.device_key = TokenKey(TokenKind::kDevice, View(entry.device_token));

  const std::int64_t now_ms = clock_();
  entry.session.set_member(member);
  entry.session.set_created_ms(now_ms);
  entry.session.set_last_used_ms(now_ms);
  entry.session.set_address(std::string(CutUtf8(address, kMaxAddress)));
  entry.session.set_agent(std::string(CutUtf8(agent, kMaxAgent)));

  TRY(std::vector<Credentials::KeyedSession> others, Of(member));
  for (const auto& other : others) entry.noted.emplace_back(other.key, other.session.last_used_ms());
  entry.per_member = limits_.per_member;
  return entry;
}

void LiveSessions::Store(WriteTransaction& tx, const Entry& entry) const {
  credentials_.MarkUsed(tx, entry.noted);
  credentials_.AddSession(tx, entry.session_key, entry.session, entry.per_member);
  credentials_.SeeDevice(tx, entry.session.member(), entry.device_key, entry.session.created_ms());
}

Result<std::vector<Credentials::KeyedSession>> LiveSessions::Of(const std::string& member) {
  using Sessions = std::vector<Credentials::KeyedSession>;
  auto look = [&](ReadTransaction& tx) -> Result<Sessions> { return credentials_.SessionsOf(tx, member); };
  Result<Sessions> sessions = credentials_.environment().Read(look);
  if (!sessions.ok()) return sessions;
  const std::int64_t now_ms = clock_();
  for (Credentials::KeyedSession& each : *sessions) AddNoted(each);
  std::erase_if(*sessions, [&](const auto& each) { return Credentials::Expired(each.session, limits_, now_ms); });
  std::sort(sessions->begin(), sessions->end(), [](const auto& a, const auto& b) {
    return std::pair(a.session.last_used_ms(), a.key) > std::pair(b.session.last_used_ms(), b.key);
  });
  return sessions;
}

Task<Status> LiveSessions::Maintain() {
  const Credentials::LastUses uses(noted_.begin(), noted_.end());
  const std::string from = sweep_from_;
  const std::int64_t now_ms = clock_();
  const Credentials::SessionLimits limits = limits_;
  auto act = [&](WriteTransaction& tx) -> Result<Credentials::Swept> {
    credentials_.MarkUsed(tx, uses);
    return credentials_.SweepSessions(tx, from, kSweep, limits, now_ms);
  };
  CO_TRY(Credentials::Swept swept, credentials_.environment().Write(std::move(act)));
  sweep_from_ = swept.next;
  swept_ += swept.removed;
  for (const auto& [key, used_ms] : uses) {
    const auto noted = noted_.find(key);
    if (noted != noted_.end() && noted->second == used_ms) noted_.erase(noted);
  }
  co_return Status();
}

}  // namespace zoobar
