#include "pages/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace zoobar {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Closes every element and attribute that it may be put into, then runs a script. Also holds the bytes that matter in
// URLs.
constexpr std::string_view kHostile = "\"'></textarea></title></pre><script>alert(1)</script>&amp;?x=1#%00 javascript:";

bool Matches(const std::string& text, const std::string& pattern) {
  return std::regex_search(text, std::regex(pattern));
}

std::vector<std::string> AllHostile(const Pages& pages) {
  const std::string_view x = kHostile;
  LogTable log;
  log.rows.push_back({1795362750000, x, x, 3});
  log.rows.push_back({.sender = x, .recipient = x, .about = std::string(x), .note = x});
  log.older = 7;
  log.newest = false;
  UsersPage program{.member = x, .asked = x, .name = x, .profile = UsersPage::Profile::kProgram, .log = log};
  program.profile_source = x;
  MembersPage members{.member = x, .prefix = x, .next_after = x, .first = false};
  members.rows.push_back({x, 10, true});
  members.rows.push_back({"other", 10, true});
  AccountPage account{.member = x, .warning = x, .notice = x};
  account.sessions.push_back({std::string(x), x, x, 0, 0, false});
  TransferPage failed{.member = x, .recipient = x, .amount = x, .submission = x, .warning = x};
  failed.outcome = TransferPage::Outcome::kFailed;
  failed.to = x;
  failed.reason = x;
  TransferPage sent = failed;
  sent.outcome = TransferPage::Outcome::kSent;
  TransferPage asked = failed;
  asked.confirm = TransferPage::Asked{3, 7};
  OffersPage offers{.member = x, .recipient = x, .amount = x, .days = x, .note = x, .submission = x};
  offers.outcome = OffersPage::Outcome::kNotOffered;
  offers.other = x;
  offers.reason = x;
  offers.offers = {{1, true, x, 3, x, 0, 0}, {2, false, x, 3, x, 0, 0}};
  OffersPage offered = offers;
  offered.outcome = OffersPage::Outcome::kOffered;
  TriedProgram tried{.notice = x, .well = false, .report = {.why = x, .errors = x}};
  tried.report.hints = {std::string(x)};
  tried.report.use = {{x, std::string(x), std::string(x)}};
  HomePage trying{.member = x, .profile_source = x, .program = true, .delegates = true};
  trying.tried = &tried;
  UsersPage failing{.member = x, .asked = x, .name = x, .profile = UsersPage::Profile::kHtml, .own_program = true};
  failing.run_notice = x;
  failing.run_failed = true;
  failing.run_report.transcript = {{false, x}, {true, x}};
  failing.run_report.hints = {std::string(x)};
  UsersPage busy{.member = "a", .asked = "b", .name = "b", .profile = UsersPage::Profile::kHtml, .run_notice = x};
  ProgramPage own{.member = x, .notice = x, .state = x, .stopped = true};
  own.files.push_back({x, true});
  own.denials.push_back({0, x, x, 1});
  own.dropped.push_back(x);
  own.failed_ms = 1;
  own.failed_visitor = x;
  own.failure = x;
  return {
      pages.Render(trying),
      pages.Render(failing),
      pages.Render(busy),
      pages.Render(own),
      pages.Render(ProgramPage{.member = x, .state = x}),
      pages.Render(ManualPage{.member = x, .examples = {x}}),
      pages.Render(LoginPage{.warning = x, .notice = x, .name = x, .next = x}),
      pages.Render(LoginPage{.warning = x, .notice = x, .name = x, .registering = true, .next = x}),
      pages.Render(LoginPage{.text = x, .text_of = x, .carries = true}),
      pages.Render(LoginPage{.text = x, .text_of = x}),
      pages.Render(KeptPage{.member = x,
                            .heading = x,
                            .warning = x,
                            .notice = x,
                            .must_change = true,
                            .form = {.name = x, .source = x, .replace = x, .failed_at = {1, x}}}),
      pages.Render(HomePage{.member = x, .warning = x, .notice = x, .profile_source = x}),
      pages.Render(program),
      pages.Render(UsersPage{.member = x, .asked = x}),
      pages.Render(failed),
      pages.Render(sent),
      pages.Render(asked),
      pages.Render(offers),
      pages.Render(offered),
      pages.Render(members),
      pages.Render(MembersPage{.member = x, .prefix = x}),
      pages.Render(JournalPage{.member = x, .log = log}),
      pages.Render(StatementPage{.member = x, .key = x}),
      pages.Render(account),
      pages.Render(PasswordPage{.member = x, .warning = x}),
      pages.Render(PasswordPage{.member = x, .warning = x, .one_time = true}),
      pages.Render(ClosePage{.member = x, .warning = x}),
      pages.Render(EchoPage{.member = x, .said = x, .answer = x}),
      pages.Render(MessagePage{.member = x, .heading = x, .text = x}),
  };
}

