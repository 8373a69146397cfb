#include "credentials/honeywords.h"

#include <sodium.h>

#include <algorithm>
#include <limits>

#include "credentials/password_shape.h"
#include "credentials/segment_drawing.h"
#include "credentials/word_model.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::size_t kMostBytes = 4096;
constexpr std::size_t kMostParsed = 128;  // bytes; the shapes of longer words are not checked
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kMixture = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&*+-.?@_";

bool IsPrintable(std::string_view text) {
  if (!IsUtf8(text)) return false;
  for (Utf8Character c; !text.empty(); text.remove_prefix(c.length)) {
    c = FirstUtf8(text);
    if (c.code < 0x20 || (c.code >= 0x7f && c.code < 0xa0)) return false;
  }
  return true;
}

// Collects the honeywords that are drawn for one password.
class Sweetwords {
 public:
  Sweetwords(std::string_view real, std::size_t count, const Acceptable& acceptable)
      : real_(real), count_(count), acceptable_(acceptable) {}

  bool Full() const { return words_.size() >= count_; }
  std::vector<Bytes> Take() { return std::move(words_); }

  // Adds words until there are enough, or until `most_refused` words in a row were refused. `draw` writes a word into
  // its empty argument, and returns false if it failed.
  template <typename Draw>
  void Fill(int most_refused, bool by_policy, Draw draw) {
    for (int refused = 0; !Full() && refused < most_refused; ++refused) {
      Bytes word;
      if (draw(word) && Fits(View(word), by_policy)) {
        words_.push_back(std::move(word));
        refused = -1;
      }
    }
  }

 private:
  bool Fits(std::string_view word, bool by_policy) const {
    return word.size() <= kMostBytes && FarApart(word, real_) &&
           std::all_of(words_.begin(), words_.end(), [&](const Bytes& other) { return FarApart(word, View(other)); }) &&
           (!by_policy || !acceptable_ || acceptable_(word));
  }

  std::string_view real_;
  std::size_t count_;
  const Acceptable& acceptable_;
  std::vector<Bytes> words_;
};

// Draws every segment of the shape anew. For a segment that repeats an earlier one, repeats the text that was drawn for
// the earlier one.
void DrawLike(const Shape& shape, Width width, Bytes& word) {
  std::vector<std::size_t> begins;
  for (const Segment& segment : shape.segments) {
    begins.push_back(word.size());
    if (segment.same_as == 0) {
      DrawSegment(shape, segment, width, word);
      continue;
    }
    const std::size_t first = segment.same_as - 1u;
    const Bytes again = ToBytes(View(word).substr(begins[first], begins[first + 1] - begins[first]));
    word.insert(word.end(), again.begin(), again.end());
  }
}

// Draws random characters of the same kinds in the same places as in `real`.
void DrawPattern(std::string_view real, Bytes& word) {
  RandomPool random;
  for (const char c : real) {
    const bool kept = !IsAscii(c) || c == ' ';
    if (kept) {
      word.push_back(c);
    } else if (IsDigit(c)) {
      word.push_back(random.OneOf(kMixture.substr(52, 10)));
    } else if (IsUpper(c)) {
      word.push_back(random.OneOf(kMixture.substr(26, 26)));
    } else {
      word.push_back(random.OneOf(IsLower(c) ? kLetters : kMixture.substr(62)));
    }
  }
}

void DrawOf(std::string_view characters, std::size_t length, Bytes& word) {
  RandomPool random;
  while (word.size() < length) word.push_back(random.OneOf(characters));
}

// Adds words of random characters, longer and longer ones, until there are enough. At last it also adds words that the
// site's rules refuse.
void FillAnyhow(std::string_view real, Sweetwords& sweet) {
  const std::size_t length = std::min(real.size(), kMostBytes);
  for (const bool by_policy : {true, false}) {
    for (const std::size_t more : {0, 0, 1, 2, 4, 8, 16}) {
      const std::size_t size = std::min(length + more, kMostBytes);
      sweet.Fill(12, by_policy, [&](Bytes& word) {
        DrawOf(kMixture, size, word);
        return size > 0;
      });
      if (more == 0) {
        sweet.Fill(12, by_policy, [&](Bytes& word) {
          DrawOf(kLetters, size, word);
          return size > 0;
        });
      }
    }
  }
  // This loop ends, because random words that grow longer are different enough at some length, however many are needed.
  for (std::size_t size = std::min(length + 16, kMostBytes); !sweet.Full(); size = std::min(size + 1, kMostBytes)) {
    sweet.Fill(12, false, [&](Bytes& word) {
      DrawOf(kMixture, size, word);
      return true;
    });
  }
}

