#include "pages/pages.h"

#include <ctemplate/template.h>

#include "ipc/result.h"
#include "pages/compiled_templates.h"

namespace zoobar {
namespace {

using ctemplate::TemplateDictionary;
using ctemplate::TemplateString;

constexpr std::string_view kAutoEscape = "{{%AUTOESCAPE context=\"HTML\"}}\n";
constexpr ctemplate::Strip kStrip = ctemplate::STRIP_BLANK_LINES;

// Which entry of the navigation a page is.
enum class Place { kNone, kHome, kTransfer, kMembers, kJournal, kAccount };

TemplateString Str(std::string_view text) { return TemplateString(text.data(), text.size()); }

}  // namespace

class Pages::Templates {
 public:
  Templates() {
    for (const CompiledTemplate& one : CompiledTemplates()) {
      std::string text(kAutoEscape);
      text += one.text;
      if (!cache_.StringToTemplateCache(Str(one.name), text.data(), text.size(), kStrip)) {
        Die("template {} does not parse", one.name);
      }
    }
    cache_.Freeze();
  }

  std::string Expand(const TemplateDictionary& values) const {
    std::string html;
    html.reserve(16 * 1024);
    if (!cache_.ExpandNoLoad("layout", kStrip, &values, nullptr, &html)) Die("a page's template is missing or broken");
    return html;
  }

 private:
  ctemplate::TemplateCache cache_;
};

// The layout's dictionary with the page's inside. Values that are views into the caller's page are not copied.
class Pages::Sheet {
 public:
  Sheet(const Pages& pages, const char* content, std::string_view title, std::string_view member,
        Place place = Place::kNone)
      : templates_(*pages.templates_), layout_("layout"), content_(*layout_.AddIncludeDictionary("CONTENT")) {
    content_.SetFilename(content);
    layout_.SetValueWithoutCopy("TITLE", Str(title));
    if (member.empty()) return;
    TemplateDictionary& signed_in = *layout_.AddSectionDictionary("MEMBER");
    signed_in.SetValueWithoutCopy("MEMBER_NAME", Str(member));
    if (const char* mark = PlaceMark(place)) signed_in.ShowSection(mark);
  }

  TemplateDictionary& content() { return content_; }
  std::string Done() const { return templates_.Expand(layout_); }

  void Set(const char* name, std::string_view value) { content_.SetValueWithoutCopy(name, Str(value)); }
  void Set(const char* name, std::int64_t value) { content_.SetIntValue(name, value); }
  void Show(const char* section, bool shown = true) {
    if (shown) content_.ShowSection(section);
  }
  // A section with one text in it, if there is one.
  void Say(const char* section, std::string_view text) {
    if (!text.empty()) content_.AddSectionDictionary(section)->SetValueWithoutCopy("TEXT", Str(text));
  }
  void AddLog(const LogTable& log, std::string_view caption, std::string_view own_name);

 private:
  static const char* PlaceMark(Place place) {
    switch (place) {
      case Place::kNone:
        return nullptr;
      case Place::kHome:
        return "AT_HOME";
      case Place::kTransfer:
        return "AT_TRANSFER";
      case Place::kMembers:
        return "AT_MEMBERS";
      case Place::kJournal:
        return "AT_JOURNAL";
      case Place::kAccount:
        return "AT_ACCOUNT";
    }
    return nullptr;
  }

