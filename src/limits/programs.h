// Limits of members' programs that several roles use. profile and its store enforce them, sandbox counts denials, and
// app shows all of them on the manual page. Limits that the operator can change are in proto/config.proto.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zoobar {

struct ProgramLimits {
  // Limits of one run.
  // The processor time of all threads of a run together, if its time limit is `timeout_ms`.
  static constexpr std::uint64_t ProcessorSeconds(std::uint64_t timeout_ms) { return 2 * timeout_ms / 1000 + 1; }
  static constexpr std::uint32_t kDenials = 16;          // the run is ended after this many denials
  static constexpr std::uint32_t kCallsRefused = 50;     // the run is ended after this many API calls over its limit
  static constexpr std::size_t kRequestBytes = 65536;    // the most bytes of the request of one API call
  static constexpr std::size_t kReplyBytes = 524288;     // a source of 64 KiB fits, even if each byte is written as six
  static constexpr std::uint32_t kTransfersGiven = 100;  // the most transfers that get_xfers returns
  static constexpr std::size_t kSharedFileBytes = 262144;  // the most bytes of a file that get_shared returns

  // Limits of an argument of an API call.
  static constexpr std::size_t kNames = 50;  // the most names in a list
  static constexpr std::size_t kTextBytes = 1000;
  static constexpr std::size_t kPathBytes = 255;   // because the path is part of a key in the store
  static constexpr std::int64_t kListLimit = 100;  // the largest value of the argument `limit`

  // Limits of what is stored for one member.
  static constexpr std::size_t kVisitorsKept = 100;     // the last visitors of the member's program
  static constexpr std::size_t kPostsKept = 100;        // on the wall, and as many in the inbox
  static constexpr std::size_t kPostsOfOneAuthor = 20;  // of these, by one author who is not the owner
  static constexpr std::size_t kSharedFiles = 16;
};

}  // namespace zoobar
