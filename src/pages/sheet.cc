#include "pages/sheet.h"

#include <fmt/format.h>

#include "ipc/result.h"
#include "pages/compiled_templates.h"
#include "text/calendar.h"

namespace zoobar {

using ctemplate::TemplateDictionary;

namespace {

constexpr std::string_view kAutoEscape = "{{%AUTOESCAPE context=\"HTML\"}}\n";
constexpr ctemplate::Strip kStrip = ctemplate::STRIP_BLANK_LINES;

constexpr std::size_t kFirstBlock = 32768;  // bytes that ctemplate asks for at once for each page

}  // namespace

const char* WithMemory(const char* name) {
  ::operator delete(::operator new(kFirstBlock));  // what is freed here is there for ctemplate
  return name;
}

ParsedTemplates::ParsedTemplates() {
  for (const CompiledTemplate& one : CompiledTemplates()) {
    std::string text(kAutoEscape);
    text += one.text;
    if (!cache_.StringToTemplateCache(Str(one.name), text.data(), text.size(), kStrip)) {
      Die("template {} does not parse", one.name);
    }
  }
  cache_.Freeze();
}

std::string ParsedTemplates::Expand(const char* layout, const TemplateDictionary& values) const {
  std::string html;
  html.reserve(16 * 1024);
  if (!cache_.ExpandNoLoad(layout, kStrip, &values, nullptr, &html)) Die("a page's template is missing or broken");
  return html;
}

Pages::Pages() : templates_(std::make_unique<Templates>()) {}
Pages::~Pages() = default;

Pages::Sheet::Sheet(const Pages& pages, const char* content, std::string_view title, std::string_view member,
                    Place place)
    : templates_(*pages.templates_), layout_(WithMemory("layout")), content_(*layout_.AddIncludeDictionary("CONTENT")) {
  static constexpr const char* kMarks[] = {nullptr,      "AT_HOME",   "AT_TRANSFER", "AT_MEMBERS",
                                           "AT_JOURNAL", "AT_MANUAL", "AT_ACCOUNT",  "AT_TASKS"};
  content_.SetFilename(content);
  layout_.SetValueWithoutCopy("TITLE", Str(title));
  if (member.empty()) return;
  TemplateDictionary& signed_in = *layout_.AddSectionDictionary("MEMBER");
  signed_in.SetValueWithoutCopy("MEMBER_NAME", Str(member));
  TemplateDictionary* const tasks = pages.tasks_ ? signed_in.AddSectionDictionary("TASKS") : nullptr;
  TemplateDictionary* const marked = place == Place::kTasks ? tasks : &signed_in;
  if (place != Place::kNone && marked) marked->ShowSection(kMarks[static_cast<int>(place)]);
}

void Pages::Sheet::AddLog(const LogTable& log, std::string_view own_name) {
  Show("NO_LOG", log.rows.empty() && log.older == 0);
  if (log.older != 0 || !log.newest) {
    TemplateDictionary& paging = *content_.AddSectionDictionary("PAGING");
    if (!log.newest) paging.ShowSection("NEWEST");
    if (log.older != 0) paging.AddSectionDictionary("OLDER")->SetValue("BEFORE", fmt::format("{}", log.older));
  }
  if (log.rows.empty()) return;
  TemplateDictionary& table = *content_.AddIncludeDictionary("LOG");
  table.SetFilename("log");
  if (log.own) table.ShowSection("RUNNING");
  for (const LogRow& from : log.rows) {
    TemplateDictionary& row = *table.AddSectionDictionary("ROW");
    row.SetValue("TIME", ReadableTime(from.time_ms));
    row.SetValue("ISO", IsoTime(from.time_ms));
    row.SetValueWithoutCopy("RECIPIENT", Str(from.recipient));
    row.SetIntValue("AMOUNT", from.zoobars);
    if (from.about.empty() ? from.recipient == own_name : from.change > 0) row.ShowSection("RECEIVED");
    if (log.own) {
      if (from.change != 0) row.ShowSection(from.change > 0 ? "GAINED" : "SPENT");
      row.AddSectionDictionary("AFTER")->SetIntValue("BALANCE", from.balance);
    }
    if (!from.about.empty()) {
      TemplateDictionary& about = *row.AddSectionDictionary("ABOUT");
      about.SetValueWithoutCopy("WHAT", Str(from.about));
      if (!from.note.empty()) about.AddSectionDictionary("NOTED")->SetValueWithoutCopy("NOTE", Str(from.note));
    }
    if (from.sender.empty()) {
      row.ShowSection("BANK");
    } else {
      row.AddSectionDictionary("SENDER")->SetValueWithoutCopy("WHO", Str(from.sender));
    }
  }
}

}  // namespace zoobar
