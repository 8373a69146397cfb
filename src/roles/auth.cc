#include "roles/auth.h"

#include <fmt/format.h>

#include <algorithm>

#include "credentials/names.h"
#include "ipc/bytes.h"
#include "ipc/secrets.h"
#include "roles/store_counters.h"
#include "roles/ticket.h"

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

class Auth::InFlight {
 public:
  explicit InFlight(Auth& auth) : auth_(auth) { ++auth_.in_flight_; }
  ~InFlight() {
    if (--auth_.in_flight_ == 0 && auth_.draining_) auth_.FinishDrain();
  }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  Auth& auth_;
};

class Auth::Drawing {
 public:
  Drawing(Auth& auth, const std::string& member) : auth_(auth) {
    if (auth.drawing_.insert(member).second) member_ = member;
  }
  ~Drawing() {
    if (granted()) auth_.drawing_.erase(member_);
  }
  Drawing(const Drawing&) = delete;
  Drawing& operator=(const Drawing&) = delete;

  bool granted() const { return !member_.empty(); }

 private:
  Auth& auth_;
  std::string member_;
};

Auth::Auth(Site& site, AuthOptions options)
    : site_(site),
      clock_(std::move(options.clock)),
      credentials_(MustHave(Credentials::Open(site.loop(), std::move(options.folder), site.config().store()))),
      passwords_(site.loop(), site.config().auth(), options.hashing_threads, std::move(options.drawer)),
      sessions_(*credentials_, clock_, site.config().auth()),
      accounts_(*credentials_, passwords_, sessions_),
      judge_(site, *credentials_, accounts_, clock_, site.config().auth()),
      throttle_(LoginThrottle::Limits::From(site.config().auth().throttle()), clock_),
      delegations_(*credentials_),
      tickets_(site, *credentials_),
      minute_(site.loop()),
      rehash_(site.loop()) {
  site.service().Handle(&Auth::Register, this);
  site.service().Handle(&Auth::Login, this);
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
  CountStore(site, credentials_->environment());
  minute_.StartEvery(kMaintenance, [this] { Spawn(Maintain()); });
  rehash_.Start(kBeforeRehashing, [this] { Spawn(RehashNext()); });
}

// Writes still on their way are committed and their callers resumed: while everything else is still there.
Auth::~Auth() { credentials_.reset(); }

LoginReply Auth::Refuse(std::string_view event, LoginReply::Outcome outcome, std::string_view name,
                        std::string_view address, std::uint32_t wait_s) {
  LoginReply reply;
  reply.set_outcome(outcome);
  if (outcome == LoginReply::OUTCOME_PASSWORD_TOO_SHORT) reply.set_limit(passwords_.rules().min_code_points);
  if (outcome == LoginReply::OUTCOME_PASSWORD_TOO_LONG) reply.set_limit(passwords_.rules().max_bytes);
  if (outcome == LoginReply::OUTCOME_SLOW_DOWN) reply.set_limit(wait_s);
  ++(outcome == LoginReply::OUTCOME_BUSY ? busy_ : outcome == LoginReply::OUTCOME_SLOW_DOWN ? slowed_ : failed_);
  const std::string& why = LoginReply::Outcome_Name(outcome);
  if (outcome == LoginReply::OUTCOME_WRONG) {
    site_.log().Security(event, {{"name", name}, {"address", address}, {"outcome", why}});
  } else if (outcome == LoginReply::OUTCOME_BUSY || outcome == LoginReply::OUTCOME_SLOW_DOWN ||
             outcome == LoginReply::OUTCOME_LOCKED || outcome == LoginReply::OUTCOME_NOT_CHECKED) {
    site_.log().Warning(event, {{"name", name}, {"address", address}, {"outcome", why}});
  } else {
    site_.log().Info(event, {{"name", name}, {"address", address}, {"outcome", why}});
  }
  return reply;
}

void Auth::LogDelegation(std::string_view event, const Actor& actor, const SpendingLimits& limits) {
  site_.log().Info(event, {{"member", ToHex(actor.member)},
                           {"name", actor.name},
                           {"per-hour", std::to_string(limits.per_hour())},
                           {"per-recipient", std::to_string(limits.per_recipient())}});
}

