#include "roles/auth.h"

#include <fmt/format.h>

#include <algorithm>

#include "credentials/names.h"
#include "ipc/bytes.h"
#include "ipc/try.h"
#include "site/counters.h"
#include "site/queue_counters.h"
#include "site/store_counters.h"
#include "site/ticket.h"
#include "tls/openssl.h"

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

// Whether the member has a one-time password. Until it is changed, the member's sessions can do nothing else.
bool MustChange(const StoredAccount& account) { return account.password().one_time_until_ms() != 0; }

Result<std::unique_ptr<Credentials>> OpenCredentials(Loop& loop, std::string folder, const Config::Store& config) {
  TRY(std::unique_ptr<Credentials> credentials, Credentials::Open(loop, std::move(folder), config));
  const auto looks_of = [](std::string_view name) { return InOneList(LooksAsShown(name)); };
  TRY_STATUS(credentials->MakeLooks(LooksVersion(), looks_of));
  return credentials;
}

}  // namespace

Auth::Auth(Site& site, AuthOptions options)
    : site_(site),
      clock_(std::move(options.clock)),
      credentials_(MustHave(OpenCredentials(site.loop(), std::move(options.folder), site.config().store()))),
      passwords_(site.loop(), site.config().auth(), options.hashing_threads, std::move(options.drawer)),
      sessions_(*credentials_, clock_, site.config().auth()),
      accounts_(*credentials_, passwords_, sessions_, site.config().auth()),
      sweetwords_(site, *credentials_, accounts_, clock_, site.config().auth()),
      throttle_(LoginThrottle::Limits::From(site.config().auth().throttle()), [this] { return clock_.Steady(); }),
      lanes_(site.loop()),
      claims_(site.loop(), [this] { return clock_.Steady(); }),
      delegations_(*credentials_),
      tickets_(site, *credentials_),
      passkeys_(
          *credentials_, [this] { return clock_.Steady(); }, site.config()),
      operator_acts_(ROLE_AUTH, site.operator_key(), clock_),
      member_acts_(site, *credentials_, passwords_, sessions_, accounts_, sweetwords_, drawings_, clock_),
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
  site.service().Handle(&Auth::CloseOwn, this);
  site.service().Handle(&Auth::PasskeyChallenge, this);
  site.service().Handle(&Auth::PasskeyLogin, this);
  site.service().Handle(&Auth::BeginPasskey, this);
  site.service().Handle(&Auth::AddPasskey, this);
  site.service().Handle(&Auth::ListPasskeys, this);
  site.service().Handle(&Auth::RemovePasskey, this);
  site.service().Handle(&Auth::Operate, this);
  StartOpenssl();
  site.Count("logins", [this] { return entered_; });
  site.Count("logins.failed", [this] { return failed_; });
  site.Count("logins.busy", [this] { return busy_; });
  site.Count("logins.slowed", [this] { return slowed_; });
  site.Count("honeywords.alarms", [this] { return sweetwords_.alarms(); });
  site.Count("honeywords.unjudged", [this] { return static_cast<std::int64_t>(sweetwords_.admitted()); });
  site.Count("passwords.rehashed", [this] { return rehashed_; });
  site.Count("in-flight", [this] { return static_cast<std::int64_t>(in_flight_.count()); });
  site.Count("hashing.waiting", [this] { return static_cast<std::int64_t>(passwords_.waiting()); });
  site.Count("sessions", [this] { return static_cast<std::int64_t>(sessions_.Count()); });
  site.Count("sessions.expired", [this] { return static_cast<std::int64_t>(sessions_.swept()); });
  site.Count("passkeys.challenges", [this] { return static_cast<std::int64_t>(passkeys_.used_challenges()); });
  site.Count("claims", [this] { return static_cast<std::int64_t>(claims_.size()); });
  site.Count("claims.waiting", [this] { return static_cast<std::int64_t>(claims_.waiting()); });
  site.Count("throttle.held", [this] { return static_cast<std::int64_t>(throttle_.sizes().held); });
  site.Count("throttle.lanes", [this] { return static_cast<std::int64_t>(lanes_.sizes().lanes); });
  site.Count("throttle.waiting", [this] { return static_cast<std::int64_t>(lanes_.sizes().waiting); });
  site.Count("throttle.refused", [this] { return lanes_.sizes().refused; });
  site.Count(std::string(kCourseGradersCounter), [this] { return std::int64_t{course_graders_}; });
  CountQueue(site, "known_devices", passwords_.pool().queue(HashingPool::Kind::kKnownDevice));
  CountQueue(site, "logins", passwords_.pool().queue(HashingPool::Kind::kLogin));
  CountQueue(site, "new_passwords", passwords_.pool().queue(HashingPool::Kind::kNewPassword));
  CountQueue(site, "hashing", passwords_.pool().threads());
  CountStore(site, credentials_->environment());
  NoteCourseGraders(site.config().auth());
  minute_.StartEvery(kMaintenance, [this] { Spawn(Maintain()); });
  RehashSoon();
}

// Destroys the store first. The store then commits the writes that are on their way and resumes their callers, which
// use the other members of Auth.
Auth::~Auth() { credentials_.reset(); }

void Auth::LogDelegation(std::string_view event, const Actor& actor, const SpendingLimits& limits) {
  site_.log().Info(event, {{"member", ToHex(actor.member)},
                           {"name", actor.name},
                           {"per-hour", std::to_string(limits.per_hour())},
                           {"per-recipient", std::to_string(limits.per_recipient())}});
}

