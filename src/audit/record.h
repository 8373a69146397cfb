// The records of a sealed log: their ids, and how they stand in a line.
//
// A sealed log is a chain of records, one on each line, spread over the files NAME.log, NAME.log.1 and so on. Each
// record is a JSON object whose last three members are always
//
//   "id":"START.EPOCH.LINE","prev":"32 hexadecimal digits","mac":"32 hexadecimal digits"
//
// START counts the starts of the site, EPOCH the starts of logger within that start, LINE the records of that epoch from
// 0. `prev` is the mac of the record before. `mac` seals everything in the line before itself (keys.h). So a record
// carries its own place in the chain, and the seal of the record before it.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zoobar::audit {

inline constexpr std::size_t kMacBytes = 16;
using Mac = std::array<unsigned char, kMacBytes>;

// The place of a record in its chain. Records are ordered by it.
struct RecordId {
  std::uint64_t start = 0, epoch = 0, line = 0;

  friend auto operator<=>(const RecordId&, const RecordId&) = default;
  bool SameEpoch(const RecordId& other) const { return start == other.start && epoch == other.epoch; }
  RecordId Next() const { return {start, epoch, line + 1}; }
  std::string Text() const;  // "12.3.7"
  // Returns nullopt for any text that Text does not make. Numbers have at most 15 digits.
  static std::optional<RecordId> Parse(std::string_view text);
};
// Returns "none" if there is no id.
std::string TextOf(const std::optional<RecordId>& id);

std::string HexOf(const Mac& mac);
// Takes lower-case digits only, so that each mac has one text.
std::optional<Mac> MacOfHex(std::string_view hex);

// Returns the line, without its line feed, from the JSON object `line`, which ends with '}'. The members of the record
// stand at its end. `mac` is not yet set: the text ends where the value of "mac" begins.
std::string BeginLine(std::string_view line, const RecordId& id, const Mac& prev);
std::string EndLine(std::string begun, const Mac& mac);

// A line as it was read. Nothing in it was checked against a key.
struct SealedLine {
  RecordId id;
  Mac prev{}, mac{};
  std::string_view covered;  // what the mac covers: the line up to the value of "mac"
};
// Returns nullopt if the line, without its line feed, does not end as a record does.
std::optional<SealedLine> ReadSealed(std::string_view line);

inline constexpr std::size_t kMaxLine = 16 * 1024;  // logger's lines are shorter

// Where the records of a file end.
struct FileEnd {
  std::optional<RecordId> id;  // of the last line that is a record
  Mac mac{};
  bool torn = false;     // the file does not end with a line feed
  bool unknown = false;  // the file could not be read, or there may be a record before the bytes that were read
};
// Reads at most the last 2 * kMaxLine bytes.
FileEnd FindEnd(int fd);
// Returns the id of the first line of the file, if it is a record.
std::optional<RecordId> FindFirst(int fd);

// Returns the value of a text member of a line that logger has made, for example TextMember(line, "found"). Takes no
// escaped characters, so it is for values that need none. Returns an empty text if there is none.
std::string_view TextMember(std::string_view line, std::string_view name);

}  // namespace zoobar::audit
