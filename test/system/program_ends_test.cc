// How runs of members' programs end on a live site: what the visitor and the owner see then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class ProgramEndsTest : public testing::Test {
 protected:
  void SetUp() override {
    site_ = std::make_unique<LiveSite>();
    site_->settings.emplace_back("profile { timeout_ms: 2000 }");
    ASSERT_TRUE(site_->Start()) << site_->Output();
  }
  static Answer Try(Browser& owner, const std::string& source) {
    return owner.Post(kHome, {{"profile_update", source}, {"profile_try", "Run"}});
  }
  // Looks until the site is not busy, because on a busy machine a run may get no processor in time.
  static std::string Look(Browser& visitor, const std::string& owner) {
    Answer page;
    Eventually([&] { return !(page = visitor.Look(owner)).Has("Busy: "); });
    return page.body;
  }
  std::unique_ptr<LiveSite> site_;
};

TEST_F(ProgramEndsTest, WhateverEndsARunWhatItPrintedIsShownAndOneLine) {
  Browser ann = site_->NewMember("ann"), bob = site_->NewMember("bob");
  const std::pair<const char*, const char*> ends[] = {
      {"while True: pass", "took too long and was stopped"},
      {"import ctypes\nctypes.string_at(0)", "ended with an error"},
      {"import os\nos._exit(1)", "ended with an error"},
      {"raise ValueError", "ended with an error"},
      {"import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
       "took too long and was stopped"},
      {"import socket\nfor i in range(20):\n    try: socket.socket()\n    except PermissionError: pass",
       "and was stopped"},
      {"for i in range(300):\n    try: api.call('get_self')\n    except ApiError: pass", "and was stopped"},
  };
  for (const auto& [source, line] : ends) {
    ASSERT_TRUE(ann.Save("#!python\nprint('result 42\\nnext < line')\n" + std::string(source)).Has("saved"));
    const std::string page = Look(bob, "ann");
    EXPECT_THAT(page, HasSubstr("<pre>result 42\nnext &lt; line\n</pre>")) << source;
    EXPECT_THAT(page, HasSubstr(line)) << source;
    EXPECT_THAT(page, Not(HasSubstr("went wrong"))) << source;
  }
}

TEST_F(ProgramEndsTest, AtTheTimeLimitTheOwnerSeesTheLineThatWasRunning) {
  Browser ann = site_->NewMember("ann");
  const std::pair<const char*, const char*> programs[] = {
      {"def f():\n    while True: pass\nf()",
       "It was running line 3:\n    while True: pass\ncalled from line 4:\n    f()"},
      {"import re\nre.match('(a+)+$', 'a' * 40 + 'b')", "It was running line 3:\n    re.match("},
      {"import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
       "Its last line was done, and it waited for a thread that did not end."},
  };
  for (const auto& [source, where] : programs) {
    // On a busy machine a run may not get a processor between the signal and its end. Then we try again.
    Answer page;
    Eventually([&] { return (page = Try(ann, "#!python\n" + std::string(source) + "\n")).Has(where); });
    EXPECT_TRUE(page.Has("took too long")) << source;
    EXPECT_THAT(page.body, HasSubstr(where)) << source;
    EXPECT_THAT(page.body, Not(HasSubstr("most recent call first"))) << "the dump itself is not shown";
  }
}

TEST_F(ProgramEndsTest, TheOwnerSeesBothOutputsInOrder) {
  Browser ann = site_->NewMember("ann");
  const Answer page = Try(ann,
                          "#!python\nimport logging, sys\nprint('one')\nlogging.warning('two')\nprint('three')\n"
                          "print('four', file=sys.stderr)\nprint('five')\n1 / 0\n");
  EXPECT_THAT(page.body, HasSubstr(">\none\n<b>WARNING:root:two\n</b>three\n<b>four\n</b>five\n<b>Traceback "));
}

