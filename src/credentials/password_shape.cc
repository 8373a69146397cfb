#include "credentials/password_shape.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "credentials/segment_cells.h"
#include "credentials/word_model.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::size_t kLongestRun = 64;  // letters; longer runs are not searched for words
constexpr std::size_t kLongestWord = 20;

class Parser {
 public:
  explicit Parser(std::string_view password) {
    shape_.text = ToBytes(password);
    shape_.lower = shape_.text;
    for (char& c : shape_.lower) c = ToLower(c);
    text_ = View(shape_.text);
    lower_ = View(shape_.lower);
  }

  Shape Parse(Whole whole) {
    if (!(whole == Whole::kKnown && InList()) && !Random()) {
      for (std::size_t at = 0; at < text_.size();) at = Next(at);
      FindRepeats();
    }
    return std::move(shape_);
  }

 private:
  Segment& Add(Segment::Kind kind, std::size_t begin, std::size_t end, std::uint32_t cell = 0) {
    Segment segment{};
    segment.kind = kind;
    segment.begin = static_cast<std::uint32_t>(begin);
    segment.bytes = segment.length = static_cast<std::uint32_t>(end - begin);
    segment.cell = cell;
    std::size_t letters = 0, capitals = 0;
    for (std::size_t i = begin; i < end; ++i) {
      if (!IsLetter(text_[i])) continue;
      ++letters;
      if (IsUpper(text_[i])) {
        ++capitals;
        segment.detail = (segment.detail << 5 | segment.detail >> 27) ^ static_cast<std::uint32_t>(i - begin + 1);
      }
    }
    if (capitals == 0) {
      segment.letter_case = Segment::kLower;
    } else if (capitals == 1 && IsUpper(text_[begin])) {
      segment.letter_case = Segment::kCapital;
    } else {
      segment.letter_case = capitals == letters ? Segment::kUpper : Segment::kMixed;
    }
    if (segment.letter_case != Segment::kMixed) segment.detail = 0;
    shape_.segments.push_back(segment);
    return shape_.segments.back();
  }

  std::size_t EndOf(std::size_t begin, bool (*is)(char)) const {
    while (begin < text_.size() && is(text_[begin])) ++begin;
    return begin;
  }

  bool InList() {
    if (text_.size() > kLongestRun || std::all_of(text_.begin(), text_.end(), IsLetter)) return false;
    const Lexicon& list = WordModel::Get().passwords();
    const auto found = list.Find(lower_);
    if (found) Add(Segment::kWhole, 0, text_.size(), list.Cell(*found));
    return found.has_value();
  }

  // If the password looks like random text, adds all of it as one segment and returns true. Random text changes often
  // between kinds of characters, and contains no word.
  bool Random() {
    if (text_.size() < 8 || !std::all_of(text_.begin(), text_.end(), IsAscii)) return false;
    const auto kind = [](char c) { return IsUpper(c) ? 'A' : IsLower(c) ? 'a' : IsDigit(c) ? '0' : '!'; };
    std::size_t runs = 1;
    for (std::size_t i = 1; i < text_.size(); ++i) {
      if (text_[i] == ' ') return false;
      const char before = kind(text_[i - 1]), now = kind(text_[i]);
      const bool capital = before == 'A' && now == 'a' && (i == 1 || kind(text_[i - 2]) != 'A');
      runs += before != now && !capital;
    }
    if (runs < 4 || 5 * runs < 2 * text_.size()) return false;
    for (std::size_t begin = 0; begin < text_.size(); ++begin) {
      if (!IsLetter(text_[begin])) continue;
      if (LeetEnd(begin).end != 0) return false;
      const std::size_t end = EndOf(begin, IsLetter);
      if (end - begin >= 4 && end - begin <= kLongestWord &&
          WordModel::Get().words().Find(lower_.substr(begin, end - begin))) {
        return false;
      }
      begin = end - 1;
    }
    if (WalkLength(lower_) == text_.size() || Pronounceable()) return false;
    Add(Segment::kRandom, 0, text_.size(), RandomAlphabet(text_));
    std::uint32_t pattern = 1;
    for (const char c : text_) pattern = pattern * 16777619u ^ static_cast<unsigned char>(kind(c));
    shape_.segments.back().letter_case = Segment::kLower;
    shape_.segments.back().detail = pattern;
    return true;
  }