TEST(Pages, EscapeHostileValuesInEveryPlace) {
  const Pages pages;
  const std::regex own(
      "<script src=\"/zoobar/media/(strength|editor).js\" integrity=\"sha512-[A-Za-z0-9+/]{86}==\" defer></script>");
  for (std::string html : AllHostile(pages)) {
    html = std::regex_replace(html, own, "");
    EXPECT_THAT(html, HasSubstr("alert(1)"));
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("\"'")));
    EXPECT_THAT(html, Not(HasSubstr("&amp;?x"))) << "what looks like an entity is text too";
    // The value has added no end tag.
    EXPECT_FALSE(Matches(html, "<title>[^<]*</title>[^\\n]+</title>"));
    // No part of the value ends up inside a tag.
    EXPECT_FALSE(Matches(html, "<[a-z][^<>]*alert\\(1\\)</")) << html;
  }
}

TEST(Pages, EncodeNamesInQueryStrings) {
  const Pages pages;
  MembersPage members{.member = "alice"};
  members.rows.push_back({"a&b=c#d?e/%+ \"", 1, true});
  const std::string html = pages.Render(members);
  EXPECT_THAT(html, HasSubstr("users?user=a%26b%3Dc%23d%3Fe/%25%2B+%22\""));
  EXPECT_THAT(html, HasSubstr("transfer?recipient=a%26b%3Dc%23d%3Fe/%25%2B+%22\""));
}

TEST(Pages, KeepASourceByteForByteInItsTextarea) {
  const Pages pages;
  const std::string html = pages.Render(HomePage{.member = "alice", .profile_source = "\n\ta\r\n  b&lt;</textarea>\n"});
  EXPECT_THAT(html, HasSubstr(">\n\n\ta\r\n  b&amp;lt;&lt;/textarea&gt;\n</textarea>"));
}

TEST(Pages, TheEditorIsOnThePagesWithAProfilesFormAlone) {
  const Pages pages;
  const auto count = [](const std::string& html, const std::string& what) {
    std::size_t found = 0;
    for (std::size_t at = html.find(what); at != html.npos; at = html.find(what, at + 1)) ++found;
    return found;
  };
  for (const std::string& html : AllHostile(pages)) {
    const bool form = html.find("id=\"profile_update\"") != html.npos;
    EXPECT_EQ(count(html, "<link rel=\"stylesheet\" href=\"/zoobar/media/editor.css\">"), form ? 1u : 0u);
    EXPECT_EQ(count(html, "/zoobar/media/editor.js"), form && Pages::HaveEditor() ? 1u : 0u);
    EXPECT_EQ(count(html, "codemirror"), 0u) << "the script loads this, not the page";
  }
}

