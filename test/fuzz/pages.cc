// Pages with texts of members (src/pages/pages.h).
//
// Each page is made twice: with the texts of the input, and with a harmless word in place of each. The two must have the
// same tags and attributes, and each text must be where its word is. The lines of an input are the texts.
#include "pages/pages.h"

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "credentials/cpu_time.h"
#include "fuzz/markup.h"
#include "fuzz/require.h"

namespace zoobar {
namespace {

constexpr double kMostCpuMs = 5000;
constexpr std::size_t kTexts = 8;
constexpr std::string_view kWord = "qzword";  // the harmless words begin with it; no page has it
constexpr std::string_view kClean = "<p>clean <b>HTML</b></p>";

const MarkupRules kRules = {.voids = {"meta", "link", "input", "br"}, .bare_attributes = true, .controls = true};

// The texts of the input, or their words.
class Texts {
 public:
  Texts(std::vector<std::string> texts, bool words) : texts_(std::move(texts)), words_(words) {
    for (std::size_t i = 0; words && i < texts_.size(); ++i) {
      // Equal texts have equal words, because pages compare some texts.
      std::size_t same = 0;
      while (texts_[same] != texts_[i]) ++same;
      made_.push_back(texts_[i].empty() ? "" : std::string(kWord) + std::to_string(same) + "zq");
    }
  }
  std::string_view operator[](std::size_t i) const {
    const std::vector<std::string>& list = words_ ? made_ : texts_;
    return list[i % list.size()];
  }

