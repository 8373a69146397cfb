#include "credentials/segment_drawing.h"

#include <sodium.h>

#include <cmath>

#include "credentials/segment_cells.h"
#include "credentials/word_model.h"
#include "text/ascii.h"

namespace zoobar {
namespace {

// Puts capitals into `word`, from `begin` on, in the same places as in the segment.
void ApplyCase(const Shape& shape, const Segment& segment, std::size_t begin, Bytes& word) {
  for (std::size_t i = begin; i < word.size(); ++i) {
    if (!IsLower(word[i])) continue;
    const std::size_t at = i - begin;
    const bool upper =
        segment.letter_case == Segment::kUpper || (segment.letter_case == Segment::kCapital && at == 0) ||
        (segment.letter_case == Segment::kMixed && IsUpper(shape.text[segment.begin + at % segment.bytes]));
    if (upper) word[i] = static_cast<char>(word[i] - 32);
  }
}

}  // namespace

void DrawSegment(const Shape& shape, const Segment& segment, Width width, Bytes& word) {
  const std::size_t begin = word.size();
  const std::string_view text = View(shape.text).substr(segment.begin, segment.bytes);
  const WordModel& model = WordModel::Get();
  const bool wide = width == Width::kWide;
  const auto append = [&](std::string_view piece) { word.insert(word.end(), piece.begin(), piece.end()); };
  switch (segment.kind) {
    case Segment::kWhole:
      append(wide ? model.passwords().DrawOfLength(segment.length) : model.passwords().DrawFrom(segment.cell));
      break;
    case Segment::kWord:
      append(wide ? model.words().DrawOfLength(segment.length) : model.words().DrawFrom(segment.cell));
      break;
    case Segment::kLeet: {
      Bytes piece =
          ToBytes(wide ? model.words().DrawOfLength(segment.length) : model.words().DrawFrom(LeetWords(segment.cell)));
      ApplyLeet(segment.cell, piece);
      append(View(piece));
      break;
    }
    case Segment::kLetters:
    case Segment::kNoise:
      DrawLetters(segment.length, wide && segment.kind == Segment::kLetters ? kAnyCell : segment.cell, word);
      break;
    case Segment::kRepeat:
      word.insert(word.end(), segment.length, static_cast<char>('a' + randombytes_uniform(26)));
      break;
    case Segment::kWalk:
      DrawWalk(segment.length, word);
      break;
    case Segment::kDigits:
      DrawDigits(segment.length, segment.cell, wide, word);
      break;
    case Segment::kSymbols:
      DrawSymbols(text, wide, word);
      break;
    case Segment::kScript:
      DrawScript(text, word);
      break;
    case Segment::kRandom:
      DrawRandom(text, segment.cell, word);
      return;
  }
  // If nothing was drawn because no word has this length, draws random letters instead.
  while (word.size() == begin && segment.length > 0) DrawLetters(segment.length, kNoiseCell, word);
  ApplyCase(shape, segment, begin, word);
}

double LogDensityOf(const Shape& shape, const Segment& segment) {
  const WordModel& model = WordModel::Get();
  const std::string_view lower = View(shape.lower).substr(segment.begin, segment.bytes);
  if (segment.same_as != 0) return 0;
  if (segment.kind == Segment::kLetters) return model.letters().LogLikelihood(lower);
  if (segment.kind == Segment::kWhole || segment.kind == Segment::kWord) {
    const Lexicon& words = segment.kind == Segment::kWhole ? model.passwords() : model.words();
    const auto found = words.Find(lower);
    return found ? std::log(words.Weight(*found)) : 0;
  }
  if (segment.kind == Segment::kLeet) {
    for (const bool one_is_l : {false, true}) {
      Bytes word = ToBytes(lower);
      Unleet(word, one_is_l);
      if (const auto found = model.words().Find(View(word))) return std::log(model.words().Weight(*found));
    }
  }
  return 0;
}

}  // namespace zoobar
