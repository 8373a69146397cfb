// What members see of programs: others' on their pages, their own in the form and in the program log.
#include "pages/pages.h"
#include "roles/app/fixture.h"

namespace zoobar {
namespace {

constexpr std::string_view kProgram = "%23!python%0Aprint(1)";  // "#!python\nprint(1)" in a form

class AppProgramTest : public AppTest {
 protected:
  ShowReply& Bobs(ShowReply::Run run) {
    world.profiles["id:bob"] = "#!python\nprint(1)";
    ShowReply& shown = world.shows["id:bob"];
    shown.set_kind(GetReply::KIND_PROGRAM);
    shown.set_run(run);
    return shown;
  }
  std::string Page(const std::string& name = "bob") { return world.Get("users?user=" + name, alice); }
  std::string Try() { return world.Post("", "profile_update=" + std::string(kProgram) + "&profile_try=Run", alice); }
};

// --- Other members' ---

TEST_F(AppProgramTest, ALookCarriesTheVisitorsTicketAndTheOwnersSpendingTicket) {
  Bobs(ShowReply::RUN_DONE).set_html("<p>hello</p>");
  world.delegations["bob"].set_per_hour(20);
  EXPECT_THAT(Page(), HasSubstr("<div id=\"profile\"><p>hello</p></div>"));
  ASSERT_EQ(world.looks.size(), 1u);
  EXPECT_EQ(world.looks[0].ticket().body(), "id:alice");
  EXPECT_EQ(world.looks[0].owner(), "id:bob");
  EXPECT_EQ(world.looks[0].owner_name(), "bob");
  EXPECT_EQ(world.looks[0].spending().body(), "spending of bob");
  EXPECT_EQ(world.looks[0].limits().per_hour(), 20u);
  world.delegations.clear();
  Page();
  EXPECT_FALSE(world.looks[1].has_spending());
}

TEST_F(AppProgramTest, EachEndHasOneLineBesideTheProfile) {
  const std::pair<ShowReply::Run, const char*> ends[] = {
      {ShowReply::RUN_FAILED, "This program ended with an error."},
      {ShowReply::RUN_TOO_LONG, "This program took too long and was stopped."},
      {ShowReply::RUN_STOPPED, "This program tried blocked actions and was stopped."},
      {ShowReply::RUN_BUSY, "Busy: this program could not be run just now."},
      {ShowReply::RUN_UNCLEANED, "Busy: this program ran, but its output could not be checked in time."},
      {ShowReply::RUN_PAUSED, "This program is paused"},
      {ShowReply::RUN_TICKET_REFUSED, "Timed out; reload the page."},
  };
  for (const auto& [run, line] : ends) {
    Bobs(run);
    const std::string page = Page();
    EXPECT_THAT(page, StartsWith("HTTP/1.1 200 ")) << line;
    EXPECT_THAT(page, HasSubstr("<div id=\"profile\"></div>")) << line;
    EXPECT_THAT(page, HasSubstr(line));
    EXPECT_THAT(page, HasSubstr("id=\"zoobars\"")) << line;
    EXPECT_THAT(page, Not(HasSubstr("What went wrong"))) << line;
  }
}

TEST_F(AppProgramTest, WhatAFailedProgramPrintedBeforeStays) {
  Bobs(ShowReply::RUN_FAILED).set_html("<p>before</p>");
  EXPECT_TRUE(Matches(Page(), "<div id=\"profile\"><p>before</p></div>[^]*ended with an error"));
}

TEST_F(AppProgramTest, OutputThatWasCutSaysSo) {
  Bobs(ShowReply::RUN_DONE).set_cut(true);
  EXPECT_THAT(Page(), HasSubstr("output is too long"));
}

TEST_F(AppProgramTest, WhereNothingRunsTheSourceIsShown) {
  Bobs(ShowReply::RUN_NO_WALLS).set_source("#!python\nprint('<b>')");
  EXPECT_TRUE(Matches(Page(), "<div id=\"profile\"><pre[^>]*>\\n#!python\\nprint\\(&#39;&lt;b&gt;&#39;\\)</pre>"));
}

TEST_F(AppProgramTest, HeadNeverRunsAProgram) {
  Bobs(ShowReply::RUN_DONE);
  EXPECT_THAT(world.Head("users?user=bob", alice), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(world.CountOf("Profile.Show"), 0);
  EXPECT_TRUE(world.acts_asked.empty()) << "no ticket is made either";
}

TEST_F(AppProgramTest, HeadOfAPlainProfileIsAsLongAsItsPage) {
  world.profiles["id:bob"] = "<p>clean</p>";
  const auto length = [](const std::string& answer) {
    return std::stoul(answer.substr(answer.find("Content-Length: ") + 16));
  };
  EXPECT_EQ(length(world.Head("users?user=bob", alice)), length(Page()));
}

TEST_F(AppProgramTest, OnTheirOwnPageOwnersSeeWhatWentWrongAndWhatItMeans) {
  world.shows["id:alice"] = Bobs(ShowReply::RUN_FAILED);
  ShowReply& shown = world.shows["id:alice"];
  shown.set_errors(
      "Traceback (most recent call last):\n  File \"profile\", line 3, in <module>\nPermissionError: no\n");
  auto& denial = *shown.add_denials();
  denial.set_call("socket");
  denial.set_count(1);
  shown.add_dropped("pipe: neither a file nor a directory");
  const std::string page = Page("alice");
  EXPECT_THAT(page, HasSubstr("File &quot;profile&quot;, line 3, in &lt;module&gt;\nPermissionError: no"));
  EXPECT_THAT(page, HasSubstr("Programs may not open network connections. The system call socket was blocked once."));
  EXPECT_THAT(page, HasSubstr("Not kept: pipe: neither a file nor a directory"));
  EXPECT_THAT(page, HasSubstr("href=\"/zoobar/index.cgi/program\""));
  EXPECT_THAT(Page("bob"), Not(HasSubstr("index.cgi/program")));
}

// --- Trying one ---

TEST_F(AppProgramTest, ATryShowsOutputTimeMemoryAndKeepsWhatWasTyped) {
  ShowReply& shown = *world.tried.mutable_shown();
  shown.set_run(ShowReply::RUN_DONE);
  shown.set_html("<p>hello</p>");
  world.tried.set_wall_us(12'340);
  world.tried.set_cpu_us(5'000);
  world.tried.set_memory_bytes(3 << 20);
  const std::string page = Try();
  EXPECT_THAT(page, HasSubstr("Finished. A preview changes nothing."));
  EXPECT_THAT(page, HasSubstr("<p>hello</p>"));
  EXPECT_THAT(page, HasSubstr("Time: 12.3 ms, CPU time: 5.0 ms"));
  EXPECT_THAT(page, HasSubstr("Peak memory: 3.0 MiB"));
  EXPECT_THAT(page, HasSubstr("#!python\nprint(1)</textarea>"));
  ASSERT_EQ(world.tries.size(), 1u);
  EXPECT_EQ(world.tries[0].text(), "#!python\nprint(1)");
  EXPECT_EQ(world.profiles["id:alice"], "") << "nothing is saved";
}

TEST_F(AppProgramTest, ATryThatFailsShowsTheTracebackAndWhatWasDenied) {
  ShowReply& shown = *world.tried.mutable_shown();
  shown.set_run(ShowReply::RUN_FAILED);
  shown.set_errors("  File \"profile\", line 2\nMemoryError\n");
  auto& denial = *shown.add_denials();
  denial.set_call("fork");
  denial.set_count(3);
  const std::string page = Try();
  EXPECT_THAT(page, HasSubstr("This program ended with an error. A preview changes nothing."));
  EXPECT_THAT(page, HasSubstr("File &quot;profile&quot;, line 2"));
  EXPECT_THAT(page, HasSubstr("Programs may not start other processes. The system call fork was blocked 3 times."));
  EXPECT_THAT(page, HasSubstr("The program needed more memory than it may use."));
}

TEST_F(AppProgramTest, OnlyAProgramIsTried) {
  EXPECT_THAT(world.Post("", "profile_update=hello&profile_try=Run", alice),
              HasSubstr("Not run: the first line of a program must be #!python."));
  EXPECT_THAT(world.Post("", "profile_update=%23!python%0a%ff&profile_try=Run", alice), HasSubstr("Not run: "));
  EXPECT_THAT(world.Post("", "profile_update=%23!python%0a" + std::string(65536, 'x') + "&profile_try=Run", alice),
              HasSubstr("at most 65536 bytes"));
  EXPECT_EQ(world.CountOf("Profile.Try"), 0);
}

TEST_F(AppProgramTest, SavingSaysToAuthWhetherItIsAProgram) {
  world.Post("", "profile_update=" + std::string(kProgram) + "&profile_submit=Save", alice);
  world.Post("", "profile_update=hello&profile_submit=Save", alice);
  ASSERT_EQ(world.acts_asked.size(), 2u);
  EXPECT_TRUE(world.acts_asked[0].save_profile().program());
  EXPECT_FALSE(world.acts_asked[1].save_profile().program());
}

TEST_F(AppProgramTest, TheFormSaysThatProgramsArePublic) {
  EXPECT_THAT(world.Get("", alice), HasSubstr("Programs are public:"));
}

TEST_F(AppProgramTest, AnExampleFillsTheFormAndSavesNothing) {
  world.profiles["id:alice"] = "<b>me</b>";
  const std::string page = world.Get("?example=hello-user", alice);
  EXPECT_THAT(page, HasSubstr("\n#!python\n"));
  EXPECT_THAT(page, HasSubstr("It is not saved yet."));
  EXPECT_THAT(page, Not(HasSubstr("&lt;b&gt;me")));
  EXPECT_EQ(world.profiles["id:alice"], "<b>me</b>");
  for (std::string_view name : ExamplePrograms())
    EXPECT_THAT(page, HasSubstr("?example=" + std::string(name) + "#profile_update\""));
  EXPECT_THAT(world.Get("?example=../etc/passwd", alice), HasSubstr("&lt;b&gt;me"));
}

// --- What it may pay ---

TEST_F(AppProgramTest, LimitsAreShownForAProgramThatMayPayAndSet) {
  world.profiles["id:alice"] = "#!python\n";
  EXPECT_THAT(world.Get("", alice), Not(HasSubstr("program_per_hour")));
  world.delegations["alice"].set_per_hour(20);
  EXPECT_THAT(world.Get("", alice), HasSubstr("name=\"program_per_hour\" inputmode=\"numeric\" value=\"20\""));
  const std::string page = world.Post("", "program_per_hour=5&program_per_recipient=0&program_limits=Set", alice);
  EXPECT_THAT(page, HasSubstr("Limits set."));
  EXPECT_EQ(world.delegations["alice"].per_hour(), 5u);
  EXPECT_EQ(world.delegations["alice"].per_recipient(), 0u);
}

TEST_F(AppProgramTest, LimitsThatAreNoneChangeNothing) {
  world.profiles["id:alice"] = "#!python\n";
  world.delegations["alice"].set_per_hour(20);
  for (const char* form :
       {"program_per_hour=-1&program_per_recipient=0", "program_per_hour=1001&program_per_recipient=0",
        "program_per_hour=5&program_per_recipient=6",
        "program_per_hour=&program_per_recipient=", "program_per_hour=4294967297&program_per_recipient=0"}) {
    EXPECT_THAT(world.Post("", std::string(form) + "&program_limits=Set", alice), HasSubstr("Limits not set:")) << form;
  }
  EXPECT_EQ(world.delegations["alice"].per_hour(), 20u);
  world.delegations.clear();
  EXPECT_THAT(world.Post("", "program_per_hour=5&program_per_recipient=5&program_limits=Set", alice),
              HasSubstr("Save the program again to let it pay."));
}

// --- Its page ---

TEST_F(AppProgramTest, ItsPageSaysThatItRuns) {
  EXPECT_THAT(world.Get("program", alice), HasSubstr("Your program runs each time somebody visits your page."));
}

TEST_F(AppProgramTest, ItsPageSaysWhyItIsPausedAndUntilWhen) {
  world.own.set_paused_until_ms(1795362750000);
  EXPECT_THAT(
      world.Get("program", alice),
      HasSubstr("Your program is paused until 22 Nov 2026, 15:52 (UTC) because it tried blocked actions too often."));
  world.own.set_paused(true);
  EXPECT_THAT(world.Get("program", alice), HasSubstr("The operator of this site has paused your program."));
  world.own.Clear();
  world.own.set_slowed(true);
  EXPECT_THAT(world.Get("program", alice), HasSubstr("Your program is slowed down for a while"));
}

TEST_F(AppProgramTest, ItsPageShowsDenialsFailureAndFiles) {
  ProgramDenial& denial = *world.own.add_denials();
  denial.set_time_ms(1795362750000);
  denial.set_visitor("bob");
  denial.set_call("ptrace");
  denial.set_count(2);
  world.own.set_failed_ms(1795362750000);
  world.own.set_failed_visitor("bob");
  world.own.set_failure("Traceback\nFileNotFoundError: 'x'");
  world.own.add_files()->set_path("notes/today");
  world.own.set_files_bytes(42);
  world.own.add_dropped("pipe: neither a file nor a directory");
  const std::string page = world.Get("program", alice);
  EXPECT_TRUE(Matches(page,
                      "22 Nov 2026, 15:52[^]*bob[^]*Programs may not access other processes. "
                      "<code>ptrace</code>[^]*>2<"));
  EXPECT_TRUE(
      Matches(page, "When <bdi>bob</bdi> visited[^]*FileNotFoundError: [^]*A program can open only its own files"));
  EXPECT_TRUE(Matches(page, "pipe: neither[^]*42 bytes in total[^]*<code>notes/today</code>"));
}

TEST_F(AppProgramTest, ItsFilesAreRemovedByPostAlone) {
  world.own.add_files()->set_path("notes");
  EXPECT_THAT(world.Get("program?remove_files=Remove", alice), HasSubstr("<code>notes</code>"));
  EXPECT_THAT(world.Post("program", "remove_files=Remove", alice), HasSubstr("No files."));
}

TEST_F(AppProgramTest, TheTicketForThePageIsAlwaysTheMembersOwn) {
  world.Get("program?user=alice&owner=alice", AppWorld::CookieOf("bob"));
  world.Post("program", "remove_files=Remove&user=alice", AppWorld::CookieOf("bob"));
  EXPECT_EQ(world.own_tickets, (std::vector<std::string>{"id:bob", "id:bob"}));
}

}  // namespace
}  // namespace zoobar
