// The transactions of auth's calls: what is read for a name; what is written by a registration, a login, a logout, a
// new password, an alarm and the end of an alarm. Each is written as a whole or not at all.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "auth.pb.h"
#include "roles/auth/passwords.h"
#include "roles/auth/sessions.h"
#include "store/credentials.h"

namespace zoobar {

class Accounts {
 public:
  static constexpr std::size_t kSessionIdBytes = 16;  // SessionsReply.Session.id: the first bytes of the session's key

  Accounts(Credentials& credentials, const AccountPasswords& passwords, const LiveSessions& sessions);

  struct Candidate {
    std::string member;  // empty: nobody has the name, the account is another's or the decoy
    StoredAccount account;
  };
  // The account against which a password is to be checked. Every name costs the same reads and the same parsing: in any
  // form, whether somebody has it or not, and also if nobody can have it. A name that nobody has is checked against the
  // tags of some member. It is always the same member for the same name. So the check takes the time that checks take
  // on this site, also when its accounts were hashed under different parameters. The caller throws its result away.
  Result<Candidate> Find(std::string_view typed_name);

  // Whether the password has not changed since it was read.
  bool StillHolds(const Candidate& known);

  // A new random id.
  static std::string FreshMemberId();

  using Entry = LiveSessions::Entry;
  enum class Registered {
    kStored,
    kTaken,  // another account has the name now
    kLate,   // the caller's deadline had passed; nothing was stored
  };
  Registered StoreRegistered(WriteTransaction& tx, const Candidate& fresh, const Entry& entry) const;
  // False: the account's password has changed since `verified` was read, or the account is locked now. `fresh`: the
  // same password under a new salt, among sweetwords; may be null. `former`: the token of the session that this one
  // replaces.
  bool StoreLoggedIn(WriteTransaction& tx, const Candidate& verified, const AccountPasswords::Stored* fresh,
                     const Entry& entry, std::string_view former) const;
  struct Changed {
    bool late = false;    // the caller's deadline had passed; nothing was stored
    bool stored = false;  // false: the session has ended, or the password has changed since it was checked
    std::optional<SpendingLimits> undelegated = {};  // the limits of the delegation that was removed, if there was one
  };
  // Ends every session except the new one. Removes the delegation too: somebody else who knew the old password may have
  // made it.
  Changed StoreChanged(WriteTransaction& tx, const LiveSessions::Found& found, const AccountPasswords::Stored& chosen,
                       const Entry& entry) const;
  // Begins another session after a change of the password at `since_ms`, whose answer was lost. False: the account has
  // another password now, or was locked after the change.
  bool StoreResumed(WriteTransaction& tx, const Candidate& verified, const Entry& entry, std::int64_t since_ms) const;
  // False: the account has another password now, or has these tags already.
  bool StoreRehashed(WriteTransaction& tx, const Candidate& before, const AccountPasswords::Stored& again) const;
  // An alarm, and its end. False: the account was in this state already.
  bool StoreLocked(WriteTransaction& tx, std::string_view member, std::int64_t now_ms) const;
  bool StoreUnlocked(WriteTransaction& tx, std::string_view member) const;
  // Ends every session of a member.
  void StoreExpelled(WriteTransaction& tx, std::string_view member) const { credentials_.RemoveSessionsOf(tx, member); }
  // Gives the number of sessions that ended.
  std::size_t StoreLoggedOut(WriteTransaction& tx, const LiveSessions::Found& found,
                             const LogoutRequest& request) const;

 private:
  Credentials& credentials_;
  const AccountPasswords& passwords_;
  const LiveSessions& sessions_;
  std::string imitation_key_;  // decides whose account is used for a name that nobody has; drawn at start
};

}  // namespace zoobar
