// The transactions behind auth's calls: what is read for a name, and what register, login, logout and a new password
// write, each whole or not at all.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "auth.pb.h"
#include "roles/auth_passwords.h"
#include "roles/auth_sessions.h"
#include "store/credentials.h"

namespace zoobar {

class Accounts {
 public:
  static constexpr std::size_t kSessionIdBytes = 16;  // SessionsReply.Session.id: the first bytes of the session's key

  Accounts(Credentials& credentials, const AccountPasswords& passwords, const LiveSessions& sessions)
      : credentials_(credentials), passwords_(passwords), sessions_(sessions) {}

  struct Candidate {
    std::string member;  // empty: nobody has the name, the account is the decoy
    StoredAccount account;
  };
  // Whom a password is to be checked against. The same reads, and the same parsing, for every name: in any form, taken
  // or not, or one that nobody can have.
  Result<Candidate> Find(std::string_view typed_name);

  // A random id, never used before.
  static std::string FreshMemberId();

  using Entry = LiveSessions::Entry;
  // False: the name is taken by now.
  bool StoreRegistered(WriteTransaction& tx, const Candidate& fresh, const Entry& entry) const;
  // False: the password `verified` holds is not the account's any more.
  bool StoreLoggedIn(WriteTransaction& tx, const Candidate& verified, const AccountPasswords::Answer& answer,
                     const Entry& entry) const;
  struct Changed {
    bool stored = false;  // false: the session, or the password it verified, is not there any more
    std::optional<SpendingLimits> undelegated;  // of the delegation that was removed, if there was one
  };
  // Ends every session but the new one, and the delegation: whoever knew the old password may have made it.
  Changed StoreChanged(WriteTransaction& tx, const LiveSessions::Found& found, const AccountPasswords::Answer& answer,
                       const Entry& entry) const;
  // How many sessions ended.
  std::size_t StoreLoggedOut(WriteTransaction& tx, const LiveSessions::Found& found,
                             const LogoutRequest& request) const;

 private:
  Credentials& credentials_;
  const AccountPasswords& passwords_;
  const LiveSessions& sessions_;
};

}  // namespace zoobar