Task<Result<Outgoing<CheckReply>>> Auth::Check(Incoming<CheckRequest> call) {
  CO_TRY(const std::string_view session, UnpackSession(call.secret));
  const CheckRequest& request = call.message;
  if (request.acts_size() > kMaxActs) co_return Error::Of("{} acts in one check", request.acts_size());
  CO_TRY(std::optional<LiveSessions::Found> found, sessions_.Find(session));
  if (!found) co_return CheckReply();
  if (MustChange(found->account)) {
    CheckReply reply;
    reply.set_must_change(true);
    reply.set_name(found->account.name());
    co_return reply;
  }

  const Actor actor{found->session.member(), found->account.name()};
  // Few checks change the account. If this one does, the change is on disk before a ticket is written.
  Delegations::Applied applied = Delegations::Apply(request.acts(), clock_(), found->account);
  if (!applied.changes.empty()) {
    CO_TRY(Delegations::Applied stored, Delegate(*found, request));
    if (!stored.session) co_return CheckReply();
    applied = std::move(stored);
  }
  const std::int64_t now_ms = clock_.Steady();
  auto look = [&](ReadTransaction& tx) { return tickets_.Answer(tx, actor, request, applied.answers, now_ms); };
  CO_TRY(CheckReply reply, credentials_->environment().Read(look));
  co_return reply;
}

Task<Result<Delegations::Applied>> Auth::Delegate(const LiveSessions::Found& found, const CheckRequest& request) {
  const InFlight::Call counted(in_flight_);
  const std::int64_t now_ms = clock_();
  auto act = [&](WriteTransaction& tx) -> Result<Delegations::Applied> {
    return delegations_.Store(tx, found, request.acts(), now_ms);
  };
  CO_TRY(Delegations::Applied applied, credentials_->environment().Write(std::move(act)));
  const Actor actor{found.session.member(), found.account.name()};
  for (const Delegations::Change& change : applied.changes) LogDelegation(change.event, actor, change.limits);
  co_return applied;
}

Task<Result<Outgoing<LogoutReply>>> Auth::Logout(Incoming<LogoutRequest> call) {
  const InFlight::Call counted(in_flight_);
  CO_TRY(const std::string_view session, UnpackSession(call.secret));
  const LogoutRequest& request = call.message;
  if (request.which() == LogoutRequest::WHICH_UNSPECIFIED) co_return Error{"Logout does not say which sessions"};
  // An id that belongs to no session ends no session and is no Error, since the session may have ended meanwhile. The
  // client may also have made the id up.
  const bool named =
      request.which() != LogoutRequest::WHICH_ONE || request.session().size() == Accounts::kSessionIdBytes;
  CO_TRY(const std::optional<LiveSessions::Found> found, sessions_.Find(session));
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
  CO_TRY(const std::string_view session, UnpackSession(call.secret));
  CO_TRY(const std::optional<LiveSessions::Found> found, sessions_.Find(session));
  SessionsReply reply;
  if (!found || MustChange(found->account)) co_return reply;
  reply.set_session(true);
  CO_TRY(const std::vector<Credentials::KeyedSession> sessions, sessions_.Of(found->session.member()));
  for (const Credentials::KeyedSession& each : sessions) {
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
  CO_TRY(const std::string_view session, UnpackSession(call.secret));
  const MembersRequest& request = call.message;
  CO_TRY(const std::optional<LiveSessions::Found> found, sessions_.Find(session));
  MembersReply reply;
  if (!found || MustChange(found->account)) co_return reply;
  reply.set_session(true);
  std::optional<std::string> prefix = std::string(), after = std::string();
  if (!request.prefix().empty()) prefix = NormalisedName(request.prefix());
  if (!request.after().empty()) after = NormalisedName(request.after());
  if (!prefix || !after) co_return reply;  // no name can have these bytes
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

Task<Result<Outgoing<SealedAnswer>>> Auth::Operate(Incoming<OperateAuthRequest> call) {
  const InFlight::Call counted(in_flight_);
  const Result<OperatorAct> act = operator_acts_.Accept(call.message.act());
  if (!act.ok()) {
    site_.log().Security("operator-act-refused", {{"why", act.error().text}});
    co_return RefuseAct(act.error());
  }
  CO_TRY(const MemberActs::Answer answer, member_acts_.CarryOut(*act, DeadlineOf(call)));
  co_return SealAnswer(*act, answer.message, answer.secret);
}

void Auth::Reload(const Config& config) {
  NoteCourseGraders(config.auth());
  passwords_.Configure(config.auth());
  sessions_.Configure(config.auth());
  sweetwords_.Configure(config.auth());
  accounts_.Configure(config.auth());
  throttle_.Configure(LoginThrottle::Limits::From(config.auth().throttle()));
  passkeys_.Configure(config);
  rehashed_to_.clear();
  RehashSoon();
}

void Auth::Drain(std::function<void()> done) {
  site_.service().RefuseAll(Error{"auth is draining"}.As(Cause::kGone));
  minute_.Stop();
  rehash_.Stop();
  passwords_.Close();
  lanes_.Close();
  in_flight_.Drain([this, done = std::move(done)] {
    // Waits for the end of this turn of the loop, because the last replies have been sent then.
    site_.loop().AtEndOfTurn([this, done] { Spawn(FinishDrain(done)); });
  });
}

const RoleSpec kAuthRole = {
    .role = ROLE_AUTH,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> {
      AuthOptions options;
      options.folder = site.folder(Folder::kStore);
      return std::make_unique<Auth>(site, std::move(options));
    },
};

}  // namespace zoobar