TEST_F(ProgramEndsTest, ThePreviewShowsWhatTheRunUsedBesideEachLimit) {
  Browser ann = site_->NewMember("ann");
  const Answer page =
      Try(ann, "#!python\nopen('notes', 'w').write('x')\napi.get_self()\nsum(range(1000000))\nprint('12345')\n");
  const auto row = [](const std::string& what, const std::string& used, const std::string& limit) {
    return what + "</th><td class=\"number\">" + used + "</td><td class=\"number\">" + limit + "<";
  };
  EXPECT_THAT(page.body, ContainsRegex(row("Time", "[0-9][^<]* ms[^<]*", "2 s")));
  EXPECT_THAT(page.body, ContainsRegex(row("CPU time", "[0-9.]* ms", "5 s")));
  EXPECT_THAT(page.body, ContainsRegex(row("Peak memory, including Python", "[0-9.]* MiB", "128 MiB besides Python")));
  EXPECT_THAT(page.body, HasSubstr(row("Output", "6 bytes", "64 KiB")));
  EXPECT_THAT(page.body, HasSubstr(row("Space for files", "4 KiB", "1 MiB")));
  EXPECT_THAT(page.body, HasSubstr(row("API calls", "1", "200")));
  EXPECT_THAT(page.body, HasSubstr(row("Blocked actions", "0", "16")));
}

TEST_F(ProgramEndsTest, TheFirstLineIsUnderstoodOrRefusedWithAReason) {
  Browser ann = site_->NewMember("ann"), bob = site_->NewMember("bob");
  for (const char* start : {"\xEF\xBB\xBF#!python\n", "\n\n#!python\n", "#! python\n", "#!/usr/bin/python3\r\n"}) {
    ASSERT_TRUE(ann.Save(start + std::string("print('it', 'runs')\n")).Has("Profile saved.")) << start;
    EXPECT_THAT(Look(bob, "ann"), HasSubstr("it runs")) << start;
  }
  for (const char* start : {"#!perl\n", "#python\n", "#!python -u\n"}) {
    EXPECT_TRUE(ann.Save(start + std::string("print('it', 'was saved')\n")).Has("Not saved. The first line is"))
        << start;
    EXPECT_THAT(Look(bob, "ann"), HasSubstr("it runs")) << start;
  }
}

TEST_F(ProgramEndsTest, WhatIsRemovedIsNamedToTheOwnerAlone) {
  Browser ann = site_->NewMember("ann"), bob = site_->NewMember("bob");
  ASSERT_TRUE(ann.Save("#!python\nprint('<svg></svg><b onclick=1>bird</b>')\n").Has("saved"));
  EXPECT_THAT(Look(ann, "ann"), HasSubstr("Removed: &lt;svg&gt;, onclick."));
  EXPECT_THAT(Look(bob, "ann"), Not(HasSubstr("Removed:")));
  EXPECT_TRUE(ann.Save("<svg></svg>text").Has("Profile saved. Removed: &lt;svg&gt;."));
}

TEST_F(ProgramEndsTest, APauseEndsWhenARepairedProgramIsSaved) {
  Browser ann = site_->NewMember("ann"), bob = site_->NewMember("bob");
  const std::string attack =
      "#!python\nimport ctypes\nfor i in range(30):\n    ctypes.CDLL(None).socket(2, 1, 0)\nprint('never')\n";
  ASSERT_TRUE(ann.Save(attack).Has("saved"));
  EXPECT_TRUE(Eventually([&] { return bob.Look("ann").Has("This program is paused"); }));
  EXPECT_THAT(ann.Get("/zoobar/index.cgi/program").body,
              ContainsRegex("Your program is paused until .*, for [0-9]+ more minutes, because 4 of its runs"));
  EXPECT_THAT(Look(ann, "ann"), HasSubstr("Your program is paused until"));
  ASSERT_TRUE(ann.Save("#!python\nprint('repaired')\n").Has("saved"));
  EXPECT_THAT(Look(bob, "ann"), HasSubstr("repaired"));
}

}  // namespace
}  // namespace zoobar
