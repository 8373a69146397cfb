// What the author of a program is shown of a traceback first: the own lines, and what the error means.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "pages/pages.h"

namespace zoobar {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// "line 3: ZeroDivisionError: division by zero", from the innermost own line.
std::string Where(std::string_view errors) {
  const OwnLines own = OwnLinesOf(errors);
  return own.frames.empty() ? "" : std::to_string(own.innermost()) + ": " + std::string(own.error);
}

constexpr std::string_view kInLibrary =
    "Traceback (most recent call last):\n"
    "  File \"profile\", line 9, in <module>\n"
    "    show(text)\n"
    "  File \"profile\", line 4, in show\n"
    "    return json.loads(text)\n"
    "           ^^^^^^^^^^^^^^^^\n"
    "  File \"/usr/lib/python3.11/json/decoder.py\", line 337, in decode\n"
    "    obj, end = self.raw_decode(s)\n"
    "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)\n";

TEST(OwnLines, AreThoseOfTheProgramWithoutTheLibrarys) {
  const OwnLines own = OwnLinesOf(kInLibrary);
  ASSERT_EQ(own.frames.size(), 2u);
  EXPECT_EQ(own.frames[0].line, 9u);
  EXPECT_EQ(own.frames[0].text, "\n    show(text)") << "the name of the outermost lines is left out";
  EXPECT_EQ(own.frames[1].text, ", in show\n    return json.loads(text)\n           ^^^^^^^^^^^^^^^^");
  EXPECT_EQ(own.innermost(), 4u);
  EXPECT_EQ(own.error, "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)");
}

TEST(OwnLines, OfASyntaxErrorHaveTheLineAlthoughThereIsNoTraceback) {
  EXPECT_EQ(Where("  File \"profile\", line 2\n    if True\n           ^\nSyntaxError: expected ':'\n"),
            "2: SyntaxError: expected ':'");
}

TEST(OwnLines, OfAChainOfErrorsAreThoseOfTheLast) {
  const std::string chain =
      "Traceback (most recent call last):\n  File \"profile\", line 2, in <module>\nKeyError: 'a'\n"
      "\nDuring handling of the above exception, another exception occurred:\n\n"
      "Traceback (most recent call last):\n  File \"profile\", line 4, in <module>\nValueError: b\n";
  EXPECT_EQ(Where(chain), "4: ValueError: b");
}

TEST(OwnLines, MayFollowAnythingThatTheProgramWrote) {
  EXPECT_EQ(Where("a warning\n  File \"other\", line 1\n" + std::string(kInLibrary)).substr(0, 2), "4:");
  EXPECT_EQ(Where(""), "");
  EXPECT_EQ(Where("just words\n"), "");
  EXPECT_EQ(Where("  File \"profile\", line x\nValueError\n"), "");
  EXPECT_EQ(Where("  File \"profile\", line 99999999999999\nValueError\n"), "");
  EXPECT_EQ(Where("  File \"profile\", line 3, in <module>\n"), "") << "no error follows";
  EXPECT_EQ(Where("Traceback (most recent call last):\n  File \"/usr/lib/a.py\", line 3, in f\nValueError: x\n"), "");
}

TEST(OwnLines, AreTheInnermostOfMany) {
  std::string deep = "Traceback (most recent call last):\n";
  for (int line = 1; line <= 500; ++line)
    deep += "  File \"profile\", line " + std::to_string(line) + ", in f\n    f()\n";
  deep += "RecursionError: maximum recursion depth exceeded\n";
  const OwnLines own = OwnLinesOf(deep);
  EXPECT_EQ(own.frames.size(), OwnLines::kMostFrames);
  EXPECT_EQ(own.innermost(), 500u);
  EXPECT_EQ(own.error, "RecursionError: maximum recursion depth exceeded");
}

TEST(ExplainError, SaysThatInputHasNothingToRead) {
  EXPECT_THAT(ExplainError("  File \"profile\", line 2, in <module>\nEOFError: EOF when reading a line\n"),
              HasSubstr("input() has nothing to read here"));
  EXPECT_EQ(ExplainError("EOFError: Ran out of input"), "") << "pickle raises it too";
}

TEST(ExplainError, NamesTheModuleThatIsMissing) {
  EXPECT_EQ(ExplainError("ModuleNotFoundError: No module named 'requests'"),
            "The module requests is not available here. The manual says which modules can be imported.");
  EXPECT_THAT(ExplainError("ModuleNotFoundError"), HasSubstr("This module is not available here."));
  EXPECT_LT(ExplainError("ModuleNotFoundError: No module named '" + std::string(5000, 'a') + "'").size(), 300u);
}

TEST(ExplainError, NamesTheFilesThatThereAre) {
  constexpr std::string_view missing = "FileNotFoundError: [Errno 2] No such file or directory: 'count.json'";
  const std::vector<std::string> none, two = {"counts.json", "pictures/"};
  EXPECT_EQ(ExplainError(missing, &two), "There is no file count.json. Your files are: counts.json, pictures/.");
  EXPECT_EQ(ExplainError(missing, &none), "There is no file count.json. Your program has no files yet.");
  EXPECT_THAT(ExplainError(missing), Not(HasSubstr("Your files"))) << "they are not known";
  const std::vector<std::string> many(25, "a");
  EXPECT_THAT(ExplainError(missing, &many), HasSubstr("a, a and 5 more."));
}

}  // namespace
}  // namespace zoobar