  // Whether all letters of the password, written one after the other, look like a word that can be pronounced.
  bool Pronounceable() const {
    Bytes letters;
    std::copy_if(lower_.begin(), lower_.end(), std::back_inserter(letters), IsLower);
    constexpr double kNoise = -3.5;  // log likelihood for each letter; letters below it are noise
    return letters.size() >= 5 &&
           WordModel::Get().letters().LogLikelihood(View(letters)) > kNoise * static_cast<double>(letters.size() + 1);
  }

  std::size_t Next(std::size_t begin) {
    const char c = text_[begin];
    if (!IsAscii(c)) return Script(begin);
    if (const std::size_t walk = WalkLength(lower_.substr(begin)); walk >= 4) {
      const std::string_view keys = lower_.substr(begin, walk);
      const bool digits = std::all_of(keys.begin(), keys.end(), IsDigit);
      const std::size_t letters = EndOf(begin, IsLetter);
      const bool word = letters > begin && letters - begin <= kLongestWord &&
                        WordModel::Get().words().Find(lower_.substr(begin, letters - begin));
      if (!digits && !word && letters <= begin + walk) {
        Add(Segment::kWalk, begin, begin + walk);
        return begin + walk;
      }
    }
    if (IsDigit(c)) return Digits(begin);
    if (!IsLetter(c)) {
      const std::size_t end = EndOf(begin, [](char s) { return IsAscii(s) && !IsLetter(s) && !IsDigit(s); });
      Add(Segment::kSymbols, begin, end, SymbolsCell(text_.substr(begin, end - begin)));
      return end;
    }
    if (const Leet leet = LeetEnd(begin); leet.end != 0) {
      Add(Segment::kLeet, begin, leet.end, leet.cell);
      return leet.end;
    }
    const std::size_t run = EndOf(begin, IsLetter);
    if (const auto word = FindWord(begin, run)) {
      AddWord(begin, run, *word);
      return run;
    }
    // As in CamelCase, a capital after a small letter begins a new word.
    std::size_t end = begin + 1;
    while (end < text_.size() && IsLetter(text_[end]) && !(IsUpper(text_[end]) && IsLower(text_[end - 1]))) ++end;
    Letters(begin, end);
    return end;
  }

  // If the range [begin, end) repeats one text again and again, returns the length of that text. Else returns 0.
  std::size_t Period(std::size_t begin, std::size_t end) const {
    for (std::size_t period = 1; period <= std::min<std::size_t>((end - begin) / 2, kLongestWord); ++period) {
      if ((end - begin) % period != 0) continue;
      std::size_t i = begin + period;
      while (i < end && lower_[i] == lower_[i - period]) ++i;
      if (i == end) return period;
    }
    return 0;
  }

  std::size_t Digits(std::size_t begin) {
    const std::size_t end = EndOf(begin, IsDigit);
    const std::size_t period = end - begin >= 6 && end - begin <= kLongestRun ? Period(begin, end) : 0;
    const std::size_t step = period >= 2 ? period : end - begin;
    for (std::size_t at = begin; at < end; at += step) {
      Add(Segment::kDigits, at, at + step, DigitsCell(text_.substr(at, step)));
    }
    return end;
  }

  void Letters(std::size_t begin, std::size_t end) {
    if (const auto word = FindWord(begin, end)) return AddWord(begin, end, *word);
    const std::size_t period = Period(begin, end);
    if (period == 1 && end - begin >= 3) {
      Add(Segment::kRepeat, begin, end);
    } else if (end - begin > kLongestRun) {
      AddUnknown(begin, end);
    } else if (period >= 2) {
      for (std::size_t at = begin; at < end; at += period) Words(at, at + period);
    } else {
      Words(begin, end);
    }
  }

  std::optional<std::uint32_t> FindWord(std::size_t begin, std::size_t end) const {
    if (end - begin > kLongestWord) return std::nullopt;
    return WordModel::Get().words().Find(lower_.substr(begin, end - begin));
  }
  void AddWord(std::size_t begin, std::size_t end, std::uint32_t word) {
    Add(Segment::kWord, begin, end, WordModel::Get().words().Cell(word));
  }

  void AddUnknown(std::size_t begin, std::size_t end) {
    const std::uint32_t cell = LettersCell(lower_.substr(begin, end - begin));
    Add(cell == kNoiseCell ? Segment::kNoise : Segment::kLetters, begin, end, cell);
  }

