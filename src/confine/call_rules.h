// How the lists of system calls (calls.cc, program_calls.cc) are written down.
#pragma once

#include <cstdint>
#include <vector>

#include "confine/calls.h"

namespace zoobar {

using List = std::vector<AllowedCall>;

// Allows the call with any arguments.
inline AllowedCall Any(int number) { return {number, {}}; }
// Allows the call only if the argument number `index`, counted from 0, has this value.
inline AllowedCall Argument(int number, unsigned index, std::uint64_t value) {
  return {number, {scmp_arg_cmp{index, SCMP_CMP_EQ, value, 0}}};
}
// Allows the call only if the argument number `index`, counted from 0, has none of these bits.
inline AllowedCall Without(int number, unsigned index, std::uint64_t bits) {
  return {number, {scmp_arg_cmp{index, SCMP_CMP_MASKED_EQ, bits, 0}}};
}

// Allows poll(2). arm64 has no such call, so glibc calls ppoll there.
inline AllowedCall Poll() { return Any(SCMP_SYS(poll) >= 0 ? SCMP_SYS(poll) : SCMP_SYS(ppoll)); }

}  // namespace zoobar
