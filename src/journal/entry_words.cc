#include "journal/entry_words.h"

#include <fmt/format.h>

#include "journal/entry.h"

namespace zoobar::journal {

EntryWords WordsOf(std::uint32_t kind, std::uint64_t number, std::uint64_t about, std::string_view note) {
  switch (kind) {
    case kKindCorrection:
      return {fmt::format("correction of entry {}", about), note};
    case kKindOffer:
      return {fmt::format("offer {}", number), note};
    case kKindAccepted:
      return {fmt::format("offer {} accepted", about), {}};
    case kKindReturned:
      return {fmt::format("offer {} returned ({})", about, note == "closed" ? "account closed" : note), {}};
    default:
      return {};
  }
}

}  // namespace zoobar::journal
