// The whole site over HTTP, as members and hostile clients see it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <filesystem>
#include <fstream>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class SiteTest : public testing::Test {
 protected:
  void SetUp() override {
    site_ = std::make_unique<LiveSite>();
    const std::string web = site_->scratch() + "/web";
    std::filesystem::copy(std::string(ZOOBAR_SOURCE_DIR) + "/web/root", web, std::filesystem::copy_options::recursive);
    std::ofstream(web + "/zoobar/media/ten.txt") << "0123456789";
    std::ofstream(web + "/zoobar/media/ten.txt.gz") << "stands for the packed ten";
    site_->settings.push_back("web_root: \"" + web + "\"");
    ASSERT_TRUE(site_->Start()) << site_->Output();
  }

  static std::string PageOf(Browser& browser, const std::string& name) { return browser.Look(name).body; }
  static std::string Submission(const Answer& page) {
    const std::string mark = "name=\"submission\" value=\"";
    const std::size_t at = page.body.find(mark);
    return at == std::string::npos ? "" : page.body.substr(at + mark.size(), 32);
  }
  // The attribute `integrity` that stands for this content (w3.org/TR/SRI).
  static std::string IntegrityOf(const std::string& content) {
    unsigned char hash[crypto_hash_sha512_BYTES];
    crypto_hash_sha512(hash, reinterpret_cast<const unsigned char*>(content.data()), content.size());
    char text[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];
    return std::string("sha512-") +
           sodium_bin2base64(text, sizeof text, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
  }
  std::unique_ptr<LiveSite> site_;
};

TEST_F(SiteTest, AMemberRegistersLogsInPaysAndIsSeenToHavePaid) {
  Browser bob = site_->NewMember("bob"), alice = site_->NewBrowser();
  const Answer registered = alice.Register("alice", kPassword, kHome);
  EXPECT_EQ(registered.status, 303);
  EXPECT_EQ(registered.Field("Location"), kHome);
  EXPECT_THAT(registered.head, HasSubstr("PyZoobarLogin="));
  EXPECT_THAT(registered.Field("Set-Cookie"), HasSubstr("HttpOnly"));
  EXPECT_THAT(registered.Field("Set-Cookie"), HasSubstr("SameSite=Lax"));
  EXPECT_EQ(alice.Balance(), 10);

  Browser again = site_->NewBrowser();
  ASSERT_EQ(again.Login("alice", kPassword, "/zoobar/index.cgi/users?user=bob").Field("Location"),
            "/zoobar/index.cgi/users?user=bob");
  EXPECT_THAT(again.Pay("bob", "3").body, HasSubstr("Sent 3 zoobars"));
  EXPECT_EQ(again.Balance(), 7);
  EXPECT_EQ(bob.Balance(), 13);
  EXPECT_THAT(PageOf(bob, "bob"), HasSubstr("<span id=\"zoobars\" class=\"13\">"));
  const std::string page = PageOf(bob, "alice");
  EXPECT_THAT(page, HasSubstr("<span id=\"zoobars\" class=\"7\">"));
  EXPECT_THAT(page, HasSubstr("<table class=\"log\""));
  EXPECT_THAT(page, HasSubstr("<div id=\"profile\">"));
}

TEST_F(SiteTest, PagesCarryTheMarkersThatGradersReadAndEveryAnswerTheSecurityFields) {
  Browser alice = site_->NewMember("alice");
  const Answer home = alice.Get(kHome);
  EXPECT_THAT(home.body, HasSubstr("Log out alice"));
  EXPECT_EQ(alice.Get("/zoobar/index.cgi").status, 200);
  EXPECT_THAT(alice.Get(kTransfer).body, HasSubstr("name=\"recipient\""));
  EXPECT_THAT(alice.Get("/zoobar/index.cgi/zoobarjs").body, HasSubstr("var myZoobars = 10;"));
  EXPECT_THAT(alice.Get("/zoobar/index.cgi/echo?s=%3Cb%3Ehi").body, HasSubstr("&lt;b&gt;hi"));
  EXPECT_EQ(alice.Get("/favicon.ico").status, 200);

  Browser stranger = site_->NewBrowser();
  EXPECT_EQ(stranger.Get("/").Field("Location"), kHome);
  EXPECT_THAT(stranger.Get(kTransfer).Field("Location"), HasSubstr("/login?nexturl="));
  EXPECT_THAT(stranger.Get("/zoobar/index.cgi/zoobarjs").body, Not(HasSubstr("var")));
  EXPECT_EQ(stranger.Get("/nothing/here").status, 404);
  for (const char* path : {kHome, kLogin, kStyle, "/nothing/here"}) {
    const Answer answer = stranger.Get(path);
    EXPECT_THAT(answer.Field("Content-Security-Policy"), HasSubstr("default-src 'none'")) << path;
    EXPECT_EQ(answer.Field("X-Content-Type-Options"), "nosniff") << path;
    EXPECT_NE(answer.Field("Date"), "") << path;
  }
}

