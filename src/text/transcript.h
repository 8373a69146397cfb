// What a program wrote, as its owner sees it: standard output and standard error in the order in which they were
// written, and the line that the program was running when it was stopped.
//
// The two arrive in two pipes. So the run writes markers into its standard error: `\x1e`, the number of bytes written
// to standard output so far, `\x1f`. The text after a marker was written when standard output had that many bytes. Text
// without a marker, such as a message of a C library, belongs to the last place. The program can write false markers.
// They can only change what its owner sees.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zoobar {

struct TranscriptPiece {
  bool error = false;  // written to standard error
  std::string text;    // UTF-8 without control characters, except tab and line end
};

struct Transcript {
  static constexpr std::size_t kMostPieces = 1000;  // later text is in the last piece, not in its place
  // Of a data: address in base64 with more letters than kMostData, only the first ones are shown.
  static constexpr std::size_t kMostData = 100, kDataShown = 20;
  std::vector<TranscriptPiece> pieces;
  std::string errors;  // all of standard error, as in the pieces
};

// output, errors: the bytes as they were read. Markers are left out.
Transcript MakeTranscript(std::string_view output, std::string_view errors);

// Collects standard error within a bound. A program can write without end, and the last words matter as well as the
// first. So the beginning and the end are kept.
class ErrorBytes {
 public:
  static constexpr std::size_t kHead = 8192, kTail = 8192;  // bytes

  void Add(std::string_view bytes);
  // Returns what was kept. A line in the middle says how many bytes are missing, if any are.
  std::string Text() const;

 private:
  std::string head_, tail_;
  std::uint64_t total_ = 0;
};

// Returns at most about `bytes` bytes of a text: its beginning and its end, with a line between them that says how many
// bytes are missing.
std::string KeepEnds(std::string_view text, std::size_t bytes);

// Where a program was when it was stopped.
struct StoppedAt {
  static constexpr std::size_t kMostLines = 5;
  std::vector<std::uint32_t> lines;  // of the program: the line that was running, then the lines that called it
  bool in_shutdown = false;          // its last line was done, and it waited for threads

  bool known() const { return !lines.empty() || in_shutdown; }
};

// Finds the last dump that Python's faulthandler wrote to standard error, and returns what it says about the program. If
// it says anything, removes the dump from `errors`. Anything may be in `errors`.
StoppedAt TakeDump(std::string& errors);

}  // namespace zoobar
