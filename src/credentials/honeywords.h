// Honeywords are false passwords that are stored beside the real one. A thief who steals the hashes and finds out the
// passwords does not know which of them is real (Juels and Rivest, "Honeywords: Making Password-Cracking Detectable",
// CCS 2013).
//
// A honeyword that is a slightly changed copy of the real password is easy to recognise (Wang et al., "A Security
// Analysis of Honeywords", NDSS 2018). So each honeyword is drawn anew from the passwords of the same shape
// (password_shape.h). Each segment is replaced by a segment that is about as popular, with the probabilities with which
// people choose them. So knowing what people choose does not help to tell the real password from its honeywords. Both
// together are called sweetwords.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "ipc/bytes.h"

namespace zoobar {

// Returns whether the site's rules accept a password. They have accepted the real password already.
using Acceptable = std::function<bool(std::string_view)>;

// Draws exactly `count` honeywords for the password `real`. Each is valid UTF-8 without control characters and has at
// most 4096 bytes. No two of the sweetwords (`real` and its honeywords) are equal or differ by one typing error
// (FarApart).
//
// If there are too few passwords of the same shape, the rest is drawn from larger sets, in this order:
//   1. passwords with segments like those of `real`, if `real` as a whole is in the list of common passwords; then
//      segments in which unknown words may have any likelihood
//   2. passwords with segments of the same kinds, whatever their popularity
//   3. passwords with the same kinds of characters in the same places
//   4. random characters, in longer and longer words
//   5. random characters as in 4, even if `acceptable` refuses the word
// `real` should be valid UTF-8. If it is not, this function begins with 4. It takes at most a few milliseconds for
// usual passwords.
std::vector<Bytes> DrawHoneywords(std::string_view real, std::size_t count, const Acceptable& acceptable);

// Makes honeywords by "chaffing by tweaking", the method of Juels and Rivest. It replaces digits and symbols, and also
// the last letters if there are too few digits and symbols. Only bench/honeywords_bench calls this, to compare the two
// methods.
std::vector<Bytes> TweakHoneywords(std::string_view real, std::size_t count, const Acceptable& acceptable);

// Whether the Damerau-Levenshtein distance of `a` and `b` is two or more. This distance counts insertions, deletions,
// replacements and swaps of neighbouring code points. The function takes linear time.
bool FarApart(std::string_view a, std::string_view b);

// Whether the list of common passwords has this password. Upper and lower case do not matter.
bool IsCommonPassword(std::string_view password);

// Builds the word model now, so that the first use need not wait for it. This takes 0.1 to 0.2 seconds and about twelve
// megabytes.
void PrepareHoneywords();

// Returns the natural logarithm of the probability that DrawHoneywords draws `word` if the real password is `given`. A
// constant that is equal for all words of the same shape is left out. Returns minus infinity if the two shapes differ.
// Serves to measure how well an attacker can tell the real password from honeywords.
double LogDensity(std::string_view word, std::string_view given);

}  // namespace zoobar
