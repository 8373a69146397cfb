// Role:      auth: accounts, passwords, sessions, delegations, and the tickets by which members act.
// Called by: login (register, log in, claim, change the password, passkeys, check, log out); app (check, log out,
//            sessions, members, the list of passkeys); admin (what the operator has signed). A password comes from login alone.
// Calls:     honeychecker (every role may write to logger).
// Holds:     the LMDB environment `cred` (src/store/credentials.h): names, argon2id hashes of k sweetwords each, hashes
//            of session and device tokens, addresses and browsers of logins, how much members let their programs pay,
//            the public keys of passkeys. The key of the challenges for passkeys, which is drawn at the start.
//            The ticket keys that it shares with bank and with profile. Passwords and tokens, while a call that carries
//            them is served; this memory is wiped afterwards. How often logins failed lately, until the process ends.
// If compromised: the attacker has every account. auth can open sessions for anybody, write any ticket (also one by
//            which a program pays), and read the passwords of those who log in meanwhile. It cannot change a balance or
//            the journal, except by transfers, which bank records and bounds. It cannot ask honeychecker which hash is
//            the real one, because a wrong guess raises the alarm. A stolen copy of the store contains the names, and
//            for each name k hashes of words to guess at. It contains no password and no token of a session
//            (docs/credentials.md).
// Known limits: a restart forgets failed logins. It also forgets claims (auth/claims.h), so a browser that waits with a
//            claim is asked to send its form again. If somebody types a password into the field for the name by
//            mistake, the password is logged as a name. Memory is not locked: on a machine with swap, a page that holds
//            a password may be written to it. auth knows about a member's program only what app says, and app acts for
//            the members who are using the site. So an attacker who controls app can make a delegation, or raise its
//            limits, for a member who is using the site. The delegation stays after the member has left, until the
//            member changes it, saves a profile of plain HTML or sets a new password. Each of these changes is in the
//            log.
//
// Tokens travel as text, and cookies carry the same text (credentials/tokens.h: 43 characters for a session, 22 for a
// device).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth.pb.h"
#include "credentials/guess_lanes.h"
#include "credentials/throttle.h"
#include "roles/auth/accounts.h"
#include "roles/auth/acts.h"
#include "roles/auth/claims.h"
#include "roles/auth/delegations.h"
#include "roles/auth/drawings.h"
#include "roles/auth/operating.h"
#include "roles/auth/passkeys.h"
#include "roles/auth/passwords.h"
#include "roles/auth/secrets.h"
#include "roles/auth/sessions.h"
#include "roles/auth/sweetwords.h"
#include "site/clock.h"
#include "site/in_flight.h"
#include "site/operator_act.h"
#include "site/role.h"
#include "store/credentials.h"

namespace zoobar {

struct AuthOptions {
  std::string folder;  // of the store
  RoleClock clock;
  unsigned hashing_threads = HashingPool::DefaultThreads();
  AccountPasswords::Drawer drawer = DrawHoneywords;
};

class Auth : public RoleBody {
 public:
  static constexpr int kMaxActs = 16;           // acts in one Check
  static constexpr std::size_t kMaxPage = 100;  // names in one Members
  static constexpr Milliseconds kMaintenance{60000};
  // For this long after an account was made, or its password was changed, the client may send the same form again. The
  // answer then reports success once more.
  static constexpr std::int64_t kRepeatMs = 15 * 60 * 1000;
  static constexpr std::size_t kMaxChanges = 1024;  // changes of passwords that are remembered for that

  // Opens the store. Ends the process if that fails.
  Auth(Site& site, AuthOptions options);
  // Call Drain before. Otherwise a call whose password is being hashed is never answered.
  ~Auth() override;

