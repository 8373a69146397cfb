// Members' passkeys: which challenge, which key and which signature auth accepts. The formats are in src/webauthn. What has
// no fixed layout, login has parsed before (roles/login/passkey_form.h).
//
// Shares: a member has at most kPerMember passkeys. Used challenges count to the member's share (webauthn/challenges.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth.pb.h"
#include "config.pb.h"
#include "roles/auth/sessions.h"
#include "store/credentials.h"
#include "webauthn/authenticator_data.h"
#include "webauthn/challenges.h"

namespace zoobar {

class Passkeys {
 public:
  static constexpr std::size_t kPerMember = 8;
  static constexpr std::size_t kIdBytes = 16;    // PasskeysReply.Passkey.id: the first bytes of the passkey's key
  static constexpr std::size_t kUserBytes = 32;  // of a user handle
  static constexpr std::size_t kMostLabel = 64;  // bytes
  static constexpr std::string_view kLabel = "Passkey";  // of a passkey for which the member chose no name

  // steady: milliseconds of a clock that nobody sets.
  Passkeys(Credentials& credentials, PasskeyChallenges::Clock steady, const Config& config);
  void Configure(const Config& config);

  // A challenge for a login of whoever, and one for a registration in this session alone.
  std::string ChallengeToLogIn() const { return challenges_.Make(Ceremony::kGet, {}); }
  std::string ChallengeToAdd(const LiveSessions::Found& in) const;

  // What was wrong. `outcome` is OUTCOME_OK if nothing was, and then `why` is empty. `why` is for the log.
  struct Verdict {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_OK;
    std::string_view why = {};
    std::uint32_t wait_s = 0;  // with OUTCOME_SLOW_DOWN

    bool good() const { return outcome == LoginReply::OUTCOME_OK; }
  };
  // A login. `key`: of the passkey in the store; empty: nobody has such a passkey.
  struct Known {
    Verdict verdict;
    std::string key;
    StoredPasskey passkey;  // as it is to be stored after this login, but for the time
    StoredAccount account;
  };
  // Checks everything about a login, and uses the challenge up if all is right.
  Result<Known> CheckLogin(const PasskeyLoginRequest& request);
  // Stores that the passkey was used. Returns false if it was removed meanwhile, if another login has brought its counter
  // so far, or if the account was locked or closed. now_ms: the wall clock.
  bool StoreUse(WriteTransaction& tx, const Known& known, std::int64_t now_ms) const;

  // Checks everything about a new passkey, and uses the challenge up if all is right. `made` is what is to be stored.
  Verdict CheckNew(const AddPasskeyRequest& request, const LiveSessions::Found& in, StoredPasskey& made);
  // Stores it. Returns OUTCOME_OK, NO_SESSION, PASSKEYS_FULL or PASSKEY_KNOWN.
  LoginReply::Outcome StoreNew(WriteTransaction& tx, const StoredPasskey& made, const LiveSessions::Found& in) const;

  // Removes the member's passkey whose key begins with `id`. Returns its label, or nullopt if there is none.
  std::optional<std::string> Remove(WriteTransaction& tx, std::string_view member, std::string_view id) const;
  // Returns the member's user handle. Draws and stores one if there is none. Empty: there is no such member.
  std::string UserOf(WriteTransaction& tx, std::string_view member) const;

  std::size_t used_challenges() const { return challenges_.used(); }

 private:
  // Finds the origin of this site at which the browser did this. Returns nullptr if there is none.
  const std::string* OriginOf(Ceremony ceremony, std::string_view challenge, std::string_view client_data) const;
  // Finds the passkey of this credential, and its member, and puts them into `known`. Returns whether there is one.
  Result<bool> Find(std::string_view credential, Known& known) const;
  // The checks of a login that need the passkey.
  static Verdict CheckOwner(const PasskeyLoginRequest& request, const AuthenticatorHead& head, const Known& known);
  // Uses the challenge up, after everything else was right.
  Verdict UseUp(std::string_view challenge, const std::string& member);
  Verdict TooManyChallenges() const;

  Credentials& credentials_;
  PasskeyChallenges challenges_;
  std::vector<std::string> origins_;
};

// The member's passkeys, as the member and the operator see them.
using PasskeyList = google::protobuf::RepeatedPtrField<PasskeysReply::Passkey>;
Result<PasskeyList> ListOfPasskeys(Credentials& credentials, std::string_view member);

}  // namespace zoobar
