// The transactions behind auth's calls: what is read for a name, and what register, login, logout, a new password, an
// alarm and its end write, each whole or not at all.
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
  // Whom a password is to be checked against. The same reads, and the same parsing, for every name: in any form, taken
  // or not, or one that nobody can have. A name nobody has is checked against some member's tags, always the same
  // one's, so that it costs what names cost on this site, whatever mixture of parameters its accounts were hashed
  // under; what comes of it is thrown away.
  Result<Candidate> Find(std::string_view typed_name);

  // Whether the account has the password still that was found.
  bool StillHolds(const Candidate& known);

  // A random id, never used before.
  static std::string FreshMemberId();

  using Entry = LiveSessions::Entry;
  enum class Registered {
    kStored,
    kTaken,  // the name is another account's by now
    kLate,   // its caller's deadline had passed: nothing was stored
  };
  Registered StoreRegistered(WriteTransaction& tx, const Candidate& fresh, const Entry& entry) const;
  // False: the password `verified` holds is not the account's any more, or the account is locked by now. `fresh`: the
  // same password under a new salt, with sweetwords of its own. `former`: the token of the session it takes the place
  // of.
  bool StoreLoggedIn(WriteTransaction& tx, const Candidate& verified, const AccountPasswords::Stored* fresh,
                     const Entry& entry, std::string_view former) const;
  struct Changed {
    bool late = false;    // its caller's deadline had passed: nothing was stored
    bool stored = false;  // false: the session, or the password it verified, is not there any more
    std::optional<SpendingLimits> undelegated = {};  // of the delegation that was removed, if there was one
  };
  // Ends every session but the new one, and the delegation: whoever knew the old password may have made it.
  Changed StoreChanged(WriteTransaction& tx, const LiveSessions::Found& found, const AccountPasswords::Stored& chosen,
                       const Entry& entry) const;
  // Another session, after a change at `since_ms` whose answer was lost. False: the account has another password by
  // now, or was locked after the change.
  bool StoreResumed(WriteTransaction& tx, const Candidate& verified, const Entry& entry, std::int64_t since_ms) const;
  // False: the account has another password by now, or these tags already.
  bool StoreRehashed(WriteTransaction& tx, const Candidate& before, const AccountPasswords::Stored& again) const;
  // An alarm, and its end. False: it was so already.
  bool StoreLocked(WriteTransaction& tx, std::string_view member, std::int64_t now_ms) const;
  bool StoreUnlocked(WriteTransaction& tx, std::string_view member) const;
  // Ends every session of a member.
  void StoreExpelled(WriteTransaction& tx, std::string_view member) const { credentials_.RemoveSessionsOf(tx, member); }
  // How many sessions ended.
  std::size_t StoreLoggedOut(WriteTransaction& tx, const LiveSessions::Found& found,
                             const LogoutRequest& request) const;

 private:
  Credentials& credentials_;
  const AccountPasswords& passwords_;
  const LiveSessions& sessions_;
  std::string imitation_key_;  // which member's account a name nobody has is checked against; drawn at start
};

}  // namespace zoobar