  Task<Result<Outgoing<LoginReply>>> Register(Incoming<RegisterRequest> call);
  Task<Result<Outgoing<LoginReply>>> Login(Incoming<LoginRequest> call);
  Task<Result<Outgoing<LoginReply>>> Claim(Incoming<ClaimRequest> call);
  Task<Result<Outgoing<CheckReply>>> Check(Incoming<CheckRequest> call);
  Task<Result<Outgoing<LogoutReply>>> Logout(Incoming<LogoutRequest> call);
  Task<Result<Outgoing<LoginReply>>> ChangePassword(Incoming<ChangePasswordRequest> call);
  Task<Result<Outgoing<SessionsReply>>> Sessions(Incoming<SessionsRequest> call);
  Task<Result<Outgoing<MembersReply>>> Members(Incoming<MembersRequest> call);
  Task<Result<Outgoing<CloseOwnReply>>> CloseOwn(Incoming<CloseOwnRequest> call);
  // auth/passkey_calls.cc
  Task<Result<Outgoing<PasskeyChallengeReply>>> PasskeyChallenge(Incoming<PasskeyChallengeRequest> call);
  Task<Result<Outgoing<LoginReply>>> PasskeyLogin(Incoming<PasskeyLoginRequest> call);
  Task<Result<Outgoing<BeginPasskeyReply>>> BeginPasskey(Incoming<BeginPasskeyRequest> call);
  Task<Result<Outgoing<AddPasskeyReply>>> AddPasskey(Incoming<AddPasskeyRequest> call);
  Task<Result<Outgoing<PasskeysReply>>> ListPasskeys(Incoming<PasskeysRequest> call);
  Task<Result<Outgoing<RemovePasskeyReply>>> RemovePasskey(Incoming<RemovePasskeyRequest> call);
  // Checks the operator's signature, and carries out the act (auth/operating.h).
  Task<Result<Outgoing<SealedAnswer>>> Operate(Incoming<OperateAuthRequest> call);

  // Finishes the calls in flight, with their hashes, and stores when sessions were last used. New calls are refused.
  void Drain(std::function<void()> done) override;
  // Applies everything in the configuration's `auth`. If the argon2 parameters are new, the stored hashes of all
  // accounts are hashed once more.
  void Reload(const Config& config) override;
  void PeerWired(Role role, std::uint32_t instance, std::int32_t pid, Fd peer_stderr) override;

  // The timer calls this each minute. Stores when sessions were last used, and removes expired sessions.
  Task<void> Maintain();

 private:
  using Entry = LiveSessions::Entry;
  using Reply = Entering::Reply;
  using Asker = AccountPasswords::Asker;

  // Returns until when the caller waits, in MonotonicMicros.
  template <typename Request>
  static std::int64_t DeadlineOf(const Incoming<Request>& call) {
    if (call.deadline != 0) return call.deadline;
    return MonotonicMicros() + std::chrono::microseconds(MethodForRequest<Request>().deadline).count();
  }

  // The following functions are in auth/entrance.cc.

  // What the client of a login or registration typed, and where the client is. `secrets` has views into the call, so
  // the call must outlive this object.
  struct Client {
    std::string name, address, agent;
    EntranceSecrets secrets;
    std::shared_ptr<Entering> entering;

    Asker asker(std::string principal) const;
  };
  template <typename Request>
  static Client ClientOf(const Request& request, const EntranceSecrets& secrets, std::shared_ptr<Entering> entering);
  // Starts the login or registration, and answers as Claims::Await does. If the client gets a claim, the work goes on
  // after the answer.
  template <typename Request>
  Task<Reply> Begin(Incoming<Request> call, bool registering);
  Task<void> Finish(Task<Reply> work, std::shared_ptr<Entering> entering);
  Task<Reply> Enter(Incoming<RegisterRequest> call, std::shared_ptr<Entering> entering);
  Task<Reply> Enter(Incoming<LoginRequest> call, std::shared_ptr<Entering> entering);
  // Makes an account with a name that nobody has, and logs the client in.
  Task<Reply> RegisterNew(const Client& client, const std::string& name);
  // Answers a registration if the name is taken. If the account was made less than kRepeatMs ago and the password is
  // right, logs the client in. Otherwise refuses.
  Task<Reply> EnterAgain(const Client& client, const Accounts::Candidate& present);
  // Checks the password and begins a session. `event` is the name of a refusal in the log. `wrong` is the outcome to
  // answer if the password is wrong.
  Task<Reply> LetIn(const Client& client, const Accounts::Candidate& candidate, std::string_view event,
                    LoginReply::Outcome wrong);
  // Draws honeywords for a password that has none, hashes all sweetwords with a new salt, and tells honeychecker the
  // index of the real one. Returns nullopt if that fails. The next login tries again.
  Task<std::optional<AccountPasswords::Stored>> DrawAnew(const Accounts::Candidate& whose, std::string_view typed);
  Outgoing<LoginReply> Entered(const Actor& actor, Entry entry);
  // Makes the answer to a call that is refused, and counts and logs the refusal. The log line is the same whether the
  // name exists or not.
  LoginReply Refuse(std::string_view event, LoginReply::Outcome outcome, std::string_view name,
                    std::string_view address, std::uint32_t wait_s = 0);
  LoginReply RefuseRegistration(const Client& client, LoginReply::Outcome outcome, std::uint32_t wait_s = 0);
  bool TooLong(std::string_view password) const { return password.size() > passwords_.rules().max_bytes; }

  // The following functions are in auth/password_check.cc.

