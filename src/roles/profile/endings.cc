#include "roles/profile/endings.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "limits/programs.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr Milliseconds kTick{200};       // if given time is this much below its limit, the clock ended the run
constexpr std::size_t kLineBytes = 200;  // of a line of the program that is shown
constexpr std::uint64_t kPage = 4096;    // files are counted in whole pages (sandbox/files.h)

// Returns the text of one line of the program, without the blanks around it. The number comes from the run, so there
// may be no such line.
std::string LineOf(std::string_view source, std::uint32_t number) {
  for (std::uint32_t i = 1; i < number; ++i) {
    const std::size_t end = source.find('\n');
    if (end == source.npos) return {};
    source.remove_prefix(end + 1);
  }
  std::string_view line = source.substr(0, source.find('\n'));
  const std::size_t begin = std::min(line.find_first_not_of(" \t\r"), line.size());
  line.remove_prefix(begin);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  const std::string_view shown = CutUtf8(line, kLineBytes);
  return std::string(shown) + (shown.size() < line.size() ? "\u2026" : "");
}

// Says where the program was: "It was running line 3:\n    while True: pass".
std::string WhereItWas(const StoppedAt& at, std::string_view source) {
  if (at.in_shutdown) return "\nIts last line was done, and it waited for a thread that did not end.";
  std::string text;
  for (const std::uint32_t number : at.lines) {
    const std::string line = LineOf(source, number);
    text += fmt::format("\n{} line {}{}", text.empty() ? "It was running" : "called from", number,
                        line.empty() ? "" : ":\n    " + line);
  }
  return text;
}

std::string WhyStopped(const RunOutput& output) {
  if (!output.misbehaved.empty()) return "The program was stopped because it misused its API: " + output.misbehaved;
  return "The program was stopped: it tried too many blocked actions. Remove them from the program.";
}

std::string WhySignal(const WaitReply& end) {
  switch (end.status()) {
    case SIGKILL:
      return "The system ended the program, most likely because memory ran out. Make it use less memory.";
    case SIGXCPU:
      return "The program was stopped because it used more processor time than a program may use.";
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGABRT:
      return fmt::format("Python crashed (signal {}) while it ran the program.", end.status());
    default:
      return fmt::format("The program was ended by signal {}.", end.status());
  }
}

}  // namespace

Milliseconds TimeLimit(const Config::Profile& settings) {
  return Milliseconds(std::clamp(settings.timeout_ms(), 1u, 60000u));
}

bool WasEndedForIt(const RunOutput& output) {
  return output.end.end() == WaitReply::END_DENIALS || !output.misbehaved.empty();
}

ShowReply::Run HowItEnded(const RunOutput& output, Milliseconds limit, Milliseconds time_limit) {
  if (WasEndedForIt(output)) return ShowReply::RUN_STOPPED;
  // The output pipe was closed because the program had printed too much. An error at the end of the run may come from
  // that.
  if (output.cut) return ShowReply::RUN_DONE;
  const WaitReply& end = output.end;
  const Milliseconds given(end.given_us() / 1000);
  switch (end.end()) {
    case WaitReply::END_EXIT:
      return end.status() == 0 ? ShowReply::RUN_DONE : ShowReply::RUN_FAILED;
    case WaitReply::END_SIGNAL:
      return ShowReply::RUN_FAILED;
    case WaitReply::END_TIME:
      // If the run spent most of its time waiting for its turn or for a processor, that is not the program's fault.
      return given + kTick < limit || 2 * given < time_limit ? ShowReply::RUN_BUSY : ShowReply::RUN_TOO_LONG;
    default:
      return ShowReply::RUN_BUSY;
  }
}

std::string WhyItEnded(ShowReply::Run result, const RunOutput& output, std::string_view source,
                       const Config::Profile& settings) {
  switch (result) {
    case ShowReply::RUN_TOO_LONG:
      return fmt::format(
                 "The program was stopped: it may take at most {} ms. Its changes to files were not kept. Make it "
                 "faster.",
                 TimeLimit(settings).count()) +
             WhereItWas(output.stopped_at, source);
    case ShowReply::RUN_STOPPED:
      return WhyStopped(output);
    case ShowReply::RUN_FAILED:
      if (output.end.end() == WaitReply::END_SIGNAL)
        return WhySignal(output.end) + WhereItWas(output.stopped_at, source);
      if (!output.errors.empty()) return {};
      return fmt::format("The program ended with exit status {}.", output.end.status());
    default:
      if (!output.cut) return {};
      return fmt::format(
          "The program was stopped: it printed more than {} bytes, and no more are shown. Its changes to files were "
          "not kept. Print less.",
          settings.output_bytes());
  }
}

RunUse UseOf(const RunOutput& output, std::uint32_t calls, const Config::Profile& settings) {
  const WaitReply& end = output.end;
  const auto time_limit = static_cast<std::uint64_t>(TimeLimit(settings).count());
  RunUse use;
  use.set_given_us(end.given_us());
  use.set_given_limit_us(time_limit * 1000);
  use.set_wall_us(end.wall_us());
  use.set_cpu_us(end.cpu_us());
  use.set_cpu_limit_us(ProgramLimits::ProcessorSeconds(settings.timeout_ms()) * 1'000'000);
  use.set_memory_bytes(end.memory_bytes());
  use.set_memory_limit(settings.memory_bytes());
  use.set_output_bytes(output.output_bytes);
  use.set_output_limit(settings.output_bytes());
  use.set_has_files(output.files.has_value());
  if (output.files) {
    std::uint64_t bytes = 0;
    for (const ProgramFiles::File& file : output.files->files())
      bytes += (file.content().size() + kPage - 1) / kPage * kPage;
    use.set_files_bytes(bytes);
    use.set_files(static_cast<std::uint32_t>(output.files->files_size()));
  }
  use.set_files_bytes_limit(settings.files_bytes());
  use.set_files_limit(settings.files_inodes());
  use.set_calls(calls);
  use.set_calls_limit(settings.api_calls_per_run());
  std::uint64_t denials = 0;
  for (const auto& denial : end.denials()) denials += denial.count();
  use.set_denials(static_cast<std::uint32_t>(denials));
  use.set_denials_limit(ProgramLimits::kDenials);
  return use;
}

}  // namespace zoobar
