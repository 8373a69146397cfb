// What members see of programs: others' on their pages, their own in the form and in the program log.
#include "pages/pages.h"
#include "roles/app/fixture.h"
#include "site/program_text.h"

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
      {ShowReply::RUN_STOPPED, "This program did what programs may not do, and was stopped."},
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
  RunUse& use = *world.tried.mutable_use();
  use.set_given_us(12'340);
  use.set_given_limit_us(5'000'000);
  use.set_wall_us(12'400);
  use.set_cpu_us(5'000);
  use.set_cpu_limit_us(11'000'000);
  use.set_memory_bytes(3 << 20);
  use.set_memory_limit(128 << 20);
  use.set_output_bytes(12);
  use.set_output_limit(65536);
  use.set_has_files(true);
  use.set_files_bytes(4096);
  use.set_files_bytes_limit(1 << 20);
  use.set_files(2);
  use.set_files_limit(64);
  use.set_calls(3);
  use.set_calls_limit(200);
  use.set_denials(1);
  use.set_denials_limit(16);
  const std::string page = Try();
  EXPECT_THAT(page, HasSubstr("Finished. A preview changes nothing."));
  EXPECT_THAT(page, HasSubstr("<p>hello</p>"));
  const std::tuple<const char*, const char*, const char*> rows[] = {
      {"Time", "12.3 ms", "5 s"},
      {"CPU time", "5.0 ms", "11 s"},
      {"Peak memory, including Python", "3 MiB", "128 MiB besides Python"},
      {"Output", "12 bytes", "64 KiB"},
      {"Space for files", "4 KiB", "1 MiB"},
      {"Files and directories", "2", "64"},
      {"API calls", "3", "200"},
      {"Blocked actions", "1", "16"},
  };
  for (const auto& [what, used, limit] : rows) {
    EXPECT_THAT(page, HasSubstr(fmt::format("<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td>"
                                            "<td class=\"number\">{}</td></tr>",
                                            what, used, limit)));
  }
  EXPECT_THAT(page, HasSubstr("#!python\nprint(1)</textarea>"));
  ASSERT_EQ(world.tries.size(), 1u);
  EXPECT_EQ(world.tries[0].text(), "#!python\nprint(1)");
  EXPECT_EQ(world.profiles["id:alice"], "") << "nothing is saved";
}

TEST_F(AppProgramTest, TheTimeThatTheMachineWasBusyIsSaidBesideTheTimeThatIsLimited) {
  world.tried.mutable_shown()->set_run(ShowReply::RUN_DONE);
  RunUse& use = *world.tried.mutable_use();
  use.set_given_us(3'000'000);
  use.set_given_limit_us(5'000'000);
  use.set_wall_us(12'000'000);
  EXPECT_THAT(Try(), HasSubstr("3.0 s (12.0 s with the wait for a processor)"));
}

TEST_F(AppProgramTest, OfARunThatWasStoppedNoFilesAreCounted) {
  world.tried.mutable_shown()->set_run(ShowReply::RUN_TOO_LONG);
  world.tried.mutable_use()->set_given_limit_us(5'000'000);
  EXPECT_THAT(Try(), Not(HasSubstr("Space for files")));
}

TEST_F(AppProgramTest, ATryShowsWhatWasWrittenInOrderAndEscaped) {
  ShowReply& shown = *world.tried.mutable_shown();
  shown.set_run(ShowReply::RUN_TOO_LONG);
  shown.set_why("The program was stopped.\nIt was running line 3:\n    while True: pass");
  shown.set_errors("second <b>\nlast\n");
  for (const auto& [text, error] : std::initializer_list<std::pair<const char*, bool>>{
           {"first <i>\n", false}, {"second <b>\n", true}, {"third\n", false}, {"last\n", true}}) {
    ShowReply::Piece& piece = *shown.add_transcript();
    piece.set_text(text);
    piece.set_error(error);
  }
  shown.add_removed("<svg>");
  shown.add_removed("onclick");
  const std::string page = Try();
  EXPECT_THAT(page, HasSubstr("It was running line 3:\n    while True: pass</p>"));
  EXPECT_THAT(page, HasSubstr(">\nfirst &lt;i&gt;\n<b>second &lt;b&gt;\n</b>third\n<b>last\n</b></pre>"));
  EXPECT_THAT(page, HasSubstr("Removed: &lt;svg&gt;, onclick."));
}

TEST_F(AppProgramTest, ATryWhilePreviewsArePausedSaysWhyAndHowLong) {
  ShowReply& shown = *world.tried.mutable_shown();
  shown.set_run(ShowReply::RUN_PAUSED);
  shown.mutable_state()->set_paused_until_ms(WallMillis() + 150'000);
  EXPECT_TRUE(Matches(Try(), "Your previews are paused until [^]*, for 3 more minutes, because"));
}

TEST_F(AppProgramTest, ATextThatIsNearlyAProgramIsNeitherTriedNorSavedAndTheFormKeepsIt) {
  for (const char* button : {"profile_try=Run", "profile_submit=Save"}) {
    const std::string page = world.Post("", "profile_update=%0a%23!python2%0aprint+1&" + std::string(button), alice);
    EXPECT_THAT(page, HasSubstr("The first line is “#!python2”. This site runs Python 3 and no other language."))
        << button;
    EXPECT_THAT(page, HasSubstr("#!python2\nprint 1</textarea>")) << button;
  }
  EXPECT_EQ(world.CountOf("Profile.Try") + world.CountOf("Profile.Save"), 0);
  for (const auto& act : world.acts_asked)
    EXPECT_FALSE(act.has_save_profile()) << "or auth would end the payments of the program that stays saved";
}

TEST_F(AppProgramTest, SavingHtmlNamesWhatIsRemoved) {
  world.saved.add_removed("<svg>");
  EXPECT_THAT(world.Post("", "profile_update=hello&profile_submit=Save", alice),
              HasSubstr("Profile saved. Removed: &lt;svg&gt;."));
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

TEST_F(AppProgramTest, ATryThatFailsBeginsWithWhatItMeansAndTheOwnLines) {
  ShowReply& shown = *world.tried.mutable_shown();
  shown.set_run(ShowReply::RUN_FAILED);
  shown.set_errors(
      "Traceback (most recent call last):\n  File \"profile\", line 2, in <module>\n    open('<b>')\n"
      "FileNotFoundError: [Errno 2] No such file or directory: '<b>'\n");
  world.own.add_files()->set_path("notes & more");
  const std::string page = Try();
  EXPECT_TRUE(Matches(page,
                      "<li>There is no file &lt;b&gt;. Your files are: notes &amp; more\\.</li>[^]*"
                      "<pre class=\"errors own-lines\"[^>]*>\n<a href=\"#profile_update\" data-to-line=\"2\">line 2</a>"
                      "\n    open\\(&#39;&lt;b&gt;&#39;\\)\nFileNotFoundError: [^\n]*</pre>[^]*"
                      "<details>\n<summary>All that the program wrote</summary>"));
  EXPECT_THAT(page, HasSubstr(" data-line=\"2\" data-error=\"FileNotFoundError: [Errno 2] No such file or directory: "
                              "&#39;&lt;b&gt;&#39;\">"));
  EXPECT_EQ(world.CountOf("Profile.Own"), 1);
  world.failing = {"Profile.Own"};
  EXPECT_THAT(Try(), HasSubstr("There is no such file.")) << "the preview is shown without the names";
}

TEST_F(AppProgramTest, AnEditorMarksTheLineThatWasRunningWhenTheProgramWasStopped) {
  ShowReply& shown = *world.tried.mutable_shown();
  shown.set_run(ShowReply::RUN_TOO_LONG);
  shown.set_why("The program was stopped: too slow.\nIt was running line 3:\n    while True: pass");
  EXPECT_THAT(Try(), HasSubstr(" data-line=\"3\" data-error=\"The program was stopped: too slow.\">"));
  EXPECT_EQ(world.CountOf("Profile.Own"), 0);
  shown.set_run(ShowReply::RUN_DONE);
  shown.clear_why();
  EXPECT_THAT(Try(), Not(HasSubstr("data-line")));
}

TEST_F(AppProgramTest, TheApiIsBesideAProgramAlone) {
  world.profiles["id:alice"] = "#!python\n";
  EXPECT_THAT(world.Get("", alice), HasSubstr("<summary>API reference</summary>"));
  world.profiles["id:alice"] = "words";
  EXPECT_THAT(world.Get("", alice), Not(HasSubstr("API reference")));
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
  for (std::string_view name : ExamplePrograms()) {
    EXPECT_THAT(page, HasSubstr("<button name=\"example\" value=\"" + std::string(name) + "\">"));
    EXPECT_TRUE(IsProgram(ExampleProgram(name))) << name;
  }
  EXPECT_THAT(world.Get("?example=../etc/passwd", alice), HasSubstr("&lt;b&gt;me"));
}

TEST_F(AppProgramTest, AnExampleReplacesATextThatIsNotSavedOnlyIfTheMemberSaysSo) {
  world.profiles["id:alice"] = "<b>me</b>\nhere";
  const std::string typed = "profile_update=my+own+words&example=hello-user";
  const std::string asked = world.Post("", typed, alice);
  EXPECT_THAT(asked, HasSubstr("The text below is not saved. The example hello-user would replace it."));
  EXPECT_THAT(asked, HasSubstr("my own words</textarea>"));
  EXPECT_THAT(asked, HasSubstr("data-unsaved=\"1\""));
  EXPECT_THAT(asked, HasSubstr("<button name=\"example_now\" value=\"hello-user\">"));
  const std::string replaced = world.Post("", "profile_update=my+own+words&example_now=hello-user", alice);
  EXPECT_THAT(replaced, HasSubstr("This is an example. It is not saved yet."));
  EXPECT_THAT(replaced, Not(HasSubstr("my own words")));
  EXPECT_THAT(replaced, Not(HasSubstr("data-unsaved")));
  EXPECT_EQ(world.profiles["id:alice"], "<b>me</b>\nhere");
}

TEST_F(AppProgramTest, AnExampleIsPutAtOnceInThePlaceOfWhatIsSavedOrEmptyOrAnotherExample) {
  world.profiles["id:alice"] = "<b>me</b>\nhere";
  std::string other(ExampleProgram("granter")), encoded;
  for (const char byte : other) encoded += fmt::format("%{:02x}", static_cast<unsigned char>(byte));
  for (const std::string& text : {std::string("%3cb%3eme%3c/b%3e%0d%0ahere"), std::string(), encoded}) {
    const std::string page = world.Post("", "profile_update=" + text + "&example=hello-user", alice);
    EXPECT_THAT(page, HasSubstr("This is an example. It is not saved yet.")) << text.substr(0, 40);
  }
  EXPECT_THAT(world.Post("", "profile_update=words&example=nothing", alice), HasSubstr("There is no such example."));
}

// --- A text is not lost ---

TEST_F(AppProgramTest, ATextThatIsSentWithoutASessionGoesToTheLoginWithItsForm) {
  for (const char* button : {"profile_submit=Save", "profile_try=Run", "example=granter"}) {
    for (const char* cookie : {"", "Cookie: PyZoobarLogin=sessionnobody\r\n"}) {
      const std::string answer = world.Post("", "profile_update=words&" + std::string(button), cookie);
      EXPECT_THAT(answer, StartsWith("HTTP/1.1 307 ")) << "browsers send the same form to the new address";
      EXPECT_THAT(answer, HasSubstr("\r\nLocation: /zoobar/index.cgi/login?nexturl=/zoobar/index.cgi/\r\n"));
    }
  }
  EXPECT_THAT(world.Post("", "profile_update=&profile_submit=Save"), StartsWith("HTTP/1.1 303 ")) << "nothing to lose";
  EXPECT_THAT(world.Post("", "program_limits=Set"), StartsWith("HTTP/1.1 303 "));
  EXPECT_EQ(world.profiles["id:alice"], "");
}

TEST_F(AppProgramTest, ATextThatCouldNotBeTakenIsInTheFormOfThePageThatSaysSo) {
  for (const char* method : {"Auth.Check", "Profile.Save"}) {
    world.failing = {method};
    const std::string page = world.Post("", "profile_update=%3cb%3ewords&profile_of=alice&profile_submit=Save", alice);
    EXPECT_THAT(page, StartsWith("HTTP/1.1 503 ")) << method;
    EXPECT_THAT(page, HasSubstr("\r\nRetry-After: "));
    EXPECT_THAT(page, HasSubstr("&lt;b&gt;words</textarea>"));
    EXPECT_THAT(page, HasSubstr("name=\"profile_of\" value=\"alice\""));
    EXPECT_THAT(page, HasSubstr("Your text is in the form below."));
  }
}

TEST_F(AppProgramTest, ATextThatIsRefusedIsMarkedAsNotSaved) {
  const std::string page = world.Post("", "profile_update=" + std::string(101, 'x') + "&profile_submit=Save", alice);
  EXPECT_THAT(page, HasSubstr("Not saved: a profile may have at most 100 bytes."));
  EXPECT_THAT(page, HasSubstr("data-unsaved=\"1\""));
  EXPECT_THAT(page, HasSubstr(std::string(101, 'x') + "</textarea>"));
  EXPECT_THAT(world.Get("", alice), Not(HasSubstr("data-unsaved")));
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
  ProgramState& state = *world.own.mutable_state();
  state.set_paused_until_ms(1795362750000);
  state.set_ended_runs(4);
  EXPECT_THAT(
      world.Get("program", alice),
      HasSubstr("Your program is paused until 22 Nov 2026, 15:52 (UTC), because 4 of its runs had to be stopped "
                "for blocked actions or misuse of the API."));
  state.set_paused_until_ms(WallMillis() + 3 * 3'600'000);
  EXPECT_THAT(world.Get("program", alice), HasSubstr(", for 3 more hours, because"));
  state.set_for_earlier(true);
  EXPECT_THAT(world.Get("program", alice), HasSubstr("Until then, new programs of yours do not run."));
  state.set_paused(true);
  EXPECT_THAT(world.Get("program", alice), HasSubstr("The operator of this site has paused your program."));
  world.own.Clear();
  world.own.mutable_state()->set_slowed(true);
  EXPECT_THAT(world.Get("program", alice), HasSubstr("Your program is slowed down for a while"));
}

TEST_F(AppProgramTest, TheOwnersOwnPageSaysWhyItIsPaused) {
  world.shows["id:alice"] = Bobs(ShowReply::RUN_PAUSED);
  world.shows["id:alice"].mutable_state()->set_paused_until_ms(1795362750000);
  EXPECT_THAT(Page("alice"), HasSubstr("Your program is paused until 22 Nov 2026, 15:52 (UTC), because"));
  EXPECT_THAT(Page("bob"), Not(HasSubstr("because")));
}

TEST_F(AppProgramTest, ItsPageSaysWhatTheLastRunUsedAndWhetherPreviewsArePaused) {
  EXPECT_THAT(world.Get("program", alice), Not(HasSubstr("Last run")));
  world.own.mutable_last_run()->set_calls(3);
  world.own.mutable_last_run()->set_calls_limit(200);
  world.own.mutable_previews()->set_paused_until_ms(1795362750000);
  const std::string page = world.Get("program", alice);
  EXPECT_TRUE(Matches(page, "Last run[^]*API calls</th><td class=\"number\">3</td><td class=\"number\">200<"));
  EXPECT_THAT(page, HasSubstr("Your previews are paused until 22 Nov 2026, 15:52 (UTC)"));
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
  EXPECT_TRUE(Matches(
      page, "When <bdi>bob</bdi> visited[^]*FileNotFoundError: [^]*There is no file x. Your files are: notes/today"));
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
