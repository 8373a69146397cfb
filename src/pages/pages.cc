#include "pages/pages.h"

#include <ctemplate/template.h>

#include "ipc/calendar.h"
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

// A section with an ITEM for each text, if there is any.
template <typename Texts>
void AddItems(TemplateDictionary& into, const char* section, const Texts& texts) {
  if (texts.empty()) return;
  TemplateDictionary& list = *into.AddSectionDictionary(section);
  for (const auto& text : texts) list.AddSectionDictionary("ITEM")->SetValueWithoutCopy("TEXT", Str(text));
}

// "64 KiB", where it is a whole number of them.
std::string Size(std::size_t bytes) {
  if (bytes != 0 && bytes % (1 << 20) == 0) return fmt::format("{} MiB", bytes >> 20);
  if (bytes != 0 && bytes % (1 << 10) == 0) return fmt::format("{} KiB", bytes >> 10);
  return fmt::format("{} bytes", bytes);
}

std::string Duration(std::uint32_t ms) {
  return ms % 1000 == 0 ? fmt::format("{} seconds", ms / 1000) : fmt::format("{} milliseconds", ms);
}

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

std::string Pages::Render(const WaitingPage& page) const {
  Sheet sheet(*this, "waiting", "Please wait", {});
  const std::string before = page.before == 0   ? "You are next."
                             : page.before == 1 ? "1 person is before you."
                                                : fmt::format("{} people are before you.", page.before);
  sheet.Set("BEFORE", before);
  sheet.Set("NEXT", page.next);
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
  if (!page.examples.empty()) {
    TemplateDictionary& examples = *sheet.content().AddSectionDictionary("EXAMPLES");
    for (std::string_view name : page.examples)
      examples.AddSectionDictionary("EXAMPLE")->SetValueWithoutCopy("EXAMPLE_NAME", Str(name));
  }
  if (page.delegates) {
    TemplateDictionary& limits = *sheet.content().AddSectionDictionary("DELEGATES");
    limits.SetIntValue("PER_HOUR", page.per_hour);
    limits.SetIntValue("PER_RECIPIENT", page.per_recipient);
  }
  if (!page.tried) return sheet.Done();
  TemplateDictionary& tried = *sheet.content().AddSectionDictionary("TRIED");
  tried.AddSectionDictionary(page.tried->well ? "WELL" : "BADLY")->SetValueWithoutCopy("HOW", Str(page.tried->notice));
  if (!page.tried->html.empty())
    tried.AddSectionDictionary("OUTPUT")->SetValueWithoutCopy("PROFILE_HTML", Str(page.tried->html));
  if (!page.tried->errors.empty())
    tried.AddSectionDictionary("ERRORS")->SetValueWithoutCopy("TEXT", Str(page.tried->errors));
  AddItems(tried, "HINTS", page.tried->hints);
  AddItems(tried, "FACTS", page.tried->facts);
  return sheet.Done();
}

std::string Pages::Render(const ProgramPage& page) const {
  Sheet sheet(*this, "program", "Your program", page.member);
  sheet.Say("NOTICE", page.notice);
  sheet.content()
      .AddSectionDictionary(page.stopped ? "STOPPED" : "RUNS")
      ->SetValueWithoutCopy("STATE", Str(page.state));
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
    if (const std::string_view words = ExplainError(page.failure); !words.empty())
      failure.AddSectionDictionary("MEANS")->SetValueWithoutCopy("WORDS", Str(words));
  }
  AddItems(sheet.content(), "DROPPED", page.dropped);
  return sheet.Done();
}

std::string Pages::Render(const ManualPage& page) const {
  Sheet sheet(*this, "manual", "Writing a program", page.member);
  for (std::string_view name : page.examples)
    sheet.content().AddSectionDictionary("EXAMPLE")->SetValueWithoutCopy("EXAMPLE_NAME", Str(name));
  sheet.content().SetValue("TIMEOUT", Duration(page.timeout_ms));
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
  sheet.Show("OWN_PROGRAM", page.own_program);
  sheet.Say(page.run_failed ? "RUN_FAILED" : "RUN_NOTICE", page.run_notice);
  sheet.Say("RUN_ERRORS", page.run_errors);
  AddItems(sheet.content(), "RUN_HINTS", page.run_hints);
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
