// What ctemplate's auto-escaping does not cover must not be in a template at all.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <string>

#include "pages/compiled_templates.h"

namespace zoobar {
namespace {

int CountOf(const std::string& text, const std::string& pattern) {
  const std::regex searched(pattern, std::regex::icase);
  return static_cast<int>(
      std::distance(std::sregex_iterator(text.begin(), text.end(), searched), std::sregex_iterator()));
}

// The only scripts: files of the site itself. The pages that load them name their hashes.
constexpr std::string_view kOwnScripts[] = {
    "<script src=\"/zoobar/media/strength.js\" integrity=\"{{STRENGTH_HASH}}\" defer></script>",
    "<script src=\"/zoobar/media/passkeys.js\" integrity=\"{{PASSKEYS_HASH}}\" defer></script>",
    "<script src=\"/zoobar/media/editor.js\" integrity=\"{{EDITOR_HASH}}\" defer></script>"};

// All matches with the names of their templates, one a line: "home: onclick=". but: templates with this beginning of
// their name are left out.
std::string Offences(const std::string& pattern, const std::string& but = "") {
  std::string found;
  const std::regex searched(pattern, std::regex::icase);
  for (const CompiledTemplate& one : CompiledTemplates()) {
    if (!but.empty() && one.name.starts_with(but)) continue;
    std::string text(one.text);
    for (const std::string_view script : kOwnScripts) {
      if (const std::size_t own = text.find(script); own != text.npos) text.erase(own, script.size());
    }
    for (std::sregex_iterator at(text.begin(), text.end(), searched), end; at != end; ++at) {
      found += std::string(one.name) + ": " + at->str() + "\n";
    }
  }
  return found;
}

TEST(Templates, AreAllCompiledIn) {
  std::vector<std::string> names;
  for (const CompiledTemplate& one : CompiledTemplates()) names.emplace_back(one.name);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(
      names,
      (std::vector<std::string>{
          "account", "close",    "console", "console_layout", "console_sign_in", "echo",      "home",    "journal",
          "kept",    "layout",   "log",     "login",          "manual",          "members",   "message", "new_password",
          "offers",  "password", "program", "reference",      "report",          "statement", "tasks",   "transfer",
          "users",   "waiting"}));
}

TEST(Templates, HoldNoScriptButTheSitesOwnAndNoStyle) {
  EXPECT_EQ(Offences("<\\s*(script|style|iframe|object|embed|math|base|template|foreignObject|use|image|animate)\\b"),
            "");
  // The operator's page draws. It has only shapes, texts and numbers.
  EXPECT_EQ(Offences("<\\s*svg\\b", "console"), "");
  EXPECT_EQ(Offences("[\\s\"'/](on[a-z]+|style)\\s*="), "");
  EXPECT_EQ(Offences("javascript:|data:"), "");
}

TEST(Templates, UseNoAttributeThatAutoEscapingMissesAsAUrl) {
  EXPECT_EQ(Offences("[\\s\"'/](formaction|srcset|srcdoc|xlink:href|ping|data|poster|background|cite|manifest)\\s*="),
            "");
  EXPECT_EQ(Offences("http-equiv"), "");
}

TEST(Templates, QuoteEveryAttributeThatHoldsAValue) {
  for (const CompiledTemplate& one : CompiledTemplates()) {
    const std::string text = std::regex_replace(std::string(one.text), std::regex("\"[^\"]*\""), "\"\"");
    EXPECT_EQ(CountOf(text, "<[a-z][^<>]*[\\s\"'][a-z_-]+\\s*=\\s*[^\"\\s]"), 0) << one.name;
  }
}

TEST(Templates, PutNoVariableWhereATagsOwnWordsStand) {
  // Inside a tag, outside its quoted values, only sections may stand: {{#X}} and {{/X}}.
  for (const CompiledTemplate& one : CompiledTemplates()) {
    std::string text(one.text);
    text = std::regex_replace(text, std::regex("\"[^\"]*\""), "\"\"");
    EXPECT_EQ(CountOf(text, "<[a-z][^<>]*\\{\\{[^#/][^<>]*>"), 0) << one.name;
    EXPECT_EQ(CountOf(text, "</?\\{\\{"), 0) << one.name;
  }
}

TEST(Templates, LeaveTheSanitisersWorkAloneUnescaped) {
  EXPECT_EQ(Offences("\\{\\{[^}]*:none[^}]*\\}\\}"), "home: {{PROFILE_HTML:none}}\nusers: {{PROFILE_HTML:none}}\n");
  EXPECT_EQ(Offences("AUTOESCAPE"), "") << "it is prepended when the templates are loaded";
  // Only the modifiers in use are allowed: ctemplate's auto-escaping trusts any modifier that it finds.
  EXPECT_EQ(Offences("\\{\\{[A-Z_]+:(?!none|url_query_escape|pre_escape)[^}]*\\}\\}"), "");
}

TEST(Templates, WriteWholePathsIntoLinksAndEscapeWhatFollowsTheQuestionMark) {
  EXPECT_EQ(Offences("(href|src|action)\\s*=\\s*\"(?!/zoobar/|/favicon|#)[^\"]*\"", "console"), "");
  // The operator's page has a listener of its own.
  EXPECT_EQ(Offences("(href|src|action)\\s*=\\s*\"(?!/zoobar/|/favicon|#|/\"|/\\?still\"|/sign-|/console.css\"|/"
                     "icon.svg\")[^\"]*\""),
            "");
  EXPECT_EQ(Offences("(href|src|action)\\s*=\\s*\"[^\"]*\\{\\{[A-Z_]+\\}\\}[^\"]*\""), "");
}

TEST(Templates, KeepWhatMembersTypedLineByLineInTextareaAndPre) {
  // Plain html_escape turns line ends into blanks.
  EXPECT_EQ(Offences("\\{\\{PROFILE_SOURCE\\}\\}"), "");
}

TEST(Templates, LabelEveryControl) {
  for (const CompiledTemplate& one : CompiledTemplates()) {
    const std::string text(one.text);
    const std::regex controls("<(input|textarea)\\b[^>]*>");
    for (std::sregex_iterator at(text.begin(), text.end(), controls), end; at != end; ++at) {
      const std::string control = at->str();
      if (control.find("type=\"hidden\"") != control.npos || control.find(" hidden") != control.npos) continue;
      std::smatch id;
      ASSERT_TRUE(std::regex_search(control, id, std::regex(" id=\"([a-z_]+)\""))) << control;
      EXPECT_NE(text.find("<label for=\"" + id[1].str() + "\""), text.npos) << control;
    }
  }
}

}  // namespace
}  // namespace zoobar
