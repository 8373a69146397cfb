// The kinds of environments, and the version of its format that this program writes. docs/stores.md says when a version is
// raised.
#pragma once

#include <cstdint>
#include <string_view>

namespace zoobar {

struct StoredKind {
  std::string_view name;  // EnvironmentOptions::kind
  std::uint32_t format;
};

inline constexpr StoredKind kStoredKinds[] = {
    {"cred", 2},                  // format 1 had one tag per account and no honeywords
    {"honey", 1},   {"bank", 3},  // format 1 had no tree, and format 2 no offers and no corrections
    {"profile", 1}, {"keys", 1}, {"notary", 1}, {"course", 1},
};

}  // namespace zoobar
