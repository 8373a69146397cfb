#include "text/nearest.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace zoobar {
namespace {

constexpr std::size_t kMost = 64;

// The optimal string alignment distance (Damerau, 1964, with Levenshtein's dynamic programming).
std::size_t Edits(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, kMost + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto &above = rows[(i - 1) % 3], &two_above = rows[(i + 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], two_above[j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates) {
  word = word.substr(0, kMost);
  std::size_t fewest = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string_view nearest;
  for (const std::string_view candidate : candidates) {
    const std::size_t edits = Edits(word, candidate.substr(0, kMost));
    if (edits >= fewest) continue;
    fewest = edits;
    nearest = candidate;
  }
  if (!nearest.empty() || word.size() < 2) return nearest;
  const auto begins = std::ranges::find_if(candidates, [&](std::string_view each) { return each.starts_with(word); });
  return begins == candidates.end() ? std::string_view() : *begins;
}

}  // namespace zoobar
