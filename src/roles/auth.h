// Role:      auth: accounts, passwords, sessions, delegations, and the tickets by which members act.
// Called by: app.
// Calls:     nobody (every role may write to logger).
// Holds:     the LMDB environment `cred` (src/store/credentials.h): names, argon2id hashes, hashes of session and
//            device tokens, addresses and browsers of logins, what members let their programs pay. The ticket keys it
//            shares with bank and with profile. Passwords and tokens while a call that carries them is served, in
//            memory wiped afterwards.
// If compromised: every account: it can open sessions for anybody, write any ticket, a program's to pay as well, and
//            read the passwords of those who log in meanwhile. It cannot change a balance or the journal but by
//            transfers that bank records and bounds. A copy of its store gives names and hashes to guess at, no
//            password and no session.
// Known limits: a failed login costs the same whether the name exists, but for accounts whose hash was made under other
//            argon2 parameters than today's, until their member logs in. What somebody types into the name's field by
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
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth.pb.h"
#include "roles/auth_accounts.h"
#include "roles/auth_acts.h"
#include "roles/auth_delegations.h"
#include "roles/auth_passwords.h"
#include "roles/auth_sessions.h"
#include "roles/role.h"
#include "store/credentials.h"

namespace zoobar {

struct AuthOptions {
  std::string folder = kStoreFolder;
  Clock clock = WallMillis;
  unsigned hashing_threads = HashingPool::DefaultThreads();
};

class Auth : public RoleBody {
 public:
  static constexpr int kMaxActs = 16;           // in one Check
  static constexpr std::size_t kMaxPage = 100;  // names in one Members
  static constexpr Milliseconds kMaintenance{60000};

  // Opens the store; dies when it cannot.
  explicit Auth(Site& site, AuthOptions options = {});
  // Calls whose password is being hashed are never answered: Drain first.
  ~Auth() override;

  Task<Result<Outgoing<LoginReply>>> Register(Incoming<RegisterRequest> call);
  Task<Result<Outgoing<LoginReply>>> Login(Incoming<LoginRequest> call);
  Task<Result<Outgoing<CheckReply>>> Check(Incoming<CheckRequest> call);
  Task<Result<Outgoing<LogoutReply>>> Logout(Incoming<LogoutRequest> call);
  Task<Result<Outgoing<LoginReply>>> ChangePassword(Incoming<ChangePasswordRequest> call);
  Task<Result<Outgoing<SessionsReply>>> Sessions(Incoming<SessionsRequest> call);
  Task<Result<Outgoing<MembersReply>>> Members(Incoming<MembersRequest> call);

  // Ends calls in flight, hashes among them, and stores when sessions were last used. New calls fail as UNAVAILABLE.
  void Drain(std::function<void()> done) override;
  // Lengths, argon2 parameters, the queue's bound, sessions' limits.
  void Reload(const Config& config) override;

  // What the timer does each minute: stores last uses, removes expired sessions.
  Task<void> Maintain();

 private:
  class InFlight;  // while one exists, Drain waits
  using Entry = LiveSessions::Entry;

  // Makes, changes or removes the member's delegation, as the acts ask; on disk when it returns.
  Task<Result<Delegations::Judged>> Delegate(const LiveSessions::Found& found, const CheckRequest& request);
  void LogDelegation(std::string_view event, const Actor& actor, const SpendingLimits& limits);
  Outgoing<LoginReply> Entered(const Actor& actor, Entry entry);
  // The answer to a call that is refused, counted and logged: the same line whether the name exists or not.
  LoginReply Refuse(std::string_view event, LoginReply::Outcome outcome, std::string_view name,
                    std::string_view address);
  bool TooLong(std::string_view password) const { return password.size() > passwords_.rules().max_bytes; }
  void FinishDrain();
  Task<void> LastMaintenance();

  Site& site_;
  const Clock clock_;
  std::unique_ptr<Credentials> credentials_;
  AccountPasswords passwords_;
  LiveSessions sessions_;
  Accounts accounts_;
  Delegations delegations_;
  ActTickets tickets_;
  Timer minute_;
  std::size_t in_flight_ = 0;
  bool maintaining_ = false;
  std::function<void()> drained_;  // set while draining
  bool draining_ = false;
  std::int64_t entered_ = 0, failed_ = 0, busy_ = 0;
};

extern const RoleSpec kAuthRole;

}  // namespace zoobar
