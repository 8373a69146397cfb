// How often an adversary's first guess among k sweetwords is the real password. Measures honeywords that are drawn by
// shape, and honeywords made by tweaking.
//   bench/honeyword-truth [--count N] >FILE; bench/honeyword-truth --seed 2 --count 100000 >SAMPLE
//   honeywords_bench [--sweetwords K] [--sample SAMPLE] <FILE        one real password on each line
// These adversaries know the public lists and the generator:
//   random         picks any word
//   likely first   picks the word that is most likely as a password: by the list of common ones, or by its words,
//                  digits and symbols
//   unlikely first picks the least likely word
//   ratio          Bayes: how likely it is that each word was chosen and the others were drawn for it
// With a SAMPLE of the same population, "likely first" and "ratio" are measured again, with the sample's frequencies in
// place of those of the lists. The generator is not meant to resist these.
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "credentials/compiled_words.h"
#include "credentials/honeywords.h"
#include "credentials/word_model.h"

namespace {

using zoobar::Bytes;
using zoobar::View;

enum Kind { kLetters, kDigits, kSymbols };

Kind KindOf(char c) {
  if (c >= '0' && c <= '9') return kDigits;
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? kLetters : kSymbols;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

// What an adversary has learnt: frequencies of whole passwords, and of their runs of letters, digits and symbols.
class Knowledge {
 public:
  void Learn(std::string_view password, double weight) {
    whole_[std::string(password)] += weight;
    passwords_ += weight;
    EachRun(password, [&](Kind kind, std::string_view run) {
      const std::string lower = Lower(run);
      runs_[kind][lower] += weight;
      sums_[kind] += weight;
      if (kind == kLetters) letters_.Learn(lower, static_cast<float>(weight * 1000));
    });
  }
  void LearnWord(std::string_view word, double weight) {
    const std::string lower = Lower(word);
    runs_[kLetters][lower] += weight;
    sums_[kLetters] += weight;
    letters_.Learn(lower, static_cast<float>(weight * 1000));
  }
  void Finish() { letters_.Finish(); }

  double LogProbability(std::string_view password) const {
    double sum = 0;
    EachRun(password, [&](Kind kind, std::string_view run) {
      const std::string lower = Lower(run);
      if (lower != run) sum += std::log(0.25);
      sum += kind == kLetters ? Letters(lower) : Run(kind, lower);
    });
    const auto found = whole_.find(std::string(password));
    return found == whole_.end() ? sum : std::max(sum, std::log(found->second / passwords_));
  }

 private:
  template <typename Act>
  static void EachRun(std::string_view text, Act act) {
    while (!text.empty()) {
      std::size_t end = 1;
      while (end < text.size() && KindOf(text[end]) == KindOf(text[0])) ++end;
      act(KindOf(text[0]), text.substr(0, end));
      text.remove_prefix(end);
    }
  }

  double Run(Kind kind, const std::string& run) const {
    constexpr double kUnseen = 0.1;
    const double alike = std::pow(kind == kDigits ? 0.1 : 1.0 / 32, run.size()) / 4;
    const auto found = runs_[kind].find(run);
    return std::log((1 - kUnseen) * (found == runs_[kind].end() ? 0 : found->second / sums_[kind]) + kUnseen * alike);
  }

  // One word, several words, or letters in a usual order.
  double Letters(const std::string& run) const {
    std::vector<double> best(run.size() + 1, -std::numeric_limits<double>::infinity());
    best[0] = 0;
    for (std::size_t to = 1; to <= run.size(); ++to) {
      for (std::size_t from = to > 24 ? to - 24 : 0; from < to; ++from) {
        const auto found = runs_[kLetters].find(run.substr(from, to - from));
        if (found == runs_[kLetters].end()) continue;
        best[to] = std::max(best[to], best[from] + std::log(found->second / sums_[kLetters]) - (from > 0 ? 2 : 0));
      }
    }
    return std::max(best[run.size()], letters_.LogLikelihood(run) + std::log(0.1));
  }

  std::unordered_map<std::string, double> whole_, runs_[3];
  double passwords_ = 0, sums_[3] = {};
  zoobar::LetterModel letters_;
};

template <typename Act>
void EachLine(std::string_view text, Act act) {
  for (; !text.empty(); text.remove_prefix(text.find('\n') + 1)) act(text.substr(0, text.find('\n')));
}

Knowledge PublicKnowledge() {
  Knowledge known;
  double rank = 0, all = 0;
  EachLine(zoobar::CompiledPasswords(), [&](std::string_view line) {
    const double weight = 1 / (++rank + 30);
    known.Learn(line, weight);
    all += weight;
  });
  // All words of the dictionary get a fifth of that. Years get weights like years of birth.
  EachLine(zoobar::CompiledDictionary(), [&](std::string_view line) { known.LearnWord(line, all / 5 / 75'000); });
  for (int year = 1940; year < 2025; ++year) {
    known.Learn(std::to_string(year), all / 500 * std::exp(-std::pow((year - 1988) / 15.0, 2)) + all / 20'000);
  }
  known.Finish();
  return known;
}

struct Scores {
  double random = 0, likely = 0, unlikely = 0, ratio = 0, sample_likely = 0, sample_ratio = 0;
};

// 1 if the real word, which is at 0, scores best. If others score the same, its share of 1.
double Guessed(const std::vector<double>& scores) {
  const double best = *std::max_element(scores.begin(), scores.end());
  if (scores[0] < best - 1e-9) return 0;
  return 1.0 /
         static_cast<double>(std::count_if(scores.begin(), scores.end(), [&](double s) { return s >= best - 1e-9; }));
}

using Generator = std::vector<Bytes> (*)(std::string_view, std::size_t, const zoobar::Acceptable&);

class Trial {
 public:
  Trial(Generator draw, bool by_shape, std::size_t sweetwords, const Knowledge& lists, const Knowledge* sample)
      : draw_(draw), by_shape_(by_shape), sweetwords_(sweetwords), lists_(lists), sample_(sample) {}

  void Guess(const std::string& real) {
    const auto acceptable = [](std::string_view word) { return word.size() >= 8 && !zoobar::IsCommonPassword(word); };
    std::vector<Bytes> words = draw_(real, sweetwords_ - 1, acceptable);
    words.insert(words.begin(), zoobar::ToBytes(real));
    const std::vector<double> others = DensityOfOthers(words);
    std::vector<double> likely, unlikely, ratio, sample_likely, sample_ratio;
    for (std::size_t i = 0; i < words.size(); ++i) {
      likely.push_back(lists_.LogProbability(View(words[i])));
      unlikely.push_back(-likely.back());
      ratio.push_back(likely.back() + others[i]);
      if (!sample_) continue;
      sample_likely.push_back(sample_->LogProbability(View(words[i])));
      sample_ratio.push_back(sample_likely.back() + others[i]);
    }
    ++trials;
    sums.random += randombytes_uniform(static_cast<std::uint32_t>(words.size())) == 0;
    sums.likely += Guessed(likely);
    sums.unlikely += Guessed(unlikely);
    sums.ratio += Guessed(ratio);
    if (!sample_) return;
    sums.sample_likely += Guessed(sample_likely);
    sums.sample_ratio += Guessed(sample_ratio);
  }

  std::size_t trials = 0;
  Scores sums;

 private:
  // For each word, the logarithm of the probability that all others are drawn for it. Tweaking draws them all with the
  // same probability.
  std::vector<double> DensityOfOthers(const std::vector<Bytes>& words) const {
    std::vector<double> sums_of(words.size(), 0);
    if (!by_shape_) return sums_of;
    std::vector<double> own;
    for (const Bytes& word : words) own.push_back(zoobar::LogDensity(View(word), View(word)));
    // Almost always all words are of the same class as the first, and so of the same class as each other.
    std::vector<bool> with_first;
    for (const Bytes& word : words) with_first.push_back(std::isfinite(zoobar::LogDensity(View(word), View(words[0]))));
    for (std::size_t i = 0; i < words.size(); ++i) {
      for (std::size_t j = 0; j < words.size(); ++j) {
        if (i == j) continue;
        const bool same =
            with_first[i] && with_first[j]
                ? true
                : with_first[i] == with_first[j] && std::isfinite(zoobar::LogDensity(View(words[j]), View(words[i])));
        constexpr double kElsewhere = -10;  // for a word that was drawn from a wider class
        sums_of[i] += same ? own[j] - own[i] : kElsewhere;
      }
    }
    return sums_of;
  }

  Generator draw_;
  bool by_shape_;
  std::size_t sweetwords_;
  const Knowledge& lists_;
  const Knowledge* sample_;
};

}  // namespace

int main(int argc, char** argv) {
  std::size_t sweetwords = 20;
  std::string sample_file;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--sweetwords") sweetwords = std::strtoul(argv[i + 1], nullptr, 10);
    if (option == "--sample") sample_file = argv[i + 1];
  }
  if (sodium_init() < 0 || sweetwords < 2) return 1;
  zoobar::PrepareHoneywords();
  const Knowledge lists = PublicKnowledge();
  Knowledge sample;
  if (!sample_file.empty()) {
    std::ifstream lines(sample_file);
    for (std::string line; std::getline(lines, line);) sample.Learn(line, 1);
    sample.Finish();
  }
  const Knowledge* const known = sample_file.empty() ? nullptr : &sample;
  Trial drawn(zoobar::DrawHoneywords, true, sweetwords, lists, known);
  Trial tweaked(zoobar::TweakHoneywords, false, sweetwords, lists, known);
  for (std::string line; std::getline(std::cin, line);) {
    drawn.Guess(line);
    tweaked.Guess(line);
  }

  fmt::print("{} passwords, {} sweetwords each; first guesses that are right, at most {:.1f} % wanted (2/k)\n",
             drawn.trials, sweetwords, 200.0 / static_cast<double>(sweetwords));
  fmt::print("{:<34} {:>8} {:>8}\n", "adversary", "drawn", "tweaked");
  const auto row = [&](const char* name, double Scores::* score) {
    fmt::print("{:<34} {:>6.1f} % {:>6.1f} %\n", name, 100 * drawn.sums.*score / static_cast<double>(drawn.trials),
               100 * tweaked.sums.*score / static_cast<double>(tweaked.trials));
  };
  row("random", &Scores::random);
  row("likely first", &Scores::likely);
  row("unlikely first", &Scores::unlikely);
  row("ratio", &Scores::ratio);
  if (!known) return 0;
  row("likely first, knowing a sample", &Scores::sample_likely);
  row("ratio, knowing a sample", &Scores::sample_ratio);
}
