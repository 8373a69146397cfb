#include "credentials/looks.h"

#include <fmt/format.h>
#include <sodium.h>
#include <utf8proc.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "credentials/compiled_confusables.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr int kVersion = 3;  // of the table and of what is done with it
// Characters that cannot be seen, although Unicode calls them neither spaces nor default ignorable: a Braille pattern
// without dots, blanks between hieroglyphs, a note without a head; and marks of annotations, which take no place.
constexpr utf8proc_int32_t kBlanks[] = {0x2800, 0x13441, 0x13442, 0x1D159};
constexpr utf8proc_int32_t kUnseen[] = {0xFFF9, 0xFFFA, 0xFFFB};
// Bidi_Control (Unicode Standard Annex 9, 2).
constexpr char32_t kMarksOfDirection[] = {0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C,
                                          0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069};
constexpr utf8proc_int32_t kDotAbove = 0x0307;
constexpr int kAbove = 230;  // the combining class of marks above a letter

using CodePointList = std::vector<utf8proc_int32_t>;

enum class Case { kKeep, kFold };

// Returns the text in NFD, without characters that cannot be seen, and with its case folded if this is wanted.
CodePointList Decomposed(std::string_view text, Case letter_case) {
  int options = UTF8PROC_DECOMPOSE | UTF8PROC_IGNORE;
  if (letter_case == Case::kFold) options |= UTF8PROC_CASEFOLD;
  const auto* const bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto size = static_cast<utf8proc_ssize_t>(text.size());
  const auto chosen = static_cast<utf8proc_option_t>(options);
  // The first call only counts.
  const utf8proc_ssize_t needed = utf8proc_decompose(bytes, size, nullptr, 0, chosen);
  if (needed < 0) return {};
  CodePointList points(static_cast<std::size_t>(needed));
  const utf8proc_ssize_t used = utf8proc_decompose(bytes, size, points.data(), needed, chosen);
  points.resize(used < 0 ? 0 : static_cast<std::size_t>(used));
  return points;
}

std::string Encoded(const CodePointList& points) {
  std::string text;
  utf8proc_uint8_t bytes[4];
  for (const utf8proc_int32_t point : points) {
    const utf8proc_ssize_t size = utf8proc_encode_char(point, bytes);
    text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
  return text;
}

// i, j and what looks like l have or get a dot of their own: a combining dot above them cannot be seen in most fonts.
CodePointList WithoutHiddenDots(const CodePointList& points) {
  CodePointList result;
  bool hides = false;  // whether a dot that comes now would be hidden
  for (const utf8proc_int32_t point : points) {
    if (hides && point == kDotAbove) continue;
    const auto combining = utf8proc_get_property(point)->combining_class;
    if (combining == 0) hides = point == 'i' || point == 'j' || point == 'l';
    if (combining == kAbove) hides = false;
    result.push_back(point);
  }
  return result;
}

// Puts in place of each character what stands for all characters that look like it.
std::string Prototypes(const CodePointList& points) {
  const auto confusables = CompiledConfusables();
  const auto prototypes = CompiledPrototypes();
  CodePointList result;
  for (const utf8proc_int32_t point : points) {
    const auto code = static_cast<char32_t>(point);
    const auto found = std::lower_bound(confusables.begin(), confusables.end(), code,
                                        [](const Confusable& each, char32_t from) { return each.from < from; });
    if (found == confusables.end() || found->from != code) {
      result.push_back(point);
      continue;
    }
    for (const char32_t each : prototypes.subspan(found->at, found->size))
      result.push_back(static_cast<utf8proc_int32_t>(each));
  }
  return Encoded(WithoutHiddenDots(result));
}

bool IsOneOf(std::span<const utf8proc_int32_t> list, utf8proc_int32_t point) {
  return std::ranges::find(list, point) != list.end();
}

bool IsBlank(utf8proc_int32_t point) {
  return IsOneOf(kBlanks, point) || utf8proc_category(point) == UTF8PROC_CATEGORY_ZS;
}

// Leaves one space between two words, and none at the ends.
CodePointList WithPlainSpaces(const CodePointList& points) {
  CodePointList result;
  bool space = false;
  for (const utf8proc_int32_t point : points) {
    if (IsOneOf(kUnseen, point)) continue;
    if (IsBlank(point)) {
      space = !result.empty();
      continue;
    }
    if (std::exchange(space, false)) result.push_back(' ');
    result.push_back(point);
  }
  return result;
}

bool IsMarkOfDirection(char32_t code) {
  return std::ranges::find(kMarksOfDirection, code) != std::end(kMarksOfDirection);
}

bool TurnsText(std::string_view name) {
  for (Utf8Character next; !name.empty(); name.remove_prefix(next.length)) {
    next = FirstUtf8(name);
    if (IsMarkOfDirection(next.code)) return true;
  }
  return false;
}

// The characters of the name, each with the marks that combine with it, without the marks of direction.
std::vector<std::string> Clusters(std::string_view name) {
  std::vector<std::string> clusters;
  for (Utf8Character next; !name.empty(); name.remove_prefix(next.length)) {
    next = FirstUtf8(name);
    if (IsMarkOfDirection(next.code)) continue;
    const bool combines = utf8proc_get_property(static_cast<utf8proc_int32_t>(next.code))->combining_class != 0;
    if (clusters.empty() || !combines) clusters.emplace_back();
    clusters.back() += name.substr(0, next.length);
  }
  return clusters;
}

bool IsOfWord(std::string_view cluster) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(FirstUtf8(cluster).code));
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) || category == UTF8PROC_CATEGORY_ND;
}

std::string Hashed(char which, const CodePointList& points) {
  const std::string text = which + Encoded(WithPlainSpaces(points));
  std::string hash(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  return hash;
}

}  // namespace

Looks LooksOf(std::string_view name) {
  const std::string folded_first = Prototypes(Decomposed(name, Case::kFold));
  const std::string folded_last = Prototypes(Decomposed(name, Case::kKeep));
  return {Hashed('1', Decomposed(folded_first, Case::kKeep)), Hashed('2', Decomposed(folded_last, Case::kFold))};
}

std::vector<Looks> LooksAsShown(std::string_view name) {
  const std::vector<std::string> clusters = Clusters(name);
  std::vector<Looks> looks = {LooksOf(name)};
  if (!TurnsText(name)) return looks;
  std::string turned, words;
  for (auto each = clusters.rbegin(); each != clusters.rend(); ++each) turned += *each;
  for (std::size_t end = clusters.size(); end > 0;) {
    std::size_t begin = end - 1;
    while (begin > 0 && IsOfWord(clusters[begin]) && IsOfWord(clusters[begin - 1])) --begin;
    for (std::size_t i = begin; i < end; ++i) words += clusters[i];
    end = begin;
  }
  looks.push_back(LooksOf(turned));
  looks.push_back(LooksOf(words));
  return looks;
}

std::vector<std::string> InOneList(const std::vector<Looks>& looks) {
  std::vector<std::string> all;
  for (const Looks& each : looks) all.insert(all.end(), each.begin(), each.end());
  return all;
}

std::string LooksVersion() { return fmt::format("{} {}", kVersion, utf8proc_unicode_version()); }

}  // namespace zoobar
