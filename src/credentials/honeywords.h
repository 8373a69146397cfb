// Honeywords: false passwords to be kept beside the real one, so that who steals the hashes and finds the passwords
// does not know which of them to try (Juels and Rivest, "Honeywords: Making Password-Cracking Detectable", CCS 2013).
//
// Tweaked copies of the real one are easily told from it (Wang et al., "A Security Analysis of Honeywords", NDSS 2018).
// So each is drawn anew from passwords of the same shape (password_shape.h), piece by piece with the probabilities of
// people's choices among pieces that are about as popular: what is known of people then favours no sweetword.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "ipc/bytes.h"

namespace zoobar {

// The site's policy for passwords, which the real one has passed.
using Acceptable = std::function<bool(std::string_view)>;

// Exactly `count` honeywords for `real`: valid UTF-8 without control characters, at most 4096 bytes each. Of all the
// sweetwords (`real` and these) no two are equal or one slip of the keyboard apart (FarApart).
//
// Where passwords of the real one's shape run short, wider choices follow, in this order:
//   1. a password from the list of common ones by its pieces; unknown words of any likelihood
//   2. pieces of the same kinds, whatever their popularity
//   3. the same kinds of characters in the same places
//   4. random characters, in more and more of them
//   5. the same without regard for `acceptable`
// `real` must be valid UTF-8; where it is not, 4 comes first. At most a few milliseconds for usual passwords.
std::vector<Bytes> DrawHoneywords(std::string_view real, std::size_t count, const Acceptable& acceptable);

// Chaffing by tweaking, from the first of the papers: digits and symbols are replaced, the last letters where those are
// too few. What bench/honeywords_bench compares with; not for use.
std::vector<Bytes> TweakHoneywords(std::string_view real, std::size_t count, const Acceptable& acceptable);

// Whether the Damerau-Levenshtein distance (insertions, deletions, replacements and swaps of neighbours), in code
// points, is two or more. In linear time.
bool FarApart(std::string_view a, std::string_view b);

// Whether it is in the ranked list of common passwords, as it is or in lower case.
bool IsCommonPassword(std::string_view password);

// Builds what the first use would have to build (a tenth of a second or two, some twelve megabytes).
void PrepareHoneywords();

// Natural logarithm of the probability that DrawHoneywords draws `word` for `given`, but for a constant of the class;
// minus infinity when it is of another class. For measuring how well sweetwords are told apart.
double LogDensity(std::string_view word, std::string_view given);

}  // namespace zoobar
