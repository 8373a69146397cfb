// From what people make passwords, as public lists show: words with their rank, and which letters follow which.
//
// Words are divided into cells: words of the same list, of the same length and about as popular. Within a cell a word
// is drawn by its popularity. So somebody who knows the lists finds each word of a cell as likely as people choose it.
// Sources: Openwall's list of common passwords (Debian's john-data), the English dictionary (Debian's wamerican).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ipc/bytes.h"

namespace zoobar {

// Words, each with a cell and a weight. Built once. Any thread may read it.
class Lexicon {
 public:
  struct Entry {
    std::string_view text;
    std::uint8_t group = 0;  // words of different groups share no cell
    float rank = 0;          // order within the group, the most common first
    float weight = 1;        // its probability when a word of its cell is drawn
  };
  // Each cell has at least `least` words, if there are so many of this length. Its ranks differ by a factor of two, or
  // more if it needs more words.
  Lexicon(std::vector<Entry> entries, std::size_t least);

  std::optional<std::uint32_t> Find(std::string_view lower) const;
  std::uint32_t Cell(std::uint32_t word) const { return cells_[word]; }
  std::uint8_t Group(std::uint32_t word) const { return entries_[word].group; }
  float Rank(std::uint32_t word) const { return entries_[word].rank; }
  float Weight(std::uint32_t word) const { return entries_[word].weight; }
  std::string_view DrawFrom(std::uint32_t cell) const;
  // Any word of this length, of any cell. Empty if none is found.
  std::string_view DrawOfLength(std::size_t length) const;

 private:
  std::vector<Entry> entries_;         // sorted by group, length and rank, so a cell is a range
  std::vector<std::uint32_t> cells_;   // by word
  std::vector<std::uint32_t> starts_;  // by cell, and one past the last
  std::vector<float> sums_;            // by word: sum of the weights in its cell up to this word
  std::vector<std::uint32_t> table_;   // hash table with open addressing; word + 1
};

// Many small random numbers from one call of the kernel. They are wiped at the end.
class RandomPool {
 public:
  ~RandomPool() { sodium_memzero(pool_.data(), sizeof pool_); }
  // 0 <= result < 1
  double Share() {
    if (left_ == 0) {
      randombytes_buf(pool_.data(), sizeof pool_);
      left_ = pool_.size();
    }
    return pool_[--left_] / 4294967296.0;
  }
  // 0 <= result < bound. The bound must be far below 2^32; then the bias does not matter.
  std::uint32_t Below(std::size_t bound) { return static_cast<std::uint32_t>(Share() * static_cast<double>(bound)); }
  char OneOf(std::string_view characters) { return characters[Below(characters.size())]; }

 private:
  std::array<std::uint32_t, 64> pool_;
  std::size_t left_ = 0;
};

// How likely each letter a-z is after the two letters before it.
class LetterModel {
 public:
  void Learn(std::string_view lower, float weight);
  void Finish();
  // Natural logarithm of the probability of the word, its end included. Precondition: a-z only.
  double LogLikelihood(std::string_view lower) const;
  // Draws a word of this length. `uniform_share` of its letters are drawn with equal probability.
  void Draw(std::size_t length, double uniform_share, RandomPool& random, Bytes& word) const;

 private:
  static constexpr std::size_t kEnd = 26, kSymbols = 27;  // kEnd also stands before a word
  std::vector<float> table_ = std::vector<float>(kSymbols * kSymbols * kSymbols);
  std::vector<float> logs_;  // logarithms of the same, after Finish
};

class WordModel {
 public:
  enum Group : std::uint8_t { kPassword, kWord, kName, kShort };

  // Built at the first call, which takes 0.1 to 0.2 seconds.
  static const WordModel& Get();

  const Lexicon& words() const { return words_; }       // letters only, lower case
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
