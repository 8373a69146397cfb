// The characters that look like others (confusables.txt), compiled into the executable.
#pragma once

#include <cstdint>
#include <span>

namespace zoobar {

struct Confusable {
  char32_t from;
  std::uint16_t at, size;  // the part of CompiledPrototypes() that stands for `from`
};
std::span<const Confusable> CompiledConfusables();  // sorted by `from`
std::span<const char32_t> CompiledPrototypes();

}  // namespace zoobar
