// A password taken apart as its owner made it: words, names, years, runs on the keyboard, symbols. Passwords with equal
// shapes form a class; drawing one of them anew piece by piece is drawing from people's choices within the class
// (after the grammar of Weir et al., "Password Cracking Using Probabilistic Context-Free Grammars", IEEE S&P 2009).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ipc/bytes.h"

namespace zoobar {

enum class Likeness {
  kExact,
  kLoose,  // however pronounceable its unknown letters, whichever of its letters are replaced
};

struct Segment {
  enum Kind : std::uint8_t {
    kWhole,    // all of it is in the list of common passwords
    kWord,     // in the list, the dictionary, or among names
    kLeet,     // such a word with characters like 3 for e
    kLetters,  // unknown, but pronounceable letters: a rarer name, a word of another language
    kNoise,    // letters nobody would pronounce
    kRepeat,   // one character again and again
    kWalk,     // neighbouring keys
    kDigits,
    kSymbols,
    kScript,  // letters and signs beyond ASCII
    kRandom,  // from a password manager
  };
  Kind kind;
  std::uint8_t letter_case = 0;
  std::uint32_t begin = 0, bytes = 0;  // in the text
  std::uint32_t length = 0;            // in code points
  std::uint32_t cell = 0;              // what else equal ones have in common; by kind
  std::uint32_t detail = 0;            // mixed case: which letters are capital; by kind
  std::uint16_t same_as = 0;           // repeats segment same_as - 1

  bool Like(const Segment& other, Likeness likeness) const;
};

struct Shape {
  Bytes text, lower;  // lower: its ASCII capitals made small
  std::vector<Segment, WipingAllocator<Segment>> segments;

  bool Like(const Shape& other, Likeness likeness = Likeness::kExact) const;
};

enum class Whole { kKnown, kUnknown };  // whether kWhole is looked for

// Deterministic. Precondition: valid UTF-8.
Shape ShapeOf(std::string_view password, Whole whole = Whole::kKnown);

// Within the class: the segment's own cell. Wide: anything of its kind and length.
enum class Width { kCell, kWide };
// Appends to `word` another text for `segment`, a part of `shape`; repeats are the caller's concern.
void DrawSegment(const Shape& shape, const Segment& segment, Width width, Bytes& word);

// Natural logarithm of the probability with which DrawSegment draws this very text, but for a constant of its class.
double LogDensityOf(const Shape& shape, const Segment& segment);

}  // namespace zoobar
