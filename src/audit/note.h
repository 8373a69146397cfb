// What the master keeps about the sealed logs in files that only root can read, in STATE/audit:
//
//   secret   32 bytes as hexadecimal digits: the secret of keys.h
//   starts   one line for each start of the site, the newest last
//   note     where the logs end, and where they begin. The master writes it while the site runs
//
// Logs alone cannot show that their end was cut off, or that their beginning was deleted. These files can.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/keys.h"
#include "audit/record.h"
#include "ipc/result.h"

namespace zoobar::audit {

inline constexpr std::string_view kFolder = "audit";  // of the state directory

// The note about one log.
struct Noted {
  std::optional<RecordId> end;     // the last record that the master has seen in the file
  std::optional<RecordId> oldest;  // the first record that was left when rotation deleted an old file
};
using Note = std::map<std::string, Noted, std::less<>>;  // by the log's name

inline constexpr std::size_t kNoteBytes = 512;  // of the file, always
// Returns the content of the file `note`: kNoteBytes with a checksum, so that a half-written note is recognised.
std::string EncodeNote(const Note& note);
std::optional<Note> DecodeNote(std::string_view text);

// One start of the site, as the master has written it down while it was root.
struct StartLine {
  std::uint64_t number = 0;
  std::int64_t time_ms = 0;
  // For each log: the last record that was in the file, and the one that the note had.
  std::map<std::string, std::pair<std::optional<RecordId>, std::optional<RecordId>>, std::less<>> ends;
};
inline constexpr std::size_t kMaxStarts = 1000;  // how many lines of `starts` are kept
std::string EncodeStarts(const std::vector<StartLine>& starts);
Result<std::vector<StartLine>> DecodeStarts(std::string_view text);

// Reads STATE/audit/secret.
Result<Key> ReadSecret(const std::string& state_dir);
Result<std::vector<StartLine>> ReadStarts(const std::string& state_dir);
// Returns an empty note if there is none, and an Error if it is damaged.
Result<Note> ReadNote(const std::string& state_dir);

}  // namespace zoobar::audit
