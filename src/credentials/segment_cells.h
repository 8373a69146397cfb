// What is not a word, in cells of about equal popularity: digits, symbols, unknown letters, other scripts, random text.
//
// A cell is a number for comparing. Each Draw function appends to a word another text of the cell of its argument.
#pragma once

#include <cstdint>
#include <string_view>

#include "ipc/bytes.h"

namespace zoobar {

inline constexpr std::uint32_t kNoiseCell = 0xffffffff;  // letters all alike
inline constexpr std::uint32_t kAnyCell = 0xfffffffe;    // no condition

// Unknown letters a-z, by how likely the letter model finds them.
std::uint32_t LettersCell(std::string_view lower);
void DrawLetters(std::size_t length, std::uint32_t cell, Bytes& word);

// Years, dates, runs, repeated and favourite numbers, others.
std::uint32_t DigitsCell(std::string_view digits);
// Wide: any year for a year, any other number for another.
void DrawDigits(std::size_t length, std::uint32_t cell, bool wide, Bytes& word);

// Runs of ASCII that is neither letter nor digit.
std::uint32_t SymbolsCell(std::string_view symbols);
void DrawSymbols(std::string_view like, bool wide, Bytes& word);

// How many characters at the front of `lower` lie on the keyboard one after the other.
std::size_t WalkLength(std::string_view lower);
void DrawWalk(std::size_t length, Bytes& word);

// Digits and symbols that stand for letters.
bool IsLeet(char c);
// Puts the letters in and says which replacements there were. 1 may stand for i or l.
std::uint32_t Unleet(Bytes& word, bool one_is_l);
constexpr std::uint32_t LeetCell(std::uint32_t words, std::uint32_t replacements) { return words << 10 | replacements; }
constexpr std::uint32_t LeetWords(std::uint32_t cell) { return cell >> 10; }
void ApplyLeet(std::uint32_t cell, Bytes& word);

// Characters beyond ASCII: the script, and vowel or not where vowels are letters. What is unknown stays as it is.
std::uint32_t ScriptCell(char32_t character);
void DrawScript(std::string_view like, Bytes& word);

// The alphabet that random ASCII text seems to be drawn from, but for the places of its kinds, which are kept.
std::uint32_t RandomAlphabet(std::string_view text);
void DrawRandom(std::string_view like, std::uint32_t alphabet, Bytes& word);

}  // namespace zoobar
