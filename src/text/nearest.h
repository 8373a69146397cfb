// Finds the word that somebody may have meant.
#pragma once

#include <span>
#include <string_view>

namespace zoobar {

// Returns the candidate with the fewest edits (a letter added, removed, changed, or two neighbours swapped) from `word`,
// if they are at most a third of the letters and at least one is allowed; a word that a candidate begins with counts as
// near. Returns an empty text if none is near. Both are cut at 64 bytes.
std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace zoobar