  const Templates& templates_;
  TemplateDictionary layout_;
  TemplateDictionary& content_;
};

void Pages::Sheet::AddLog(const LogTable& log, std::string_view caption, std::string_view own_name) {
  Show("NO_LOG", log.rows.empty());
  if (log.older != 0 || !log.newest) {
    TemplateDictionary& paging = *content_.AddSectionDictionary("PAGING");
    if (!log.newest) paging.ShowSection("NEWEST");
    if (log.older != 0) paging.AddSectionDictionary("OLDER")->SetValue("BEFORE", fmt::format("{}", log.older));
  }
  if (log.rows.empty()) return;
  TemplateDictionary& table = *content_.AddIncludeDictionary("LOG");
  table.SetFilename("log");
  table.SetValueWithoutCopy("CAPTION", Str(caption));
  for (const LogRow& from : log.rows) {
    TemplateDictionary& row = *table.AddSectionDictionary("ROW");
    row.SetValue("TIME", ReadableTime(from.time_ms));
    row.SetValue("ISO", IsoTime(from.time_ms));
    row.SetValueWithoutCopy("RECIPIENT", Str(from.recipient));
    row.SetIntValue("AMOUNT", from.zoobars);
    if (from.recipient == own_name) row.ShowSection("RECEIVED");
    if (from.sender.empty()) {
      row.ShowSection("BANK");
    } else {
      row.AddSectionDictionary("SENDER")->SetValueWithoutCopy("WHO", Str(from.sender));
    }
  }
}

Pages::Pages() : templates_(std::make_unique<Templates>()) {}
Pages::~Pages() = default;

std::string Pages::Render(const LoginPage& page) const {
  Sheet sheet(*this, "login", page.warning.empty() ? "Log in" : "Not logged in", {});
  sheet.Say("WARNING", page.warning);
  sheet.Say("NOTICE", page.notice);
  sheet.Set("NAME", page.name);
  sheet.Set("NEXT", page.next);
  sheet.Set("MIN_PASSWORD", page.min_password);
  sheet.Show(page.name.empty() ? "FOCUS_NAME" : "FOCUS_PASSWORD");
  return sheet.Done();
}

std::string Pages::Render(const HomePage& page) const {
  Sheet sheet(*this, "home", "Home", page.member, Place::kHome);
  sheet.Say("WARNING", page.warning);
  sheet.Say("NOTICE", page.notice);
  sheet.Set("NAME", page.member);
  sheet.Set("ZOOBARS", page.zoobars);
  sheet.Set("PROFILE_SOURCE", page.profile_source);
  sheet.Set("PROFILE_LIMIT", page.profile_limit);
  sheet.Show("PROGRAM", page.program);
  return sheet.Done();
}

std::string Pages::Render(const UsersPage& page) const {
  const bool found = !page.name.empty();
  Sheet sheet(*this, "users", found ? page.name : std::string_view("Find a member"), page.member);
  sheet.Set("ASKED", page.asked);
  if (!found) {
    sheet.Show("NOBODY");
    if (!page.asked.empty()) sheet.Say("WARNING", "Nobody here has the name");
    return sheet.Done();
  }
  sheet.Set("NAME", page.name);
  sheet.Set("ZOOBARS", page.zoobars);
  sheet.Show("FOUND");
  sheet.Show(page.name == page.member ? "SELF" : "OTHER");
  switch (page.profile) {
    case UsersPage::Profile::kEmpty:
      sheet.Show("EMPTY");
      break;
    case UsersPage::Profile::kHtml:
      sheet.Set("PROFILE_HTML", page.profile_html);
      sheet.Show("PROFILE");
      break;
    case UsersPage::Profile::kProgram:
      sheet.Set("PROFILE_SOURCE", page.profile_source);
      sheet.Show("PROGRAM");
      break;
  }
  sheet.AddLog(page.log, "Newest first, times in UTC", page.name);
  return sheet.Done();
}

std::string Pages::Render(const TransferPage& page) const {
  Sheet sheet(*this, "transfer", "Transfer", page.member, Place::kTransfer);
  if (page.zoobars) {
    sheet.Set("ZOOBARS", *page.zoobars);
    sheet.Show("BALANCE");
  }
  sheet.Set("RECIPIENT", page.recipient);
  sheet.Set("AMOUNT", page.amount);
  sheet.Set("SUBMISSION", page.submission);
  sheet.Say("WARNING", page.warning);
  if (page.outcome == TransferPage::Outcome::kSent) {
    TemplateDictionary& sent = *sheet.content().AddSectionDictionary("SENT");
    sent.SetValueWithoutCopy("TO", Str(page.to));
    sent.SetIntValue("AMOUNT", page.sent);
    if (page.repeated) sent.ShowSection("REPEATED");
  } else if (page.outcome == TransferPage::Outcome::kFailed) {
    TemplateDictionary& failed = *sheet.content().AddSectionDictionary("FAILED");
    failed.SetValueWithoutCopy("TO", Str(page.to));
    failed.SetValueWithoutCopy("REASON", Str(page.reason));
  } else if (page.outcome == TransferPage::Outcome::kUnknown) {
    sheet.Show("UNKNOWN");
  }
  return sheet.Done();
}

std::string Pages::Render(const MembersPage& page) const {
  Sheet sheet(*this, "members", "Members", page.member, Place::kMembers);
  sheet.Set("PREFIX", page.prefix);
  if (page.rows.empty()) {
    TemplateDictionary& nobody = *sheet.content().AddSectionDictionary("NOBODY");
    nobody.ShowSection(page.first && !page.prefix.empty() ? "SEARCHED" : "NO_MORE");
  } else {
    TemplateDictionary& list = *sheet.content().AddSectionDictionary("LIST");
    for (const MembersPage::Row& from : page.rows) {
      TemplateDictionary& row = *list.AddSectionDictionary("ROW");
      row.SetValueWithoutCopy("NAME", Str(from.name));
      if (from.known) row.SetIntValue("ZOOBARS", from.zoobars);
      row.ShowSection(from.name == page.member ? "SELF" : "OTHER");
    }
  }
  if (!page.first || !page.next_after.empty()) {
    TemplateDictionary& paging = *sheet.content().AddSectionDictionary("PAGING");
    if (!page.first) paging.ShowSection("FIRST");
    if (!page.next_after.empty()) {
      paging.AddSectionDictionary("NEXT")->SetValueWithoutCopy("AFTER", Str(page.next_after));
    }
  }
  return sheet.Done();
}

std::string Pages::Render(const JournalPage& page) const {
  Sheet sheet(*this, "journal", "Journal", page.member, Place::kJournal);
  sheet.Set("ZOOBARS", page.zoobars);
  sheet.AddLog(page.log, "Newest first, times in UTC", page.member);
  return sheet.Done();
}

std::string Pages::Render(const AccountPage& page) const {
  Sheet sheet(*this, "account", "Account", page.member, Place::kAccount);
  sheet.Say("WARNING", page.warning);
  sheet.Say("NOTICE", page.notice);
  sheet.Set("NAME", page.member);
  sheet.Set("MIN_PASSWORD", page.min_password);
  for (const AccountPage::Session& from : page.sessions) {
    TemplateDictionary& row = *sheet.content().AddSectionDictionary("SESSION");
    row.SetValueWithoutCopy("ID", Str(from.id));
    row.SetValueWithoutCopy("ADDRESS", Str(from.address));
    row.SetValue("AGENT", DescribeAgent(from.agent));
    row.SetValue("USED", ReadableTime(from.used_ms));
    row.SetValue("USED_ISO", IsoTime(from.used_ms));
    row.SetValue("SINCE", ReadableTime(from.created_ms));
    row.SetValue("SINCE_ISO", IsoTime(from.created_ms));
    row.ShowSection(from.current ? "CURRENT" : "OTHER");
  }
  return sheet.Done();
}

std::string Pages::Render(const EchoPage& page) const {
  Sheet sheet(*this, "echo", "Echo", page.member);
  sheet.Set("SAID", page.said);
  sheet.Say("ANSWER", page.answer);
  return sheet.Done();
}

std::string Pages::Render(const MessagePage& page) const {
  Sheet sheet(*this, "message", page.heading, page.member);
  sheet.Set("STATUS", page.status);
  sheet.Set("HEADING", page.heading);
  sheet.Set("TEXT", page.text);
  return sheet.Done();
}

}  // namespace zoobar
