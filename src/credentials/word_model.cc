#include "credentials/word_model.h"

#include <sodium.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "credentials/compiled_words.h"
#include "text/ascii.h"

namespace zoobar {
namespace {

std::uint64_t Hash(std::string_view text) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash ^ (hash >> 29);
}

template <typename Act>
void EachLine(std::string_view text, Act act) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    act(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
}

// Calls `act` for each run of two to four digits in the text.
template <typename Act>
void EachNumber(std::string_view text, Act act) {
  constexpr std::string_view kDigits = "0123456789";
  for (std::size_t begin = text.find_first_of(kDigits); begin != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_not_of(kDigits, begin), text.size());
    if (end - begin >= 2 && end - begin <= 4) act(text.substr(begin, end - begin));
    begin = text.find_first_of(kDigits, end);
  }
}

bool AllLower(std::string_view text) { return std::all_of(text.begin(), text.end(), IsLower); }

// Returns the text in lower case. The result is valid as long as the program runs. The lists are public, so
// std::string, which is not wiped, may hold their words.
std::string_view Lowered(std::string_view text) {
  if (std::none_of(text.begin(), text.end(), IsUpper)) return text;
  static std::deque<std::string> kept;  // only the thread that builds the model writes to it
  std::string& lower = kept.emplace_back(text);
  for (char& c : lower) c = ToLower(c);
  return lower;
}

// Words of two letters, as they occur in phrases. Two letters in a longer run of letters are often a word by chance, so
// these words have a group of their own.
constexpr std::string_view kShortWords[] = {"am", "an", "as", "at", "be", "by", "do", "go", "he", "hi",
                                            "if", "im", "in", "is", "it", "me", "mr", "my", "no", "of",
                                            "oh", "ok", "on", "or", "so", "to", "up", "us", "we"};

// Estimates a rank for a word of the dictionary, which lists words without ranks. Common words get a low rank. They are
// short, are spelt in common ways, and have derived forms. `plain` has the words of the dictionary, sorted.
float Strangeness(std::string_view word, const LetterModel& letters, const std::vector<std::string_view>& plain) {
  double score = -letters.LogLikelihood(word) / static_cast<double>(word.size());
  // In the sorted list, derived forms follow soon after the word.
  auto next = std::upper_bound(plain.begin(), plain.end(), word);
  for (int left = 60; left > 0 && next != plain.end() && next->starts_with(word); ++next, --left) {
    for (const std::string_view end : {"s", "ed", "d", "ing", "er", "ly", "y"}) {
      if (next->substr(word.size()) == end) score -= 0.5;
    }
  }
  return static_cast<float>(std::exp2(2 * score));
}

}  // namespace

Lexicon::Lexicon(std::vector<Entry> entries, std::size_t least) : entries_(std::move(entries)) {
  const auto place = [](const Entry& entry) {
    return std::tuple(entry.group, entry.text.size(), entry.rank, entry.text);
  };
  std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) { return place(a) < place(b); });
  const auto same = [&](std::size_t a, std::size_t b) {
    return entries_[a].group == entries_[b].group && entries_[a].text.size() == entries_[b].text.size();
  };
  for (std::size_t begin = 0; begin < entries_.size();) {
    std::size_t last = begin;  // one past the last word of this group and length
    while (last < entries_.size() && same(begin, last)) ++last;
    while (begin < last) {
      std::size_t end = begin;
      while (end < last && (end - begin < least || entries_[end].rank < 2 * entries_[begin].rank)) ++end;
      if (last - end < least) end = last;
      starts_.push_back(static_cast<std::uint32_t>(begin));
      float sum = 0;
      for (; begin < end; ++begin) {
        sums_.push_back(sum += entries_[begin].weight);
        cells_.push_back(static_cast<std::uint32_t>(starts_.size() - 1));
      }
    }
  }
  starts_.push_back(static_cast<std::uint32_t>(entries_.size()));

  std::size_t size = 16;
  while (size < 2 * entries_.size()) size *= 2;
  table_.resize(size);
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    std::size_t at = Hash(entries_[i].text) & (size - 1);
    while (table_[at] != 0) at = (at + 1) & (size - 1);
    table_[at] = i + 1;
  }
}

std::optional<std::uint32_t> Lexicon::Find(std::string_view lower) const {
  for (std::size_t at = Hash(lower) & (table_.size() - 1); table_[at] != 0; at = (at + 1) & (table_.size() - 1)) {
    if (entries_[table_[at] - 1].text == lower) return table_[at] - 1;
  }
  return std::nullopt;
}

std::string_view Lexicon::DrawFrom(std::uint32_t cell) const {
  const auto begin = sums_.begin() + starts_[cell], end = sums_.begin() + starts_[cell + 1];
  const auto at = std::upper_bound(begin, end, static_cast<float>(randombytes_random() / 4294967296.0) * *(end - 1));
  return entries_[static_cast<std::size_t>(std::min(at, end - 1) - sums_.begin())].text;
}

std::string_view Lexicon::DrawOfLength(std::size_t length) const {
  for (int tries = 0; tries < 400; ++tries) {
    const auto at = randombytes_uniform(static_cast<std::uint32_t>(entries_.size()));
    if (entries_[at].text.size() == length) return entries_[at].text;
  }
  return {};
}