  struct PasswordCheck {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_UNSPECIFIED;
    std::uint32_t wait_s = 0;  // with SLOW_DOWN and BUSY

    // Whether the password is the member's. The password of a locked account can be right too.
    bool right() const { return outcome == LoginReply::OUTCOME_OK || outcome == LoginReply::OUTCOME_LOCKED; }
  };
  // Checks whether this is the member's password. If there were too many failures, the attempt waits first. Then the
  // password is hashed, and honeychecker says whether the password is the real one. `device` is the key of a device or
  // a session that this member has used before, or empty if there is none. An attempt that is refused (SLOW_DOWN, BUSY)
  // does not count as a failure. This function sets the asker's principal.
  Task<Result<PasswordCheck>> CheckPassword(const Accounts::Candidate& whose, std::string_view typed,
                                            std::string device, std::string name, std::string address, Asker asker);
  // Waits as long as the throttle requires. Returns OUTCOME_OK when the password may be checked now, else the refusal.
  Task<PasswordCheck> WaitAtThrottle(LoginThrottle::Admission& admission, Asker asker);

  // The following functions are in auth/change.cc.

  struct Change {
    std::string member;
    std::int64_t at_ms = 0;
  };
  // Checks whether this member may change their password to the new one. Returns OUTCOME_OK or the refusal.
  Task<Result<PasswordCheck>> CheckChange(const LiveSessions::Found& found, const ChangeSecrets& secrets,
                                          const std::string& address, const Asker& asker);
  // Answers a form that was sent again after the password had been changed. Refuses unless the caller has the session
  // that the change ended, and also the new password.
  Task<Reply> ChangedAlready(const ChangePasswordRequest& request, const ChangeSecrets& secrets, std::int64_t deadline);
  void Remember(const std::string& session_key, const std::string& member);
  LoginReply RefuseChange(const ChangePasswordRequest& request, const Actor& actor, LoginReply::Outcome outcome,
                          std::uint32_t wait_s = 0);

  // The following functions are in auth/passkey_calls.cc.

  // Begins the session of a login whose signature is right. The views must outlive the Task.
  Task<Reply> EnterByPasskey(const PasskeyLoginRequest& request, PasskeySecrets secrets, Passkeys::Known known);
  LoginReply RefusePasskey(const PasskeyLoginRequest& request, const Passkeys::Known& known);
  // Puts the challenge for a new passkey into the reply, with what the authenticator must know. Returns OUTCOME_OK, or
  // why there is none.
  Task<Result<LoginReply::Outcome>> OfferChallenge(const LiveSessions::Found& in, BeginPasskeyReply& reply);

  // The following functions are in auth/upkeep.cc.

  // Does work that the start of auth leaves for later. First reads the lists from which honeywords are drawn. Then goes
  // through the accounts. If an account's tags were made with other parameters than the present ones, hashes them once
  // more.
  Task<void> RehashNext();
  void RehashSoon();
  // Looks for the next account whose tags must be hashed once more. Leaves `outdated` empty if it finds none in this
  // turn of the loop. Returns false if there are no more accounts.
  Result<bool> FindOutdated(Accounts::Candidate& outdated);
  // Hashes the account's tags once more. Returns false if the hashing threads take no more work now.
  Task<bool> Rehash(const Accounts::Candidate& outdated);
  Task<void> CheckAdmitted();
  Task<void> EndUnclaimed();
  Task<void> FinishDrain(std::function<void()> done);

  // Records whether new passwords are accepted as the course's graders need it. If so, logs it as a security event.
  void NoteCourseGraders(const Config::Auth& config);

  // Makes, changes or removes the member's delegation, as the acts of the request ask. The change is on disk when the
  // function returns.
  Task<Result<Delegations::Applied>> Delegate(const LiveSessions::Found& found, const CheckRequest& request);
  void LogDelegation(std::string_view event, const Actor& actor, const SpendingLimits& limits);

  Site& site_;
  const RoleClock clock_;
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
  Passkeys passkeys_;
  Drawings drawings_;
  OperatorActs operator_acts_;
  MemberActs member_acts_;
  std::map<std::string, Change> changes_;  // by the key of the session that the change ended
  Timer minute_, rehash_;
  std::string rehashed_to_;  // the last account that FindOutdated looked at
  std::int64_t rehashed_ = 0;
  bool rehashing_ = false, prepared_ = false, maintaining_ = false, course_graders_ = false;
  InFlight in_flight_;
  std::int64_t entered_ = 0, failed_ = 0, busy_ = 0, slowed_ = 0;
};

extern const RoleSpec kAuthRole;

}  // namespace zoobar
