#include "roles/auth.h"

#include <fmt/format.h>

#include <algorithm>

#include "credentials/names.h"
#include "ipc/bytes.h"
#include "ipc/secrets.h"
#include "ipc/try.h"
#include "site/queue_counters.h"
#include "site/store_counters.h"
#include "site/ticket.h"

namespace zoobar {
namespace {

constexpr FolderGrant kFolders[] = {{Folder::kStore, "accounts, sessions and devices"}};
constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read calls and answer them"},
    {Calls::kStore, "the environment cred"},
    {Calls::kThreads, "to hash passwords beside the loop; the store's writer"},
};
constexpr Privileges kPrivileges = {
    .folders = kFolders,
    .calls = kCalls,
    .limits = {.open_files = 64, .file_bytes = std::uint64_t{1} << 40, .processes = 16},
};

// A busy start is not the time; and between two accounts logins have the threads to themselves.
constexpr Milliseconds kBeforeRehashing{1000}, kBetweenRehashes{1};
constexpr int kLookedAt = 500;  // accounts in one turn of the loop

}  // namespace

Auth::Auth(Site& site, AuthOptions options)
    : site_(site),
      clock_(std::move(options.clock)),
      credentials_(MustHave(Credentials::Open(site.loop(), std::move(options.folder), site.config().store()))),
      passwords_(site.loop(), site.config().auth(), options.hashing_threads, std::move(options.drawer)),
      sessions_(*credentials_, clock_, site.config().auth()),
      accounts_(*credentials_, passwords_, sessions_),
      judge_(site, *credentials_, accounts_, clock_, site.config().auth()),
      throttle_(LoginThrottle::Limits::From(site.config().auth().throttle()), clock_),
      lanes_(site.loop()),
      claims_(site.loop(), clock_),
      delegations_(*credentials_),
      tickets_(site, *credentials_),
      minute_(site.loop()),
      rehash_(site.loop()) {
  site.service().Handle(&Auth::Register, this);
  site.service().Handle(&Auth::Login, this);
  site.service().Handle(&Auth::Claim, this);
  site.service().Handle(&Auth::Check, this);
  site.service().Handle(&Auth::Logout, this);
  site.service().Handle(&Auth::ChangePassword, this);
  site.service().Handle(&Auth::Sessions, this);
  site.service().Handle(&Auth::Members, this);
  site.service().Handle(&Auth::Unlock, this);
  site.Count("logins", [this] { return entered_; });
  site.Count("logins.failed", [this] { return failed_; });
  site.Count("logins.busy", [this] { return busy_; });
  site.Count("logins.slowed", [this] { return slowed_; });
  site.Count("honeywords.alarms", [this] { return judge_.alarms(); });
  site.Count("honeywords.unjudged", [this] { return static_cast<std::int64_t>(judge_.admitted()); });
  site.Count("passwords.rehashed", [this] { return rehashed_; });
  site.Count("in-flight", [this] { return static_cast<std::int64_t>(in_flight_); });
  site.Count("hashing.waiting", [this] { return static_cast<std::int64_t>(passwords_.waiting()); });
  site.Count("sessions.expired", [this] { return static_cast<std::int64_t>(sessions_.swept()); });
  site.Count("claims", [this] { return static_cast<std::int64_t>(claims_.size()); });
  site.Count("claims.waiting", [this] { return static_cast<std::int64_t>(claims_.waiting()); });
  site.Count("throttle.held", [this] { return static_cast<std::int64_t>(throttle_.sizes().held); });
  site.Count("throttle.lanes", [this] { return static_cast<std::int64_t>(lanes_.sizes().lanes); });
  site.Count("throttle.waiting", [this] { return static_cast<std::int64_t>(lanes_.sizes().waiting); });
  site.Count("throttle.refused", [this] { return lanes_.sizes().refused; });
  CountQueue(site, "known_devices", passwords_.pool().queue(HashingPool::Kind::kKnownDevice));
  CountQueue(site, "logins", passwords_.pool().queue(HashingPool::Kind::kLogin));
  CountQueue(site, "new_passwords", passwords_.pool().queue(HashingPool::Kind::kNewPassword));
  CountQueue(site, "hashing", passwords_.pool().threads());
  CountStore(site, credentials_->environment());
  minute_.StartEvery(kMaintenance, [this] { Spawn(Maintain()); });
  rehash_.Start(kBeforeRehashing, [this] { Spawn(RehashNext()); });
}

