// The pages about a member's programs: the log of a program, the manual and the examples.
#include <fmt/format.h>

#include "pages/compiled_templates.h"
#include "pages/pages.h"
#include "pages/sheet.h"
#include "text/calendar.h"

namespace zoobar {
namespace {

using ctemplate::TemplateDictionary;

// Writes a size as "64 KiB" or "2 MiB" if it is a whole number of KiB or MiB, else as "N bytes".
std::string Size(std::size_t bytes) {
  if (bytes != 0 && bytes % (1 << 20) == 0) return fmt::format("{} MiB", bytes >> 20);
  if (bytes != 0 && bytes % (1 << 10) == 0) return fmt::format("{} KiB", bytes >> 10);
  return fmt::format("{} bytes", bytes);
}

std::string Duration(std::uint32_t ms) {
  return ms % 1000 == 0 ? fmt::format("{} seconds", ms / 1000) : fmt::format("{} milliseconds", ms);
}

// Adds the program's own lines of the traceback, if there are any. All that it wrote is then folded up below them.
void AddOwnLines(TemplateDictionary& told, const RunReport& report) {
  const OwnLines own = OwnLinesOf(report.errors);
  if (own.frames.empty()) return;
  TemplateDictionary& block = *told.AddSectionDictionary("OWN");
  for (const OwnLines::Frame& from : own.frames) {
    TemplateDictionary& frame = *block.AddSectionDictionary("FRAME");
    frame.AddSectionDictionary(report.beside_text ? "LINK" : "PLAIN")->SetIntValue("LINE", from.line);
    frame.SetValueWithoutCopy("TEXT", Str(from.text));
  }
  block.SetValueWithoutCopy("ERROR", Str(own.error));
  told.ShowSection("FOLDED");
}

}  // namespace

void AddReport(TemplateDictionary& into, const RunReport& report) {
  if (report.empty()) return;
  TemplateDictionary& shown = *into.AddIncludeDictionary("REPORT");
  shown.SetFilename("report");
  if (!report.why.empty() || !report.errors.empty() || !report.transcript.empty()) {
    TemplateDictionary& told = *shown.AddSectionDictionary("TOLD");
    told.SetValue("HEADING", report.failed || !report.why.empty() ? "What went wrong" : "What it wrote");
    AddOwnLines(told, report);
    if (!report.why.empty()) told.AddSectionDictionary("WHY")->SetValueWithoutCopy("TEXT", Str(report.why));
    if (!report.transcript.empty()) {
      TemplateDictionary& transcript = *told.AddSectionDictionary("TRANSCRIPT");
      for (const RunReport::Piece& piece : report.transcript) {
        transcript.AddSectionDictionary("PIECE")
            ->AddSectionDictionary(piece.error ? "ERR" : "OUT")
            ->SetValueWithoutCopy("TEXT", Str(piece.text));
      }
    } else if (!report.errors.empty()) {
      told.AddSectionDictionary("ERRORS")->SetValueWithoutCopy("TEXT", Str(report.errors));
    }
  }
  AddItems(shown, "HINTS", report.hints);
  if (report.use.empty()) return;
  TemplateDictionary& table = *shown.AddSectionDictionary("USE");
  for (const RunReport::Use& from : report.use) {
    TemplateDictionary& row = *table.AddSectionDictionary("ROW");
    row.SetValueWithoutCopy("WHAT", Str(from.what));
    row.SetValueWithoutCopy("USED", Str(from.used));
    row.SetValueWithoutCopy("LIMIT", Str(from.limit));
  }
}

std::string Pages::Render(const ProgramPage& page) const {
  Sheet sheet(*this, "program", "Program log", page.member);
  sheet.Say("NOTICE", page.notice);
  sheet.content()
      .AddSectionDictionary(page.stopped ? "STOPPED" : "RUNS")
      ->SetValueWithoutCopy("STATE", Str(page.state));
  sheet.Say("PREVIEWS", page.previews);
  RunReport last_run;
  last_run.use = page.last_run;
  if (!last_run.empty()) AddReport(*sheet.content().AddSectionDictionary("LAST_RUN"), last_run);
  sheet.Set("FILES_BYTES", static_cast<std::int64_t>(page.files_bytes));
  if (page.files.empty()) {
    sheet.Show("NO_FILES");
  } else {
    TemplateDictionary& files = *sheet.content().AddSectionDictionary("FILES");
    for (const ProgramPage::File& from : page.files) {
      TemplateDictionary& row = *files.AddSectionDictionary("ROW");
      row.SetValueWithoutCopy("PATH", Str(from.path));
      if (from.directory) row.ShowSection("DIRECTORY");
    }
  }
  if (page.denials.empty()) {
    sheet.Show("NO_DENIALS");
  } else {
    TemplateDictionary& denials = *sheet.content().AddSectionDictionary("DENIALS");
    for (const ProgramPage::Denial& from : page.denials) {
      TemplateDictionary& row = *denials.AddSectionDictionary("ROW");
      row.SetValue("TIME", ReadableTime(from.time_ms));
      row.SetValue("ISO", IsoTime(from.time_ms));
      row.SetValueWithoutCopy("VISITOR", Str(from.visitor));
      row.SetValue("WORDS", DescribeDenial(from.call));
      row.SetValueWithoutCopy("CALL", Str(from.call));
      row.SetIntValue("COUNT", from.count);
    }
  }
  if (page.failed_ms != 0) {
    TemplateDictionary& failure = *sheet.content().AddSectionDictionary("FAILURE");
    failure.SetValue("TIME", ReadableTime(page.failed_ms));
    failure.SetValue("ISO", IsoTime(page.failed_ms));
    failure.SetValueWithoutCopy("VISITOR", Str(page.failed_visitor));
    failure.SetValueWithoutCopy("TEXT", Str(page.failure));
    std::vector<std::string> files;
    for (const ProgramPage::File& from : page.files) files.emplace_back(from.path);
    if (const std::string words = ExplainError(page.failure, &files); !words.empty())
      failure.AddSectionDictionary("MEANS")->SetValue("WORDS", words);
  }
  AddItems(sheet.content(), "DROPPED", page.dropped);
  return sheet.Done();
}

std::string Pages::Render(const ManualPage& page) const {
  Sheet sheet(*this, "manual", "Writing a program", page.member, Sheet::Place::kManual);
  for (std::string_view name : page.examples)
    sheet.content().AddSectionDictionary("EXAMPLE")->SetValueWithoutCopy("EXAMPLE_NAME", Str(name));
  sheet.content().SetValue("TIMEOUT", Duration(page.timeout_ms));
  sheet.Say("PACKAGES", page.packages);
  const std::pair<const char*, std::size_t> sizes[] = {
      {"MEMORY", page.memory_bytes},      {"OUTPUT", page.output_bytes},   {"SOURCE", page.source_bytes},
      {"FILES_BYTES", page.files_bytes},  {"REQUEST", page.request_bytes}, {"REPLY", page.reply_bytes},
      {"SHARED_BYTES", page.shared_bytes}};
  for (const auto& [name, bytes] : sizes) sheet.content().SetValue(name, Size(bytes));
  const std::pair<const char*, std::size_t> counts[] = {
      {"FILES_INODES", page.files_inodes}, {"DENIALS", page.denials},       {"API_CALLS", page.api_calls},
      {"PATIENCE", page.patience},         {"NAME_BYTES", page.name_bytes}, {"TRANSFERS", page.transfers},
      {"LIST_LIMIT", page.list_limit},     {"NAMES", page.names},           {"TEXT_BYTES", page.text_bytes},
      {"VISITORS", page.visitors},         {"POSTS", page.posts},           {"POSTS_OF_AUTHOR", page.posts_of_author},
      {"SHARED_FILES", page.shared_files}, {"PATH_BYTES", page.path_bytes}, {"TICKET_SECONDS", page.ticket_seconds}};
  for (const auto& [name, count] : counts) sheet.Set(name, static_cast<std::int64_t>(count));
  return sheet.Done();
}

std::string_view ExampleProgram(std::string_view name) {
  for (const CompiledTemplate& one : CompiledExamples()) {
    if (one.name == name) return one.text;
  }
  return {};
}

std::vector<std::string_view> ExamplePrograms() {
  std::vector<std::string_view> names;
  for (const CompiledTemplate& one : CompiledExamples()) names.push_back(one.name);
  return names;
}

}  // namespace zoobar
