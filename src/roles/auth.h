// Role:      auth: accounts, passwords, sessions, delegations, and the tickets by which members act.
// Called by: app, admin.
// Calls:     honeychecker (every role may write to logger).
// Holds:     the LMDB environment `cred` (src/store/credentials.h): names, argon2id hashes of k sweetwords each, hashes
//            of session and device tokens, addresses and browsers of logins, what members let their programs pay. The
//            ticket keys it shares with bank and with profile. Passwords and tokens while a call that carries them is
//            served, in memory wiped afterwards. How often logins have failed lately, until it ends.
// If compromised: every account: it can open sessions for anybody, write any ticket, a program's to pay as well, and
//            read the passwords of those who log in meanwhile. It cannot change a balance or the journal but by
//            transfers that bank records and bounds. It cannot ask honeychecker which hash is the real one: a guess
//            that is wrong rings the bell. A copy of its store gives names and k words for each to guess at, no
//            password and no session (docs/credentials.md).
// Known limits: failures are forgotten when it is started again, and so are claims: whoever waited by one is asked to
//            send the form again. What somebody types into the name's field by
//            mistake is logged as a name. Memory is not locked: on a machine with swap, a page holding a password may
//            be written to it. It knows of a program only what app says, which acts for the members who use the site:
//            a taken app may make a delegation, or raise its limits, for a member who is there, and that stays when
//            they leave, until they change it, save plain HTML or take a new password. Each is in the log.
//
// Tokens travel as text (credentials/tokens.h: 43 characters for a session, 22 for a device), which the cookies carry
// as it is.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "auth.pb.h"
#include "credentials/guess_lanes.h"
#include "credentials/throttle.h"
#include "roles/auth/accounts.h"
#include "roles/auth/acts.h"
#include "roles/auth/claims.h"
#include "roles/auth/delegations.h"
#include "roles/auth/passwords.h"
#include "roles/auth/sessions.h"
#include "roles/auth/sweetwords.h"
#include "site/role.h"
#include "store/credentials.h"

namespace zoobar {

struct AuthOptions {
  std::string folder = kStoreFolder;
  Clock clock = WallMillis;
  unsigned hashing_threads = HashingPool::DefaultThreads();
  AccountPasswords::Drawer drawer = DrawHoneywords;
};

class Auth : public RoleBody {
 public:
  static constexpr int kMaxActs = 16;           // in one Check
  static constexpr std::size_t kMaxPage = 100;  // names in one Members
  static constexpr Milliseconds kMaintenance{60000};
  // So long after an account was made, or its password changed, the same form sent again finds it done.
  static constexpr std::int64_t kRepeatMs = 15 * 60 * 1000;
  static constexpr std::size_t kMaxChanges = 1024;  // changed passwords that are remembered for that

  // Opens the store; dies when it cannot.
  explicit Auth(Site& site, AuthOptions options = {});
  // Calls whose password is being hashed are never answered: Drain first.
  ~Auth() override;

  Task<Result<Outgoing<LoginReply>>> Register(Incoming<RegisterRequest> call);
  Task<Result<Outgoing<LoginReply>>> Login(Incoming<LoginRequest> call);
  Task<Result<Outgoing<LoginReply>>> Claim(Incoming<ClaimRequest> call);
  Task<Result<Outgoing<CheckReply>>> Check(Incoming<CheckRequest> call);
  Task<Result<Outgoing<LogoutReply>>> Logout(Incoming<LogoutRequest> call);
  Task<Result<Outgoing<LoginReply>>> ChangePassword(Incoming<ChangePasswordRequest> call);
  Task<Result<Outgoing<SessionsReply>>> Sessions(Incoming<SessionsRequest> call);
  Task<Result<Outgoing<MembersReply>>> Members(Incoming<MembersRequest> call);
  Task<Result<Outgoing<UnlockReply>>> Unlock(Incoming<UnlockRequest> call);

  // Ends calls in flight, hashes among them, and stores when sessions were last used. New calls fail as UNAVAILABLE.
  void Drain(std::function<void()> done) override;
  // Everything of the configuration's `auth`. Under new argon2 parameters every account's hashes are hashed once more.
  void Reload(const Config& config) override;
  void PeerWired(Role role, std::uint32_t instance, std::int32_t pid, Fd peer_stderr) override;

  // What the timer does each minute: stores last uses, removes expired sessions.
  Task<void> Maintain();

 private:
  // While one exists, Drain waits.
  class InFlight {
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
  // The right to draw sweetwords for a member, one at a time: from before the account is read until it is stored, or
  // one draw's index would take the place of another's that the account holds.
  class Drawing {
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
  using Entry = LiveSessions::Entry;
  using Reply = Entering::Reply;
  using Asker = AccountPasswords::Asker;

  // Until when the caller waits, in MonotonicMicros.
  template <typename Request>
  static std::int64_t DeadlineOf(const Incoming<Request>& call) {
    if constexpr (requires { call.deadline; }) {
      if (call.deadline != 0) return call.deadline;
    }
    return MonotonicMicros() + std::chrono::microseconds(MethodForRequest<Request>().deadline).count();
  }