Outgoing<LoginReply> Auth::Entered(const Actor& actor, Entry entry) {
  ++entered_;
  LoginReply reply;
  reply.set_outcome(LoginReply::OUTCOME_OK);
  reply.set_member(actor.member);
  reply.set_name(actor.name);
  *reply.mutable_open_account() = tickets_.OpenAccount(actor, clock_());
  return {std::move(reply), PackSecrets({View(entry.session_token), View(entry.device_token)})};
}

Task<Result<Outgoing<LoginReply>>> Auth::Register(Incoming<RegisterRequest> call) {
  if (draining_) co_return Error{"draining"};
  const InFlight in_flight(*this);
  const auto pieces = UnpackSecrets(call.secret, 3);
  if (!pieces.ok()) co_return pieces.error();
  const RegisterRequest& request = call.message;
  const auto refuse = [&](LoginReply::Outcome outcome) {
    return Refuse("register-refused", outcome, request.name(), request.address());
  };
  const std::optional<std::string> name = NormalisedName(request.name());
  if (!name) co_return refuse(LoginReply::OUTCOME_NAME_INVALID);
  if (TooLong((*pieces)[0])) co_return refuse(LoginReply::OUTCOME_PASSWORD_TOO_LONG);
  const Result<Accounts::Candidate> present = accounts_.Find(*name);
  if (!present.ok()) co_return present.error();
  if (!present->member.empty()) co_return refuse(LoginReply::OUTCOME_NAME_TAKEN);

  auto choosing = passwords_.Choose((*pieces)[0], *name, AccountPasswords::Policy::kNew, clock_());
  Result<AccountPasswords::Chosen> chosen = co_await choosing;
  if (!chosen.ok()) co_return chosen.error();
  if (chosen->outcome != LoginReply::OUTCOME_OK) co_return refuse(chosen->outcome);

  Accounts::Candidate candidate{Accounts::FreshMemberId(), {}};
  candidate.account.set_name(*name);
  candidate.account.set_created_ms(clock_());
  auto setting = judge_.Set(candidate.member, *name, "", *chosen);
  const Status set = co_await setting;
  if (!set.ok()) co_return refuse(LoginReply::OUTCOME_NOT_CHECKED);
  *candidate.account.mutable_password() = std::move(chosen->store);
  Result<Entry> entry = sessions_.Begin(candidate.member, request.address(), request.agent(), {});
  if (!entry.ok()) co_return entry.error();
  auto act = [&](WriteTransaction& tx) -> Result<bool> { return accounts_.StoreRegistered(tx, candidate, *entry); };
  const Result<bool> stored = co_await credentials_->environment().Write(std::move(act));
  if (!stored.ok()) co_return stored.error();
  if (!*stored) co_return refuse(LoginReply::OUTCOME_NAME_TAKEN);
  site_.log().Info("register", {{"member", ToHex(candidate.member)}, {"name", *name}, {"address", request.address()}});
  const Actor actor{candidate.member, *name};
  co_return Entered(actor, std::move(*entry));
}

