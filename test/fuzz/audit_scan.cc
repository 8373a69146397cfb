// Sealed logs that somebody has changed (src/audit). The first byte of the input says what it is.
//   L  files of a log; a byte 0 begins the next file
//   E  edits of a true log, of three bytes each
//   N  the lines of the master's note      S  the master's list of starts
#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "audit/made_log.h"
#include "audit/note.h"
#include "fuzz/expects.h"
#include "fuzz/pieces.h"
#include "fuzz/require.h"
#include "ipc/bytes.h"

namespace zoobar::audit {
namespace {

// A larger number in an id costs up to a second for the search of its key (key_finder.h), which bounds that work.
constexpr std::uint64_t kMostNumber = 20'000;

Fd FileWith(std::string_view bytes) {
  Fd file(memfd_create("log", MFD_CLOEXEC));
  Require(file.valid() && write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
          "a file is made");
  return file;
}

bool IsCheap(const Files& files) {
  for (const std::string& file : files) {
    for (const std::string& line : LinesOf(file)) {
      const auto sealed = ReadSealed(line);
      if (sealed && std::max({sealed->id.start, sealed->id.epoch, sealed->id.line}) > kMostNumber) return false;
    }
  }
  return true;
}

void CheckPieces(const Scan& scan, const Files& files) {
  std::vector<std::uint64_t> lines(files.size());
  for (const Piece& piece : scan.pieces()) {
    Require(piece.file < files.size() && piece.lines > 0, "a piece has lines of a file");
    Require(piece.line == lines[piece.file] + 1, "pieces follow each other without a gap");
    lines[piece.file] += piece.lines;
    Require(!piece.sound || piece.last.line - piece.first.line + 1 == piece.lines, "a run is without a gap");
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto feeds = static_cast<std::uint64_t>(std::ranges::count(files[i], '\n'));
    const bool torn = !files[i].empty() && !files[i].ends_with('\n');
    Require(lines[i] == feeds + (torn ? 1 : 0) && scan.files()[i].lines == lines[i], "each line is in one piece");
    Require(scan.files()[i].bytes == files[i].size(), "each byte is read");
  }
}

void CheckEnds(const Scan& scan, std::size_t number, const Fd& file, const std::string& text) {
  const FileEnd end = FindEnd(file.get());
  Require(end.torn == (!text.empty() && !text.ends_with('\n')), "a torn end is noticed");
  const auto first = FindFirst(file.get());
  for (const Piece& piece : scan.pieces()) {
    if (piece.file != number || !piece.sound) continue;
    if (piece.line == 1) Require(first == piece.first, "the first record is found");
    if (piece.last_line() == scan.files()[number].lines && !end.torn)
      Require(end.id == piece.last && end.mac == piece.last_mac, "the last record is found");
  }
}

Judgement Look(const Files& files, const Expected& expected) {
  Scan scan(Key(kTestSecret), "audit");
  std::vector<Fd> opened;
  for (std::size_t i = 0; i < files.size(); ++i) {
    opened.push_back(FileWith(files[i]));
    Require(scan.Read(std::to_string(i), opened.back().get()).ok(), "a file is read");
  }
  CheckPieces(scan, files);
  for (std::size_t i = 0; i < files.size(); ++i) CheckEnds(scan, i, opened[i], files[i]);
  const Judgement judgement = Judge(scan, expected);
  Require(judgement.findings.size() <= Judgement::kMaxFindings, "the findings are bounded");
  std::uint64_t sound = 0;
  for (const Piece& piece : scan.pieces()) sound += piece.sound ? piece.lines : 0;
  Require(judgement.records == sound, "each sound record is counted");
  for (const Finding& finding : judgement.findings) {
    const std::size_t file = std::stoul(finding.file);
    Require(finding.first <= finding.last && finding.last <= scan.files()[file].lines,
            "a finding has lines of the file");
    Require(!finding.what.empty(), "and says what it is");
  }
  Require(TextOf(judgement) == TextOf(Judge(scan, expected)), "the same files are judged in the same way");
  return judgement;
}

std::string Together(const Files& files) {
  std::string all;
  for (const std::string& file : files) all += file;
  return all;
}

void CheckFiles(std::string_view bytes) {
  Files files(1);
  for (const char c : bytes) {
    if (c == '\0' && files.size() < 5) {
      files.emplace_back();
    } else {
      files.back() += c;
    }
  }
  if (!IsCheap(files)) return;
  (void)Look(files, {});
  (void)Look(files, {.whole = false, .running = true});
  (void)Look(files, {.oldest = RecordId{1, 1, 3}, .must_exist = {RecordId{2, 1, 0}, RecordId{1, 2, 7}}});
}

// A changed log must not pass for a sound one, if root knows its last record.
void CheckEdits(std::string_view steps) {
  static const MadeLog& made = *new MadeLog(SomeLog());
  const MadeLog& log = made;
  Files files = const_cast<MadeLog&>(log).files();
  const std::string before = Together(files);
  Require(Look(files, log.Known()).sound(), "a true log is sound");
  for (; steps.size() >= 3; steps.remove_prefix(3)) {
    const auto at = [&steps](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(steps[i])); };
    std::string& file = files[at(0) / 8 % files.size()];
    std::vector<std::string> lines = LinesOf(file);
    if (lines.empty()) continue;
    const std::size_t one = at(1) % lines.size(), two = at(2) % lines.size();
    switch (at(0) % 8) {
      case 0:
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(one));
        break;
      case 1:
        std::swap(lines[one], lines[two]);
        break;
      case 2:
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(one), lines[two]);
        break;
      case 3:
        lines[one][two % lines[one].size()] ^= 1;
        break;
      case 4:
        lines.resize(one);
        break;
      case 5:
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(one), "{\"event\":\"transfer\"}");
        break;
      case 6:
        lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(one));
        break;
      default:
        std::swap(file, files[at(1) % files.size()]);
        continue;
    }
    file = Joined(lines);
  }
  if (!IsCheap(files)) return;
  const bool same = Together(files) == before;
  const Judgement judgement = Look(files, log.Known());
  Require(judgement.sound() == same, "a log is sound if and only if nothing was changed");
  (void)Look(files, {.whole = false});
}

