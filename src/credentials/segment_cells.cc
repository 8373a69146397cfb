#include "credentials/segment_cells.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "credentials/word_model.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

void Append(std::string_view piece, Bytes& word) { word.insert(word.end(), piece.begin(), piece.end()); }

// A longer unknown word is drawn only once, even if the result is of another cell. A draw is expensive, and every text
// of this length is unlikely anyway.
constexpr std::size_t kLongestLikely = 24;

// --- digits

enum DigitKind : std::uint32_t { kOther, kFirst, kLikely, kFavourite, kTwoDigitYear, kDayMonth, kDate, kSame, kYear };

int Number(std::string_view digits) {
  int number = 0;
  for (const char c : digits) number = 10 * number + (c - '0');
  return number;
}
bool IsYear(int number) { return number >= 1940 && number < 2030; }
bool IsDayMonth(std::string_view digits) {
  const int a = Number(digits.substr(0, 2)), b = Number(digits.substr(2, 2));
  return a >= 1 && b >= 1 && a <= 31 && b <= 31 && (a <= 12 || b <= 12);
}
void AppendNumber(std::uint32_t number, Bytes& word) {
  const char two[2] = {static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
  Append({two, 2}, word);
}

// --- symbols

constexpr std::string_view kCommonSymbols = "@#$*?&+%";
constexpr std::string_view kFixedSymbols = "! -_.,'";  // each has its own popularity, or separates words
constexpr std::string_view kOtherSymbols = "\"()/:;<=>[\\]^`{|}~";

std::uint32_t SymbolCell(char c) {
  if (const auto at = kFixedSymbols.find(c); at != std::string_view::npos) return static_cast<std::uint32_t>(2 + at);
  return kCommonSymbols.find(c) != std::string_view::npos ? 1 : 0;
}

// --- the keyboard

constexpr std::array<std::string_view, 6> kWalks = {
    "qwertyuiop",          "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm",
    "1q2w3e4r5t6y7u8i9o0p"};

bool IsWalk(std::string_view lower) {
  for (const std::string_view keys : kWalks) {
    if (keys.find(lower) != std::string_view::npos) return true;
    if (std::search(keys.rbegin(), keys.rend(), lower.begin(), lower.end()) != keys.rend()) return true;
  }
  return false;
}

// --- scripts

struct Range {
  char32_t first, last;
  std::u32string_view vowels;
  std::uint32_t Cell(char32_t c, std::uint32_t range) const {
    return 2 * range + (vowels.find(c) != std::u32string_view::npos);
  }
};
// The ranges contain only characters that NFC does not change, whatever stands beside them.
constexpr std::array<Range, 19> kRanges = {{{0x430, 0x44f, U"аеиоуыэюя"},
                                            {0x410, 0x42f, U"АЕИОУЫЭЮЯ"},
                                            {0x3b1, 0x3c9, U"αεηιουω"},
                                            {0x391, 0x3a1, U"ΑΕΗΙΟ"},
                                            {0xe0, 0xf6, U"àáâãäåæèéêëìíîïòóôõö"},
                                            {0xf8, 0xff, U"øùúûü"},
                                            {0xc0, 0xd6, U"ÀÁÂÃÄÅÆÈÉÊËÌÍÎÏÒÓÔÕÖ"},
                                            {0xd8, 0xde, U"ØÙÚÛÜ"},
                                            {0x5d0, 0x5ea, U""},
                                            {0x627, 0x63a, U""},
                                            {0x641, 0x64a, U""},
                                            {0x3042, 0x3093, U""},
                                            {0x30a2, 0x30f3, U""},
                                            {0xac00, 0xd7a3, U""},
                                            {0x4e00, 0x9fa5, U""},
                                            {0xe01, 0xe2e, U""},
                                            {0x915, 0x928, U""},
                                            {0x1f600, 0x1f64f, U""},
                                            {0x1f300, 0x1f5ff, U""}}};
constexpr std::uint32_t kNoScript = 0x10000;

const Range* FindRange(char32_t c) {
  const auto* const found =
      std::find_if(kRanges.begin(), kRanges.end(), [&](const Range& r) { return c >= r.first && c <= r.last; });
  return found == kRanges.end() ? nullptr : found;
}

void AppendUtf8(char32_t c, Bytes& word) {
  const auto add = [&](char32_t byte) { word.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if (c < 0x800) {
    add(0xc0 | c >> 6);
  } else if (c < 0x10000) {
    add(0xe0 | c >> 12);
    add(0x80 | (c >> 6 & 0x3f));
  } else {
    add(0xf0 | c >> 18);
    add(0x80 | (c >> 12 & 0x3f));
    add(0x80 | (c >> 6 & 0x3f));
  }
  add(0x80 | (c & 0x3f));
}

// --- random text

constexpr std::string_view kFewSymbols = "!@#$%^&*";
constexpr std::string_view kMoreSymbols = "!@#$%^&*-_=+.?";
constexpr std::string_view kAllSymbols = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
enum Alphabet : std::uint32_t { kKeepSymbols, kFew, kMore, kAll, kHex = 8 };

bool Only(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}
constexpr std::string_view kAlphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

}  // namespace

// The borders of the cells are fixed. If they depended on the given word, the real word would be in the middle of its
// cell, and a thief could recognise it by that.
std::uint32_t LettersCell(std::string_view lower) {
  const double likelihood = WordModel::Get().letters().LogLikelihood(lower);
  const auto length = static_cast<double>(lower.size());
  constexpr double kNoise = -3.9;  // log likelihood for each letter; a word below it is noise
  if (lower.size() > kLongestLikely) return likelihood / length < kNoise ? kNoiseCell : 0;
  const double width = std::max(1.0, length / 10);
  return static_cast<std::uint32_t>(-likelihood / width);
}

void DrawLetters(std::size_t length, std::uint32_t cell, Bytes& word) {
  const LetterModel& letters = WordModel::Get().letters();
  RandomPool random;
  Bytes piece;
  if (cell == kNoiseCell || cell == kAnyCell || length > kLongestLikely) {
    letters.Draw(length, cell == kNoiseCell ? 1 : 0, random, piece);
    return Append(View(piece), word);
  }
  // An unlikely word is found sooner if some of its letters are drawn with equal probability, and at the first try if
  // all of them are.
  const double a_letter = -static_cast<double>(cell) / static_cast<double>(length + 1);
  for (const double share : {0.0, 0.15, 0.4, 0.7, 1.0}) {
    if ((a_letter < -3.1 && share < 0.15) || (a_letter < -4 && share < 0.7)) continue;
    for (int tries = 0; tries < 120; ++tries) {
      letters.Draw(length, share, random, piece);
      if (LettersCell(View(piece)) == cell) return Append(View(piece), word);
    }
  }
  Append(View(piece), word);
}

std::uint32_t DigitsCell(std::string_view digits) {
  const std::size_t length = digits.size();
  if (std::string_view("1234567890").starts_with(digits)) return kFirst;
  const bool same = Only(digits, digits.substr(0, 1));
  // A number may be common for several reasons, which depend on its length. It may be a year, a date, or a favourite in
  // the list of passwords.
  if (length == 4 && IsYear(Number(digits))) {
    return kYear + 16 * static_cast<std::uint32_t>(Number(digits) / 10 % 100);
  }
  if (length >= 2 && length <= 4) {
    const Lexicon& favourites = WordModel::Get().numbers();
    if (const auto found = favourites.Find(digits)) return kFavourite + 16 * favourites.Cell(*found);
  }
  switch (length) {
    case 1:
      return Only(digits, "237") ? kLikely : kOther;
    case 2:
      return Number(digits) >= 60 || Number(digits) < 20 ? kTwoDigitYear : kOther;
    case 3:
      return kOther;
    case 4:
      return IsDayMonth(digits) ? kDayMonth : kOther;
    case 6:
      if (same) return kSame;
      if (IsDayMonth(digits)) return kDate;
      return IsDayMonth(digits.substr(2)) ? kDate + 16 : kOther;
    case 8:
      if (same) return kSame;
      if (IsDayMonth(digits) && IsYear(Number(digits.substr(4)))) return kDate;
      return IsYear(Number(digits.substr(0, 4))) && IsDayMonth(digits.substr(4)) ? kDate + 16 : kOther;
    default:
      return same ? kSame : kOther;
  }
}

void DrawDigits(std::size_t length, std::uint32_t cell, bool wide, Bytes& word) {
  RandomPool random;
  const std::size_t begin = word.size();
  if (cell == kFirst && length <= 10 && !wide) return Append(std::string_view("1234567890").substr(0, length), word);
  for (int tries = 0; tries < 300; ++tries) {
    word.resize(begin);
    const std::uint32_t kind = cell % 16;
    if (kind == kFavourite && length >= 2 && length <= 4) {
      const Lexicon& favourites = WordModel::Get().numbers();
      Append(wide ? favourites.DrawOfLength(length) : favourites.DrawFrom(cell / 16), word);
    } else if (kind == kSame) {
      word.insert(word.end(), length, random.OneOf("0123456789"));
    } else if (kind == kYear && length == 4) {
      const std::uint32_t decade = wide ? (194 + random.Below(9)) % 100 : cell / 16;
      AppendNumber(decade >= 40 ? 19 : 20, word);
      AppendNumber(10 * (decade % 10) + random.Below(10), word);
    } else if (kind == kDate && (length == 6 || length == 8)) {
      // Draws day and month in either order. If the result is not a date of this cell, it is drawn again.
      const auto year = [&] {
        const std::uint32_t number = 1940 + random.Below(90);
        if (length == 8) AppendNumber(number / 100, word);
        AppendNumber(number % 100, word);
      };
      if (cell / 16 == 1) year();
      AppendNumber(1 + random.Below(31), word);
      AppendNumber(1 + random.Below(31), word);
      if (cell / 16 == 0) year();
    } else {
      for (std::size_t i = 0; i < length; ++i) word.push_back(random.OneOf("0123456789"));
    }
    if (wide || length > 64 || DigitsCell(View(word).substr(begin)) == cell) return;
  }
}

std::uint32_t SymbolsCell(std::string_view symbols) {
  std::uint32_t cell = 1;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const bool again = i > 0 && symbols[i] == symbols[i - 1];
    cell = cell * 16777619u ^ (again ? 15 : SymbolCell(symbols[i]));
  }
  return cell;
}

