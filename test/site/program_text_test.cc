#include "site/program_text.h"

#include <gmock/gmock.h>

namespace zoobar {
namespace {

using ::testing::HasSubstr;

ProgramText::Kind KindOf(std::string_view text) { return ReadProgramText(text).kind; }

TEST(ProgramText, ALineThatNamesPythonMakesAProgram) {
  for (const char* line :
       {"#!python", "#!python3", "#! python", "#!\tpython3 ", "#!/usr/bin/python3", "#!/usr/bin/python",
        "#! /usr/local/bin/python3.11", "#!/usr/bin/env python3", "#!python\r", "  #!python \t\r"}) {
    EXPECT_EQ(KindOf(line), ProgramText::Kind::kProgram) << line;
    EXPECT_EQ(KindOf(line + std::string("\nprint(1)\n")), ProgramText::Kind::kProgram) << line;
  }
}

TEST(ProgramText, AByteOrderMarkAndEmptyLinesBeforeItDoNotMatter) {
  for (const char* before : {"\xEF\xBB\xBF", "\n", "\r\n \t\r\n\n", "\xEF\xBB\xBF\n\n"})
    EXPECT_EQ(KindOf(before + std::string("#!python\nprint(1)")), ProgramText::Kind::kProgram) << before;
}

TEST(ProgramText, OnlyTheMarkAtTheBeginningIsLeftOutSoThatLinesKeepTheirNumbers) {
  EXPECT_EQ(WithoutByteOrderMark("\xEF\xBB\xBF\n#!python"), "\n#!python");
  EXPECT_EQ(WithoutByteOrderMark("\n\xEF\xBB\xBF#!python"), "\n\xEF\xBB\xBF#!python");
  EXPECT_EQ(WithoutByteOrderMark("#!python"), "#!python");
}

TEST(ProgramText, WhatWasMeantAsAProgramIsNeitherSavedAsTextNorRunAndSaysWhy) {
  const std::pair<const char*, const char*> lines[] = {
      {"#!python2", "runs Python 3 and no other language"},
      {"#!/usr/bin/perl -w", "runs Python 3 and no other language"},
      {"#!", "runs Python 3 and no other language"},
      {"#!python3.x", "runs Python 3 and no other language"},
      {"#!Python", "runs Python 3 and no other language"},
      {"#!python -u", "Nothing may follow the name of Python"},
      {"#!/usr/bin/env python3 -x", "Nothing may follow the name of Python"},
      {"#python", "does not make it a program"},
      {"# ! Python3", "does not make it a program"},
  };
  for (const auto& [line, why] : lines) {
    const ProgramText read = ReadProgramText("\n" + std::string(line) + "\nprint(1)\n");
    EXPECT_EQ(read.kind, ProgramText::Kind::kNearly) << line;
    EXPECT_THAT(read.why, HasSubstr(why)) << line;
    EXPECT_THAT(read.why, HasSubstr(line)) << "it names the line";
    EXPECT_THAT(read.why, HasSubstr("write #!python there"));
  }
}

TEST(ProgramText, AComplaintRepeatsOnlyTheBeginningOfALongLine) {
  EXPECT_LT(ReadProgramText("#!" + std::string(60'000, 'x')).why.size(), 250u);
}

TEST(ProgramText, EverythingElseIsText) {
  for (const char* text : {"", "\n \n", "hello", "<p>#!python</p>", "# Heading\n#!python", "print('#!python')",
                           "#pythonic", "my #!python", "\xEF\xBB\xBFhello"}) {
    EXPECT_EQ(KindOf(text), ProgramText::Kind::kText) << text;
  }
}

}  // namespace
}  // namespace zoobar