TEST(Pages, HomeHoldsWhatGradersLookFor) {
  const Pages pages;
  const std::string html = pages.Render(HomePage{.member = "test1", .zoobars = 10});
  EXPECT_THAT(html, HasSubstr(">Log out test1<"));
  EXPECT_TRUE(Matches(html, "Balance[^\\n]*[ >]10 zoobars"));
  EXPECT_THAT(html, HasSubstr("name=\"profile_update\""));
  EXPECT_THAT(html, HasSubstr("name=\"profile_submit\""));
  EXPECT_TRUE(Matches(html, "<a [^>]*href=\"/zoobar/index.cgi/logout\"[^>]*><bdi dir=\"ltr\">Log out test1</bdi></a>"));
}

TEST(Pages, LoginHoldsBothButtonsAndTheWayBack) {
  const Pages pages;
  const std::string html = pages.Render(LoginPage{.next = "/zoobar/index.cgi/transfer", .min_password = 8});
  for (const char* field : {"login_username", "login_password", "nexturl", "submit_login", "submit_registration"}) {
    EXPECT_THAT(html, HasSubstr("name=\"" + std::string(field) + "\"")) << field;
  }
  EXPECT_THAT(html, HasSubstr("value=\"/zoobar/index.cgi/transfer\""));
  EXPECT_THAT(html, Not(HasSubstr("Log out")));
}

TEST(Pages, TheLengthOfAPasswordIsInWords) {
  const Pages pages;
  EXPECT_THAT(pages.Render(LoginPage{.min_password = 8}), HasSubstr("At least 8 characters;"));
  EXPECT_THAT(pages.Render(LoginPage{.min_password = 1}), HasSubstr("At least 1 character;"));
  EXPECT_THAT(pages.Render(AccountPage{.member = "alice", .min_password = 1}), HasSubstr("At least 1 character;"));
}

TEST(Pages, UsersShowsProfileBalanceAndLog) {
  const Pages pages;
  UsersPage page{.member = "test2", .asked = "test1", .name = "test1", .zoobars = 7};
  page.profile = UsersPage::Profile::kHtml;
  page.profile_html = "<p>clean <b>HTML</b></p>";
  page.log.rows.push_back({1795362750000, "test1", "test2", 3});
  const std::string html = pages.Render(page);
  EXPECT_THAT(html, HasSubstr("<div id=\"profile\"><p>clean <b>HTML</b></p></div>"));
  EXPECT_THAT(html, HasSubstr("<span id=\"zoobars\" class=\"7\">"));
  EXPECT_TRUE(Matches(html, "<table class=\"log\"[^]*22 Nov 2026[^]*test1[^]*test2[^]*>3<"));
}

TEST(Pages, UsersShowsAProgramAsEscapedSourceAndSaysSo) {
  const Pages pages;
  UsersPage page{.member = "test2", .asked = "test1", .name = "test1", .profile = UsersPage::Profile::kProgram};
  page.profile_source = "#!python\nprint('<b>')\n";
  const std::string html = pages.Render(page);
  EXPECT_TRUE(Matches(html, "<div id=\"profile\"><pre[^>]*>\n#!python\nprint\\(&#39;&lt;b&gt;&#39;\\)\n</pre></div>"));
  EXPECT_THAT(html, HasSubstr("This site does not run programs"));
}

TEST(Pages, UsersShowsARunsOutputAndBesideItHowTheRunEnded) {
  const Pages pages;
  UsersPage page{.member = "test2", .asked = "test1", .name = "test1", .profile = UsersPage::Profile::kHtml};
  page.profile_html = "<p>half</p>";
  page.run_notice = "It took too long.";
  page.run_failed = true;
  std::string html = pages.Render(page);
  EXPECT_TRUE(Matches(
      html, "<div id=\"profile\"><p>half</p></div>\\s*<p class=\"message warning\"[^>]*>It took too long.</p>"));
  EXPECT_THAT(html, Not(HasSubstr("What went wrong")));
  page.profile_html = {};
  page.run_failed = false;
  html = pages.Render(page);
  EXPECT_TRUE(Matches(html, "<div id=\"profile\"></div>\\s*<p class=\"message aside\"[^>]*>It took too long.</p>"));
}

