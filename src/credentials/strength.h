// How soon somebody who knows how people choose passwords would guess one: zxcvbn ("zxcvbn: Low-Budget Password
// Strength Estimation", D. Wheeler, USENIX Security 2016), as libzxcvbn computes it from words, names, keyboards,
// dates, repeats and the usual substitutions of letters. Its dictionaries are compiled in; it opens nothing and keeps
// nothing, so that any thread may call this.
#pragma once

#include <cstddef>
#include <string_view>

namespace zoobar {

struct PasswordStrength {
  int score = 0;             // 0 to 4: below 10^3, 10^6, 10^8, 10^10 guesses, and beyond
  double log10_guesses = 0;  // of what was looked at
};

// Only so many bytes of a password are looked at, from its beginning: the library takes the time of a high power of the
// length for some texts ("2121..."). These take at most 3.7 ms (32 bytes 13 ms, 100 bytes 2 s); anything usual takes
// 0.2 ms. What follows can only make a password stronger, and 24 bytes that nobody guesses are beyond every score.
inline constexpr std::size_t kStrengthBytes = 24;

// Of a password as it would be hashed (normalised). `name`, of the member whose it will be, and the site's own count as
// words anybody tries first, in either case, backwards and with substitutions too; empty: not known. The copies that
// the library works on are wiped, and 16 KiB of stack below the call. For hashing threads, not for the loop.
PasswordStrength EstimateStrength(std::string_view password, std::string_view name);

}  // namespace zoobar
