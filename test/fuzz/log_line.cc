// Lines of the logs (src/logs): each line of the input as `zoobar ctl log` reads and prints it, and the whole input
// as a file that grows in pieces, which its first byte chooses.
#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "fuzz/pieces.h"
#include "fuzz/require.h"
#include "live_site/temporary_directory.h"
#include "logs/reader.h"
#include "logs/view.h"
#include "text/calendar.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::int64_t kNow = 1'764'472'514'000'000;

// What is printed is one line, and nothing in it controls the terminal.
void CheckPrinted(const std::string& printed, std::size_t lines) {
  std::size_t ends = 0;
  for (std::string_view rest = printed; !rest.empty();) {
    const Utf8Character next = FirstUtf8(rest);
    ends += next.code == '\n';
    Require(next.valid && (next.code == '\n' || !SteersTerminals(next.code)), "nothing controls the terminal");
    rest.remove_prefix(next.length);
  }
  Require(ends == lines, "each entry is one line");
}

// Another reader of JSON must read the same texts. It accepts less: only UTF-8, and no unknown words.
void CompareWithJson(std::string_view text, const std::optional<LogLine>& line) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("time") || !json.contains("role")) return;
  for (const auto& [key, value] : json.items()) {
    if (key == "fields" && value.is_object()) {
      for (const auto& field : value) {
        if (field.is_structured()) return;
      }
    } else if (value.is_structured()) {
      return;
    }
  }
  const auto text_of = [&json](const char* key) {
    return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string();
  };
  if (text_of("role").empty() || !ParseTime(text_of("time"))) return;
  Require(line.has_value(), "a line of the expected shape is a line of a log");
  Require(line->role == text_of("role") && line->time_us == *ParseTime(text_of("time")), "with the same texts");
  if (!text_of("event").empty()) Require(line->event == text_of("event"), "with the same event");
  if (!text_of("request").empty()) Require(line->request == text_of("request"), "with the same request");
}

void CheckLine(std::string_view text) {
  const std::optional<LogLine> line = ParseLogLine(text);
  CompareWithJson(text, line);
  std::ostringstream out;
  LogOptions options;
  options.text = true;
  if (!line) {
    LogPrinter(options, "", out).PrintRaw(text);
    return CheckPrinted(out.str(), 1);
  }
  Require(line->text == text && !line->role.empty() && !line->event.empty(), "a line has a role and an event");
  Require(line->micros >= -1 && line->began_us >= -1, "times are not negative");
  LogPrinter(options, "", out).Print(*line);
  LogPrinter(options, line->request.empty() ? "00" : "11", out).Print(*line);
  LogPrinter(LogOptions(), "", out).Print(*line);
  CheckPrinted(out.str(), 4);
  options.request = line->request;
  options.level = LogLevelName(line->level);
  const Result<LogFilter> filter = LogFilter::Make(options, kNow);
  if (filter.ok() && filter->request() == line->request)
    Require(filter->Matches(*line), "a line is found by its request");
}

void CheckTimes(std::string_view text) {
  LogOptions options;
  options.since = text;
  const Result<LogFilter> filter = LogFilter::Make(options, kNow);
  const auto moment = ParseMoment(text, kNow);
  Require(filter.ok() == (moment.has_value() || text.empty()), "--since takes moments");
  if (moment) Require(*moment == filter->since_us(), "and means them");
  const auto time = ParseTime(text);
  if (!time) return;
  constexpr std::int64_t kDay = 86'400'000'000;
  Require(moment == time && *time > -720'000 * kDay && *time < 3'000'000 * kDay, "a time has four digits for its year");
  const std::int64_t millis = *time >= 0 ? *time / 1000 : 0;
  Require(ParseTime(IsoTimeMillis(millis)) == millis * 1000 || millis > 253'402'300'799'999,
          "a time is read as written");
}

// The folder of a log. It is removed when the process ends.
struct Folder {
  TemporaryDirectory directory;
  Fd fd{open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
};

void CheckReader(std::string_view bytes, std::uint8_t seed) {
  static Folder folder;
  const Fd file(openat(folder.fd.get(), "x.log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  Require(file.valid(), "the file of the log is made");
  Result<LogReader> reader = LogReader::Open(folder.fd.get(), "x");
  Require(reader.ok(), "the log is opened");
  std::vector<std::string> lines;
  const auto take = [&lines](std::string_view line) { lines.emplace_back(line); };
  for (Pieces pieces(bytes, seed == 0 ? 3 : seed); !pieces.done();) {
    const std::string_view piece = pieces.Next();
    Require(write(file.get(), piece.data(), piece.size()) == static_cast<ssize_t>(piece.size()), "the file grows");
    reader->Read(take);
  }
  std::vector<std::string> expected;
  for (std::size_t end; (end = bytes.find('\n')) != bytes.npos; bytes.remove_prefix(end + 1)) {
    if (end <= LogReader::kMaxLine) expected.emplace_back(bytes.substr(0, end));
  }
  Require(lines == expected, "each whole line is read, once");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  if (size == 0) return 0;
  const std::string_view text = InputText(data + 1, size - 1);
  CheckReader(text, data[0]);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = TakeLine(rest);
    CheckLine(line);
    CheckTimes(line);
  }
  return 0;
}
