// Parses a password into the parts from which its owner made it: words, names, years, runs on the keyboard, symbols.
// These parts are called segments, and together they are the shape of the password. Passwords with equal shapes form a
// class. Drawing each segment of a password anew gives another password of its class, with about the probability with
// which people choose that one (after the grammar of Weir et al., "Password Cracking Using Probabilistic Context-Free
// Grammars", IEEE S&P 2009).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ipc/bytes.h"

namespace zoobar {

enum class Likeness {
  kExact,
  kLoose,  // unknown letters may be more or less pronounceable, and other letters may be replaced by digits or symbols
};

struct Segment {
  enum Kind : std::uint8_t {
    kWhole,    // the whole password is in the list of common passwords
    kWord,     // a word of the list of common passwords or of the dictionary, or a name
    kLeet,     // a word with digits or symbols in place of letters, like 3 for e
    kLetters,  // an unknown word that can be pronounced: a rarer name, a word of another language
    kNoise,    // letters that nobody can pronounce
    kRepeat,   // one character, repeated
    kWalk,     // keys that are neighbours on the keyboard
    kDigits,
    kSymbols,
    kScript,  // letters and signs beyond ASCII
    kRandom,  // random text, as from a password manager
  };
  enum Case : std::uint8_t { kLower, kCapital, kUpper, kMixed };  // kCapital: the first letter only
  Kind kind;
  std::uint8_t letter_case = kLower;
  std::uint32_t begin = 0, bytes = 0;  // the segment's place in Shape::text
  std::uint32_t length = 0;            // number of code points
  std::uint32_t cell = 0;              // number of the set of texts of this kind that are about as popular
  std::uint32_t detail = 0;            // kMixed: hash of the capitals' places; kRandom: hash of the kinds of characters
  std::uint16_t same_as = 0;           // if not 0: this segment repeats the one with index same_as - 1

  bool Like(const Segment& other, Likeness likeness) const;
};

struct Shape {
  Bytes text, lower;  // lower: `text` with ASCII letters in lower case
  std::vector<Segment, WipingAllocator<Segment>> segments;

  bool Like(const Shape& other, Likeness likeness = Likeness::kExact) const;
};

enum class Whole { kKnown, kUnknown };  // kUnknown: do not look for the whole password in the list of common passwords

// Returns the shape of a password, which is always the same for the same text. The password must be valid UTF-8.
Shape ShapeOf(std::string_view password, Whole whole = Whole::kKnown);

}  // namespace zoobar
