// Scan reads the files of a sealed log and divides their lines into pieces: runs of sound records that follow each
// other, and lines that are no sound records. A record is sound if its seal is right for its own id.
//
// A record's seal does not depend on the lines around it. So one changed line is one piece, and what follows it is sound
// again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/key_finder.h"
#include "audit/record.h"
#include "ipc/result.h"

namespace zoobar::audit {

// What the first record of an epoch says about the time before.
struct Begin {
  std::optional<RecordId> found, noted;  // see message Seal in proto/master.proto
  bool torn = false;
  bool unknown = false;  // where the log ended
};

struct Piece {
  bool sound = false;
  std::size_t file = 0;    // its number among the files
  std::uint64_t line = 0;  // the number of its first line, from 1
  std::uint64_t lines = 0;
  bool unfinished = false;  // the last line has no line feed
  // The following members are set only if the piece is sound.
  RecordId first{}, last{};
  Mac first_prev{}, last_mac{};
  bool ends = false;             // the last record is the one with which an epoch ends in order
  std::optional<Begin> begin{};  // if the first record begins an epoch

  std::uint64_t last_line() const { return line + lines - 1; }
};

// The events with which logger begins and ends an epoch, and the fields of the first one.
inline constexpr std::string_view kBeginEvent = "audit-begin", kEndEvent = "audit-end";
// The value of kFoundField if the files of the log could not be read then.
inline constexpr const char* kUnknownEnd = "unknown";
inline constexpr std::string_view kFoundField = "found", kNotedField = "noted", kTornField = "torn";

class Scan {
 public:
  Scan(const Key& secret, std::string log) : keys_(secret, std::move(log)) {}

  struct File {
    std::string name;
    std::uint64_t lines = 0, bytes = 0;
  };
  // Reads a file to its end. The oldest file must come first. fd: can be read with pread.
  Status Read(std::string name, int fd);

  const std::vector<Piece>& pieces() const { return pieces_; }
  const std::vector<File>& files() const { return files_; }
  bool exhausted() const { return keys_.exhausted(); }  // some lines were not checked (KeyFinder)

 private:
  void TakeLine(std::string_view line, bool finished);
  bool Extends(const SealedLine& sealed) const;
  void AddBad(bool finished);

  KeyFinder keys_;
  std::vector<Piece> pieces_;
  std::vector<File> files_;
};

}  // namespace zoobar::audit
