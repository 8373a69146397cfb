#include "credentials/strength.h"

#include <sodium.h>
#include <zxcvbn.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <new>

#include "ipc/bytes.h"
#include "text/ascii.h"

namespace zoobar {
namespace {

// How much of the stack is wiped. The library uses some hundreds of bytes.
constexpr std::size_t kStackBytes = 16 * 1024;

// libzxcvbn does not look whether it got the memory that it asks for. For kStrengthBytes it needs less than half of this.
constexpr std::size_t kLibraryBytes = 64 * 1024;

// Longer names are cut, because the library compares the name at every place of the password. Nobody uses a longer word
// alone as a password.
constexpr std::size_t kNameBytes = 64;

// Copies at most `most` bytes of the text into a C string. A NUL inside the text becomes another control character.
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
  // The library expects the words in lower case.
  std::ranges::transform(word, word.begin(), ToLower);
  std::array<const char*, 3> words = {"zoobar", name.empty() ? nullptr : word.data(), nullptr};
  // Ends the process clearly if there is no memory. What is freed here is there for the library.
  ::operator delete(::operator new(kLibraryBytes));
  const double bits = ZxcvbnMatch(looked_at.data(), words.data(), nullptr);
  sodium_stackzero(kStackBytes);

  PasswordStrength strength;
  strength.log10_guesses = bits * std::log10(2.0);
  for (const double threshold : {3.0, 6.0, 8.0, 10.0}) strength.score += strength.log10_guesses >= threshold ? 1 : 0;
  return strength;
}

}  // namespace zoobar
