#include "credentials/passwords.h"

#include <algorithm>
#include <optional>

#include "credentials/unicode.h"

namespace zoobar {

PreparedPassword PreparePassword(std::string_view typed, const PasswordRules& rules) {
  if (typed.size() > rules.max_bytes) return {PasswordFault::kTooLong, {}};
  std::optional<Bytes> text = ToNfc(typed, Spaces::kToAscii);
  if (!text) return {PasswordFault::kInvalid, {}};
  return {PasswordFault::kNone, std::move(*text)};
}

PreparedPassword PrepareNewPassword(std::string_view typed, const PasswordRules& rules) {
  PreparedPassword prepared = PreparePassword(typed, rules);
  if (prepared.fault != PasswordFault::kNone) return prepared;
  // The minimum in the configuration may be 0. RFC 8265 forbids an empty password even then.
  if (CodePoints(View(prepared.text)) < std::max<std::uint32_t>(1, rules.min_code_points)) {
    return {PasswordFault::kTooShort, {}};
  }
  return prepared;
}

}  // namespace zoobar