void DrawSymbols(std::string_view like, bool wide, Bytes& word) {
  RandomPool random;
  for (std::size_t i = 0; i < like.size(); ++i) {
    if (i > 0 && like[i] == like[i - 1]) {
      word.push_back(word.back());
    } else if (wide && like[i] != ' ') {
      word.push_back(random.OneOf(kAllSymbols));
    } else if (const std::uint32_t cell = SymbolCell(like[i]); cell >= 2) {
      word.push_back(like[i]);
    } else {
      word.push_back(random.OneOf(cell == 1 ? kCommonSymbols : kOtherSymbols));
    }
  }
}

std::size_t WalkLength(std::string_view lower) {
  std::size_t length = std::min<std::size_t>(lower.size(), 4);
  if (length < 4 || !IsWalk(lower.substr(0, length))) return 0;
  while (length < lower.size() && IsWalk(lower.substr(0, length + 1))) ++length;
  return length;
}

void DrawWalk(std::size_t length, Bytes& word) {
  RandomPool random;
  for (int tries = 0; tries < 200; ++tries) {
    const std::string_view keys = kWalks[random.Below(kWalks.size())];
    if (keys.size() < length) continue;
    const std::string_view walk = keys.substr(random.Below(keys.size() - length + 1), length);
    if (random.Below(4) == 0) {
      word.insert(word.end(), walk.rbegin(), walk.rend());
    } else {
      Append(walk, word);
    }
    return;
  }
}

