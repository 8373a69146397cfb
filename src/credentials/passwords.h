// Which texts may be passwords, and the bytes that are hashed for each: OpaqueString of RFC 8265. Spaces of every kind
// become U+0020, then the text is brought to NFC. Case, width and direction stay. An empty password is refused.
//
// The RFC's FreeformClass excludes more characters than we refuse: we refuse only control characters. People's
// keyboards send the others (joiners and variation selectors inside emoji, characters newer than this utf8proc).
// Refusing them would weaken passwords and protect nobody.
#pragma once

#include <cstdint>
#include <string_view>

#include "config.pb.h"
#include "ipc/bytes.h"

namespace zoobar {

enum class PasswordFault { kNone, kTooShort, kTooLong, kInvalid };

struct PasswordRules {
  std::uint32_t min_code_points = 8;  // of the normalised password
  std::uint32_t max_bytes = 4096;     // as typed

  static PasswordRules From(const Config::Auth& config) {
    return {config.min_password_length(), config.max_password_length()};
  }
};

struct PreparedPassword {
  PasswordFault fault = PasswordFault::kNone;
  Bytes text;  // normalised; empty if there is a fault
};

// kTooLong is checked first, by the size alone, so a long text is never read. Call this on a hashing thread and not on
// the loop: its time is quadratic in a run of combining marks (some milliseconds for 4096 bytes of them).
PreparedPassword PrepareNewPassword(std::string_view typed, const PasswordRules& rules);
// The same for a login, without a least length, since this may have been lower when the password was chosen. An empty
// password stays empty. No account has an empty password, so it is wrong like any other.
PreparedPassword PreparePassword(std::string_view typed, const PasswordRules& rules);

}  // namespace zoobar
