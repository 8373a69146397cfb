#include "roles/app/report.h"

#include <fmt/format.h>

#include <charconv>

#include "roles/app/rules.h"

namespace zoobar {
namespace {

std::string TimeText(std::uint64_t us) {
  const double ms = static_cast<double>(us) / 1e3;
  return ms < 1000 ? fmt::format("{:.1f} ms", ms) : fmt::format("{:.1f} s", ms / 1e3);
}

std::string LimitText(std::uint64_t us) {
  return us % 1'000'000 == 0 ? fmt::format("{} s", us / 1'000'000) : fmt::format("{} ms", us / 1000);
}

// Writes a size in the largest unit of which it has at least one.
std::string SizeText(std::uint64_t bytes) {
  const auto in = [bytes](int shift, const char* unit) {
    const double size = static_cast<double>(bytes) / static_cast<double>(1u << shift);
    return bytes % (1u << shift) == 0 ? fmt::format("{} {}", bytes >> shift, unit)
                                      : fmt::format("{:.1f} {}", size, unit);
  };
  if (bytes >= 1u << 20) return in(20, "MiB");
  if (bytes >= 1u << 10) return in(10, "KiB");
  return fmt::format("{} bytes", bytes);
}

// Returns "for 5 more minutes" or "for 3 more hours". The text is empty if the time is over.
std::string Remaining(std::int64_t until_ms, std::int64_t now_ms) {
  const std::int64_t minutes = (until_ms - now_ms + 59'999) / 60'000;
  if (minutes <= 0) return {};
  if (minutes < 120) return fmt::format(", for {} more minute{}", minutes, minutes == 1 ? "" : "s");
  return fmt::format(", for {} more hours", (minutes + 59) / 60);
}

std::string Until(const ProgramState& state, std::int64_t now_ms) {
  return fmt::format("until {} (UTC){}", ReadableTime(state.paused_until_ms()),
                     Remaining(state.paused_until_ms(), now_ms));
}

// Says what the program did before it was paused.
std::string Because(const ProgramState& state) {
  if (state.ended_runs() == 0) return "it tried many different blocked actions";
  return fmt::format("{} of its runs had to be stopped for blocked actions or misuse of the API", state.ended_runs());
}

}  // namespace

std::string DescribeRemoved(const google::protobuf::RepeatedPtrField<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list.empty() ? list : "Removed: " + list + ".";
}

RunReport ReportOf(const ShowReply& shown, const std::vector<std::string>* files) {
  RunReport report;
  report.failed = IsItsFault(shown);
  report.why = shown.why();
  report.errors = shown.errors();
  for (const ShowReply::Piece& piece : shown.transcript()) report.transcript.push_back({piece.error(), piece.text()});
  report.hints = HintsOf(shown, files);
  if (std::string removed = DescribeRemoved(shown.removed()); !removed.empty())
    report.hints.push_back(std::move(removed) + " The page does not show this part of the output.");
  return report;
}

FailedAt FailedAtOf(const ShowReply& shown) {
  const OwnLines own = OwnLinesOf(shown.errors());
  if (own.innermost() != 0 && shown.run() != ShowReply::RUN_DONE) return {own.innermost(), own.error};
  // As profile says it (roles/profile/endings.cc), "It was running line 3".
  constexpr std::string_view kRunning = "It was running line ";
  const std::string_view why = shown.why();
  const std::size_t at = why.find(kRunning);
  FailedAt failed;
  if (at == why.npos) return failed;
  const std::string_view number = why.substr(at + kRunning.size());
  std::from_chars(number.data(), number.data() + number.size(), failed.line);
  failed.error = why.substr(0, why.find('\n'));
  return failed;
}

bool MissesFile(std::string_view errors) { return OwnLinesOf(errors).error.starts_with("FileNotFoundError"); }

std::vector<RunReport::Use> UseRows(const RunUse& use) {
  std::string time = TimeText(use.given_us());
  // On a busy machine a run waits for a processor. That time is not limited, but the owner has waited.
  if (use.wall_us() > use.given_us() + use.given_us() / 10 + 1000)
    time += fmt::format(" ({} with the wait for a processor)", TimeText(use.wall_us()));
  std::vector<RunReport::Use> rows = {
      {"Time", time, LimitText(use.given_limit_us())},
      {"CPU time", TimeText(use.cpu_us()), LimitText(use.cpu_limit_us())},
      {"Peak memory, including Python", SizeText(use.memory_bytes()), SizeText(use.memory_limit()) + " besides Python"},
      {"Output", SizeText(use.output_bytes()), SizeText(use.output_limit())},
  };
  if (use.has_files()) {
    rows.push_back({"Space for files", SizeText(use.files_bytes()), SizeText(use.files_bytes_limit())});
    rows.push_back({"Files and directories", std::to_string(use.files()), std::to_string(use.files_limit())});
  }
  rows.push_back({"API calls", std::to_string(use.calls()), std::to_string(use.calls_limit())});
  rows.push_back({"Blocked actions", std::to_string(use.denials()), std::to_string(use.denials_limit())});
  return rows;
}

std::string DescribeState(const ProgramState& state, std::int64_t now_ms) {
  if (state.paused())
    return "The operator of this site has paused your program. It does not run until the operator resumes it.";
  if (state.for_earlier() && state.paused_until_ms() > 0) {
    return fmt::format(
        "Your program is paused {}: programs that you saved lately had to be stopped too often for blocked actions. "
        "Until then, new programs of yours do not run.",
        Until(state, now_ms));
  }
  if (state.paused_until_ms() > 0) {
    return fmt::format(
        "Your program is paused {}, because {}. Until then, nobody sees its output. If you save a corrected program, "
        "it runs at once. Each further pause of the same program is twice as long.",
        Until(state, now_ms), Because(state));
  }
  if (state.for_earlier()) {
    return "Your program is slowed down for a while, because programs that you saved lately tried blocked actions. It "
           "shares one slot with all other slowed programs.";
  }
  if (state.slowed()) {
    return "Your program is slowed down for a while because it tried blocked actions. It shares one slot with all "
           "other slowed programs. If it keeps trying, it will be paused.";
  }
  return "Your program runs each time somebody visits your page.";
}

std::string DescribePreviews(const ProgramState& state, std::int64_t now_ms) {
  if (state.paused_until_ms() > 0) {
    return fmt::format("Your previews are paused {}, because programs that you ran as previews tried blocked actions.",
                       Until(state, now_ms));
  }
  if (state.slowed()) return "Your previews are slowed down for a while because they tried blocked actions.";
  return {};
}

}  // namespace zoobar