// Writes still on their way are committed and their callers resumed: while everything else is still there.
Auth::~Auth() { credentials_.reset(); }

void Auth::LogDelegation(std::string_view event, const Actor& actor, const SpendingLimits& limits) {
  site_.log().Info(event, {{"member", ToHex(actor.member)},
                           {"name", actor.name},
                           {"per-hour", std::to_string(limits.per_hour())},
                           {"per-recipient", std::to_string(limits.per_recipient())}});
}

Task<Result<Outgoing<CheckReply>>> Auth::Check(Incoming<CheckRequest> call) {
  const auto pieces = UnpackSecrets(call.secret, 1);
  if (!pieces.ok()) co_return pieces.error();
  const CheckRequest& request = call.message;
  if (request.acts_size() > kMaxActs) co_return Error::Of("{} acts in one check", request.acts_size());
  CO_TRY(std::optional<LiveSessions::Found> found, sessions_.Find((*pieces)[0]));
  if (!found) co_return CheckReply();

  const Actor actor{found->session.member(), found->account.name()};
  // Few checks change anything; those that do are on disk before anything is granted.
  Delegations::Judged judged = Delegations::Apply(request.acts(), clock_(), found->account);
  if (!judged.changes.empty()) {
    CO_TRY(Delegations::Judged stored, Delegate(*found, request));
    if (!stored.session) co_return CheckReply();
    judged = std::move(stored);
  }
  const std::int64_t now_ms = clock_();
  auto look = [&](ReadTransaction& tx) { return tickets_.Answer(tx, actor, request, judged.answers, now_ms); };
  CO_TRY(CheckReply reply, credentials_->environment().Read(look));
  co_return reply;
}

Task<Result<Delegations::Judged>> Auth::Delegate(const LiveSessions::Found& found, const CheckRequest& request) {
  if (draining_) co_return Error{"draining"};
  const InFlight in_flight(*this);
  const std::int64_t now_ms = clock_();
  auto act = [&](WriteTransaction& tx) -> Result<Delegations::Judged> {
    return delegations_.Store(tx, found, request.acts(), now_ms);
  };
  Result<Delegations::Judged> judged = co_await credentials_->environment().Write(std::move(act));
  if (!judged.ok()) co_return judged;
  const Actor actor{found.session.member(), found.account.name()};
  for (const Delegations::Change& change : judged->changes) LogDelegation(change.event, actor, change.limits);
  co_return judged;
}

Task<Result<Outgoing<LogoutReply>>> Auth::Logout(Incoming<LogoutRequest> call) {
  if (draining_) co_return Error{"draining"};
  const InFlight in_flight(*this);
  const auto pieces = UnpackSecrets(call.secret, 1);
  if (!pieces.ok()) co_return pieces.error();
  const LogoutRequest& request = call.message;
  if (request.which() == LogoutRequest::WHICH_UNSPECIFIED) co_return Error{"logout of which session?"};
  // What names no session ends none: it may have ended meanwhile, or be what a client made up.
  const bool named =
      request.which() != LogoutRequest::WHICH_ONE || request.session().size() == Accounts::kSessionIdBytes;
  CO_TRY(const std::optional<LiveSessions::Found> found, sessions_.Find((*pieces)[0]));
  LogoutReply reply;
  reply.set_session(found.has_value());
  if (!found || !named) co_return reply;
  auto act = [&](WriteTransaction& tx) -> Result<std::size_t> { return accounts_.StoreLoggedOut(tx, *found, request); };
  CO_TRY(const std::size_t ended, credentials_->environment().Write(std::move(act)));
  reply.set_ended(static_cast<std::uint32_t>(ended));
  site_.log().Info("logout", {{"member", ToHex(found->session.member())},
                              {"name", found->account.name()},
                              {"which", LogoutRequest::Which_Name(request.which())},
                              {"ended", std::to_string(ended)}});
  co_return reply;
}

