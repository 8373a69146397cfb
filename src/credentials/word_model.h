// Tells what people make passwords from, as public lists show: words with their ranks, and which letters follow which.
//
// Words are divided into cells. The words of a cell are in the same list, have the same length and are about equally
// popular. A word of a cell is drawn with the probability with which people choose it. So somebody who knows the lists
// cannot tell a drawn word from a word of the same cell that a person chose. Sources: Openwall's list of common
// passwords (Debian's john-data), the English dictionary (Debian's wamerican).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ipc/bytes.h"

namespace zoobar {

// A list of words, each with a cell and a weight. The list is built once. After that any thread may read it.
class Lexicon {
 public:
  struct Entry {
    std::string_view text;
    std::uint8_t group = 0;  // words of different groups share no cell
    float rank = 0;          // place in the group; the most common word has the lowest
    float weight = 1;        // how likely the word is when its cell is drawn from
  };
  // Each cell gets at least `least` words, if the group has as many of this length. The ranks in a cell differ by a
  // factor of up to two, or more if the cell needs more words.
  Lexicon(std::vector<Entry> entries, std::size_t least);

  std::optional<std::uint32_t> Find(std::string_view lower) const;
  std::uint32_t Cell(std::uint32_t word) const { return cells_[word]; }
  std::uint8_t Group(std::uint32_t word) const { return entries_[word].group; }
  float Rank(std::uint32_t word) const { return entries_[word].rank; }
  float Weight(std::uint32_t word) const { return entries_[word].weight; }
  std::string_view DrawFrom(std::uint32_t cell) const;
  // Draws any word of this length, of any cell. Returns an empty text if it finds none.
  std::string_view DrawOfLength(std::size_t length) const;

 private:
  std::vector<Entry> entries_;         // sorted by group, length and rank, so a cell is a range
  std::vector<std::uint32_t> cells_;   // by word: its cell
  std::vector<std::uint32_t> starts_;  // by cell: its first word; then one past the last word
  std::vector<float> sums_;            // by word: sum of the weights in its cell up to this word
  std::vector<std::uint32_t> table_;   // hash table with open addressing; word + 1, or 0 if free
};

// Gives many small random numbers from one call to the kernel. The destructor wipes them.
class RandomPool {
 public:
  ~RandomPool() { sodium_memzero(pool_.data(), sizeof pool_); }
  // Returns a random number with 0 <= result < 1.
  double Share() {
    if (left_ == 0) {
      randombytes_buf(pool_.data(), sizeof pool_);
      left_ = pool_.size();
    }
    return pool_[--left_] / 4294967296.0;
  }
  // Returns a random integer with 0 <= result < bound. The bound must be far below 2^32. Then it does not matter that
  // some results are slightly more likely than others.
  std::uint32_t Below(std::size_t bound) { return static_cast<std::uint32_t>(Share() * static_cast<double>(bound)); }
  char OneOf(std::string_view characters) { return characters[Below(characters.size())]; }

 private:
  std::array<std::uint32_t, 64> pool_;
  std::size_t left_ = 0;
};

// Knows how likely each letter a-z is after two given letters.
class LetterModel {
 public:
  void Learn(std::string_view lower, float weight);
  void Finish();
  // Returns the natural logarithm of the probability of the word, including the probability that the word ends there.
  // The word must have letters a-z only.
  double LogLikelihood(std::string_view lower) const;
  // Draws a word of this length. A share of `uniform_share` of its letters, on average, is drawn with equal probability
  // for each letter.
  void Draw(std::size_t length, double uniform_share, RandomPool& random, Bytes& word) const;

 private:
  static constexpr std::size_t kEnd = 26, kSymbols = 27;  // kEnd: before the first letter and after the last one
  std::vector<float> table_ = std::vector<float>(kSymbols * kSymbols * kSymbols);
  std::vector<float> logs_;  // logarithms of table_; Finish computes them
};

class WordModel {
 public:
  enum Group : std::uint8_t { kPassword, kWord, kName, kShort };

  // Builds the model at the first call, which takes 0.1 to 0.2 seconds.
  static const WordModel& Get();

  const Lexicon& words() const { return words_; }       // words of letters only, in lower case
  const Lexicon& passwords() const { return common_; }  // the ranked list as it is, in lower case
  const Lexicon& numbers() const { return numbers_; }   // runs of two to four digits in that list
  const LetterModel& letters() const { return letters_; }

 private:
  WordModel(LetterModel letters, Lexicon words, Lexicon common, Lexicon numbers)
      : letters_(std::move(letters)),
        words_(std::move(words)),
        common_(std::move(common)),
        numbers_(std::move(numbers)) {}
  static WordModel Build();

  LetterModel letters_;
  Lexicon words_, common_, numbers_;
};

}  // namespace zoobar