namespace {
struct Replacement {
  char sign, letter;
};
constexpr std::array<Replacement, 10> kReplacements = {{{'4', 'a'},
                                                        {'@', 'a'},
                                                        {'3', 'e'},
                                                        {'1', 'i'},
                                                        {'!', 'i'},
                                                        {'1', 'l'},
                                                        {'0', 'o'},
                                                        {'5', 's'},
                                                        {'$', 's'},
                                                        {'7', 't'}}};
}  // namespace

bool IsLeet(char c) {
  return std::any_of(kReplacements.begin(), kReplacements.end(), [&](Replacement r) { return r.sign == c; });
}

std::uint32_t Unleet(Bytes& word, bool one_is_l) {
  std::uint32_t used = 0;
  for (char& c : word) {
    for (std::size_t i = 0; i < kReplacements.size(); ++i) {
      if (c != kReplacements[i].sign || (c == '1' && (kReplacements[i].letter == 'l') != one_is_l)) continue;
      c = kReplacements[i].letter;
      used |= 1u << i;
      break;
    }
  }
  return used;
}

void ApplyLeet(std::uint32_t cell, Bytes& word) {
  for (std::size_t at = 1; at + 1 < word.size(); ++at) {  // the first and last characters stay letters
    for (std::size_t i = 0; i < kReplacements.size(); ++i) {
      if ((cell >> i & 1) != 0 && word[at] == kReplacements[i].letter) {
        word[at] = kReplacements[i].sign;
        break;
      }
    }
  }
}

