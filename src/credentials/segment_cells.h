// Puts the parts of passwords that are not words into cells of about equal popularity, and draws other texts of a cell.
// These parts are digits, symbols, unknown letters, other scripts and random text.
//
// A cell is a number that callers may compare, and nothing else. Each Draw function appends to `word` another text of
// the cell that its argument gives.
#pragma once

#include <cstdint>
#include <string_view>

#include "ipc/bytes.h"

namespace zoobar {

inline constexpr std::uint32_t kNoiseCell = 0xffffffff;  // for letters that are all equally likely
inline constexpr std::uint32_t kAnyCell = 0xfffffffe;    // for a draw from any cell

// For unknown words of the letters a-z. The cell depends on the word's likelihood in the letter model.
std::uint32_t LettersCell(std::string_view lower);
void DrawLetters(std::size_t length, std::uint32_t cell, Bytes& word);

// For runs of digits. There are cells for years, dates, rising digits, repeated digits, favourite numbers, and others.
std::uint32_t DigitsCell(std::string_view digits);
// If `wide` is true, draws any number of the same kind, whatever its cell. For a year, for example, it draws any year.
void DrawDigits(std::size_t length, std::uint32_t cell, bool wide, Bytes& word);

// For runs of ASCII characters that are neither letters nor digits.
std::uint32_t SymbolsCell(std::string_view symbols);
void DrawSymbols(std::string_view like, bool wide, Bytes& word);

// Returns how many characters at the front of `lower` are neighbours on the keyboard, one after the other. Returns 0 if
// there are fewer than four.
std::size_t WalkLength(std::string_view lower);
void DrawWalk(std::size_t length, Bytes& word);

// Whether this digit or symbol may stand for a letter, like 3 for e.
bool IsLeet(char c);
// Replaces digits and symbols in `word` by the letters that they stand for. Returns which replacements were made, as
// bits. The digit 1 becomes l if `one_is_l` is true, else i.
std::uint32_t Unleet(Bytes& word, bool one_is_l);
constexpr std::uint32_t LeetCell(std::uint32_t words, std::uint32_t replacements) { return words << 10 | replacements; }
constexpr std::uint32_t LeetWords(std::uint32_t cell) { return cell >> 10; }
void ApplyLeet(std::uint32_t cell, Bytes& word);

// For a character beyond ASCII. The cell depends on its script and, if the script has letters for vowels, on whether it
// is a vowel. DrawScript keeps characters of an unknown script as they are.
std::uint32_t ScriptCell(char32_t character);
void DrawScript(std::string_view like, Bytes& word);

// Returns the alphabet from which random ASCII text seems to be drawn. DrawRandom puts lower case, upper case, digits
// and symbols in the same places as in `like`.
std::uint32_t RandomAlphabet(std::string_view text);
void DrawRandom(std::string_view like, std::uint32_t alphabet, Bytes& word);

}  // namespace zoobar
