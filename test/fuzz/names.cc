// Names of members (src/credentials/names.h) and the form in which passwords are hashed (src/credentials/passwords.h).
#include <utf8proc.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "credentials/cpu_time.h"
#include "credentials/names.h"
#include "credentials/passwords.h"
#include "credentials/unicode.h"
#include "fuzz/require.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr double kMostCpuMs = 2000;

// The canonical decomposition, by the library's own function. Texts that mean the same have the same.
std::string Decomposed(std::string_view text) {
  utf8proc_uint8_t* made = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &made, options);
  Require(size >= 0, "the text can be decomposed");
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(made, std::free);
  return {reinterpret_cast<const char*>(made), static_cast<std::size_t>(size)};
}

bool HasControl(std::string_view text) {
  while (!text.empty()) {
    const Utf8Character next = FirstUtf8(text);
    if (next.code < 0x20 || (next.code >= 0x7F && next.code < 0xA0)) return true;
    text.remove_prefix(next.length);
  }
  return false;
}

void CheckName(std::string_view typed) {
  const std::optional<std::string> name = NormalisedName(typed);
  const bool plain = IsUtf8(typed) && !HasControl(typed);
  if (!name) {
    Require(typed.empty() || typed.size() > kMaxNameBytes || !plain ||
                View(*ToNfc(typed, Spaces::kKeep)).size() > kMaxNameBytes,
            "a plain text within the limit can be a name");
    return;
  }
  Require(plain, "a name is UTF-8 without control characters");
  Require(!name->empty() && name->size() <= kMaxNameBytes, "a name is within its limit");
  Require(IsUtf8(*name) && !HasControl(*name), "a stored name is UTF-8 without control characters");
  Require(NormalisedName(*name) == name, "a stored name can be typed again");
  Require(Decomposed(*name) == Decomposed(typed), "it means the same");
}

void CheckPassword(std::string_view typed) {
  const PasswordRules rules;
  const PreparedPassword old = PreparePassword(typed, rules), fresh = PrepareNewPassword(typed, rules);
  const bool plain = IsUtf8(typed) && !HasControl(typed);
  Require((old.fault == PasswordFault::kTooLong) == (typed.size() > rules.max_bytes), "the limit of the bytes holds");
  if (old.fault != PasswordFault::kTooLong)
    Require((old.fault == PasswordFault::kInvalid) == !plain, "only control characters and wrong UTF-8 are refused");
  Require(old.fault != PasswordFault::kTooShort, "no least length at a login");
  if (old.fault != PasswordFault::kNone) {
    Require(old.text.empty() && fresh.text.empty() && fresh.fault == old.fault, "a fault leaves no text");
    return;
  }
  const std::string_view text = View(old.text);
  Require(IsUtf8(text) && !HasControl(text), "what is hashed is UTF-8 without control characters");
  Require((fresh.fault == PasswordFault::kNone) == (CodePoints(text) >= rules.min_code_points), "the least length");
  const PreparedPassword again = PreparePassword(text, {.min_code_points = 0, .max_bytes = 1 << 20, .min_score = 0});
  Require(View(again.text) == text, "preparing twice changes nothing");
  // A password in another form of the same characters is the same password.
  const std::string decomposed = Decomposed(text);
  const PreparedPassword other =
      PreparePassword(decomposed, {.min_code_points = 0, .max_bytes = 1 << 20, .min_score = 0});
  Require(View(other.text) == text, "every keyboard's form of a text gives the same bytes");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  const std::string typed(reinterpret_cast<const char*>(data), size);
  const double before = CpuMillis();
  CheckName(typed);
  CheckPassword(typed);
  if (size > 0 && size <= 64) {
    std::string many;
    while (many.size() + size <= PasswordRules().max_bytes) many += typed;
    CheckPassword(many);
  }
  Require(CpuMillis() - before < kMostCpuMs, "the work is bounded");
  return 0;
}