std::uint32_t ScriptCell(char32_t character) {
  const Range* const range = FindRange(character);
  if (!range) return kNoScript + character;
  return range->Cell(character, static_cast<std::uint32_t>(range - kRanges.data()));
}

void DrawScript(std::string_view like, Bytes& word) {
  RandomPool random;
  while (!like.empty()) {
    const Utf8Character character = FirstUtf8(like);
    if (const Range* const range = FindRange(character.code)) {
      char32_t drawn = 0;
      do {
        drawn = range->first + random.Below(range->last - range->first + 1);
      } while (ScriptCell(drawn) != ScriptCell(character.code));
      AppendUtf8(drawn, word);
    } else {
      Append(like.substr(0, character.length), word);
    }
    like.remove_prefix(character.length);
  }
}

std::uint32_t RandomAlphabet(std::string_view text) {
  bool few = true, more = true, hex = true, letters = false, separators = true;
  char separator = 0;
  for (const char c : text) {
    if (kAlphanumeric.find(c) != std::string_view::npos) {
      letters |= c > '9';
      hex &= c <= '9' || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      continue;
    }
    few &= kFewSymbols.find(c) != std::string_view::npos;
    more &= kMoreSymbols.find(c) != std::string_view::npos;
    separators &= (c == '-' || c == '_' || c == '.') && (separator == 0 || separator == c);
    separator = c;
  }
  // Random text may look like hexadecimal digits by chance. Then the honeywords look like that too, which does no harm.
  const std::uint32_t digits = letters && hex && text.size() >= 8 ? std::uint32_t{kHex} : 0;
  return digits | (separators ? kKeepSymbols : few ? kFew : more ? kMore : kAll);
}

void DrawRandom(std::string_view like, std::uint32_t alphabet, Bytes& word) {
  RandomPool random;
  const std::uint32_t letters = (alphabet & kHex) != 0 ? 6 : 26;
  const std::uint32_t symbols = alphabet & ~static_cast<std::uint32_t>(kHex);
  for (const char c : like) {
    if (IsDigit(c)) {
      word.push_back(random.OneOf("0123456789"));
    } else if (IsLower(c)) {
      word.push_back(static_cast<char>('a' + random.Below(letters)));
    } else if (IsUpper(c)) {
      word.push_back(static_cast<char>('A' + random.Below(letters)));
    } else if (symbols == kKeepSymbols) {
      word.push_back(c);
    } else {
      word.push_back(random.OneOf(symbols == kFew ? kFewSymbols : symbols == kMore ? kMoreSymbols : kAllSymbols));
    }
  }
}

}  // namespace zoobar
