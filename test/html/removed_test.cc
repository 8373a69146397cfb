#include "html/removed.h"

#include <gmock/gmock.h>

#include "html/sanitize.h"

namespace zoobar {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kPicture = "data:image/gif;base64,R0lGODdhAgABAIEAAMgKCgAAAAAAAAAAACwAAAAAAgABAAAIBQABAAgIADs=";

std::vector<std::string> RemovedOf(std::string_view html) { return Sanitize(html).removed; }

TEST(Removed, NamesElementsAndAttributesInTheirOrderEachOnce) {
  EXPECT_THAT(RemovedOf("<p onclick=x>a</p><svg><path d=y /></svg><b ONCLICK=z style='q'>b</b><center>c</center>"),
              ElementsAre("onclick", "<svg>", "style", "<center>"));
}

TEST(Removed, NamesNothingWhereNothingIsRemoved) {
  for (const std::string& html : std::initializer_list<std::string>{
           "", "text", "<p title='x'>a<b>b</b></p><table><tr><td>1</td></tr></table>",
           "<a href='https://example.org/' rel='nofollow'>x</a>", "<img src='" + kPicture + "' alt=x>",
           "<ol start=3><li value=4>x</ol><details open><summary>s</summary></details>"}) {
    EXPECT_THAT(RemovedOf(html), IsEmpty()) << html;
  }
}

TEST(Removed, NamesAttributesWhoseValueIsNotAllowedAndElementsThatNeedThem) {
  EXPECT_THAT(RemovedOf("<a href='javascript:alert(1)'>x</a>"), ElementsAre("href", "<a>"));
  EXPECT_THAT(RemovedOf("<img src='https://example.org/x.png'>"), ElementsAre("<img>"));
  EXPECT_THAT(RemovedOf("<img src='" + kPicture + "' onload=x><img alt=y>"), ElementsAre("onload", "<img>"));
  EXPECT_THAT(RemovedOf("<td colspan=0>x</td><table><tr><td colspan=x>y</table>"), ElementsAre("colspan"));
}

// Sanitize has one budget for all pictures of a document.
TEST(Removed, PicturesAreCheckedOnceAndNotAgainForTheirNames) {
  std::string nested;
  for (int i = 0; i < 2000; ++i) nested += "PGc+PC94Pg==";  // "<g></x>" in base64; it is no picture
  const std::string html = "<img src='data:image/svg+xml;base64," + nested + "' onload=x>";
  SanitizeLimits limits;
  EXPECT_THAT(Sanitize(html, limits).removed, ElementsAre("onload", "<img>"));
}

TEST(Removed, NamesNothingInsideAnElementThatIsRemovedWhole) {
  EXPECT_THAT(RemovedOf("<script><b onclick=1></script><select><option onclick=2>x</select>"),
              ElementsAre("<script>", "<select>"));
}

TEST(Removed, ANameIsPlainWhateverItsAuthorWrote) {
  EXPECT_THAT(RemovedOf("<x-bird a\"b'c=1>t</x-bird>"), ElementsAre("<x-bird>"));
  EXPECT_THAT(RemovedOf("<b \xE2\x80\xAE=1 on\x01x=2>t</b>"), ElementsAre("an attribute", "on"));
  EXPECT_THAT(RemovedOf("<" + std::string(100, 'q') + ">t"), ElementsAre("<" + std::string(30, 'q') + ">"));
}

TEST(Removed, HasABoundedNumberOfNames) {
  std::string html;
  for (int i = 0; i < 100; ++i) html += "<b data-" + std::to_string(i) + "=1>x</b>";
  EXPECT_EQ(RemovedOf(html).size(), kRemovedNamed + 1);
  EXPECT_EQ(RemovedOf(html).back(), "…");
}

}  // namespace
}  // namespace zoobar
