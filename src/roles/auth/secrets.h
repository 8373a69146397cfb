// The secret parts of calls to auth, by name. proto/auth.proto says which parts each method has, and in which order.
//
// What Unpack gives are views into the secret of the call. The call must outlive them, and wipes their bytes when it is
// destroyed. An Error: the secret does not hold exactly these parts.
#pragma once

#include <string_view>

#include "ipc/bytes.h"
#include "ipc/result.h"

namespace zoobar {

// Of Login and Register.
struct EntranceSecrets {
  std::string_view password;
  std::string_view device;           // token; may be empty
  std::string_view present_session;  // token of the session that the new one replaces; may be empty

  static Result<EntranceSecrets> Unpack(const Bytes& secret);
};

// Of Claim.
struct ClaimSecrets {
  std::string_view claim;     // token
  std::string_view password;  // of the form, if the form was sent again; else empty

  static Result<ClaimSecrets> Unpack(const Bytes& secret);
};

// Of ChangePassword.
struct ChangeSecrets {
  std::string_view session;  // token
  std::string_view present_password, new_password;

  static Result<ChangeSecrets> Unpack(const Bytes& secret);
};

// Of Check, Logout, Sessions and Members: the session token.
Result<std::string_view> UnpackSession(const Bytes& secret);

// Of the answer to a login, a registration or a claim that was successful.
struct EntryTokens {
  std::string_view session, device;

  static Result<EntryTokens> Unpack(const Bytes& secret);
};

}  // namespace zoobar