// The role static may be taken. What it sends must not run in a page, nor as a page of its own.
TEST_F(SiteTest, OnlyPagesWithAPasswordOrAnEditorMayRunAScriptAndItIsOneWhoseHashTheyName) {
  Browser alice = site_->NewMember("alice");
  const auto policy = [&](const char* path) { return alice.Get(path).Field("Content-Security-Policy"); };
  for (const char* path : {kTransfer, kStyle, "/zoobar/media/strength.js", "/zoobar/media/editor.js",
                           "/zoobar/index.cgi/users?user=alice", "/favicon.ico", "/nothing/here"})
    EXPECT_THAT(policy(path), Not(HasSubstr("script-src"))) << path;
  EXPECT_THAT(policy(kStyle), HasSubstr("form-action 'none'"));
  const std::string script = alice.Get("/zoobar/media/strength.js").body;
  for (const char* path : {kLogin, "/zoobar/index.cgi/account", "/zoobar/index.cgi/password"}) {
    EXPECT_THAT(policy(path), HasSubstr("script-src 'self'")) << path;
    EXPECT_THAT(alice.Get(path).body, HasSubstr("strength.js\" integrity=\"" + IntegrityOf(script) + "\"")) << path;
  }
  const Answer editor = alice.Get("/zoobar/media/editor.js");
  if (editor.status == 200 && policy(kHome).find("script-src") != std::string::npos) {
    EXPECT_THAT(policy(kHome), EndsWith("form-action 'self'; script-src 'self'; img-src 'self';"));
    EXPECT_THAT(alice.Get(kHome).body, HasSubstr("editor.js\" integrity=\"" + IntegrityOf(editor.body) + "\""));
  } else {  // it was built without the editor
    EXPECT_THAT(alice.Get(kHome).body, Not(HasSubstr("<script")));
  }
}

TEST_F(SiteTest, AWrongPasswordShowsAWarningAndOpensNothing) {
  site_->NewMember("alice");
  Browser thief = site_->NewBrowser();
  const Answer answer = thief.Login("alice", "not-the-password", kHome);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("Wrong name or password."));
  EXPECT_THAT(thief.Login("nobody-at-all", kPassword).body, HasSubstr("Wrong name or password."));
  EXPECT_EQ(thief.cookies.count("PyZoobarLogin"), 0u);
  EXPECT_EQ(thief.Get(kHome).status / 100, 3);
}

TEST_F(SiteTest, LoggingOutEndsTheSessionOnTheServerToo) {
  Browser alice = site_->NewMember("alice");
  Browser copy = site_->NewBrowser();
  copy.cookies = alice.cookies;
  ASSERT_EQ(copy.Balance(), 10);
  alice.Get("/zoobar/index.cgi/logout");
  EXPECT_EQ(copy.Balance(), -1);
}

TEST_F(SiteTest, ATransferThatCannotBeSaysWhyAndMovesNothing) {
  Browser alice = site_->NewMember("alice");
  site_->NewMember("bob");
  const struct {
    const char *recipient, *zoobars, *reason;
  } refused[] = {{"bob", "11", "overdraft"},
                 {"bob", "0", "is zero"},
                 {"bob", "-1", "negative"},
                 {"bob", "1.5", "fraction"},
                 {"bob", "99999999999999999999", "too large"},
                 {"bob", "1+1", "not a number"},
                 {"nobody-at-all", "1", "no member with this name"},
                 {"alice", "1", "yourself"}};
  for (const auto& each : refused) {
    const Answer answer = alice.Pay(each.recipient, each.zoobars);
    EXPECT_EQ(answer.status, 200) << each.reason;
    EXPECT_THAT(answer.body, HasSubstr("Transfer to " + std::string(each.recipient) + " failed")) << each.zoobars;
    EXPECT_THAT(answer.body, HasSubstr(each.reason));
    EXPECT_THAT(answer.body, Not(HasSubstr("Sent "))) << each.reason;
  }
  EXPECT_EQ(alice.Balance(), 10);
}