void CheckNote(std::string_view lines) {
  constexpr std::size_t kDigits = 32;
  std::string text = "zoobar audit note 1\n" + std::string(lines.substr(0, 400));
  text.resize(kNoteBytes - kDigits - 1, ' ');
  unsigned char sum[kDigits / 2];
  crypto_generichash(sum, sizeof sum, reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  const auto note = DecodeNote(text + ToHex({reinterpret_cast<const char*>(sum), sizeof sum}) + "\n");
  Require(!DecodeNote(lines), "a note without its checksum is damaged");
  if (!note) return;
  std::size_t bytes = 0;
  for (const auto& [log, noted] : *note)
    bytes += log.size() + TextOf(noted.end).size() + TextOf(noted.oldest).size() + 3;
  if (bytes > 400) return;
  const auto again = DecodeNote(EncodeNote(*note));
  Require(again && again->size() == note->size(), "a note is read as it is written");
  for (const auto& [log, noted] : *note) {
    const Noted& same = again->at(log);
    Require(same.end == noted.end && same.oldest == noted.oldest, "with the same ends");
  }
}

void CheckStarts(std::string_view text) {
  const auto starts = DecodeStarts(text);
  if (!starts.ok()) return Require(starts.error().text.starts_with("line "), "an error names the line");
  Require(starts->size() <= kMaxStarts, "the number of starts is bounded");
  const std::string written = EncodeStarts(*starts);
  const auto again = DecodeStarts(written);
  Require(again.ok() && EncodeStarts(*again) == written, "starts are read as they are written");
}

void CheckId(std::string_view text) {
  if (const auto id = RecordId::Parse(text)) Require(id->Text() == text, "an id has one text");
  if (const auto mac = MacOfHex(text)) Require(HexOf(*mac) == text, "a mac has one text");
  const auto sealed = ReadSealed(text);
  if (!sealed) return;
  Require(EndLine(std::string(sealed->covered), sealed->mac) == text, "the parts are the whole");
  Require(sealed->covered.find(sealed->id.Text()) != text.npos, "a seal covers the id");
}

}  // namespace
}  // namespace zoobar::audit

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  using namespace zoobar::audit;
  if (size == 0) return 0;
  const std::string_view text = InputText(data + 1, size - 1);
  switch (data[0]) {
    case 'E':
      CheckEdits(text);
      break;
    case 'N':
      CheckNote(text);
      break;
    case 'S':
      CheckStarts(text);
      break;
    default:
      CheckFiles(text);
      for (std::string_view rest = text; !rest.empty();) CheckId(TakeLine(rest));
  }
  return 0;
}
