// What an entry of the journal is, in words, for the journal page and for statements.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace zoobar::journal {

struct EntryWords {
  std::string what;       // "offer 15 returned (declined)"; empty: the bank opened an account, or a transfer
  std::string_view note;  // what a member or the operator has written: of an offer, and of a correction
};

// The kinds from 3 on. `number`, `about` and `note` are those of the entry. The result refers to `note`.
EntryWords WordsOf(std::uint32_t kind, std::uint64_t number, std::uint64_t about, std::string_view note);

}  // namespace zoobar::journal
