// Limits of members' programs that several rooms use: profile and its store enforce them, sandbox counts denials, and
// app shows all of them on the manual page. Limits that the operator can change are in proto/config.proto.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zoobar {

struct ProgramLimits {
  // Of one run.
  static constexpr std::uint32_t kDenials = 16;            // this denial ends the run
  static constexpr std::uint32_t kCallsRefused = 50;       // API calls refused over the limit, before the run is ended
  static constexpr std::size_t kRequestBytes = 65536;      // of one API call
  static constexpr std::size_t kReplyBytes = 524288;       // a source of 64 KiB fits if each byte is written as six
  static constexpr std::uint32_t kTransfersGiven = 100;    // returned by get_xfers
  static constexpr std::size_t kSharedFileBytes = 262144;  // of a file that get_shared returns

  // Of an argument of an API call.
  static constexpr std::size_t kNames = 50;  // in a list
  static constexpr std::size_t kTextBytes = 1000;
  static constexpr std::size_t kPathBytes = 255;   // because the path is part of a key in the store
  static constexpr std::int64_t kListLimit = 100;  // the largest `limit`

  // Of what is stored for one member.
  static constexpr std::size_t kVisitorsKept = 100;     // of the member's program
  static constexpr std::size_t kPostsKept = 100;        // on the wall, and as many in the inbox
  static constexpr std::size_t kPostsOfOneAuthor = 20;  // of these, by one author who is not the owner
  static constexpr std::size_t kSharedFiles = 16;
};

}  // namespace zoobar