char Tweaked(char c, RandomPool& random) {
  if (IsDigit(c)) return random.OneOf("0123456789");
  if (IsUpper(c)) return random.OneOf(kMixture.substr(26, 26));
  if (IsLower(c)) return random.OneOf(kLetters);
  return c == ' ' || !IsAscii(c) ? c : random.OneOf("!#$%&*+-.?@_");
}

}  // namespace

std::vector<Bytes> DrawHoneywords(std::string_view real, std::size_t count, const Acceptable& acceptable) {
  Sweetwords sweet(real, count, acceptable);
  if (IsPrintable(real) && !real.empty()) {
    const bool brief = real.size() <= kMostParsed;
    const auto draw_like = [&](const Shape& shape, Whole whole, Likeness likeness) {
      sweet.Fill(brief ? 100 : 8, true, [&](Bytes& word) {
        DrawLike(shape, Width::kCell, word);
        return !brief || ShapeOf(View(word), whole).Like(shape, likeness);
      });
    };
    Shape shape = ShapeOf(real);
    draw_like(shape, Whole::kKnown, Likeness::kExact);
    if (!shape.segments.empty() && shape.segments[0].kind == Segment::kWhole) {
      shape = ShapeOf(real, Whole::kUnknown);
      draw_like(shape, Whole::kUnknown, Likeness::kExact);
    }
    draw_like(shape, Whole::kUnknown, Likeness::kLoose);
    sweet.Fill(brief ? 60 : 8, true, [&](Bytes& word) {
      DrawLike(shape, Width::kWide, word);
      return true;
    });
    sweet.Fill(brief ? 60 : 8, true, [&](Bytes& word) {
      DrawPattern(real, word);
      return true;
    });
  }
  FillAnyhow(real, sweet);
  return sweet.Take();
}

std::vector<Bytes> TweakHoneywords(std::string_view real, std::size_t count, const Acceptable& acceptable) {
  Sweetwords sweet(real, count, acceptable);
  RandomPool random;
  if (IsPrintable(real)) {
    for (std::size_t letters = 0; letters <= 4; ++letters) {
      sweet.Fill(200, true, [&](Bytes& word) {
        word = ToBytes(real);
        std::size_t left = letters;
        for (std::size_t i = word.size(); i-- > 0;) {
          const bool letter = IsLetter(word[i]);
          if (letter && left == 0) break;
          if (letter) --left;
          word[i] = Tweaked(word[i], random);
        }
        return true;
      });
    }
  }
  FillAnyhow(real, sweet);
  return sweet.Take();
}

bool FarApart(std::string_view a, std::string_view b) {
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  // Cuts off the beginning that both texts share, and then the end that both share. Cuts only between characters.
  std::size_t front = 0;
  while (front < a.size() && front < b.size() && a[front] == b[front]) ++front;
  while (front > 0 && ((front < a.size() && continues(a[front])) || (front < b.size() && continues(b[front])))) --front;
  a.remove_prefix(front);
  b.remove_prefix(front);
  std::size_t back = 0;
  while (back < a.size() && back < b.size() && a[a.size() - 1 - back] == b[b.size() - 1 - back]) ++back;
  while (back > 0 && (continues(a[a.size() - back]) || continues(b[b.size() - back]))) --back;
  a.remove_suffix(back);
  b.remove_suffix(back);

  // If the texts differ by one typing error, one of these is left: one character of each, one character of one and
  // nothing of the other, or two characters in swapped order.
  const auto first = FirstUtf8(a), other = FirstUtf8(b);
  if (first.length == a.size() && other.length == b.size()) return false;
  if (a.size() != b.size() || a.empty()) return true;
  const auto second = FirstUtf8(a.substr(first.length)), last = FirstUtf8(b.substr(other.length));
  return !(first.length + second.length == a.size() && other.length + last.length == b.size() &&
           a.substr(0, first.length) == b.substr(other.length) && a.substr(first.length) == b.substr(0, other.length));
}

bool IsCommonPassword(std::string_view password) {
  Bytes lower = ToBytes(password);
  for (char& c : lower) c = ToLower(c);
  return WordModel::Get().passwords().Find(View(lower)).has_value();
}

void PrepareHoneywords() { WordModel::Get(); }

double LogDensity(std::string_view word, std::string_view given) {
  const Shape shape = ShapeOf(word);
  if (word != given && !shape.Like(ShapeOf(given))) return -std::numeric_limits<double>::infinity();
  double sum = 0;
  for (const Segment& segment : shape.segments) sum += LogDensityOf(shape, segment);
  return sum;
}

}  // namespace zoobar
