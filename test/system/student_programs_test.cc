// Programs that a student would write (test/system/programs), on a live site. Each says in the comment at its beginning
// what its page shows. None of them may be held against its owner.
//   # Shows: TEXT       the first visit shows it; several in this order
//   # Then shows: TEXT  the second visit of the same visitor shows it
//   # Picture: TYPE     a picture of this type is shown, as a data: address
//   # Packages: NAMES   the site has these packages
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "live_site/live_site.h"
#include "live_site/page_text.h"

namespace zoobar {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Program {
  std::string name, source;
  std::vector<std::string> shows, then_shows, pictures, packages;
  friend void PrintTo(const Program& program, std::ostream* out) { *out << program.name; }
};

Program Load(const std::filesystem::path& path) {
  Program program{path.stem(), ReadWhole(path), {}, {}, {}, {}};
  std::istringstream lines(program.source);
  for (std::string line; std::getline(lines, line) && line.starts_with('#');) {
    const auto take = [&line](const std::string& key, std::vector<std::string>& into) {
      const std::string begin = "# " + key + ": ";
      if (line.starts_with(begin)) into.push_back(line.substr(begin.size()));
    };
    take("Shows", program.shows);
    take("Then shows", program.then_shows);
    take("Picture", program.pictures);
    std::vector<std::string> packages;
    take("Packages", packages);
    for (const std::string& names : packages) {
      std::istringstream words(names);
      for (std::string word; words >> word;) program.packages.push_back(word);
    }
  }
  return program;
}

std::vector<Program> AllPrograms() {
  std::vector<Program> programs;
  const std::string folder = std::string(ZOOBAR_SOURCE_DIR) + "/test/system/programs";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() == ".py") programs.push_back(Load(file.path()));
  }
  std::ranges::sort(programs, {}, &Program::name);
  return programs;
}

// How the bytes of a picture of this type begin, in base64.
std::string BeginOf(const std::string& type) {
  if (type == "image/png") return "iVBORw0KGgo";  // the signature of PNG
  if (type == "image/svg+xml") return "PHN2Zy";   // "<svg"
  return "a type that this test does not know";
}

class StudentProgramsTest : public testing::TestWithParam<Program> {
 protected:
  void SetUp() override {
    for (const std::string& package : GetParam().packages) {
      site_.settings.push_back("profile { packages: \"" + package + "\" }");
    }
    ASSERT_TRUE(site_.Start()) << site_.Output();
  }
  // The profile as this visitor sees it.
  static std::string Look(Browser& visitor, const std::string& owner) {
    const Answer page = visitor.Look(owner);
    EXPECT_EQ(page.status, 200);
    return std::string(ProfileHtml(page.body));
  }
  static void ExpectInOrder(const std::string& text, const std::vector<std::string>& expected) {
    std::size_t at = 0;
    for (const std::string& each : expected) {
      const std::size_t found = text.find(each, at);
      if (found == std::string::npos) {
        FAIL() << each << "\nis missing, or not in its place, in\n" << text.substr(0, 4000);
      }
      at = found + each.size();
    }
  }

  LiveSite site_;
};

TEST_P(StudentProgramsTest, ShowsWhatItsAuthorExpectsAndIsNotHeldAgainstAnybody) {
  const Program& program = GetParam();
  ASSERT_FALSE(program.shows.empty());
  Browser owner = site_.NewMember("owner"), visitor = site_.NewMember("the visitor");
  EXPECT_TRUE(owner.Save(program.source).Has("Profile saved"));

  const std::string first = Look(visitor, "owner");
  ExpectInOrder(PageText(first), program.shows);
  for (const std::string& type : program.pictures) {
    const std::size_t picture = first.find("src=\"data:" + type + ";base64," + BeginOf(type));
    ASSERT_NE(picture, std::string::npos) << type << " in\n" << first.substr(0, 4000);
    EXPECT_EQ(first.rfind('<', picture), first.rfind("<img", picture));
  }
  const std::string second = Look(visitor, "owner");
  ExpectInOrder(PageText(second), program.then_shows.empty() ? program.shows : program.then_shows);
  ExpectInOrder(PageText(Look(owner, "owner")), program.shows);  // it begins anew for another visitor

  const Ended denials = site_.Ctl({"profile", "denials", "owner"});
  EXPECT_THAT(denials.output, AllOf(HasSubstr("runs\n"), HasSubstr("no denials")));
  EXPECT_THAT(site_.Log("security"), Not(HasSubstr("program-denied")));
}

INSTANTIATE_TEST_SUITE_P(Programs, StudentProgramsTest, testing::ValuesIn(AllPrograms()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace zoobar