Task<Result<Outgoing<LoginReply>>> Auth::Login(Incoming<LoginRequest> call) {
  if (draining_) co_return Error{"draining"};
  const InFlight in_flight(*this);
  const auto pieces = UnpackSecrets(call.secret, 3);
  if (!pieces.ok()) co_return pieces.error();
  const LoginRequest& request = call.message;
  const auto refuse = [&](LoginReply::Outcome outcome) {
    return Refuse("login-failed", outcome, request.name(), request.address());
  };
  if (TooLong((*pieces)[0])) co_return refuse(LoginReply::OUTCOME_PASSWORD_TOO_LONG);
  const Result<Accounts::Candidate> candidate = accounts_.Find(request.name());
  if (!candidate.ok()) co_return candidate.error();
  Result<std::string> device = sessions_.KnownDevice(candidate->member, (*pieces)[1]);
  if (!device.ok()) co_return device.error();

  auto judging = Judge(*candidate, (*pieces)[0], std::move(*device), request.name(), request.address());
  const Result<Judged> judged = co_await judging;
  if (!judged.ok()) co_return judged.error();
  if (judged->outcome != LoginReply::OUTCOME_OK) {
    co_return Refuse("login-failed", judged->outcome, request.name(), request.address(), judged->wait_s);
  }
  std::optional<AccountPasswords::Stored> fresh;
  std::optional<Drawing> right;
  if (candidate->account.password().words().empty()) right.emplace(*this, candidate->member);
  if (right && right->granted() && accounts_.StillHolds(*candidate)) {
    auto drawing = DrawAnew(*candidate, (*pieces)[0]);
    fresh = co_await drawing;
  }
  Result<Entry> begun = sessions_.Begin(candidate->member, request.address(), request.agent(), (*pieces)[1]);
  if (!begun.ok()) co_return begun.error();
  Entry entry = std::move(*begun);
  const std::string_view former = (*pieces)[2];
  auto act = [&](WriteTransaction& tx) -> Result<bool> {
    return accounts_.StoreLoggedIn(tx, *candidate, fresh ? &*fresh : nullptr, entry, former);
  };
  const Result<bool> written = co_await credentials_->environment().Write(std::move(act));
  if (!written.ok()) co_return written.error();
  if (!*written) co_return refuse(LoginReply::OUTCOME_WRONG);
  const Actor actor{candidate->member, candidate->account.name()};
  site_.log().Info("login", {{"member", ToHex(actor.member)},
                             {"name", actor.name},
                             {"address", request.address()},
                             {"device", entry.new_device ? "new" : "known"}});
  co_return Entered(actor, std::move(entry));
}

Task<Result<Outgoing<CheckReply>>> Auth::Check(Incoming<CheckRequest> call) {
  const auto pieces = UnpackSecrets(call.secret, 1);
  if (!pieces.ok()) co_return pieces.error();
  const CheckRequest& request = call.message;
  if (request.acts_size() > kMaxActs) co_return Error::Of("{} acts in one check", request.acts_size());
  Result<std::optional<LiveSessions::Found>> found = sessions_.Find((*pieces)[0]);
  if (!found.ok()) co_return found.error();
  if (!*found) co_return CheckReply();

  const Actor actor{(*found)->session.member(), (*found)->account.name()};
  // Few checks change anything; those that do are on disk before anything is granted.
  Delegations::Judged judged = Delegations::Apply(request.acts(), clock_(), (*found)->account);
  if (!judged.changes.empty()) {
    auto delegating = Delegate(**found, request);
    Result<Delegations::Judged> stored = co_await delegating;
    if (!stored.ok()) co_return stored.error();
    if (!stored->session) co_return CheckReply();
    judged = std::move(*stored);
  }
  const std::int64_t now_ms = clock_();
  auto look = [&](ReadTransaction& tx) { return tickets_.Answer(tx, actor, request, judged.answers, now_ms); };
  Result<CheckReply> reply = credentials_->environment().Read(look);
  if (!reply.ok()) co_return reply.error();
  co_return std::move(*reply);
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
  if (request.which() == LogoutRequest::WHICH_ONE && request.session().size() != Accounts::kSessionIdBytes) {
    co_return Error{"logout: no session's id"};
  }
  const Result<std::optional<LiveSessions::Found>> found = sessions_.Find((*pieces)[0]);
  if (!found.ok()) co_return found.error();
  LogoutReply reply;
  reply.set_session(found->has_value());
  if (!*found) co_return reply;
  auto act = [&](WriteTransaction& tx) -> Result<std::size_t> {
    return accounts_.StoreLoggedOut(tx, **found, request);
  };
  const Result<std::size_t> ended = co_await credentials_->environment().Write(std::move(act));
  if (!ended.ok()) co_return ended.error();
  site_.log().Info("logout", {{"member", ToHex((*found)->session.member())},
                              {"name", (*found)->account.name()},
                              {"which", LogoutRequest::Which_Name(request.which())},
                              {"ended", std::to_string(*ended)}});
  co_return reply;
}

