// Estimates how many guesses an attacker needs for a password, if the attacker knows how people choose passwords. The
// method is zxcvbn ("zxcvbn: Low-Budget Password Strength Estimation", D. Wheeler, USENIX Security 2016). libzxcvbn
// computes the number from words, names, keyboards, dates, repeats and the usual substitutions of letters. The
// dictionaries are compiled into the library. It opens no file and keeps no state, so any thread may call it.
#pragma once

#include <cstddef>
#include <string_view>

namespace zoobar {

struct PasswordStrength {
  int score = 0;             // 0, 1, 2, 3: fewer than 10^3, 10^6, 10^8, 10^10 guesses; 4: more
  double log10_guesses = 0;  // for the first kStrengthBytes of the password
};

// Only this many bytes at the beginning of a password are looked at, because the library's time grows with a high power
// of the length for some texts ("2121..."). 24 bytes take at most 3.7 ms (32 bytes 13 ms, 100 bytes 2 s). A usual
// password takes 0.2 ms. The rest of a password can only make it stronger, and 24 bytes that are hard to guess reach
// the highest score.
inline constexpr std::size_t kStrengthBytes = 24;

// Estimates the strength of a password, which must be in the form that is hashed (normalised). `name` is the member's
// name, or empty if it is not known. The member's name and the name of the site count as words that an attacker tries
// first, in upper or lower case, backwards, and with substitutions. This function wipes the copies that it makes for
// the library, and 16 KiB of the stack that the library used. Call this on a hashing thread and not on the loop.
PasswordStrength EstimateStrength(std::string_view password, std::string_view name);

}  // namespace zoobar