  // Somebody at the entrance (auth/entrance.cc): what they typed, and where they are. The views' owner outlives it.
  struct Visitor {
    std::string name, address, agent;
    std::string_view password, device, former;
    std::shared_ptr<Entering> entering;

    Asker asker(std::string principal) const;
  };
  template <typename Request>
  static Visitor VisitorOf(const Request& request, const std::vector<std::string_view>& pieces,
                           std::shared_ptr<Entering> entering);
  // Starts the work, which goes on if its client waits for it by a claim, and answers as Claims::Await does.
  template <typename Request>
  Task<Reply> Begin(Incoming<Request> call, bool registering);
  Task<void> Finish(Task<Reply> work, std::shared_ptr<Entering> entering);
  Task<Reply> Enter(Incoming<RegisterRequest> call, std::shared_ptr<Entering> entering);
  Task<Reply> Enter(Incoming<LoginRequest> call, std::shared_ptr<Entering> entering);
  // The name is taken, perhaps by this visitor a moment ago: then they are logged in.
  Task<Reply> EnterAgain(const Visitor& visitor, const Accounts::Candidate& present);
  // Judges the password, begins a session. `event`, `wrong`: what a refusal is called in the log, and a wrong password
  // in the answer.
  Task<Reply> LetIn(const Visitor& visitor, const Accounts::Candidate& candidate, std::string_view event,
                    LoginReply::Outcome wrong);

  struct Judged {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_UNSPECIFIED;
    std::uint32_t wait_s = 0;  // with SLOW_DOWN and BUSY
  };
  // Is this the member's password? Slowed where there were too many failures, hashed, and judged by honeychecker.
  // `device`: the key of a device, or a session, that has been this member's before; empty: none. Whoever is refused
  // (SLOW_DOWN, BUSY) is not charged for the attempt. The asker's principal is set here.
  Task<Result<Judged>> Judge(const Accounts::Candidate& whose, std::string_view typed, std::string device,
                             std::string name, std::string address, Asker asker);
  // The throttle's part of it: OK when the attempt may be judged now.
  Task<Judged> Slow(LoginThrottle::Admission& admission, Asker asker);
  // The same password under a new salt, among sweetwords of its own, known to honeychecker; nothing if that fails now.
  Task<std::optional<AccountPasswords::Stored>> DrawAnew(const Accounts::Candidate& whose, std::string_view typed);
  Task<void> JudgeAdmitted();

  // auth/change.cc
  struct Change {
    std::string member;
    std::int64_t at_ms = 0;
  };
  // The answer to a change that was made already, to whoever has the session it ended and the password it set.
  Task<Reply> ChangedAlready(const Change& change, std::string session_key, std::string_view chosen,
                             const ChangePasswordRequest& request, std::int64_t deadline);
  void Remember(const std::string& session_key, const std::string& member);
  // What a start leaves for later: the lists behind honeywords; then account after account whose hashes are of other
  // parameters is brought up to today's.
  Task<void> RehashNext();
  // Makes, changes or removes the member's delegation, as the acts ask; on disk when it returns.
  Task<Result<Delegations::Judged>> Delegate(const LiveSessions::Found& found, const CheckRequest& request);
  void LogDelegation(std::string_view event, const Actor& actor, const SpendingLimits& limits);
  Outgoing<LoginReply> Entered(const Actor& actor, Entry entry);
  // The answer to a call that is refused, counted and logged: the same line whether the name exists or not.
  LoginReply Refuse(std::string_view event, LoginReply::Outcome outcome, std::string_view name,
                    std::string_view address, std::uint32_t wait_s = 0);
  bool TooLong(std::string_view password) const { return password.size() > passwords_.rules().max_bytes; }
  Task<void> EndUnclaimed();
  void FinishDrain();
  Task<void> LastMaintenance();

  Site& site_;
  const Clock clock_;
  std::unique_ptr<Credentials> credentials_;
  AccountPasswords passwords_;
  LiveSessions sessions_;
  Accounts accounts_;
  SweetwordJudge judge_;
  LoginThrottle throttle_;
  GuessLanes lanes_;
  Claims claims_;
  Delegations delegations_;
  ActTickets tickets_;
  std::set<std::string> drawing_;          // members
  std::map<std::string, Change> changes_;  // by the key of the session that changed a password, and ended with it
  Timer minute_, rehash_;
  std::string rehashed_to_;  // the last account looked at
  std::int64_t rehashed_ = 0;
  bool rehashing_ = false, prepared_ = false;
  std::size_t in_flight_ = 0;
  bool maintaining_ = false;
  std::function<void()> drained_;  // set while draining
  bool draining_ = false;
  std::int64_t entered_ = 0, failed_ = 0, busy_ = 0, slowed_ = 0;
};

extern const RoleSpec kAuthRole;

}  // namespace zoobar