Task<Result<Outgoing<LoginReply>>> Auth::ChangePassword(Incoming<ChangePasswordRequest> call) {
  if (draining_) co_return Error{"draining"};
  const InFlight in_flight(*this);
  const auto pieces = UnpackSecrets(call.secret, 3);
  if (!pieces.ok()) co_return pieces.error();
  const ChangePasswordRequest& request = call.message;
  const Result<std::optional<LiveSessions::Found>> found = sessions_.Find((*pieces)[0]);
  if (!found.ok()) co_return found.error();
  const Actor actor = *found ? Actor{(*found)->session.member(), (*found)->account.name()} : Actor{};
  const auto refuse = [&](LoginReply::Outcome outcome) {
    return Refuse("password-change-failed", outcome, actor.name, request.address());
  };
  if (!*found) co_return refuse(LoginReply::OUTCOME_NO_SESSION);
  const Drawing right(*this, actor.member);
  if (!right.granted()) co_return refuse(LoginReply::OUTCOME_BUSY);
  if (TooLong((*pieces)[1]) || TooLong((*pieces)[2])) co_return refuse(LoginReply::OUTCOME_PASSWORD_TOO_LONG);
  const Accounts::Candidate candidate{actor.member, (*found)->account};
  const StoredAccount::Password& present = candidate.account.password();
  auto judging = Judge(candidate, (*pieces)[1], (*found)->key, actor.name, request.address());
  const Result<Judged> judged = co_await judging;
  if (!judged.ok()) co_return judged.error();
  // Who is logged in may leave a locked account its lock and give it a password that nobody stole.
  if (judged->outcome != LoginReply::OUTCOME_OK && judged->outcome != LoginReply::OUTCOME_LOCKED) {
    co_return Refuse("password-change-failed", judged->outcome, actor.name, request.address(), judged->wait_s);
  }
  // Nor any other of the present sweetwords: a word in two stolen copies would be the real one of the second.
  auto comparing = passwords_.Verify((*pieces)[2], present, HashingPool::Weight::kKnownDevice);
  const Result<AccountPasswords::Verified> same = co_await comparing;
  if (!same.ok()) co_return same.error();
  if (same->outcome == LoginReply::OUTCOME_OK) co_return refuse(LoginReply::OUTCOME_SAME_PASSWORD);
  if (same->outcome != LoginReply::OUTCOME_WRONG) co_return refuse(same->outcome);
  auto choosing = passwords_.Choose((*pieces)[2], actor.name, AccountPasswords::Policy::kNew, clock_());
  const Result<AccountPasswords::Chosen> chosen = co_await choosing;
  if (!chosen.ok()) co_return chosen.error();
  if (chosen->outcome != LoginReply::OUTCOME_OK) co_return refuse(chosen->outcome);
  auto setting = judge_.Set(actor.member, actor.name, present.words(), *chosen);
  const Status set = co_await setting;
  if (!set.ok()) co_return refuse(LoginReply::OUTCOME_NOT_CHECKED);
  Result<Entry> entry = sessions_.Begin(actor.member, request.address(), request.agent(), {});
  if (!entry.ok()) co_return entry.error();
  auto act = [&](WriteTransaction& tx) -> Result<Accounts::Changed> {
    return accounts_.StoreChanged(tx, **found, chosen->store, *entry);
  };
  const Result<Accounts::Changed> changed = co_await credentials_->environment().Write(std::move(act));
  if (!changed.ok()) co_return changed.error();
  if (!changed->stored) co_return refuse(LoginReply::OUTCOME_NO_SESSION);
  if (changed->undelegated) LogDelegation("delegation-removed", actor, *changed->undelegated);
  site_.log().Info("password-changed",
                   {{"member", ToHex(actor.member)}, {"name", actor.name}, {"address", request.address()}});
  LoginReply reply;
  reply.set_outcome(LoginReply::OUTCOME_OK);
  reply.set_member(actor.member);
  reply.set_name(actor.name);
  Bytes secret = PackSecrets({View(entry->session_token)});
  co_return Outgoing<LoginReply>(std::move(reply), std::move(secret));
}

