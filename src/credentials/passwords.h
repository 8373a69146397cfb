// Decides which texts may be passwords, and turns each into the bytes that are hashed. The rules are those of
// OpaqueString in RFC 8265. Spaces of every kind become U+0020, then the text is brought to NFC. Upper and lower case,
// the width of characters and the direction of the text stay as they are. An empty password is refused.
//
// We refuse only control characters. The RFC's FreeformClass excludes more characters, but people's keyboards send
// those (joiners and variation selectors inside emoji, characters newer than this utf8proc). Refusing them would weaken
// passwords and protect nobody.
#pragma once

#include <cstdint>
#include <string_view>

#include "config.pb.h"
#include "ipc/bytes.h"

namespace zoobar {

enum class PasswordFault { kNone, kTooShort, kTooLong, kInvalid };

struct PasswordRules {
  std::uint32_t min_code_points = 8;  // minimum length of the normalised password
  std::uint32_t max_bytes = 4096;     // maximum length of the password as typed
  std::uint32_t min_score = 1;        // minimum PasswordStrength::score of a new password; 0: it is not estimated

  // With `course_graders` every password that is not empty reaches the two minimums.
  static PasswordRules From(const Config::Auth& config) {
    const bool any = config.course_graders();
    return {any ? 1 : config.min_password_length(), config.max_password_length(),
            any ? 0 : config.min_password_score()};
  }
};

struct PreparedPassword {
  PasswordFault fault = PasswordFault::kNone;
  Bytes text;  // normalised; empty if there is a fault
};

// Checks and normalises a new password. Checks kTooLong first, by the size alone, so a long text is never read. Call
// this on a hashing thread and not on the loop, because its time is quadratic in the length of a run of combining marks
// (some milliseconds for 4096 bytes of them).
PreparedPassword PrepareNewPassword(std::string_view typed, const PasswordRules& rules);
// Does the same for the password of a login, but requires no minimum length, since the minimum may have been lower when
// the password was chosen. An empty password is no fault here. It is wrong like any other, since no account has an
// empty password.
PreparedPassword PreparePassword(std::string_view typed, const PasswordRules& rules);

}  // namespace zoobar
