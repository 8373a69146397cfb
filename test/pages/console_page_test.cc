#include "pages/console_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zoobar {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kEvil = "\"><script>alert(1)</script>'";

// A page with the same text in each of its places.
ConsolePage Filled(const std::string& text) {
  ConsolePage page;
  page.state = page.version = page.time = page.since = text;
  page.renews = true;
  page.nodes = {{text, 1, 2, text, text, text, false}, {text, 1, 2, text, text, text, true}};
  page.arrows = {{text, text, 3, text, 4, 5}};
  page.charts = {{text, text, text, {{text, text, text}}}};
  page.alarms = page.denials = {{text, text, text, text}};
  page.queues = {{text, text, text, text, text, text}};
  page.processes = {{text, text, text, text, text, text, text, text, false}};
  page.certificates = {{text, text, false}};
  return page;
}

TEST(ConsolePage, EveryValueIsEscapedForItsPlace) {
  const std::string html = ConsolePages().Render(Filled(kEvil));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("\"><script")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
  const std::string form = ConsolePages().Render(ConsoleSignIn{kEvil});
  EXPECT_THAT(form, Not(HasSubstr("<script")));
}

TEST(ConsolePage, ShowsItsPartsAndSaysWhatIsEmpty) {
  const std::string full = ConsolePages().Render(Filled("here"));
  for (const char* part : {"Who may call whom", "The last hour", "Latest alarms", "Latest denials of programs",
                           "Processes", "Queues", "Certificates"}) {
    EXPECT_THAT(full, HasSubstr(part));
  }
  EXPECT_THAT(full, Not(HasSubstr("None.")));
  const std::string empty = ConsolePages().Render(ConsolePage());
  EXPECT_THAT(empty, HasSubstr("None."));
  EXPECT_THAT(empty, Not(HasSubstr("Certificates")));
  EXPECT_THAT(empty, Not(HasSubstr("logger does not answer")));
}

TEST(ConsolePage, LogsThatCouldNotBeReadAreNotShownAsEmpty) {
  ConsolePage page;
  page.knows_lines = false;
  const std::string html = ConsolePages().Render(page);
  EXPECT_THAT(html, HasSubstr("logger does not answer"));
  EXPECT_THAT(html, Not(HasSubstr("None.")));
}

// The policy of the page allows neither (Content-Security-Policy).
TEST(ConsolePage, NeedsNoScriptAndNoStyleOfItsOwn) {
  const std::string html = ConsolePages().Render(Filled("x"));
  EXPECT_THAT(html, Not(HasSubstr("style=")));
  EXPECT_THAT(html, Not(HasSubstr("<style")));
  EXPECT_THAT(html, HasSubstr("<link rel=\"stylesheet\" href=\"/console.css\">"));
  EXPECT_THAT(std::string(ConsolePages::Style()), HasSubstr("prefers-color-scheme: dark"));
}

}  // namespace
}  // namespace zoobar