TEST_F(SiteTest, NextUrlLeadsToThisSiteOnly) {
  site_->NewMember("alice");
  for (const char* foreign :
       {"http://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil", "/a\r\nX: y"}) {
    Browser alice = site_->NewBrowser();
    const Answer answer = alice.Login("alice", kPassword, foreign);
    EXPECT_EQ(answer.status, 303);
    EXPECT_EQ(answer.Field("Location"), kHome) << foreign;
  }
}

TEST_F(SiteTest, TheSameSubmissionPaysOnce) {
  Browser alice = site_->NewMember("alice");
  Browser bob = site_->NewMember("bob");
  const std::string submission = Submission(alice.Get(kTransfer));
  ASSERT_THAT(submission, MatchesRegex("[0-9a-f]+"));
  EXPECT_THAT(alice.Pay("bob", "2", submission).body, HasSubstr("Sent 2 zoobars"));
  EXPECT_THAT(alice.Pay("bob", "2", submission).body, HasSubstr("the zoobars were sent only once"));
  EXPECT_EQ(alice.Balance(), 8);
  EXPECT_EQ(bob.Balance(), 12);
  EXPECT_THAT(alice.Pay("bob", "3", submission).body, HasSubstr("failed"));  // another act with the same number
  EXPECT_EQ(alice.Balance(), 8);
}

TEST_F(SiteTest, ABrowsersPostFromAnotherSiteIsRefused) {
  Browser alice = site_->NewMember("alice");
  site_->NewMember("bob");
  const Form form = {{"recipient", "bob"}, {"zoobars", "1"}};
  for (const char* field : {"Origin: http://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n",
                            "Sec-Fetch-Site: same-site\r\n"}) {
    EXPECT_EQ(alice.Post(kTransfer, form, field).status, 403) << field;
    EXPECT_EQ(
        alice
            .Post(kLogin, {{"login_username", "x"}, {"login_password", kPassword}, {"submit_registration", "1"}}, field)
            .status,
        403);
  }
  EXPECT_EQ(alice.Balance(), 10);
  const std::string own = "Origin: http://" + alice.address() + "\r\nSec-Fetch-Site: same-origin\r\n";
  EXPECT_THAT(alice.Post(kTransfer, form, own).body, HasSubstr("Sent 1 zoobars"));
}

TEST_F(SiteTest, StateChangesByPostOnly) {
  Browser alice = site_->NewMember("alice");
  site_->NewMember("bob");
  alice.Get("/zoobar/index.cgi/transfer?recipient=bob&zoobars=5&submission=");
  alice.Get("/zoobar/index.cgi/?profile_update=changed&profile_submit=Save");
  EXPECT_EQ(alice.Balance(), 10);
  EXPECT_THAT(PageOf(alice, "alice"), Not(HasSubstr("changed")));
  EXPECT_EQ(alice.Get(kLogin, "Content-Length: 0\r\n").status, 200);
}

TEST_F(SiteTest, HeadAnswersAsGetWithoutTheBody) {
  Browser alice = site_->NewMember("alice");
  for (const char* path : {kHome, kLogin, kStyle}) {
    const Answer get = alice.Get(path), head = alice.Head(path);
    EXPECT_EQ(head.status, get.status) << path;
    EXPECT_EQ(head.body, "") << path;
    EXPECT_EQ(head.Field("Content-Length"), std::to_string(get.body.size())) << path;
    EXPECT_EQ(head.Field("Content-Type"), get.Field("Content-Type")) << path;
  }
}

TEST_F(SiteTest, PipelinedRequestsToAppAndStaticAreAnsweredInOrderOnOneConnection) {
  Browser browser = site_->NewBrowser();
  const auto get = [&](const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"; };
  std::string all;
  for (int i = 0; i < 5; ++i)
    all += get(kLogin) + get(kStyle) + get("/zoobar/index.cgi/echo?s=turn" + std::to_string(i)) + get("/favicon.ico");
  ASSERT_TRUE(browser.Send(all));
  const std::string style = ReadWhole(std::string(ZOOBAR_SOURCE_DIR) + "/web/root/zoobar/media/zoobar.css");
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(browser.Receive().body, HasSubstr("login_username")) << i;
    EXPECT_TRUE(browser.Receive().body == style) << i;
    EXPECT_THAT(browser.Receive().body, HasSubstr("turn" + std::to_string(i)));
    const Answer icon = browser.Receive();
    EXPECT_EQ(icon.status, 200) << i;
    EXPECT_THAT(icon.Field("Content-Type"), HasSubstr("image/")) << i;
  }
}

