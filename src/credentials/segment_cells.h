// The parts of passwords that are not words, in cells of about equal popularity: digits, symbols, unknown letters,
// other scripts, random text.
//
// A cell is a number that is only compared. Each Draw function appends to `word` another text of the same cell as its
// argument.
#pragma once

#include <cstdint>
#include <string_view>

#include "ipc/bytes.h"

namespace zoobar {

inline constexpr std::uint32_t kNoiseCell = 0xffffffff;  // all letters are equally likely
inline constexpr std::uint32_t kAnyCell = 0xfffffffe;    // any cell will do

// Unknown letters a-z, by their likelihood in the letter model.
std::uint32_t LettersCell(std::string_view lower);
void DrawLetters(std::size_t length, std::uint32_t cell, Bytes& word);

// Years, dates, rising digits, repeated digits, favourite numbers, and others.
std::uint32_t DigitsCell(std::string_view digits);
// `wide`: draws any year for a year, and any other number for another number.
void DrawDigits(std::size_t length, std::uint32_t cell, bool wide, Bytes& word);

// Runs of ASCII characters that are neither letters nor digits.
std::uint32_t SymbolsCell(std::string_view symbols);
void DrawSymbols(std::string_view like, bool wide, Bytes& word);

// How many characters at the front of `lower` are neighbours on the keyboard, one after the other. 0 if fewer than
// four.
std::size_t WalkLength(std::string_view lower);
void DrawWalk(std::size_t length, Bytes& word);

// Digits and symbols that stand for letters.
bool IsLeet(char c);
// Replaces these by letters, and returns which replacements there were, as bits. 1 may stand for i or l.
std::uint32_t Unleet(Bytes& word, bool one_is_l);
constexpr std::uint32_t LeetCell(std::uint32_t words, std::uint32_t replacements) { return words << 10 | replacements; }
constexpr std::uint32_t LeetWords(std::uint32_t cell) { return cell >> 10; }
void ApplyLeet(std::uint32_t cell, Bytes& word);

// Characters beyond ASCII: by script, and by vowel or not in scripts where vowels are letters. Characters of an unknown
// script are kept as they are.
std::uint32_t ScriptCell(char32_t character);
void DrawScript(std::string_view like, Bytes& word);

// The alphabet from which random ASCII text seems to be drawn. DrawRandom keeps the places of lower case, upper case,
// digits and symbols.
std::uint32_t RandomAlphabet(std::string_view text);
void DrawRandom(std::string_view like, std::uint32_t alphabet, Bytes& word);

}  // namespace zoobar