Task<Result<Outgoing<SessionsReply>>> Auth::Sessions(Incoming<SessionsRequest> call) {
  const auto pieces = UnpackSecrets(call.secret, 1);
  if (!pieces.ok()) co_return pieces.error();
  CO_TRY(const std::optional<LiveSessions::Found> found, sessions_.Find((*pieces)[0]));
  SessionsReply reply;
  if (!found) co_return reply;
  reply.set_session(true);
  const auto sessions = sessions_.Of(found->session.member());
  if (!sessions.ok()) co_return sessions.error();
  for (const Credentials::KeyedSession& each : *sessions) {
    SessionsReply::Session& line = *reply.add_sessions();
    line.set_id(each.key.substr(0, Accounts::kSessionIdBytes));
    line.set_created_ms(each.session.created_ms());
    line.set_last_used_ms(each.session.last_used_ms());
    line.set_address(each.session.address());
    line.set_agent(each.session.agent());
    line.set_current(each.key == found->key);
  }
  co_return reply;
}

Task<Result<Outgoing<MembersReply>>> Auth::Members(Incoming<MembersRequest> call) {
  const auto pieces = UnpackSecrets(call.secret, 1);
  if (!pieces.ok()) co_return pieces.error();
  const MembersRequest& request = call.message;
  CO_TRY(const std::optional<LiveSessions::Found> found, sessions_.Find((*pieces)[0]));
  MembersReply reply;
  if (!found) co_return reply;
  reply.set_session(true);
  std::optional<std::string> prefix = std::string(), after = std::string();
  if (!request.prefix().empty()) prefix = NormalisedName(request.prefix());
  if (!request.after().empty()) after = NormalisedName(request.after());
  if (!prefix || !after) co_return reply;  // no name starts so
  const std::size_t limit = std::clamp<std::size_t>(request.limit(), 1, kMaxPage);
  auto look = [&](ReadTransaction& tx) -> Result<Credentials::NamesPage> {
    return credentials_->Names(tx, *prefix, *after, limit);
  };
  CO_TRY(const Credentials::NamesPage page, credentials_->environment().Read(look));
  for (const auto& [id, name] : page.members) {
    MembersReply::Member& member = *reply.add_members();
    member.set_id(id);
    member.set_name(name);
  }
  reply.set_more(page.more);
  co_return reply;
}

Task<Result<Outgoing<UnlockReply>>> Auth::Unlock(Incoming<UnlockRequest> call) {
  if (draining_) co_return Error{"draining"};
  const InFlight in_flight(*this);
  CO_TRY(const Accounts::Candidate candidate, accounts_.Find(call.message.name()));
  UnlockReply reply;
  reply.set_found(!candidate.member.empty());
  if (!reply.found()) co_return reply;
  auto act = [&](WriteTransaction& tx) -> Result<bool> { return accounts_.StoreUnlocked(tx, candidate.member); };
  CO_TRY(const bool unlocked, credentials_->environment().Write(std::move(act)));
  reply.set_was_locked(unlocked);
  if (unlocked) {
    site_.log().Security("account-unlocked", {{"member", ToHex(candidate.member)}, {"name", candidate.account.name()}});
  }
  co_return reply;
}