  // Divides a run of letters into words and unknown parts. Of all divisions, takes the one that costs the fewest bits.
  void Words(std::size_t begin, std::size_t end) {
    struct Step {
      double cost = 1e9;
      std::uint32_t from = 0;
      std::optional<std::uint32_t> word;
    };
    const Lexicon& words = WordModel::Get().words();
    std::vector<Step, WipingAllocator<Step>> best;
    for (std::size_t i = 0; i <= end - begin; ++i) best.push_back(Step{});
    best[0].cost = 0;
    for (std::size_t to = 1; to <= end - begin; ++to) {
      for (std::size_t from = 0; from < to; ++from) {
        const std::size_t length = to - from;
        std::optional<std::uint32_t> word;
        if (length >= 2) word = FindWord(begin + from, begin + to);
        double cost = 7 + best[from].cost;
        if (!word) {
          cost += 6 + 4.2 * static_cast<double>(length);
        } else if (words.Group(*word) == WordModel::kPassword) {
          cost += 3 + std::log2(words.Rank(*word) + 30);
        } else {
          cost += words.Group(*word) == WordModel::kShort ? 11 : 17;
        }
        if (cost < best[to].cost) best[to] = {cost, static_cast<std::uint32_t>(from), word};
      }
    }
    std::vector<std::uint32_t, WipingAllocator<std::uint32_t>> ends;
    for (auto to = static_cast<std::uint32_t>(end - begin); to > 0; to = best[to].from) ends.push_back(to);
    for (auto to = ends.rbegin(); to != ends.rend(); ++to) {
      const Step& step = best[*to];
      if (step.word) {
        AddWord(begin + step.from, begin + *to, *step.word);
      } else {
        AddUnknown(begin + step.from, begin + *to);
      }
    }
  }

  struct Leet {
    std::size_t end = 0;  // 0: no word found
    std::uint32_t cell = 0;
  };
  // Finds the word that begins at `begin` and has digits or symbols in place of some inner letters, like passw0rd.
  Leet LeetEnd(std::size_t begin) const {
    std::size_t end = begin, last = begin;
    bool replaced = false;
    for (; end < text_.size() && end - begin <= kLongestWord; ++end) {
      if (IsLetter(text_[end])) {
        replaced |= end > last + 1;
        last = end;
      } else if (!IsLeet(text_[end])) {
        break;
      }
    }
    const std::size_t length = last + 1 - begin;
    if (!replaced || length < 4 || length > kLongestWord) return {};
    for (const bool one_is_l : {false, true}) {
      Bytes word = ToBytes(lower_.substr(begin, length));
      const std::uint32_t kinds = Unleet(word, one_is_l);
      const Lexicon& words = WordModel::Get().words();
      if (const auto found = words.Find(View(word))) return {last + 1, LeetCell(words.Cell(*found), kinds)};
    }
    return {};
  }

  std::size_t Script(std::size_t begin) {
    std::size_t end = begin;
    std::uint32_t pattern = 1, length = 0;
    while (end < text_.size() && !IsAscii(text_[end])) {
      const Utf8Character character = FirstUtf8(text_.substr(end));
      pattern = pattern * 16777619u ^ ScriptCell(character.code);
      end += character.length;
      ++length;
    }
    Add(Segment::kScript, begin, end, pattern).length = length;
    return end;
  }

  void FindRepeats() {
    auto& segments = shape_.segments;
    if (segments.size() > kLongestRun) return;
    for (std::size_t i = 1; i < segments.size(); ++i) {
      if (segments[i].kind == Segment::kSymbols || segments[i].bytes < 2) continue;
      for (std::size_t j = 0; j < i; ++j) {
        if (segments[j].kind == segments[i].kind && segments[j].same_as == 0 &&
            lower_.substr(segments[j].begin, segments[j].bytes) ==
                lower_.substr(segments[i].begin, segments[i].bytes)) {
          segments[i].same_as = static_cast<std::uint16_t>(j + 1);
          break;
        }
      }
    }
  }

  Shape shape_;
  std::string_view text_, lower_;
};

}  // namespace

bool Segment::Like(const Segment& other, Likeness likeness) const {
  const bool loose = likeness == Likeness::kLoose;
  const bool same_cell = cell == other.cell || (loose && kind == kLetters) ||
                         (loose && kind == kLeet && LeetWords(cell) == LeetWords(other.cell));
  return kind == other.kind && letter_case == other.letter_case && length == other.length && same_cell &&
         detail == other.detail && same_as == other.same_as;
}

bool Shape::Like(const Shape& other, Likeness likeness) const {
  return std::equal(segments.begin(), segments.end(), other.segments.begin(), other.segments.end(),
                    [&](const Segment& a, const Segment& b) { return a.Like(b, likeness); });
}

Shape ShapeOf(std::string_view password, Whole whole) { return Parser(password).Parse(whole); }

}  // namespace zoobar