TEST(Pages, TracebacksKeepTheirLines) {
  const Pages pages;
  const std::string_view traceback = "Traceback\n  File \"profile\", line 3\n    x\nNameError";
  TriedProgram tried{.notice = "It failed.", .well = false, .report = {.errors = traceback}};
  HomePage home{.member = "test1"};
  home.tried = &tried;
  UsersPage users{.member = "test1", .asked = "test1", .name = "test1", .profile = UsersPage::Profile::kHtml};
  users.run_report.errors = traceback;
  ProgramPage program{.member = "test1"};
  program.failed_ms = 1;
  program.failure = traceback;
  for (const std::string& html : {pages.Render(home), pages.Render(users), pages.Render(program)})
    EXPECT_THAT(html, HasSubstr(">\nTraceback\n  File &quot;profile&quot;, line 3\n    x\nNameError</pre>"));
}

TEST(Pages, OnlyATriedProgramHasAPlaceForOutput) {
  const Pages pages;
  EXPECT_THAT(pages.Render(HomePage{.member = "test1"}), Not(HasSubstr(">Preview<")));
  TriedProgram tried{.notice = "It ran.", .html = "<p>clean <b>HTML</b></p>"};
  HomePage home{.member = "test1"};
  home.tried = &tried;
  EXPECT_THAT(pages.Render(home), HasSubstr("<div class=\"output\"><p>clean <b>HTML</b></p></div>"));
}

TEST(Pages, UsersSaysWhenNobodyHasTheName) {
  const Pages pages;
  const std::string html = pages.Render(UsersPage{.member = "test2", .asked = "ghost"});
  EXPECT_THAT(html, HasSubstr("There is no member with the name <bdi>ghost</bdi>"));
  EXPECT_THAT(html, Not(HasSubstr("id=\"profile\"")));
  EXPECT_THAT(pages.Render(UsersPage{.member = "test2"}), Not(HasSubstr("There is no member")));
}

TEST(Pages, TransferSaysHowItWent) {
  const Pages pages;
  TransferPage page{.member = "a", .zoobars = 7, .submission = "5f", .outcome = TransferPage::Outcome::kSent};
  page.to = "test2";
  page.sent = 3;
  EXPECT_THAT(pages.Render(page), HasSubstr("Sent 3 zoobars"));
  page.outcome = TransferPage::Outcome::kFailed;
  page.reason = "you have only 7 zoobars.";
  EXPECT_THAT(pages.Render(page), HasSubstr("Transfer to test2 failed</bdi>: you have only 7 zoobars."));
  page.outcome = TransferPage::Outcome::kUnknown;
  const std::string unknown = pages.Render(page);
  EXPECT_THAT(unknown, HasSubstr("Not confirmed yet; check your <a href=\"/zoobar/index.cgi/journal\">journal</a>"));
  EXPECT_THAT(unknown, Not(HasSubstr("failed")));
  EXPECT_THAT(unknown, HasSubstr("name=\"submission\" value=\"5f\""));
  EXPECT_THAT(unknown, HasSubstr("name=\"recipient\""));
  EXPECT_THAT(unknown, HasSubstr("name=\"zoobars\""));
}

TEST(Pages, TheWarningIsInTheFormThatWasSent) {
  const Pages pages;
  LoginPage page{.warning = "Wrong.", .name = "carol"};
  const auto parts = [&] {
    const std::string html = pages.Render(page);
    const std::size_t second = html.find("id=\"register-title\"");
    return std::pair(html.substr(0, second), html.substr(second));
  };
  auto [login, registration] = parts();
  EXPECT_THAT(login, HasSubstr("Wrong."));
  EXPECT_THAT(login, HasSubstr("value=\"carol\""));
  EXPECT_THAT(registration, Not(HasSubstr("Wrong.")));
  EXPECT_THAT(registration, Not(HasSubstr("carol")));
  page.registering = true;
  std::tie(login, registration) = parts();
  EXPECT_THAT(login, Not(HasSubstr("Wrong.")));
  EXPECT_THAT(registration, HasSubstr("Wrong."));
  EXPECT_THAT(registration, HasSubstr("value=\"carol\""));
}

