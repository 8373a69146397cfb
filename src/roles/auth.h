// Role:      auth: accounts, passwords, sessions, delegations, and the tickets by which members act.
// Called by: app, admin.
// Calls:     honeychecker (every role may write to logger).
// Holds:     the LMDB environment `cred` (src/store/credentials.h): names, argon2id hashes of k sweetwords each, hashes
//            of session and device tokens, addresses and browsers of logins, what members let their programs pay. The
//            ticket keys that it shares with bank and with profile. Passwords and tokens, while a call that carries
//            them is served; this memory is wiped afterwards. How often logins failed lately, until the process ends.
// If compromised: every account. It can open sessions for anybody, write any ticket (also one by which a program
//            pays), and read the passwords of those who log in meanwhile. It cannot change a balance or the journal,
//            except by transfers, which bank records and bounds. It cannot ask honeychecker which hash is the real
//            one: a wrong guess rings the bell. A copy of its store gives names, and k words to guess at for each. It
//            gives no password and no session (docs/credentials.md).
// Known limits: a restart forgets failed logins. It also forgets claims: a browser that waits by one is asked to send
//            its form again. If somebody types something else into the name's field by mistake, it is logged as a
//            name. Memory is not locked: on a machine with swap, a page that holds a password may be written to it.
//            auth knows of a program only what app says, and app acts for the members who use the site. So a taken
//            app may make a delegation, or raise its limits, for a member who is using the site. The delegation stays
//            when the member leaves, until the member changes it, saves plain HTML or takes a new password. Each of
//            these changes is in the log.
//
// Tokens travel as text, and cookies carry the same text (credentials/tokens.h: 43 characters for a session, 22 for a
// device).
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
#include "roles/auth/secrets.h"
#include "roles/auth/sessions.h"
#include "roles/auth/sweetwords.h"
#include "site/in_flight.h"
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
  // For this long after an account was made, or its password changed, the same form may be sent again. The answer is
  // then that it is done.
  static constexpr std::int64_t kRepeatMs = 15 * 60 * 1000;
  static constexpr std::size_t kMaxChanges = 1024;  // changes of passwords that are remembered for this

  // Opens the store. Dies when it cannot.
  explicit Auth(Site& site, AuthOptions options = {});
  // Drain first: a call whose password is being hashed is never answered.
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

  // Finishes the calls in flight, hashes among them, and stores when sessions were last used. New calls are refused.
  void Drain(std::function<void()> done) override;
  // Takes everything of the configuration's `auth`. When the argon2 parameters are new, the hashes of all accounts are
  // hashed once more.
  void Reload(const Config& config) override;
  void PeerWired(Role role, std::uint32_t instance, std::int32_t pid, Fd peer_stderr) override;

  // The timer calls this each minute. Stores when sessions were last used, and removes expired sessions.
  Task<void> Maintain();

 private:
  // The right to draw sweetwords for a member. One at a time, from before the account is read until it is stored:
  // otherwise honeychecker could get the index of one draw while the account gets the words of another.
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
    if (call.deadline != 0) return call.deadline;
    return MonotonicMicros() + std::chrono::microseconds(MethodForRequest<Request>().deadline).count();
  }

  // auth/entrance.cc

  // Who logs in or registers: what they typed and where they are. The call must outlive the views.
  struct Client {
    std::string name, address, agent;
    EntranceSecrets secrets;
    std::shared_ptr<Entering> entering;

    Asker asker(std::string principal) const;
  };
  template <typename Request>
  static Client ClientOf(const Request& request, const EntranceSecrets& secrets, std::shared_ptr<Entering> entering);
  // Starts the work and answers as Claims::Await does. When the client has a claim, the work goes on after the answer.
  template <typename Request>
  Task<Reply> Begin(Incoming<Request> call, bool registering);
  Task<void> Finish(Task<Reply> work, std::shared_ptr<Entering> entering);
  Task<Reply> Enter(Incoming<RegisterRequest> call, std::shared_ptr<Entering> entering);
  Task<Reply> Enter(Incoming<LoginRequest> call, std::shared_ptr<Entering> entering);
  // Makes an account under a name that nobody has, and logs in to it.
  Task<Reply> RegisterNew(const Client& client, const std::string& name);
  // The name is taken. If this client took it a moment ago, logs them in.
  Task<Reply> EnterAgain(const Client& client, const Accounts::Candidate& present);
  // Checks the password and begins a session. `event`: what the log calls a refusal. `wrong`: the outcome that is
  // answered for a wrong password.
  Task<Reply> LetIn(const Client& client, const Accounts::Candidate& candidate, std::string_view event,
                    LoginReply::Outcome wrong);
  // Draws sweetwords for a password that has none, under a new salt, and tells honeychecker the index. Nothing if that
  // fails now.
  Task<std::optional<AccountPasswords::Stored>> DrawAnew(const Accounts::Candidate& whose, std::string_view typed);
  Outgoing<LoginReply> Entered(const Actor& actor, Entry entry);
  // The answer to a call that is refused. Counts and logs it. The line is the same whether the name exists or not.
  LoginReply Refuse(std::string_view event, LoginReply::Outcome outcome, std::string_view name,
                    std::string_view address, std::uint32_t wait_s = 0);
  LoginReply RefuseRegistration(const Client& client, LoginReply::Outcome outcome, std::uint32_t wait_s = 0);
  bool TooLong(std::string_view password) const { return password.size() > passwords_.rules().max_bytes; }

  // auth/password_check.cc

  struct PasswordCheck {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_UNSPECIFIED;
    std::uint32_t wait_s = 0;  // with SLOW_DOWN and BUSY

    // The password is the member's. An account that is locked has a right password too.
    bool right() const { return outcome == LoginReply::OUTCOME_OK || outcome == LoginReply::OUTCOME_LOCKED; }
  };
  // Is this the member's password? The attempt waits where there were too many failures. Then the password is hashed,
  // and honeychecker says whether it is the real one. `device`: the key of a device, or of a session, that this member
  // has used before; empty if there is none. An attempt that is refused (SLOW_DOWN, BUSY) costs nothing. The asker's
  // principal is set here.
  Task<Result<PasswordCheck>> CheckPassword(const Accounts::Candidate& whose, std::string_view typed,
                                            std::string device, std::string name, std::string address, Asker asker);
  // Waits for as long as the throttle asks. OK when the password may be checked now.
  Task<PasswordCheck> WaitAtThrottle(LoginThrottle::Admission& admission, Asker asker);

  // auth/change.cc

  struct Change {
    std::string member;
    std::int64_t at_ms = 0;
  };
  // May this member change their password to this one? OK, or the refusal.
  Task<Result<PasswordCheck>> CheckChange(const LiveSessions::Found& found, const ChangeSecrets& secrets,
                                          const std::string& address, const Asker& asker);
  // Answers a form that was sent again after its change was made. Only for a caller that has the session that the
  // change ended, and the password that it set.
  Task<Reply> ChangedAlready(const ChangePasswordRequest& request, const ChangeSecrets& secrets, std::int64_t deadline);
  void Remember(const std::string& session_key, const std::string& member);
  LoginReply RefuseChange(const ChangePasswordRequest& request, const Actor& actor, LoginReply::Outcome outcome,
                          std::uint32_t wait_s = 0);

  // auth/upkeep.cc

  // Work that a start leaves for later. Reads the lists from which honeywords are drawn; then hashes once more, account
  // after account, what was hashed under other parameters than today's.
  Task<void> RehashNext();
  void RehashSoon();
  // Finds the next account for this. False: there are no more accounts.
  Result<bool> FindOutdated(Accounts::Candidate& outdated);
  // False: the hashing threads take no more work now.
  Task<bool> Rehash(const Accounts::Candidate& outdated);
  Task<void> CheckAdmitted();
  Task<void> EndUnclaimed();
  Task<void> FinishDrain(std::function<void()> done);

  // Makes, changes or removes the member's delegation, as the acts ask. On disk when it returns.
  Task<Result<Delegations::Applied>> Delegate(const LiveSessions::Found& found, const CheckRequest& request);
  void LogDelegation(std::string_view event, const Actor& actor, const SpendingLimits& limits);

  Site& site_;
  const Clock clock_;
  std::unique_ptr<Credentials> credentials_;
  AccountPasswords passwords_;
  LiveSessions sessions_;
  Accounts accounts_;
  SweetwordCheck sweetwords_;
  LoginThrottle throttle_;
  GuessLanes lanes_;
  Claims claims_;
  Delegations delegations_;
  ActTickets tickets_;
  std::set<std::string> drawing_;          // members
  std::map<std::string, Change> changes_;  // by the key of the session that changed the password and was ended by that
  Timer minute_, rehash_;
  std::string rehashed_to_;  // the last account looked at
  std::int64_t rehashed_ = 0;
  bool rehashing_ = false, prepared_ = false, maintaining_ = false;
  InFlight in_flight_;
  std::int64_t entered_ = 0, failed_ = 0, busy_ = 0, slowed_ = 0;
};

extern const RoleSpec kAuthRole;

}  // namespace zoobar
