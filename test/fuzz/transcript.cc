// What a run writes to standard output and standard error, as its owner sees it (src/text/transcript.h).
#include "text/transcript.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "credentials/cpu_time.h"
#include "fuzz/require.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr double kMostCpuMs = 2000;

bool CanBeShown(std::string_view text) {
  while (!text.empty()) {
    const Utf8Character next = FirstUtf8(text);
    const bool control = next.code < 0x20 || (next.code >= 0x7F && next.code < 0xA0);
    if (!next.valid || (control && next.code != '\n' && next.code != '\t')) return false;
    text.remove_prefix(next.length);
  }
  return true;
}

void CheckTranscript(std::string_view output, std::string_view errors) {
  const Transcript made = MakeTranscript(output, errors);
  Require(made.pieces.size() <= Transcript::kMostPieces + 1, "the number of pieces is bounded");
  std::string written, of_errors;
  for (std::size_t i = 0; i < made.pieces.size(); ++i) {
    const TranscriptPiece& piece = made.pieces[i];
    Require(!piece.text.empty() && CanBeShown(piece.text), "a piece is text that a page can show");
    Require(i == 0 || piece.error != made.pieces[i - 1].error, "pieces take turns");
    (piece.error ? of_errors : written) += piece.text;
  }
  Require(CanBeShown(made.errors), "the errors are text that a page can show");
  const bool data = output.find(";base64,") != output.npos || errors.find(";base64,") != errors.npos;
  const bool cut = of_errors.find(";base64,") != of_errors.npos || made.errors.find(";base64,") != made.errors.npos;
  if (!cut) Require(of_errors == made.errors, "the pieces hold all of standard error");
  if (data || !CanBeShown(output)) return;
  Require(written == output, "the pieces hold all of standard output");
}

void CheckErrorBytes(std::string_view text) {
  ErrorBytes whole, pieces;
  // Long enough for what is left out in the middle.
  std::string all(text);
  while (!text.empty() && all.size() < 3 * ErrorBytes::kHead) all += text;
  whole.Add(all);
  for (std::size_t at = 0, size = 1; at < all.size(); at += size, size = size % 997 + 61)
    pieces.Add(std::string_view(all).substr(at, size));
  Require(whole.Text() == pieces.Text(), "pieces change nothing");
  Require(whole.Text().size() <= ErrorBytes::kHead + ErrorBytes::kTail + 64, "what is kept is bounded");
  Require(whole.Text().starts_with(all.substr(0, std::min(all.size(), ErrorBytes::kHead))), "the beginning is kept");
  const std::size_t end = std::min(all.size(), ErrorBytes::kTail);
  Require(whole.Text().ends_with(all.substr(all.size() - end)), "the end is kept");
}

void CheckDump(std::string_view text) {
  std::string errors(text);
  const StoppedAt at = TakeDump(errors);
  Require(at.lines.size() <= StoppedAt::kMostLines, "few lines are named");
  Require(std::find(at.lines.begin(), at.lines.end(), 0u) == at.lines.end(), "lines are counted from 1");
  Require(at.known() ? errors.size() < text.size() : errors == text, "what says something is removed, and only that");
  const std::size_t removed = text.size() - errors.size();
  std::size_t begin = 0;
  while (begin < errors.size() && errors[begin] == text[begin]) ++begin;
  Require(errors.substr(begin) == text.substr(begin + removed), "one piece is removed");
}

void CheckEnds(std::string_view text) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{7}, text.size() / 2, text.size()}) {
    const std::string kept = KeepEnds(text, bytes);
    Require(kept.size() <= std::max(text.size(), std::size_t{0}) + 64 && kept.size() <= bytes + 64, "about as many");
    if (text.size() <= bytes) Require(kept == text, "a short text stays as it is");
    if (IsUtf8(text)) Require(IsUtf8(kept), "no character is cut");
  }
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  // Standard output, a line with "----" alone, and standard error.
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  constexpr std::string_view kBetween = "\n----\n";
  const std::string_view output = input.substr(0, input.find(kBetween));
  const std::string_view errors = input.substr(std::min(output.size() + kBetween.size(), size));
  const double before = CpuMillis();
  CheckTranscript(output, errors);
  CheckTranscript(errors, output);
  CheckDump(errors.empty() ? input : errors);
  CheckErrorBytes(errors);
  CheckEnds(input);
  Require(CpuMillis() - before < kMostCpuMs, "the work is bounded");
  return 0;
}