void LetterModel::Learn(std::string_view lower, float weight) {
  std::size_t before = kEnd, last = kEnd;
  for (std::size_t i = 0; i <= lower.size(); ++i) {
    const std::size_t next = i < lower.size() ? static_cast<std::size_t>(lower[i] - 'a') : kEnd;
    table_[(before * kSymbols + last) * kSymbols + next] += weight;
    before = last;
    last = next;
  }
}

// Turns the counts into probabilities. For a pair of letters that no word contains, uses what follows the second letter
// alone. If no word contains that letter either, all letters are equally likely.
void LetterModel::Finish() {
  std::vector<float> after(kSymbols * kSymbols, 1.0f);
  for (std::size_t i = 0; i < table_.size(); ++i) after[i % (kSymbols * kSymbols)] += table_[i];
  for (std::size_t last = 0; last < kSymbols; ++last) {
    float sum = 0;
    for (std::size_t next = 0; next < kSymbols; ++next) sum += after[last * kSymbols + next];
    for (std::size_t next = 0; next < kSymbols; ++next) after[last * kSymbols + next] /= sum;
  }
  for (std::size_t pair = 0; pair < kSymbols * kSymbols; ++pair) {
    constexpr float kFallback = 10;
    float sum = kFallback;
    for (std::size_t next = 0; next < kSymbols; ++next) sum += table_[pair * kSymbols + next];
    for (std::size_t next = 0; next < kSymbols; ++next) {
      float& share = table_[pair * kSymbols + next];
      share = (share + kFallback * after[pair % kSymbols * kSymbols + next]) / sum;
    }
  }
  logs_.resize(table_.size());
  std::transform(table_.begin(), table_.end(), logs_.begin(), [](float share) { return std::log(share); });
}

double LetterModel::LogLikelihood(std::string_view lower) const {
  double sum = 0;
  std::size_t before = kEnd, last = kEnd;
  for (std::size_t i = 0; i <= lower.size(); ++i) {
    const std::size_t next = i < lower.size() ? static_cast<std::size_t>(lower[i] - 'a') : kEnd;
    sum += logs_[(before * kSymbols + last) * kSymbols + next];
    before = last;
    last = next;
  }
  return sum;
}

void LetterModel::Draw(std::size_t length, double uniform_share, RandomPool& random, Bytes& word) const {
  word.clear();
  word.reserve(length);
  std::size_t before = kEnd, last = kEnd;
  for (std::size_t i = 0; i < length; ++i) {
    const float* const row = &table_[(before * kSymbols + last) * kSymbols];
    std::size_t next = 0;
    if (uniform_share > 0 && random.Share() < uniform_share) {
      next = static_cast<std::size_t>(26 * random.Share());
    } else {
      double at = random.Share() * (1 - row[kEnd]);
      while (next < 25 && (at -= row[next]) >= 0) ++next;
    }
    word.push_back(static_cast<char>('a' + next));
    before = last;
    last = next;
  }
}

const WordModel& WordModel::Get() {
  static const WordModel model = Build();
  return model;
}

WordModel WordModel::Build() {
  std::vector<Lexicon::Entry> words, common;
  std::unordered_set<std::string_view> known;
  std::unordered_map<std::string_view, float> numbers;
  LetterModel letters;
  float rank = 1;
  EachLine(CompiledPasswords(), [&](std::string_view line) {
    const std::string_view text = Lowered(line);
    ++rank;
    if (!known.insert(text).second) return;
    const float weight = 1 / (rank + 30);  // Zipf's law, but flatter for the first ranks, as in lists of passwords
    common.push_back({text, kPassword, rank, weight});
    EachNumber(text, [&](std::string_view number) { numbers[number] += weight; });
    if (!AllLower(text) || text.size() < 3) return;
    words.push_back({text, kPassword, rank, weight});
    letters.Learn(text, 12);
  });

  std::vector<std::string_view> plain, names;
  EachLine(CompiledDictionary(),
           [&](std::string_view line) { (AllLower(line) ? plain : names).push_back(Lowered(line)); });
  std::sort(plain.begin(), plain.end());
  for (const std::string_view word : plain) letters.Learn(word, 0.2f);
  for (const std::string_view name : names) letters.Learn(name, 2);
  letters.Finish();

  for (const std::string_view word : plain) {
    if (known.insert(word).second) words.push_back({word, kWord, Strangeness(word, letters, plain), 1});
  }
  for (const std::string_view name : names) {
    if (known.insert(name).second) words.push_back({name, kName, Strangeness(name, letters, plain), 1});
  }
  for (const std::string_view word : kShortWords) words.push_back({word, kShort, 1, 1});

  std::vector<Lexicon::Entry> favourites;
  favourites.reserve(numbers.size());
  for (const auto& [number, weight] : numbers) favourites.push_back({number, kPassword, 1 / weight, weight});

  Lexicon all(std::move(words), 48), whole(std::move(common), 48), digits(std::move(favourites), 8);
  return WordModel(std::move(letters), std::move(all), std::move(whole), std::move(digits));
}

}  // namespace zoobar