TEST(Pages, MembersMarksOneselfAndPagesOn) {
  const Pages pages;
  MembersPage page{.member = "bob", .prefix = "b", .next_after = "bob"};
  page.rows = {{"bea", 12, true}, {"bob", 8, true}, {"boris", 0, false}};
  const std::string html = pages.Render(page);
  EXPECT_TRUE(Matches(html, "bob</bdi></a> <span class=\"tag\">you</span>"));
  EXPECT_THAT(html, HasSubstr("members?search=b&amp;after=bob"));
  EXPECT_THAT(html, Not(HasSubstr("First page")));
  page.first = false;
  page.next_after = {};
  EXPECT_THAT(pages.Render(page), HasSubstr("First page"));
}

TEST(Pages, JournalTellsWhereTheFirstZoobarsCameFrom) {
  const Pages pages;
  JournalPage page{.member = "bob", .zoobars = 10};
  page.log.rows.push_back({1795362750000, "", "bob", 10});
  page.log.older = 4;
  const std::string html = pages.Render(page);
  EXPECT_THAT(html, HasSubstr("<em>the bank</em>"));
  EXPECT_THAT(html, HasSubstr("journal?before=4"));
}

TEST(Pages, StatementLeadsToItsFilesAndToItsOlderPart) {
  const Pages pages;
  StatementPage page{.member = "bob", .key = "zoobar-journal-1+0a+b", .size = 1234, .most = 500, .before = 77};
  page.older = 12;
  const std::string html = pages.Render(page);
  EXPECT_THAT(html, HasSubstr("statement?format=json&amp;before=77"));
  EXPECT_THAT(html, HasSubstr("statement?format=csv&amp;before=77"));
  EXPECT_THAT(html, HasSubstr("statement?before=12"));
  EXPECT_THAT(html, HasSubstr("zoobar-journal-1+0a+b"));
  EXPECT_THAT(html, HasSubstr("1234 entries"));
  page.older = 0;
  EXPECT_THAT(pages.Render(page), Not(HasSubstr("statement?before=")));
}

TEST(Pages, ManualTellsTheLimitsItIsGiven) {
  const Pages pages;
  ManualPage page{.member = "bob", .examples = {"granter"}};
  page.timeout_ms = 1500;
  page.memory_bytes = 64 << 20;
  page.output_bytes = 65536;
  page.source_bytes = 1000;
  page.files_bytes = 1 << 20;
  page.files_inodes = 77;
  page.api_calls = 321;
  page.shared_bytes = 3 << 10;
  page.text_bytes = 444;
  const std::string html = pages.Render(page);
  for (const char* text :
       {"1500 milliseconds", "<td>64 MiB</td>", "<td>64 KiB</td>", "<td>1000 bytes</td>", "1 MiB in 77 files",
        "make 321 calls", "At most 3 KiB", "1 to 444 bytes", "href=\"/zoobar/index.cgi/?example=granter\""}) {
    EXPECT_THAT(html, HasSubstr(text));
  }
  EXPECT_THAT(html, Not(HasSubstr("can also import")));
  page.timeout_ms = 5000;
  page.packages = "numpy, PIL";
  EXPECT_THAT(pages.Render(page), HasSubstr("5 seconds"));
  EXPECT_THAT(pages.Render(page), HasSubstr("can also import numpy, PIL, and"));
}

TEST(Pages, ManualLeavesNoPlaceEmpty) {
  const Pages pages;
  const std::string html = pages.Render(ManualPage{.member = "bob"});
  // Every limit is a number, even if it is zero. A program in the manual is shown as it must be typed.
  EXPECT_FALSE(Matches(html, "at most (of|in|names|each|files)|keeps +(posts|messages)|make +calls|first +seconds"));
  EXPECT_THAT(html, HasSubstr("{html.escape(visitor)}"));
  EXPECT_THAT(html, Not(HasSubstr("{{")));
}