 private:
  std::vector<std::string> texts_, made_;
  const bool words_;
};

std::string WithoutBlanks(std::string_view text) {
  std::string plain;
  for (const char c : text) plain += (c >= '\t' && c <= '\r') ? ' ' : c;
  return plain;
}

std::string UrlDecoded(std::string_view text) {
  const auto digit = [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) ? c - '0' : (c | 0x20) - 'a' + 10;
  };
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      Require(i + 2 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1])) &&
                  std::isxdigit(static_cast<unsigned char>(text[i + 2])),
              "two digits follow a %");
      decoded += static_cast<char>(digit(text[i + 1]) << 4 | digit(text[i + 2]));
      i += 2;
    } else {
      Require(std::string_view("\"'<>&#?= \\").find(text[i]) == std::string_view::npos && text[i] > 0x20,
              "a text in an address is encoded");
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

// Puts the texts in the place of their words.
std::string Expected(std::string_view text, const Texts& texts, const Texts& words) {
  std::string expected;
  while (!text.empty()) {
    const std::size_t before = std::min(text.find(kWord), text.size());
    expected += text.substr(0, before);
    text.remove_prefix(before);
    std::size_t i = 0;
    while (i < kTexts && (words[i].empty() || !text.starts_with(words[i]))) ++i;
    if (i == kTexts) continue;
    expected += texts[i];
    text.remove_prefix(words[i].size());
  }
  return expected;
}

bool IsAddress(std::string_view attribute) {
  return attribute == "href" || attribute == "src" || attribute == "action" || attribute == "formaction";
}

void CheckAddress(std::string_view made, std::string_view harmless, const Texts& texts, const Texts& words) {
  Require(made.starts_with("/zoobar/") || made.starts_with("/favicon") || made.starts_with('#'),
          "a place on this site");
  bool in_query = false;
  while (!harmless.empty()) {
    std::size_t i = 0;
    while (i < kTexts && (words[i].empty() || !harmless.starts_with(words[i]))) ++i;
    if (i == kTexts) {
      Require(made.starts_with(harmless[0]), "an address is always the same around its texts");
      in_query = in_query || harmless[0] == '?';
      harmless.remove_prefix(1);
      made.remove_prefix(1);
      continue;
    }
    Require(in_query, "a text comes into the query alone");
    const std::string_view text = made.substr(0, made.find_first_of("&#"));
    Require(UrlDecoded(text) == texts[i], "an address has the whole text");
    harmless.remove_prefix(words[i].size());
    made.remove_prefix(text.size());
  }
  Require(made.empty(), "nothing follows in an address");
}

void CheckSame(const MarkupToken& made, const MarkupToken& harmless, const Texts& texts, const Texts& words) {
  Require(made.kind == harmless.kind, "a text adds and removes no tag");
  if (made.kind == MarkupToken::kText) {
    if (made.text == harmless.text && made.text.find(kWord) == made.text.npos) return;
    return Require(WithoutBlanks(made.text) == WithoutBlanks(Expected(harmless.text, texts, words)),
                   "a text is shown as it is");
  }
  Require(made.text == harmless.text && made.attributes.size() == harmless.attributes.size(), "the same tags");
  for (std::size_t i = 0; i < made.attributes.size(); ++i) {
    const auto& [name, value] = made.attributes[i];
    const auto& [other_name, other_value] = harmless.attributes[i];
    Require(name == other_name && !name.starts_with("on") && name != "style", "the same attributes");
    if (IsAddress(name)) {
      CheckAddress(value, other_value, texts, words);
    } else {
      Require(WithoutBlanks(value) == WithoutBlanks(Expected(other_value, texts, words)), "a value is the text");
    }
  }
}

// A page as the other parser reads it.
std::vector<MarkupToken> Read(std::string_view html) {
  constexpr std::string_view kDoctype = "<!DOCTYPE html>";
  Require(html.starts_with(kDoctype), "a page in standards mode");
  const Markup page(html.substr(kDoctype.size()), kRules);
  if (!page.fault().empty()) std::fprintf(stderr, "%s\n", page.fault().c_str());
  Require(page.fault().empty(), "a page follows the strict grammar");
  return page.tokens();
}

void CheckPage(std::string_view html, const std::vector<MarkupToken>& harmless, const Texts& texts,
               const Texts& words) {
  const std::vector<MarkupToken> made = Read(html);
  Require(made.size() == harmless.size(), "a text adds and removes no tag");
  for (std::size_t i = 0; i < made.size(); ++i) CheckSame(made[i], harmless[i], texts, words);
}

LogTable LogOf(const Texts& x) {
  LogTable log;
  log.rows.push_back({1795362750000, x[1], x[2], 3});
  log.rows.push_back({.sender = x[2], .recipient = x[3], .about = "offer 7 accepted", .note = x[4]});
  log.rows.push_back({.sender = x[0], .recipient = x[0], .about = std::string(x[5]), .note = x[6]});
  log.older = 7;
  log.newest = false;
  return log;
}

RunReport ReportOf(const Texts& x, bool transcript) {
  RunReport report{.failed = true, .why = x[4], .errors = x[5]};
  if (transcript) report.transcript = {{false, x[6]}, {true, x[7]}, {false, x[4]}};
  report.hints = {std::string(x[2]), "a hint"};
  report.use = {{"Time", "1 s", "2 s"}, {x[1], std::string(x[3]), std::string(x[6])}};
  return report;
}

// Pages about members and zoobars.
void RenderBank(const Pages& pages, const Texts& x, std::vector<std::string>& made) {
  made.push_back(pages.Render(LoginPage{.warning = x[0], .notice = x[1], .name = x[2], .next = x[3]}));
  made.push_back(pages.Render(LoginPage{.warning = x[0], .name = x[2], .registering = true, .next = x[3]}));
  made.push_back(pages.Render(LoginPage{.name = x[0], .text = x[1], .text_of = x[2], .carries = true}));
  made.push_back(pages.Render(LoginPage{.text = x[1]}));
  made.push_back(pages.Render(
      KeptPage{.member = x[0],
               .heading = x[1],
               .warning = x[2],
               .must_change = true,
               .form = {.name = x[3], .source = x[4], .unsaved = true, .replace = x[5], .failed_at = {7, x[2]}}}));
  made.push_back(pages.Render(WaitingPage{.before = 2, .next = x[3]}));
  TransferPage transfer{.member = x[0], .recipient = x[1], .amount = x[2], .submission = x[3], .warning = x[4]};
  transfer.outcome = TransferPage::Outcome::kFailed;
  transfer.to = x[5];
  transfer.reason = x[6];
  made.push_back(pages.Render(transfer));
  transfer.outcome = TransferPage::Outcome::kSent;
  made.push_back(pages.Render(transfer));
  transfer.confirm = TransferPage::Asked{3, 7};
  made.push_back(pages.Render(transfer));
  OffersPage offers{.member = x[0], .zoobars = 7, .recipient = x[1], .amount = x[2], .days = x[3], .note = x[4]};
  offers.submission = x[5];
  offers.outcome = OffersPage::Outcome::kNotOffered;
  offers.other = x[6];
  offers.reason = x[7];
  offers.offers = {{1, true, x[1], 3, x[2], 0, 0}, {2, false, x[3], 3, x[4], 0, 0}};
  made.push_back(pages.Render(offers));
  offers.outcome = OffersPage::Outcome::kOffered;
  made.push_back(pages.Render(offers));
  MembersPage members{.member = x[0], .prefix = x[1], .next_after = x[2], .first = false};
  members.rows = {{x[0], 10, true}, {x[3], 1, true}, {x[4], 0, false}};
  made.push_back(pages.Render(members));
  made.push_back(pages.Render(MembersPage{.member = x[0], .prefix = x[1]}));
  made.push_back(pages.Render(JournalPage{.member = x[1], .log = LogOf(x)}));
  made.push_back(pages.Render(StatementPage{.member = x[0], .key = x[1], .before = 3, .older = 2}));
  AccountPage account{.member = x[0], .warning = x[1], .notice = x[2]};
  account.sessions.push_back({std::string(x[3]), x[4], "Wget/1.2", 0, 0, false});
  made.push_back(pages.Render(account));
  made.push_back(pages.Render(PasswordPage{.member = x[0], .warning = x[1]}));
  made.push_back(pages.Render(ClosePage{.member = x[0], .warning = x[1]}));
  made.push_back(pages.Render(EchoPage{.member = x[0], .said = x[1], .answer = x[2]}));
  made.push_back(pages.Render(MessagePage{.member = x[0], .heading = x[1], .text = x[2], .request = x[3]}));
}

// Pages about profiles and programs.
void RenderPrograms(const Pages& pages, const Texts& x, std::vector<std::string>& made) {
  HomePage home{.member = x[0], .warning = x[1], .notice = x[2], .profile_source = x[3], .program = true};
  home.delegates = true;
  TriedProgram tried{.notice = x[5], .well = false, .html = kClean, .report = ReportOf(x, true)};
  home.tried = &tried;
  made.push_back(pages.Render(home));
  UsersPage users{.member = x[0], .asked = x[1], .name = x[2], .profile = UsersPage::Profile::kProgram};
  users.profile_source = x[3];
  users.log = LogOf(x);
  made.push_back(pages.Render(users));
  users.profile = UsersPage::Profile::kHtml;
  users.profile_html = kClean;
  users.own_program = true;
  users.run_notice = x[4];
  users.run_report = ReportOf(x, false);
  made.push_back(pages.Render(users));
  made.push_back(pages.Render(UsersPage{.member = x[0], .asked = x[1]}));
  ProgramPage program{.member = x[0], .notice = x[1], .state = x[2], .stopped = true, .previews = x[3]};
  const std::string call = "x" + std::string(x[4]), failure = std::string(x[5]) + "\nNameError";
  program.last_run = {{x[6], std::string(x[7]), std::string(x[0])}};
  program.files = {{x[4], true}, {x[5], false}};
  program.denials.push_back({0, x[6], call, 1});
  program.dropped = {x[7]};
  program.failed_ms = 1;
  program.failed_visitor = x[0];
  program.failure = failure;
  made.push_back(pages.Render(program));
  ManualPage manual{.member = x[0], .examples = {x[1]}};
  manual.packages = x[2];
  made.push_back(pages.Render(manual));
}

std::vector<std::string> Render(const Pages& pages, const Texts& x) {
  std::vector<std::string> made;
  RenderBank(pages, x, made);
  RenderPrograms(pages, x, made);
  return made;
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  static const Pages pages;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const double before = CpuMillis();
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < kTexts; ++i) {
    const std::string_view line = i + 1 < kTexts ? input.substr(0, input.find('\n')) : input;
    lines.emplace_back(line);
    input.remove_prefix(std::min(line.size() + 1, input.size()));
  }
  const Texts texts(lines, false), words(lines, true);
  const std::vector<std::string> made = Render(pages, texts);
  // Most inputs have the same words, so their pages are kept.
  static std::map<std::string, std::vector<std::vector<MarkupToken>>> kept;
  std::string all;
  for (std::size_t i = 0; i < kTexts; ++i) all += std::string(words[i]) + "\n";
  if (kept.size() > 8) kept.clear();
  std::vector<std::vector<MarkupToken>>& harmless = kept[all];
  if (harmless.empty()) {
    for (const std::string& html : Render(pages, words)) harmless.push_back(Read(html));
  }
  for (std::size_t i = 0; i < made.size(); ++i) CheckPage(made[i], harmless[i], texts, words);
  Require(CpuMillis() - before < kMostCpuMs, "the work is bounded");
  return 0;
}
