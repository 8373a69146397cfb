#include "pages/console_page.h"

#include <fmt/format.h>

#include "pages/compiled_templates.h"
#include "pages/sheet.h"

namespace zoobar {

using ctemplate::TemplateDictionary;

namespace {

// The dictionary of the layout, with the dictionary of the page inside it.
struct ConsoleSheet {
  ConsoleSheet(const char* name, std::string_view title)
      : layout(WithMemory("console_layout")), content(*layout.AddIncludeDictionary("CONTENT")) {
    content.SetFilename(name);
    layout.SetValueWithoutCopy("TITLE", Str(title));
  }
  TemplateDictionary layout;
  TemplateDictionary& content;
};

void Set(TemplateDictionary& into, const char* name, const std::string& value) {
  into.SetValueWithoutCopy(name, Str(value));
}

// Adds a section that holds one text, if there is a text.
void Say(TemplateDictionary& into, const char* section, const std::string& text) {
  if (!text.empty()) Set(*into.AddSectionDictionary(section), "TEXT", text);
}

void AddPicture(TemplateDictionary& into, const ConsolePage& page) {
  into.SetIntValue("WIDTH", page.width);
  into.SetIntValue("HEIGHT", page.height);
  for (const ConsolePage::Arrow& arrow : page.arrows) {
    TemplateDictionary& drawn = *into.AddSectionDictionary("ARROW");
    Set(drawn, "PATH", arrow.path);
    Set(drawn, "WHAT", arrow.what);
    drawn.SetIntValue("WEIGHT", arrow.weight);
    if (arrow.rate.empty()) continue;
    TemplateDictionary& label = *into.AddSectionDictionary("RATE");
    label.SetIntValue("X", arrow.x);
    label.SetIntValue("Y", arrow.y + 4);  // the middle of the letters stands on the arrow
    Set(label, "RATE", arrow.rate);
  }
  for (const ConsolePage::Node& node : page.nodes) {
    TemplateDictionary& drawn = *into.AddSectionDictionary("NODE");
    drawn.SetIntValue("X", node.x);
    drawn.SetIntValue("Y", node.y);
    Set(drawn, "ROLE", node.role);
    Set(drawn, "BELOW", node.below);
    Set(drawn, "STATE", node.state);
    drawn.ShowSection(node.well ? "WELL" : "ILL");
    Say(drawn, "CALLED", node.rate);
  }
}

void AddCharts(TemplateDictionary& into, const ConsolePage& page) {
  for (const ConsolePage::Chart& chart : page.charts) {
    TemplateDictionary& drawn = *into.AddSectionDictionary("CHART");
    Set(drawn, "TITLE", chart.title);
    Set(drawn, "UNIT", chart.unit);
    Set(drawn, "TOP", chart.top);
    int number = 0;
    for (const ConsolePage::Chart::Line& line : chart.lines) {
      for (const char* section : {"LINE", "LEGEND"}) {
        TemplateDictionary& one = *drawn.AddSectionDictionary(section);
        one.SetIntValue("NUMBER", number);
        Set(one, "NAME", line.name);
        Set(one, "NOW", line.now);
        Set(one, "POINTS", line.points);
      }
      ++number;
    }
  }
}

void AddLines(TemplateDictionary& into, const char* section, const char* none, bool known,
              const std::vector<ConsolePage::LogLine>& lines) {
  if (lines.empty()) {
    into.ShowSection(known ? none : "NO_LOGGER");
    return;
  }
  TemplateDictionary& table = *into.AddSectionDictionary(section);
  for (const ConsolePage::LogLine& line : lines) {
    TemplateDictionary& row = *table.AddSectionDictionary("LINE");
    Set(row, "TIME", line.time);
    Set(row, "ROLE", line.role);
    Set(row, "EVENT", line.event);
    Set(row, "FIELDS", line.fields);
  }
}

void AddTables(TemplateDictionary& into, const ConsolePage& page) {
  for (const ConsolePage::Queue& queue : page.queues) {
    TemplateDictionary& row = *into.AddSectionDictionary("QUEUE");
    Set(row, "ROLE", queue.role);
    Set(row, "QUEUE", queue.queue);
    Set(row, "RUNNING", queue.running);
    Set(row, "WAITING", queue.waiting);
    Set(row, "MOST", queue.most);
    Set(row, "REFUSED", queue.refused);
  }
  for (const ConsolePage::Process& process : page.processes) {
    TemplateDictionary& row = *into.AddSectionDictionary("PROCESS");
    Set(row, "ROLE", process.role);
    Set(row, "INSTANCE", process.instance);
    Set(row, "UID", process.uid);
    Set(row, "PID", process.pid);
    Set(row, "STATE", process.state);
    Set(row, "UP", process.up);
    Set(row, "RESTARTS", process.restarts);
    Set(row, "CALLERS", process.callers);
    row.ShowSection(process.well ? "WELL" : "ILL");
  }
  if (page.certificates.empty()) return;
  TemplateDictionary& table = *into.AddSectionDictionary("CERTIFICATES");
  for (const ConsolePage::Certificate& certificate : page.certificates) {
    TemplateDictionary& row = *table.AddSectionDictionary("CERTIFICATE");
    Set(row, "NAMES", certificate.names);
    Set(row, "ENDS", certificate.ends);
    row.ShowSection(certificate.well ? "WELL" : "ILL");
  }
}

}  // namespace

class ConsolePages::Templates : public ParsedTemplates {};

ConsolePages::ConsolePages() : templates_(std::make_unique<Templates>()) {}
ConsolePages::~ConsolePages() = default;

std::string ConsolePages::Render(const ConsoleSignIn& page) const {
  ConsoleSheet sheet("console_sign_in", "Sign in");
  Say(sheet.content, "WARNING", page.warning);
  sheet.content.SetValueWithoutCopy("FIELD", Str(kSecretField));
  return templates_->Expand("console_layout", sheet.layout);
}

std::string ConsolePages::Render(const ConsolePage& page) const {
  ConsoleSheet sheet("console", page.well ? "The site" : "The site is not well");
  sheet.layout.ShowSection("SIGNED_IN");
  TemplateDictionary& content = sheet.content;
  Set(content, "STATE", page.state);
  content.ShowSection(page.well ? "WELL" : "ILL");
  Set(content, "VERSION", page.version);
  Set(content, "TIME", page.time);
  content.ShowSection(page.renews ? "RENEWING" : "STILL");
  Set(content, "SINCE", page.since);
  AddPicture(content, page);
  AddCharts(content, page);
  AddLines(content, "ALARMS", "NO_ALARMS", page.knows_lines, page.alarms);
  AddLines(content, "DENIALS", "NO_DENIALS", page.knows_lines, page.denials);
  AddTables(content, page);
  return templates_->Expand("console_layout", sheet.layout);
}

std::string_view ConsolePages::Icon() {
  return R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7.5" fill="#fffdf8"/>)"
         R"(<path d="M3 13L7 2M6.5 14.5L11 2M11 14L14 6" stroke="#1d1a16" stroke-width="2"/>)"
         R"(<circle cx="8" cy="8" r="7.5" fill="none" stroke="#1d1a16"/></svg>)";
}

std::string_view ConsolePages::Style() { return CompiledConsoleStyle(); }

}  // namespace zoobar
