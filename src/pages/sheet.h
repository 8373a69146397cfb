// A page while its values are being filled in: the values of its template, and of the layout around it.
#pragma once

#include <ctemplate/template.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "pages/pages.h"

namespace zoobar {

// Converts a view to the type that ctemplate takes, without copying. The text must live until the page is expanded.
inline ctemplate::TemplateString Str(std::string_view text) { return {text.data(), text.size()}; }

// Adds a section with one ITEM for each text. Adds no section if there are no texts.
template <typename Texts>
void AddItems(ctemplate::TemplateDictionary& into, const char* section, const Texts& texts) {
  if (texts.empty()) return;
  ctemplate::TemplateDictionary& list = *into.AddSectionDictionary(section);
  for (const auto& text : texts) list.AddSectionDictionary("ITEM")->SetValueWithoutCopy("TEXT", Str(text));
}

// Sheet::SetZoobars for a section of a page.
inline void AddZoobars(ctemplate::TemplateDictionary& into, const std::string& name, std::int64_t zoobars) {
  into.SetIntValue(name, zoobars);
  if (zoobars != 1) into.ShowSection(name + "_S");
}

// Includes the report about a run (report.tpl) in `into`, in the place REPORT. Includes nothing if the report is empty.
void AddReport(ctemplate::TemplateDictionary& into, const RunReport& report);

// All templates, parsed.
class ParsedTemplates {
 public:
  ParsedTemplates();

  // layout: the template around the page.
  std::string Expand(const char* layout, const ctemplate::TemplateDictionary& values) const;

 private:
  ctemplate::TemplateCache cache_;
};

// Returns the name of a dictionary that is about to be made. Ends the process clearly if there is no memory for it,
// because ctemplate does not look whether it got its first block.
const char* WithMemory(const char* name);

class Pages::Templates : public ParsedTemplates {};

// The ctemplate dictionary (names and values) of the layout, with the dictionary of the page inside it. The texts are
// not copied, so they must live until Done returns.
class Pages::Sheet {
 public:
  // The entry of the navigation to which a page belongs.
  enum class Place { kNone, kHome, kTransfer, kMembers, kJournal, kManual, kAccount, kTasks };

  // `content` is the name of the page's template. `member` is empty if nobody is logged in.
  Sheet(const Pages& pages, const char* content, std::string_view title, std::string_view member,
        Place place = Place::kNone);

  ctemplate::TemplateDictionary& content() { return content_; }
  std::string Done() const { return templates_.Expand("layout", layout_); }

  void Set(const char* name, std::string_view value) { content_.SetValueWithoutCopy(name, Str(value)); }
  void Set(const char* name, std::int64_t value) { content_.SetIntValue(name, value); }
  void Show(const char* section, bool shown = true) {
    if (shown) content_.ShowSection(section);
  }
  // Sets a number of zoobars, and shows the section NAME_S unless it is one: "{{N}} zoobar{{#N_S}}s{{/N_S}}".
  void SetZoobars(const char* name, std::int64_t zoobars) { AddZoobars(content_, name, zoobars); }
  // Adds a section that holds one text. Adds no section if the text is empty.
  void Say(const char* section, std::string_view text) {
    if (!text.empty()) content_.AddSectionDictionary(section)->SetValueWithoutCopy("TEXT", Str(text));
  }
  // Sets what the form for the profile shows (web/profile_form.html).
  void SetProfileForm(const ProfileForm& form);
  // Adds the table of transfers, with links to its other pages. The transfers that `own_name` received are marked.
  void AddLog(const LogTable& log, std::string_view own_name);

 private:
  const Templates& templates_;
  ctemplate::TemplateDictionary layout_;
  ctemplate::TemplateDictionary& content_;
};

}  // namespace zoobar
