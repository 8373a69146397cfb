// Gives names to the secret parts of calls to auth. proto/auth.proto says which parts each method has, and in which
// order.
//
// Unpack returns views into the secret of the call. The call must outlive the views, and it wipes the secret when it is
// destroyed. Unpack returns an Error if the secret does not hold exactly these parts.
#pragma once

#include <string_view>

#include "ipc/bytes.h"
#include "ipc/result.h"

namespace zoobar {

// The secrets of Login and Register.
struct EntranceSecrets {
  std::string_view password;
  std::string_view device;           // token; may be empty
  std::string_view present_session;  // token of the session that the new one replaces; may be empty

  static Result<EntranceSecrets> Unpack(const Bytes& secret);
};

// The secrets of Claim.
struct ClaimSecrets {
  std::string_view claim;     // token
  std::string_view password;  // the form's password, if the form was sent again; else empty

  static Result<ClaimSecrets> Unpack(const Bytes& secret);
};

// The secrets of ChangePassword.
struct ChangeSecrets {
  std::string_view session;  // token
  std::string_view present_password, new_password;

  static Result<ChangeSecrets> Unpack(const Bytes& secret);
};

// The secrets of CloseOwn and BeginPasskey.
struct CloseSecrets {
  std::string_view session;  // token
  std::string_view password;

  static Result<CloseSecrets> Unpack(const Bytes& secret);
};

// The secrets of PasskeyLogin.
struct PasskeySecrets {
  std::string_view device;           // token; may be empty
  std::string_view present_session;  // token of the session that the new one replaces; may be empty

  static Result<PasskeySecrets> Unpack(const Bytes& secret);
};

// Returns the session token, which is the only secret of Check, Logout, Sessions, Members and of the
// calls about the member's own passkeys.
Result<std::string_view> UnpackSession(const Bytes& secret);

// The secrets in the answer to a login, a registration or a claim that was successful.
struct EntryTokens {
  std::string_view session, device;

  static Result<EntryTokens> Unpack(const Bytes& secret);
};

}  // namespace zoobar
