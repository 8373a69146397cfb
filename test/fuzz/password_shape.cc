// Shapes of passwords (src/credentials/password_shape.h), honeywords drawn for them, and the estimate of their strength.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "credentials/cpu_time.h"
#include "credentials/honeywords.h"
#include "credentials/password_shape.h"
#include "credentials/passwords.h"
#include "credentials/strength.h"
#include "fuzz/require.h"
#include "fuzz/seeded_random.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr double kMostCpuMs = 10000;  // for all of an input, with sanitizers
constexpr std::size_t kHoneywords = 19, kFewHoneywords = 4, kMostBytes = 4096;

std::vector<char32_t> Points(std::string_view text) {
  std::vector<char32_t> points;
  while (!text.empty()) {
    const Utf8Character next = FirstUtf8(text);
    points.push_back(next.code);
    text.remove_prefix(next.length);
  }
  return points;
}

// The distance of Damerau and Levenshtein, as the table in every textbook computes it.
std::size_t Distance(std::string_view first, std::string_view second) {
  const std::vector<char32_t> a = Points(first), b = Points(second);
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        table[i][j] = i + j;
        continue;
      }
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
    }
  }
  return table[a.size()][b.size()];
}

void CheckShape(std::string_view password) {
  for (const Whole whole : {Whole::kKnown, Whole::kUnknown}) {
    const Shape shape = ShapeOf(password, whole);
    Require(View(shape.text) == password, "the shape holds the password");
    std::size_t at = 0;
    for (std::size_t i = 0; i < shape.segments.size(); ++i) {
      const Segment& segment = shape.segments[i];
      Require(segment.begin == at && segment.bytes > 0, "segments follow each other without a gap");
      Require(segment.length > 0 && segment.length <= segment.bytes, "a segment has its characters");
      Require(segment.same_as <= i, "a segment repeats an earlier one");
      if (segment.same_as > 0) {
        const Segment& first = shape.segments[segment.same_as - 1u];
        Require(first.bytes == segment.bytes && first.same_as == 0 && first.kind == segment.kind,
                "repeats a whole one");
      }
      at += segment.bytes;
    }
    Require(at == password.size(), "segments cover the password");
    Require(shape.Like(ShapeOf(password, whole)) && shape.Like(shape, Likeness::kLoose), "a shape is like itself");
  }
}

void CheckHoneywords(std::string_view real, std::size_t count, const Acceptable& acceptable) {
  const std::vector<Bytes> words = DrawHoneywords(real, count, acceptable);
  Require(words.size() == count, "as many honeywords as asked for");
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = View(words[i]);
    Require(IsUtf8(word) && !word.empty() && word.size() <= kMostBytes, "a honeyword is a text within its limit");
    Require(std::none_of(word.begin(), word.end(),
                         [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }),
            "without control characters");
    Require(FarApart(word, real), "far apart from the password");
    for (std::size_t j = 0; j < i; ++j) Require(FarApart(word, View(words[j])), "far apart from each other");
    Require(PreparePassword(word, {}).fault == PasswordFault::kNone, "it can be a password");
  }
}

void CheckStrength(std::string_view password, std::string_view name) {
  const PasswordStrength strength = EstimateStrength(password, name);
  Require(strength.score >= 0 && strength.score <= 4, "a score from 0 to 4");
  Require(strength.log10_guesses >= 0 && strength.log10_guesses < 1000, "a number of guesses");
  const PasswordStrength beginning = EstimateStrength(password.substr(0, kStrengthBytes), name);
  Require(beginning.score == strength.score, "only the beginning of a password is looked at");
}

void CheckFarApart(std::string_view a, std::string_view b) {
  Require(FarApart(a, b) == FarApart(b, a), "the distance is the same both ways");
  Require(FarApart(a, b) == (Distance(a, b) >= 2), "far apart as the textbook says");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  if (size > kMostBytes) return 0;
  const std::string input(reinterpret_cast<const char*>(data), size);
  SeededRandom::Begin(input);
  PrepareHoneywords();
  const double before = CpuMillis();
  // The first line is a password, and the second one the member's name.
  const std::string typed = input.substr(0, input.find('\n'));
  const std::string name = input.substr(std::min(typed.size() + 1, input.size()));
  const PreparedPassword prepared = PreparePassword(typed, {});
  const std::string_view password = prepared.fault == PasswordFault::kNone ? View(prepared.text) : std::string_view();
  if (!password.empty()) {
    CheckShape(password);
    CheckStrength(password, name);
    // The rules of a site, as auth applies them to a new password.
    const Acceptable by_rules = [&name](std::string_view word) {
      return PrepareNewPassword(word, {}).fault == PasswordFault::kNone && !IsCommonPassword(word) &&
             EstimateStrength(word, name).score >= 1;
    };
    if (password.size() <= 40) CheckHoneywords(password, kFewHoneywords, by_rules);
    if (password.size() <= 12) CheckHoneywords(password, kFewHoneywords, [](std::string_view) { return false; });
  }
  // Whatever the bytes are, there are honeywords, even if they are not drawn from a shape.
  CheckHoneywords(typed, kHoneywords, nullptr);
  if (IsUtf8(input) && size <= 200) CheckFarApart(typed, name);
  if (!password.empty() && size <= 8) {
    std::string many;
    while (many.size() + password.size() <= kMostBytes) many += password;
    CheckShape(many);
  }
  Require(CpuMillis() - before < kMostCpuMs, "the work is bounded");
  return 0;
}
