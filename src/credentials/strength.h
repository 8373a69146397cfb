// How many guesses somebody needs for a password who knows how people choose passwords. This is zxcvbn ("zxcvbn:
// Low-Budget Password Strength Estimation", D. Wheeler, USENIX Security 2016). libzxcvbn computes it from words, names,
// keyboards, dates, repeats and the usual substitutions of letters. Its dictionaries are compiled in. It opens no file
// and keeps no state, so any thread may call it.
#pragma once

#include <cstddef>
#include <string_view>

namespace zoobar {

struct PasswordStrength {
  int score = 0;             // 0 to 3: below 10^3, 10^6, 10^8 and 10^10 guesses; 4: more
  double log10_guesses = 0;  // for the part that was looked at
};

// Only this many bytes at the beginning of a password are looked at, because the library's time grows with a high power
// of the length for some texts ("2121..."). 24 bytes take at most 3.7 ms (32 bytes 13 ms, 100 bytes 2 s). A usual
// password takes 0.2 ms. The rest can only make a password stronger, and 24 bytes that are hard to guess reach the
// highest score.
inline constexpr std::size_t kStrengthBytes = 24;

// The strength of a password in the form that is hashed (normalised). `name` is the member's name, or empty if it is
// not known. This name and the site's own count as words that are tried first: in either case, backwards, and with
// substitutions. The copies for the library are wiped, and 16 KiB of stack below this call too. Call this on a hashing
// thread and not on the loop.
PasswordStrength EstimateStrength(std::string_view password, std::string_view name);

}  // namespace zoobar
