// What may be a password, and the bytes that are hashed for it: RFC 8265's OpaqueString. Spaces of every kind become
// U+0020, then NFC; case, width and direction stay; empty is refused.
//
// Of the characters the RFC's FreeformClass leaves out, only the controls are refused. The others (joiners and
// variation selectors inside emoji, characters newer than this utf8proc) are what people's keyboards send: refusing
// them would weaken passwords and protect nobody.
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
  Bytes text;  // normalised; empty with any fault
};

// kTooLong is judged first and by the size alone, so that nothing long is ever walked through.
// Quadratic in a run of combining marks (4096 bytes of them: some milliseconds): for hashing threads, not for the loop.
PreparedPassword PrepareNewPassword(std::string_view typed, const PasswordRules& rules);
// For a login: as above without a least length, which may have been lower when the password was chosen. An empty one
// stays empty; no account has that, so it is wrong like any other.
PreparedPassword PreparePassword(std::string_view typed, const PasswordRules& rules);

}  // namespace zoobar
