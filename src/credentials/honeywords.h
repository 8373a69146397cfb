// Honeywords: false passwords that are kept beside the real one. A thief who steals the hashes and finds the passwords
// does not know which of them to try (Juels and Rivest, "Honeywords: Making Password-Cracking Detectable", CCS 2013).
//
// A tweaked copy of the real password is easy to recognise (Wang et al., "A Security Analysis of Honeywords", NDSS
// 2018). So each honeyword is drawn anew from the passwords of the same shape (password_shape.h). Each segment is drawn
// with the probabilities of people's choices, among segments that are about as popular. Then nothing that is known
// about people's choices favours one of the sweetwords.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "ipc/bytes.h"

namespace zoobar {

// Whether the site's policy accepts a password. The real one has been accepted.
using Acceptable = std::function<bool(std::string_view)>;

// Exactly `count` honeywords for `real`: valid UTF-8 without control characters, at most 4096 bytes each. No two of the
// sweetwords (`real` and these) are equal or differ by one typing error (FarApart).
//
// If there are too few passwords of the same shape, wider choices follow, in this order:
//   1. if `real` is in the list of common passwords, passwords with segments like its own; unknown words of any
//      likelihood
//   2. segments of the same kinds, whatever their popularity
//   3. the same kinds of characters in the same places
//   4. random characters, in longer and longer words
//   5. the same, also if `acceptable` refuses them
// `real` should be valid UTF-8. If it is not, this begins with 4. Takes at most a few milliseconds for usual passwords.
std::vector<Bytes> DrawHoneywords(std::string_view real, std::size_t count, const Acceptable& acceptable);

// "Chaffing by tweaking", from the first of the papers: replaces digits and symbols, and the last letters if those are
// too few. Only for bench/honeywords_bench, which compares with it.
std::vector<Bytes> TweakHoneywords(std::string_view real, std::size_t count, const Acceptable& acceptable);

// Whether the Damerau-Levenshtein distance is two or more, in code points. It counts insertions, deletions,
// replacements and swaps of neighbours. Takes linear time.
bool FarApart(std::string_view a, std::string_view b);

// Whether the password, or its lower case, is in the ranked list of common passwords.
bool IsCommonPassword(std::string_view password);

// Builds the model now, so that the first use need not build it. Takes 0.1 to 0.2 seconds and about twelve megabytes.
void PrepareHoneywords();

// Natural logarithm of the probability that DrawHoneywords draws `word` for `given`, except for a constant of the
// class. Minus infinity if `word` is of another class. For measuring how well sweetwords can be told apart.
double LogDensity(std::string_view word, std::string_view given);

}  // namespace zoobar
