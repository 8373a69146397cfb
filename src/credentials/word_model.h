// What people make passwords of, by public lists: words with their place in a ranking, and which letters follow which.
//
// Words are parted into cells: the same list, the same length and about the same popularity. Within a cell a word is
// drawn by its popularity, so that whoever knows the lists finds every word of a cell as likely as people make it.
// Sources: Openwall's list of common passwords (Debian's john-data), the English dictionary (Debian's wamerican).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ipc/bytes.h"

namespace zoobar {

// Words with a cell and a weight each. Built once, read by any thread.
class Lexicon {
 public:
  struct Entry {
    std::string_view text;
    std::uint8_t group = 0;  // words of different groups share no cell
    float rank = 0;          // order within the group, the commonest first
    float weight = 1;        // for drawing
  };
  // Cells of at least `least` words (while a length has so many); ranks in a cell differ by a factor of two and more.
  Lexicon(std::vector<Entry> entries, std::size_t least);

  std::optional<std::uint32_t> Find(std::string_view lower) const;
  std::uint32_t Cell(std::uint32_t word) const { return cells_[word]; }
  std::uint8_t Group(std::uint32_t word) const { return entries_[word].group; }
  float Rank(std::uint32_t word) const { return entries_[word].rank; }
  float Weight(std::uint32_t word) const { return entries_[word].weight; }
  std::string_view DrawFrom(std::uint32_t cell) const;
  // Any word of this length, whatever its cell; empty when there is none.
  std::string_view DrawOfLength(std::size_t length) const;

 private:
  std::vector<Entry> entries_;         // by group, length and rank: a cell is a range
  std::vector<std::uint32_t> cells_;   // by word
  std::vector<std::uint32_t> starts_;  // by cell, and one past the last
  std::vector<float> sums_;            // of weights up to and with the word, within its cell
  std::vector<std::uint32_t> table_;   // open addressing; word + 1
};

// Many small random numbers for one call of the kernel; what they were is wiped.
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
  // 0 <= result < bound, for bounds so small beside 2^32 that the bias is nobody's concern.
  std::uint32_t Below(std::size_t bound) { return static_cast<std::uint32_t>(Share() * static_cast<double>(bound)); }
  char OneOf(std::string_view characters) { return characters[Below(characters.size())]; }

 private:
  std::array<std::uint32_t, 64> pool_;
  std::size_t left_ = 0;
};

// Letters a-z by the two before them.
class LetterModel {
 public:
  void Learn(std::string_view lower, float weight);
  void Finish();
  // Natural logarithm of the probability of the word with its end. Precondition: a-z only.
  double LogLikelihood(std::string_view lower) const;
  // A word of this length, a share of its letters drawn from the whole alphabet alike.
  void Draw(std::size_t length, double uniform_share, RandomPool& random, Bytes& word) const;

 private:
  static constexpr std::size_t kEnd = 26, kSymbols = 27;  // also what stands before a word
  std::vector<float> table_ = std::vector<float>(kSymbols * kSymbols * kSymbols);
  std::vector<float> logs_;  // of the same, once finished
};

class WordModel {
 public:
  enum Group : std::uint8_t { kPassword, kWord, kName, kShort };

  // Built at the first call, in a tenth of a second or two.
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
