// Acts that the operator has signed (proto/operator.proto): how ctl signs them, how a role checks them, and how the
// answer is sealed.
//
// The master makes the operator key at its first start: an Ed25519 key (RFC 8032), whose seed is in
// STATE/operator.key, a file that only root can read. auth, bank and profile get the public half. An act is signed as
//   Ed25519( "zoobar operator act 1\n", the bytes of the serialised OperatorAct )
// A role carries out an act if the signature is right, the act names this role, it was issued less than kActLifetimeMs
// ago, and the role has not seen its id before. A role that was restarted has forgotten the ids. So for kActLifetimeMs
// whoever controls admin can have an act carried out a second time, but can read no answer.
//
// Shares: an act costs a role memory for one id, for kActLifetimeMs. At most kMostRemembered ids are kept, and then
// further acts are refused. Only the operator can use them up, because an id is kept only if the signature was right.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "ipc/bytes.h"
#include "ipc/result.h"
#include "operator.pb.h"
#include "signed_act.pb.h"

namespace zoobar {

inline constexpr std::size_t kOperatorKeyBytes = 32;  // of the seed, and of the public half
inline constexpr std::int64_t kActLifetimeMs = 60'000;

// Makes a new operator key. Returns the text for the file: the seed as base64url, 43 characters, without a newline.
Bytes FreshOperatorKey();
// Returns the public half of the key with this text. Returns an Error if the text is not one that FreshOperatorKey
// made.
Result<std::string> OperatorPublicKey(std::string_view text);

// Signs one act, and opens the answer to it.
class OperatorSigner {
 public:
  // text: the content of the key's file, as FreshOperatorKey made it.
  static Result<OperatorSigner> Of(std::string_view text);

  // Sets `id`, `issued_ms` and `reply_key` of the act, and signs it. now_ms: WallMillis().
  SignedAct Sign(OperatorAct act, std::int64_t now_ms);
  struct Opened {
    OperatorAnswer answer;
    Bytes secret;
  };
  // Opens the answer to the act that was signed last. Returns an Error if the role refused the act, or if the answer is
  // not for this act.
  Result<Opened> Open(const SealedAnswer& answer);

 private:
  Bytes key_;        // the secret key of Ed25519
  Bytes reply_key_;  // the secret half of OperatorAct.reply_key
  std::string reply_key_public_;
};

// Accepts acts for one role.
class OperatorActs {
 public:
  static constexpr std::size_t kMaxBody = 256 * 1024, kMostRemembered = 4096;

  // public_key: as OperatorPublicKey returns it; if it is empty, every act is refused. clock: milliseconds since 1970.
  OperatorActs(Role self, std::string public_key, std::function<std::int64_t()> clock);

  // Returns the act if the role must carry it out. The Error says why not, for the log and for the operator.
  Result<OperatorAct> Accept(const SignedAct& signed_act);

 private:
  const Role self_;
  const std::string public_key_;
  const std::function<std::int64_t()> clock_;
  std::map<std::string, std::int64_t> seen_;  // the ids of acts, and until when each is kept
};

// Seals the answer so that only the ctl that signed the act can read it. secret: what must not be in a message, because
// messages are not wiped.
SealedAnswer SealAnswer(const OperatorAct& act, const OperatorAnswer& answer, const Bytes& secret = {});
// An answer that says that the role did not accept the act.
SealedAnswer RefuseAct(const Error& why);

}  // namespace zoobar