TEST(Pages, ExamplesAreThoseOfTheFolder) {
  for (const char* name : {"hello-user", "visit-tracker", "last-visits", "xfer-tracker", "granter", "my-profile",
                           "social-graph", "chart"}) {
    EXPECT_TRUE(ExampleProgram(name).starts_with("#!python\n# ")) << name;
  }
  EXPECT_EQ(ExamplePrograms().size(), 8u);
  EXPECT_EQ(ExampleProgram("../hello-user"), "");
}

TEST(Pages, AccountOffersToEndOtherSessionsButNotThisOne) {
  const Pages pages;
  AccountPage page{.member = "bob"};
  page.sessions.push_back({"aa11", "127.0.0.1", "curl/8.0", 0, 0, true});
  page.sessions.push_back({"bb22", "127.0.0.1", "curl/8.0", 0, 0, false});
  const std::string html = pages.Render(page);
  EXPECT_THAT(html, Not(HasSubstr("aa11")));
  EXPECT_THAT(html, HasSubstr("name=\"end_session\" value=\"bb22\""));
  EXPECT_THAT(html, HasSubstr("name=\"end_every_session\""));
}

TEST(Pages, StandOnOneSkeletonWithLandmarksAndASkipLink) {
  const Pages pages;
  for (const std::string& html : AllHostile(pages)) {
    EXPECT_THAT(html, HasSubstr("<html lang=\"en\">"));
    EXPECT_THAT(html, HasSubstr("<a class=\"skip\" href=\"#main\">"));
    EXPECT_THAT(html, HasSubstr("<main id=\"main\""));
    EXPECT_TRUE(Matches(html, "<h1")) << html;
  }
}

TEST(Words, TellTimesInUtc) {
  EXPECT_EQ(ReadableTime(1795362750000), "22 Nov 2026, 15:52");
  EXPECT_EQ(ReadableTime(1709164800000), "29 Feb 2024, 00:00");
}

TEST(Words, SayWhatADeniedCallMeans) {
  EXPECT_EQ(DescribeDenial("socket"), "Programs may not open network connections.");
  EXPECT_EQ(DescribeDenial("clone"), "Programs may not start other processes.");
  EXPECT_EQ(DescribeDenial("ptrace"), "Programs may not access other processes.");
  EXPECT_EQ(DescribeDenial("497"), "Programs may not use the system call 497.");
  for (const char* part : {"sock", "", " ", "socket connect"})
    EXPECT_EQ(DescribeDenial(part), "Programs may not use the system call " + std::string(part) + ".") << part;
}

TEST(Words, ExplainWhatATracebackEndsWith) {
  EXPECT_THAT(ExplainError("Traceback\nMemoryError"), HasSubstr("more memory"));
  EXPECT_THAT(ExplainError("Traceback\nMemoryError\n\n"), HasSubstr("more memory"));
  EXPECT_THAT(ExplainError("OSError: [Errno 28] No space left on device"),
              HasSubstr("no more room for the program's files"));
  EXPECT_THAT(ExplainError("PermissionError: [Errno 1] Operation not permitted"),
              HasSubstr("Everything else is blocked"));
  EXPECT_THAT(ExplainError("RuntimeError: can't start new thread"), HasSubstr("7 threads"));
  EXPECT_EQ(ExplainError("MemoryError\nDuring handling\nZeroDivisionError: division by zero"), "");
  EXPECT_EQ(ExplainError(""), "");
}

TEST(Words, NameBrowsers) {
  EXPECT_EQ(DescribeAgent("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
            "Firefox on Linux");
  EXPECT_EQ(DescribeAgent("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0"),
            "Edge on Windows");
  EXPECT_EQ(DescribeAgent("Wget/1.21.3"), "Wget");
  EXPECT_EQ(DescribeAgent("somebot/2 (+x)"), "somebot");
  EXPECT_EQ(DescribeAgent(""), "Unknown browser");
}

}  // namespace
}  // namespace zoobar