TEST_F(SiteTest, AHeaderOf64KiBIsRefusedAtOnce) {
  Browser browser = site_->NewBrowser();
  browser.Send("GET / HTTP/1.1\r\nHost: x\r\nX-Large: " +
               std::string(65536, 'a'));  // the head has no end, so the answer must not wait for it
  const Answer answer = browser.Receive();
  EXPECT_EQ(answer.status, 431);
  EXPECT_THAT(answer.body, HasSubstr("16384"));
}

TEST_F(SiteTest, AFormOf10MegabytesIsRefusedAtOnce) {
  Browser browser = site_->NewBrowser();
  ASSERT_TRUE(browser.Send("POST " + std::string(kLogin) +
                           " HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                           "Content-Length: 10000000\r\n\r\nlogin_username=a"));  // the rest never comes
  const Answer answer = browser.Receive();
  EXPECT_EQ(answer.status, 413);
  EXPECT_THAT(answer.body, HasSubstr("131072"));
}

TEST_F(SiteTest, WhatIsAmbiguousIsRefused) {
  const std::string line = "POST " + std::string(kLogin) + " HTTP/1.1\r\nHost: x\r\n";
  const std::string ambiguous[] = {
      line + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
      line + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
      "GET /zoobar/media/..%2f..%2fetc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /zoobar/media/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
  };
  for (const std::string& request : ambiguous) {
    Browser browser = site_->NewBrowser();
    ASSERT_TRUE(browser.Send(request));
    EXPECT_EQ(browser.Receive().status, 400) << request;
    EXPECT_TRUE(browser.SeesEnd()) << request;
  }
}

TEST_F(SiteTest, AChunkedFormIsReadAfterExpect100) {
  Browser browser = site_->NewBrowser();
  ASSERT_TRUE(browser.Send("POST " + std::string(kLogin) +
                           " HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                           "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"));
  const std::string form = "login_username=nobody-at-all&login_password=whatever-it-is&submit_login=1";
  char size[16];
  snprintf(size, sizeof size, "%zx\r\n", form.size());
  ASSERT_TRUE(browser.Send(size + form + "\r\n0\r\n\r\n"));
  EXPECT_THAT(browser.Receive().body, HasSubstr("Wrong name or password."));
}

TEST_F(SiteTest, FilesAreGivenInRangesConditionallyAndPacked) {
  Browser browser = site_->NewBrowser();
  const std::string path = "/zoobar/media/ten.txt";
  const Answer whole = browser.Get(path);
  EXPECT_EQ(whole.body, "0123456789");
  const Answer part = browser.Get(path, "Range: bytes=2-4\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  EXPECT_EQ(part.Field("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(browser.Get(path, "Range: bytes=20-\r\n").status, 416);
  EXPECT_EQ(browser.Get(path, "If-None-Match: " + whole.Field("ETag") + "\r\n").status, 304);
  EXPECT_EQ(browser.Get(path, "If-Modified-Since: " + whole.Field("Last-Modified") + "\r\n").status, 304);
  EXPECT_EQ(browser.Get(path, "If-None-Match: \"another\"\r\n").status, 200);
  const Answer packed = browser.Get(path, "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(packed.Field("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.body, "stands for the packed ten");
  EXPECT_THAT(packed.Field("Vary"), HasSubstr("Accept-Encoding"));
}

TEST_F(SiteTest, AChangedFileIsServedAsItIsNow) {
  Browser browser = site_->NewBrowser();
  const std::string file = site_->scratch() + "/web/zoobar/media/new.txt";
  EXPECT_EQ(browser.Get("/zoobar/media/new.txt").status, 404);
  std::ofstream(file) << "first";
  EXPECT_TRUE(Eventually([&] { return browser.Get("/zoobar/media/new.txt").body == "first"; }));
  std::ofstream(file) << "second";
  EXPECT_TRUE(Eventually([&] { return browser.Get("/zoobar/media/new.txt").body == "second"; }));
  std::filesystem::remove(file);
  EXPECT_TRUE(Eventually([&] { return browser.Get("/zoobar/media/new.txt").status == 404; }));
}

TEST_F(SiteTest, AProfileWithScriptIsShownWithoutIt) {
  Browser alice = site_->NewMember("alice");
  const Answer saved = alice.Save(
      "<b>calm</b><script>alert(1)</script><img src=x onerror=alert(2)>"
      "<a href=\"javascript:alert(3)\">x</a>");
  EXPECT_EQ(saved.status, 200);
  EXPECT_THAT(saved.body, HasSubstr("alert(1)"));  // the form shows what was written, escaped
  const std::string page = PageOf(alice, "alice");
  EXPECT_THAT(page, HasSubstr("<b>calm</b>"));
  for (const char* hostile : {"<script", "alert(", "onerror", "javascript:"})
    EXPECT_THAT(page, Not(HasSubstr(hostile)));
}

TEST_F(SiteTest, AProgramRunsEachTimeSomebodyLooksAndWhatItPrintsIsCleaned) {
  Browser alice = site_->NewMember("alice"), bob = site_->NewMember("bob");
  alice.Save("#!python\nprint('<b>hello', api.get_visitor(), 6 * 7, '</b><script>x</script>')\n");
  const std::string page = PageOf(bob, "alice");
  EXPECT_THAT(page, HasSubstr("<b>hello bob 42 </b>"));
  EXPECT_THAT(page, Not(HasSubstr("<script>")));
  EXPECT_THAT(page, Not(HasSubstr("#!python")));
  EXPECT_THAT(PageOf(alice, "alice"), HasSubstr("<b>hello alice 42 </b>"));
}

TEST_F(SiteTest, HeadRunsNoProgram) {
  Browser alice = site_->NewMember("alice");
  alice.Save("#!python\nopen('ran', 'w').close()\n");
  EXPECT_EQ(alice.Head("/zoobar/index.cgi/users?user=alice").status, 200);
  EXPECT_THAT(alice.Get("/zoobar/index.cgi/program").body, HasSubstr("No files."));
  PageOf(alice, "alice");
  EXPECT_TRUE(Eventually([&] { return alice.Get("/zoobar/index.cgi/program").Has("<code>ran</code>"); }));
}

TEST_F(SiteTest, AFailingProgramIsOneLineToVisitorsAndATracebackToItsOwner) {
  Browser alice = site_->NewMember("alice"), bob = site_->NewMember("bob");
  alice.Save("#!python\nprint('before')\nraise ValueError('my own reason')\n");
  const std::string seen = PageOf(bob, "alice");
  EXPECT_THAT(seen, HasSubstr("before"));
  EXPECT_THAT(seen, HasSubstr("This program ended with an error."));
  EXPECT_THAT(seen, Not(HasSubstr("my own reason")));
  const std::string own = PageOf(alice, "alice");
  EXPECT_THAT(own, HasSubstr("line 3, in &lt;module&gt;"));
  EXPECT_THAT(own, HasSubstr("ValueError: my own reason"));
  // She also finds what went wrong when bob looked.
  EXPECT_THAT(alice.Get("/zoobar/index.cgi/program").body, HasSubstr("When <bdi>bob</bdi> visited"));
  EXPECT_THAT(bob.Get("/zoobar/index.cgi/program").body, Not(HasSubstr("my own reason")));
}

TEST_F(SiteTest, NamesOfEveryKindAreNamesAndIsolated) {
  for (const char* name : {"../x", "test1/.", "a b", "<b>", "Zoë", "%00", "'; drop"}) {
    Browser member = site_->NewMember(name);
    EXPECT_EQ(member.Balance(), 10) << name;
    const Answer page = member.Get("/zoobar/index.cgi/users?user=" + UrlEncode(name));
    EXPECT_EQ(page.status, 200) << name;
    EXPECT_THAT(page.body, HasSubstr("<span id=\"zoobars\" class=\"10\">")) << name;
    EXPECT_THAT(page.body, Not(HasSubstr("<b></"))) << name;
  }
  Browser control = site_->NewBrowser();
  EXPECT_EQ(control.Register(std::string("a\nb"), kPassword).status, 200);
  EXPECT_EQ(control.Register(std::string(129, 'a'), kPassword).status, 200);
}

}  // namespace
}  // namespace zoobar
