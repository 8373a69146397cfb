#include "credentials/strength.h"

#include <sodium.h>
#include <zxcvbn.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ipc/bytes.h"

namespace zoobar {
namespace {

// The library goes some hundreds of bytes deep.
constexpr std::size_t kStackBytes = 16 * 1024;

// A word this long is nobody's password by itself, and the library walks through it at every place.
constexpr std::size_t kNameBytes = 64;

// The beginning of a text as C knows texts: a NUL within becomes another control character.
Bytes CString(std::string_view text, std::size_t most) {
  Bytes copy = ToBytes(text.substr(0, most));
  std::ranges::replace(copy, '\0', '\x01');
  copy.push_back('\0');
  return copy;
}

}  // namespace

PasswordStrength EstimateStrength(std::string_view password, std::string_view name) {
  const Bytes looked_at = CString(password, kStrengthBytes);
  Bytes word = CString(name, kNameBytes);
  // Words are compared in lower case.
  std::ranges::transform(word, word.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  std::array<const char*, 3> words = {"zoobar", name.empty() ? nullptr : word.data(), nullptr};
  const double bits = ZxcvbnMatch(looked_at.data(), words.data(), nullptr);
  sodium_stackzero(kStackBytes);

  PasswordStrength strength;
  strength.log10_guesses = bits * std::log10(2.0);
  for (const double threshold : {3.0, 6.0, 8.0, 10.0}) strength.score += strength.log10_guesses >= threshold ? 1 : 0;
  return strength;
}

}  // namespace zoobar
