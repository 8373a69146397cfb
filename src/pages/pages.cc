#include "pages/pages.h"

#include <fmt/format.h>
#include <sodium.h>

#include "ipc/result.h"
#include "pages/compiled_templates.h"
#include "pages/sheet.h"
#include "text/calendar.h"

namespace zoobar {

using ctemplate::TemplateDictionary;

namespace {

// Returns the hash of a script of the site as the attribute `integrity` has it (w3.org/TR/SRI).
std::string HashOfScript(std::string_view name) {
  unsigned char hash[64];
  std::size_t size = 0;
  const std::string_view hex = CompiledScriptHash(name);
  char text[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];
  if (sodium_hex2bin(hash, sizeof hash, hex.data(), hex.size(), nullptr, &size, nullptr) != 0 || size == 0) {
    Die("the hash of the script {}", name);
  }
  return std::string("sha512-") + sodium_bin2base64(text, sizeof text, hash, size, sodium_base64_VARIANT_ORIGINAL);
}

const std::string& StrengthHash() {
  static const std::string hash = HashOfScript("strength");
  return hash;
}

const std::string& EditorHash() {
  static const std::string hash = Pages::HaveEditor() ? HashOfScript("editor") : std::string();
  return hash;
}

const std::string& PasskeysHash() {
  static const std::string hash = HashOfScript("passkeys");
  return hash;
}

// Shows the passkeys of the account page, and the form for another one.
void AddPasskeys(TemplateDictionary& into, const AccountPage& page) {
  if (page.passkeys.empty() && !page.passkeys_here && page.passkeys_at.empty()) return;
  TemplateDictionary& part = *into.AddSectionDictionary("PASSKEYS");
  part.SetValueWithoutCopy("NAME", Str(page.member));
  for (const AccountPage::Passkey& from : page.passkeys) {
    TemplateDictionary& row = *part.AddSectionDictionary("PASSKEY");
    row.SetValueWithoutCopy("ID", Str(from.id));
    row.SetValueWithoutCopy("LABEL", Str(from.label));
    row.SetValue("SINCE", ReadableTime(from.created_ms));
    row.SetValue("SINCE_ISO", IsoTime(from.created_ms));
    if (from.used_ms == 0) {
      row.ShowSection("NEVER");
      continue;
    }
    TemplateDictionary& used = *row.AddSectionDictionary("USED_ONCE");
    used.SetValue("USED", ReadableTime(from.used_ms));
    used.SetValue("USED_ISO", IsoTime(from.used_ms));
  }
  part.ShowSection(page.passkeys.empty() ? "NONE" : "SOME");
  if (page.passkeys_here) {
    part.ShowSection("HERE");
    TemplateDictionary& script = *into.AddSectionDictionary("PASSKEYS_SCRIPT");
    script.SetValue("PASSKEYS_HASH", PasskeysHash());
  } else if (!page.passkeys_at.empty()) {
    part.AddSectionDictionary("ELSEWHERE")->SetValueWithoutCopy("ORIGIN", Str(page.passkeys_at));
  }
}

// Includes the form for a new password (password.tpl) in `into`, in the place PASSWORD.
void AddPasswordForm(TemplateDictionary& into, std::string_view member, std::uint32_t min_password,
                     bool one_time = false) {
  TemplateDictionary& form = *into.AddIncludeDictionary("PASSWORD");
  form.SetFilename("password");
  form.SetValueWithoutCopy("NAME", Str(member));
  form.SetIntValue("MIN_PASSWORD", min_password);
  if (min_password != 1) form.ShowSection("SEVERAL");
  form.ShowSection(one_time ? "ONE_TIME" : "KNOWN");
}

}  // namespace

bool Pages::HaveEditor() { return !CompiledScriptHash("editor").empty(); }

void Pages::Sheet::SetProfileForm(const ProfileForm& form) {
  Set("NAME", form.name);
  Set("PROFILE_SOURCE", form.source);
  Set("PROFILE_LIMIT", form.limit);
  Set("EDITOR_HASH", EditorHash());
  Show("UNSAVED", form.unsaved);
  if (form.failed_at.line != 0) {
    TemplateDictionary& mark = *content_.AddSectionDictionary("MARK");
    mark.SetIntValue("LINE", form.failed_at.line);
    mark.SetValueWithoutCopy("TEXT", Str(form.failed_at.error));
  }
  if (!form.replace.empty())
    content_.AddSectionDictionary("REPLACE")->SetValueWithoutCopy("EXAMPLE_NAME", Str(form.replace));
}

std::string Pages::Render(const LoginPage& page) const {
  Sheet sheet(*this, "login", page.warning.empty() ? "Log in" : "Not logged in", {});
  sheet.Say("NOTICE", page.notice);
  sheet.Set("NEXT", page.next);
  sheet.Set("MIN_PASSWORD", page.min_password);
  sheet.Set("STRENGTH_HASH", StrengthHash());
  if (page.passkeys) {
    sheet.content().AddSectionDictionary("PASSKEYS")->SetValueWithoutCopy("NEXT", Str(page.next));
    sheet.content().AddSectionDictionary("PASSKEYS_SCRIPT")->SetValue("PASSKEYS_HASH", PasskeysHash());
  }
  sheet.Show("SEVERAL", page.min_password != 1);
  TemplateDictionary& login = *sheet.content().AddSectionDictionary("LOGIN");
  TemplateDictionary& registration = *sheet.content().AddSectionDictionary("REGISTRATION");
  TemplateDictionary& sent = page.registering ? registration : login;
  sent.SetValueWithoutCopy("TYPED", Str(page.name));
  if (!page.warning.empty()) sent.AddSectionDictionary("WARNED")->SetValueWithoutCopy("WARNING", Str(page.warning));
  sent.ShowSection(page.name.empty() ? "FOCUS_NAME" : "FOCUS_PASSWORD");
  if (!page.text.empty()) {
    TemplateDictionary& text = *sheet.content().AddSectionDictionary(page.carries ? "CARRIED" : "TO_COPY");
    text.SetValueWithoutCopy("PROFILE_SOURCE", Str(page.text));
    text.SetValueWithoutCopy("PROFILE_OF", Str(page.text_of));
  }
  return sheet.Done();
}

std::string Pages::Render(const WaitingPage& page) const {
  Sheet sheet(*this, "waiting", "Please wait", {});
  const std::string before = page.before == 0   ? "You are next."
                             : page.before == 1 ? "1 person is ahead of you."
                                                : fmt::format("{} people are ahead of you.", page.before);
  sheet.Set("BEFORE", before);
  sheet.Set("NEXT", page.next);
  return sheet.Done();
}

std::string Pages::Render(const HomePage& page) const {
  Sheet sheet(*this, "home", "Home", page.member, Sheet::Place::kHome);
  sheet.Say("WARNING", page.warning);
  sheet.Say("NOTICE", page.notice);
  sheet.Set("ZOOBARS", page.zoobars);
  ProfileForm form;
  form.name = page.member;
  form.source = page.profile_source;
  form.limit = page.profile_limit;
  form.unsaved = page.unsaved;
  form.replace = page.replace;
  if (page.tried) form.failed_at = page.tried->failed_at;
  sheet.SetProfileForm(form);
  sheet.Show("PROGRAM", page.program);
  sheet.Show("WIDE", page.tried || page.program_text);
  if (page.program_text) {
    TemplateDictionary& reference = *sheet.content().AddSectionDictionary("PROGRAM_TEXT");
    reference.AddIncludeDictionary("REFERENCE")->SetFilename("reference");
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
  AddReport(tried, page.tried->report);
  return sheet.Done();
}

std::string Pages::Render(const KeptPage& page) const {
  Sheet sheet(*this, "kept", page.heading, page.member, Sheet::Place::kHome);
  sheet.Set("HEADING", page.heading);
  sheet.Say("WARNING", page.warning);
  sheet.Say("NOTICE", page.notice);
  sheet.Show("MUST_CHANGE", page.must_change);
  sheet.SetProfileForm(page.form);
  return sheet.Done();
}

std::string Pages::Render(const UsersPage& page) const {
  const bool found = !page.name.empty();
  Sheet sheet(*this, "users", found ? page.name : std::string_view("Find a member"), page.member);
  sheet.Set("ASKED", page.asked);
  if (!found) {
    sheet.Show("NOBODY");
    if (!page.asked.empty()) sheet.Say("WARNING", "There is no member with the name");
    return sheet.Done();
  }
  sheet.Set("NAME", page.name);
  sheet.SetZoobars("ZOOBARS", page.zoobars);
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
  if (!page.run_report.empty()) AddReport(*sheet.content().AddSectionDictionary("RUN_REPORT"), page.run_report);
  sheet.AddLog(page.log, page.name);
  return sheet.Done();
}

std::string Pages::Render(const TransferPage& page) const {
  Sheet sheet(*this, "transfer", "Transfer", page.member, Sheet::Place::kTransfer);
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
  if (page.confirm) {
    TemplateDictionary& confirm = *sheet.content().AddSectionDictionary("CONFIRM");
    confirm.SetValueWithoutCopy("TO", Str(page.to));
    AddZoobars(confirm, "SENDING", page.confirm->zoobars);
    AddZoobars(confirm, "LEFT", page.confirm->left);
  } else {
    sheet.Show("FORM");
  }
  return sheet.Done();
}

std::string Pages::Render(const MembersPage& page) const {
  Sheet sheet(*this, "members", "Members", page.member, Sheet::Place::kMembers);
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
  Sheet sheet(*this, "journal", "Journal", page.member, Sheet::Place::kJournal);
  sheet.SetZoobars("ZOOBARS", page.zoobars);
  sheet.AddLog(page.log, page.member);
  return sheet.Done();
}

std::string Pages::Render(const StatementPage& page) const {
  Sheet sheet(*this, "statement", "Statement", page.member, Sheet::Place::kJournal);
  sheet.Set("KEY", page.key);
  const std::string size = std::to_string(page.size), before = std::to_string(page.before);
  const std::string older = std::to_string(page.older), most = std::to_string(page.most);
  sheet.Set("SIZE", size);
  sheet.Set("MOST", most);
  sheet.Set("BEFORE", before);
  const std::string time = ReadableTime(page.signed_ms), iso = IsoTime(page.signed_ms);
  sheet.Set("SIGNED", time);
  sheet.Set("SIGNED_ISO", iso);
  sheet.Show("NEWEST", page.before != 0);
  if (page.older != 0) sheet.content().AddSectionDictionary("OLDER")->SetValueWithoutCopy("NUMBER", Str(older));
  return sheet.Done();
}

std::string Pages::Render(const AccountPage& page) const {
  Sheet sheet(*this, "account", "Account", page.member, Sheet::Place::kAccount);
  sheet.Say("WARNING", page.warning);
  sheet.Say("NOTICE", page.notice);
  AddPasswordForm(sheet.content(), page.member, page.min_password);
  AddPasskeys(sheet.content(), page);
  sheet.Set("STRENGTH_HASH", StrengthHash());
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

std::string Pages::Render(const PasswordPage& page) const {
  // Before the member has chosen a password, the navigation leads nowhere, so it is left out.
  Sheet sheet(*this, "new_password", page.one_time ? "Choose your own password" : "Change your password",
              page.one_time ? std::string_view() : page.member, Sheet::Place::kAccount);
  sheet.Say("WARNING", page.warning);
  sheet.Show(page.one_time ? "ONE_TIME" : "KNOWN");
  AddPasswordForm(sheet.content(), page.member, page.min_password, page.one_time);
  sheet.Set("STRENGTH_HASH", StrengthHash());
  return sheet.Done();
}

std::string Pages::Render(const ClosePage& page) const {
  Sheet sheet(*this, "close", "Close your account", page.member, Sheet::Place::kAccount);
  sheet.Say("WARNING", page.warning);
  sheet.Set("NAME", page.member);
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
  sheet.Say("REQUEST", page.request);
  return sheet.Done();
}

}  // namespace zoobar