Task<void> Auth::RehashNext() {
  if (draining_ || rehashing_) co_return;
  const InFlight in_flight(*this);
  rehashing_ = true;
  if (!prepared_) {
    auto preparing = passwords_.Prepare();
    co_await preparing;
    prepared_ = true;
  }
  Accounts::Candidate outdated;
  const std::string from = rehashed_to_;
  bool more = true, busy = false;
  auto look = [&](ReadTransaction& tx) -> Result<bool> {
    for (int i = 0; i < kLookedAt && outdated.member.empty(); ++i) {
      std::optional<std::pair<std::string, StoredAccount>> next = credentials_->NextAccount(tx, rehashed_to_);
      if (!next) return false;
      rehashed_to_ = next->first;
      if (passwords_.Outdated(next->second.password())) outdated = {std::move(next->first), std::move(next->second)};
    }
    return true;
  };
  const Result<bool> looked = credentials_->environment().Read(look);
  more = looked.ok() && *looked;
  if (!outdated.member.empty()) {
    auto hashing = passwords_.Rehash(outdated.account.password());
    const Result<std::optional<AccountPasswords::Stored>> again = co_await hashing;
    if (again.ok() && *again) {
      auto act = [&](WriteTransaction& tx) -> Result<bool> { return accounts_.StoreRehashed(tx, outdated, **again); };
      const Result<bool> stored = co_await credentials_->environment().Write(std::move(act));
      if (stored.ok() && *stored) ++rehashed_;
    } else if (again.ok()) {
      busy = true;
      rehashed_to_ = from;  // its turn comes again
    } else {
      site_.log().Warning("account-not-rehashed", {{"member", ToHex(outdated.member)}, {"why", again.error().text}});
    }
  }
  rehashing_ = false;
  if (!looked.ok()) site_.log().Failure("accounts-not-rehashed", {{"why", looked.error().text}});
  if (more) {
    rehash_.Start(busy ? kBeforeRehashing : kBetweenRehashes, [this] { Spawn(RehashNext()); });
  } else if (rehashed_ > 0) {
    site_.log().Info("accounts-rehashed", {{"accounts", std::to_string(rehashed_)}});
  }
}

void Auth::PeerWired(Role role, std::uint32_t, std::int32_t, Fd) {
  if (role == ROLE_HONEYCHECKER) Spawn(JudgeAdmitted());
}

Task<void> Auth::JudgeAdmitted() {
  if (draining_) co_return;
  const InFlight in_flight(*this);
  auto judging = judge_.JudgeAdmitted();
  co_await judging;
}

Task<void> Auth::Maintain() {
  if (maintaining_ || draining_) co_return;
  const InFlight in_flight(*this);
  maintaining_ = true;
  const Status done = co_await sessions_.Maintain();
  lanes_.Forget();
  auto ending = EndUnclaimed();
  co_await ending;
  maintaining_ = false;
  if (!done.ok()) site_.log().Failure("sessions-not-stored", {{"why", done.error().text}});
}

// Sessions of logins whose browsers never came back for them.
Task<void> Auth::EndUnclaimed() {
  const std::vector<std::string> keys = claims_.Sweep();
  if (keys.empty()) co_return;
  auto act = [this, &keys](WriteTransaction& tx) -> Result<bool> {
    for (const std::string& key : keys) credentials_->RemoveSession(tx, key);
    return true;
  };
  const Result<bool> ended = co_await credentials_->environment().Write(std::move(act));
  if (!ended.ok()) site_.log().Failure("unclaimed-sessions-not-ended", {{"why", ended.error().text}});
}

void Auth::Reload(const Config& config) {
  passwords_.Configure(config.auth());
  sessions_.Configure(config.auth());
  judge_.Configure(config.auth());
  throttle_.Configure(LoginThrottle::Limits::From(config.auth().throttle()));
  rehashed_to_.clear();
  rehash_.Start(kBeforeRehashing, [this] { Spawn(RehashNext()); });
}

void Auth::Drain(std::function<void()> done) {
  if (draining_) return;
  draining_ = true;
  drained_ = std::move(done);
  minute_.Stop();
  rehash_.Stop();
  // Resumes who waits, whose ends may finish the drain.
  const InFlight closing(*this);
  passwords_.Close();
  lanes_.Close();
}

void Auth::FinishDrain() {
  // After this turn's replies are on their way.
  site_.loop().AtEndOfTurn([this] { Spawn(LastMaintenance()); });
}

Task<void> Auth::LastMaintenance() {
  const Status done = co_await sessions_.Maintain();
  if (!done.ok()) site_.log().Failure("sessions-not-stored", {{"why", done.error().text}});
  drained_();
}

const RoleSpec kAuthRole = {
    .role = ROLE_AUTH,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> { return std::make_unique<Auth>(site); },
};

}  // namespace zoobar
