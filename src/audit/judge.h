// Says what is wrong with a sealed log whose files were scanned: which records were changed, removed, moved, added or cut
// off, and where. One change is one finding as far as the lines can tell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/scan.h"

namespace zoobar::audit {

enum class Fault {
  kEdited,     // a line is not what logger wrote
  kRemoved,    // records are missing before a line
  kTruncated,  // records are missing at the end, or a line is not finished
  kReordered,  // a record does not stand at its place
  kRepeated,   // a record stands in the files twice
  kForged,     // logger did not write this record at this place of the chain, although its seal is right
  kAdded,      // a line is no record, and no record is missing in its place
};
std::string_view NameOf(Fault fault);  // "edited"

struct Finding {
  Fault fault = Fault::kEdited;
  std::string file;
  std::uint64_t first = 0, last = 0;  // the lines, from 1; 0: the file is empty
  std::string what;                   // a sentence for people
};

// What is known about the log from elsewhere.
struct Expected {
  bool whole = true;                   // the files are all files of the log, so its beginning and end are looked at
  bool running = false;                // logger may be writing the last line just now
  std::optional<RecordId> oldest{};    // Noted::oldest
  std::vector<RecordId> must_exist{};  // records that were in the log at some time, if they are not before `oldest`
};

struct Judgement {
  static constexpr std::size_t kMaxFindings = 1000;

  std::uint64_t records = 0;
  std::optional<RecordId> first, last;  // of the records in the files, in their order
  bool ended = false;                   // the last record ends its epoch in order
  std::uint64_t not_ended = 0;          // earlier epochs that did not: logger, or the machine, was ended by force
  std::vector<Finding> findings;        // in the order of the lines
  std::uint64_t more_findings = 0;      // findings past kMaxFindings
  bool sound() const { return findings.empty() && more_findings == 0; }
};

Judgement Judge(const Scan& scan, const Expected& expected);

}  // namespace zoobar::audit
