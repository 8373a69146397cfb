// Parses a password into the parts from which its owner made it: words, names, years, runs on the keyboard, symbols.
// Passwords with equal shapes form a class. Somebody who draws each part of a password anew draws from the choices that
// people make within the class (after the grammar of Weir et al., "Password Cracking Using Probabilistic Context-Free
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
    kWord,     // a word of that list or of the dictionary, or a name
    kLeet,     // such a word with characters like 3 for e
    kLetters,  // unknown, but pronounceable letters: a rarer name, a word of another language
    kNoise,    // letters that nobody can pronounce
    kRepeat,   // one character again and again
    kWalk,     // neighbouring keys
    kDigits,
    kSymbols,
    kScript,  // letters and signs beyond ASCII
    kRandom,  // from a password manager
  };
  enum Case : std::uint8_t { kLower, kCapital, kUpper, kMixed };  // kCapital: the first letter only
  Kind kind;
  std::uint8_t letter_case = kLower;
  std::uint32_t begin = 0, bytes = 0;  // its place in the text
  std::uint32_t length = 0;            // in code points
  std::uint32_t cell = 0;              // the set of texts of the same kind that are about as popular
  std::uint32_t detail = 0;            // kMixed: which letters are capital; kRandom: the pattern of its kinds
  std::uint16_t same_as = 0;           // if not 0: it repeats segment same_as - 1

  bool Like(const Segment& other, Likeness likeness) const;
};

struct Shape {
  Bytes text, lower;  // lower: the text with ASCII letters in lower case
  std::vector<Segment, WipingAllocator<Segment>> segments;

  bool Like(const Shape& other, Likeness likeness = Likeness::kExact) const;
};

enum class Whole { kKnown, kUnknown };  // kUnknown: the list of common passwords is not looked at

// The shape of a password. Always the same for the same text. Precondition: valid UTF-8.
Shape ShapeOf(std::string_view password, Whole whole = Whole::kKnown);

}  // namespace zoobar