Task<Result<Outgoing<SessionsReply>>> Auth::Sessions(Incoming<SessionsRequest> call) {
  const auto pieces = UnpackSecrets(call.secret, 1);
  if (!pieces.ok()) co_return pieces.error();
  const Result<std::optional<LiveSessions::Found>> found = sessions_.Find((*pieces)[0]);
  if (!found.ok()) co_return found.error();
  SessionsReply reply;
  if (!*found) co_return reply;
  reply.set_session(true);
  const auto sessions = sessions_.Of((*found)->session.member());
  if (!sessions.ok()) co_return sessions.error();
  for (const Credentials::KeyedSession& each : *sessions) {
    SessionsReply::Session& line = *reply.add_sessions();
    line.set_id(each.key.substr(0, Accounts::kSessionIdBytes));
    line.set_created_ms(each.session.created_ms());
    line.set_last_used_ms(each.session.last_used_ms());
    line.set_address(each.session.address());
    line.set_agent(each.session.agent());
    line.set_current(each.key == (*found)->key);
  }
  co_return reply;
}

Task<Result<Outgoing<MembersReply>>> Auth::Members(Incoming<MembersRequest> call) {
  const auto pieces = UnpackSecrets(call.secret, 1);
  if (!pieces.ok()) co_return pieces.error();
  const MembersRequest& request = call.message;
  const Result<std::optional<LiveSessions::Found>> found = sessions_.Find((*pieces)[0]);
  if (!found.ok()) co_return found.error();
  MembersReply reply;
  if (!*found) co_return reply;
  reply.set_session(true);
  std::optional<std::string> prefix = std::string(), after = std::string();
  if (!request.prefix().empty()) prefix = NormalisedName(request.prefix());
  if (!request.after().empty()) after = NormalisedName(request.after());
  if (!prefix || !after) co_return reply;  // no name starts so
  const std::size_t limit = std::clamp<std::size_t>(request.limit(), 1, kMaxPage);
  auto look = [&](ReadTransaction& tx) -> Result<Credentials::NamesPage> {
    return credentials_->Names(tx, *prefix, *after, limit);
  };
  const Result<Credentials::NamesPage> page = credentials_->environment().Read(look);
  if (!page.ok()) co_return page.error();
  for (const auto& [id, name] : page->members) {
    MembersReply::Member& member = *reply.add_members();
    member.set_id(id);
    member.set_name(name);
  }
  reply.set_more(page->more);
  co_return reply;
}

Task<Result<Outgoing<UnlockReply>>> Auth::Unlock(Incoming<UnlockRequest> call) {
  if (draining_) co_return Error{"draining"};
  const InFlight in_flight(*this);
  const Result<Accounts::Candidate> candidate = accounts_.Find(call.message.name());
  if (!candidate.ok()) co_return candidate.error();
  UnlockReply reply;
  reply.set_found(!candidate->member.empty());
  if (!reply.found()) co_return reply;
  auto act = [&](WriteTransaction& tx) -> Result<bool> { return accounts_.StoreUnlocked(tx, candidate->member); };
  const Result<bool> unlocked = co_await credentials_->environment().Write(std::move(act));
  if (!unlocked.ok()) co_return unlocked.error();
  reply.set_was_locked(*unlocked);
  if (*unlocked) {
    site_.log().Security("account-unlocked",
                         {{"member", ToHex(candidate->member)}, {"name", candidate->account.name()}});
  }
  co_return reply;
}

Task<void> Auth::RehashNext() {
  if (draining_ || rehashing_) co_return;
  const InFlight in_flight(*this);
  rehashing_ = true;
  if (!prepared_) {
    auto preparing = passwords_.Prepare();
    prepared_ = co_await preparing;
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
  maintaining_ = false;
  if (!done.ok()) site_.log().Failure("sessions-not-stored", {{"why", done.error().text}});
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
  if (in_flight_ == 0) FinishDrain();
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
