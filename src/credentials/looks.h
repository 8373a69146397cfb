// How a name looks. Two members' names must not look the same, because a member who pays must be able to trust the name
// on the page. Names look the same if they differ only in
// - characters that look like each other: Latin a and Cyrillic а, 1 and l and I, rn and m. They are compared by the
//   skeletons of Unicode Technical Standard 39, section 4;
// - upper and lower case: "Bob" and "bob" (Unicode Standard, 3.13, default case folding);
// - characters that cannot be seen, as U+200B (Default_Ignorable_Code_Point);
// - spaces at the ends, or how many spaces stand between two words.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace zoobar {

// Two names look the same if they have the first look in common, or the second one. Each is a hash of 32 bytes. It takes
// two, because a capital I looks like l, and its small letter does not: "Ian" looks like "lan" and like "ian", but "lan"
// does not look like "ian".
using Looks = std::array<std::string, 2>;

// The looks of a name in NFC, of at most kMaxNameBytes bytes.
Looks LooksOf(std::string_view name);

// The looks of a name in the orders in which a page may show it: as it is, and if it has marks of writing direction
// (U+202E and its like), also with all characters turned, as a right-to-left override shows "ecila" as "alice", and with
// its words in the other order, as a right-to-left isolate shows "!bob" as "bob!". A name that turns a part of itself is
// not seen through.
std::vector<Looks> LooksAsShown(std::string_view name);
// The looks in one list, as the store keeps them.
std::vector<std::string> InOneList(const std::vector<Looks>& looks);

// Looks that were made by different versions cannot be compared. The version is that of the tables and of the method.
std::string LooksVersion();

inline bool LookTheSame(const Looks& a, const Looks& b) { return a[0] == b[0] || a[1] == b[1]; }

// Names of the site itself, which nobody can register: the pages say "the bank" of what no member has done. Names that
// look like one of them are reserved too.
inline constexpr std::array<std::string_view, 10> kReservedNames = {
    "the bank", "bank",     "zoobar bank",  "the zoobar bank", "zoobar",
    "zoobars",  "operator", "the operator", "the site",        "administrator",
};

}  // namespace zoobar
