#include "text/transcript.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

#include "text/utf8.h"

namespace zoobar {
namespace {

using ::testing::HasSubstr;

std::string Marker(std::string_view number) { return "\x1e" + std::string(number) + "\x1f"; }

// The pieces as one text: errors in brackets.
std::string Written(std::string_view output, std::string_view errors) {
  std::string text;
  for (const TranscriptPiece& piece : MakeTranscript(output, errors).pieces)
    text += piece.error ? "[" + piece.text + "]" : piece.text;
  return text;
}

TEST(Transcript, PutsErrorsWhereTheyWereWritten) {
  EXPECT_EQ(Written("onetwo", Marker("3") + "a" + Marker("6") + "b"), "one[a]two[b]");
  EXPECT_EQ(Written("onetwo", Marker("0") + "a"), "[a]onetwo");
  EXPECT_EQ(Written("onetwo", ""), "onetwo");
  EXPECT_EQ(Written("", Marker("0") + "a" + Marker("0") + "b"), "[ab]");
}

TEST(Transcript, TextWithoutAMarkerBelongsToTheLastPlace) {
  EXPECT_EQ(Written("onetwo", "early" + Marker("3") + "a\nfree(): invalid pointer\n"),
            "[early]one[a\nfree(): invalid pointer\n]two");
}

TEST(Transcript, FalseMarkersLoseNothingButTheirPlace) {
  EXPECT_EQ(Written("onetwo", Marker("6") + "a" + Marker("3") + "b"), "onetwo[ab]") << "backwards";
  EXPECT_EQ(Written("one", Marker("9999999999999999999") + "a"), "one[a]") << "too large for the output";
  EXPECT_EQ(Written("one", Marker("99999999999999999999") + "a"), "[a]one") << "too large for a number";
  EXPECT_EQ(Written("one", Marker("999999999999999999999999") + "a"), "[999999999999999999999999a]one") << "no marker";
  EXPECT_EQ(Written("one", Marker("") + "a" + Marker("-1") + "b" + Marker("x") + "c"), "[a-1bxc]one");
  EXPECT_EQ(Written("one",
                    "a\x1e"
                    "12"),
            "[a]one")
      << "cut off at the end";
  EXPECT_EQ(Written("one",
                    "a\x1f\x1e\x1e"
                    "2\x1f"
                    "b"),
            "[a]on[b]e");
}

TEST(Transcript, DoesNotCutACharacter) {
  EXPECT_EQ(Written("\xE2\x82\xAC\xE2\x82\xAC", Marker("4") + "a"), "\xE2\x82\xAC[a]\xE2\x82\xAC");
}

TEST(Transcript, IsTextThatAPageCanShow) {
  EXPECT_EQ(Written("a\x1b[31mb\r\n\tc\xff", Marker("0") + std::string("d\0e", 3)), "[de]a[31mb\n\tc\xEF\xBF\xBD");
}

TEST(Transcript, ShortensPicturesButNoOtherText) {
  const std::string begin = "<img src=\"data:image/png;base64,", end = "\" alt=\"dot\">";
  const std::string short_one = begin + std::string(Transcript::kMostData, 'A') + end;
  EXPECT_EQ(Written(short_one, ""), short_one);
  const std::string shortened = begin + std::string(Transcript::kDataShown, 'A') + "[4980 letters are left out here]";
  EXPECT_EQ(Written("one " + begin + std::string(5000, 'A') + end + " two " + begin + std::string(5000, 'A'), ""),
            "one " + shortened + end + " two " + shortened);
  EXPECT_EQ(Written(std::string(5000, 'A') + ";base64,", ""), std::string(5000, 'A') + ";base64,");
}

TEST(Transcript, HasABoundedNumberOfPieces) {
  std::string output(20'000, 'o'), errors;
  for (int i = 1; i < 10'000; ++i) errors += Marker(std::to_string(i)) + "e";
  const Transcript made = MakeTranscript(output, errors);
  EXPECT_LE(made.pieces.size(), Transcript::kMostPieces + 2);
  std::string shown, wrong;
  for (const TranscriptPiece& piece : made.pieces) (piece.error ? wrong : shown) += piece.text;
  EXPECT_EQ(shown, output);
  EXPECT_EQ(wrong, std::string(9'999, 'e'));
}

TEST(Transcript, WhateverIsWrittenAllOutputIsThereOnceAndInOrder) {
  std::mt19937 random(7);
  constexpr std::string_view kAlphabet =
      "\x1e\x1f"
      "0123459 a\n\x1e\x1f";
  for (int round = 0; round < 3000; ++round) {
    std::string output, errors;
    for (unsigned i = random() % 30; i > 0; --i) output += static_cast<char>('A' + random() % 26);
    for (unsigned i = random() % 60; i > 0; --i) errors += kAlphabet[random() % kAlphabet.size()];
    std::string shown, wrong;
    const Transcript made = MakeTranscript(output, errors);
    for (const TranscriptPiece& piece : made.pieces) (piece.error ? wrong : shown) += piece.text;
    EXPECT_EQ(shown, output);
    EXPECT_EQ(wrong, made.errors);
    EXPECT_EQ(wrong.find_first_of("\x1e\x1f"), wrong.npos);
  }
}

TEST(ErrorBytes, KeepTheBeginningAndTheEndOfAFlood) {
  ErrorBytes errors;
  errors.Add("first words\n");
  for (int i = 0; i < 5000; ++i) errors.Add("flood flood flood flood\n");
  errors.Add("last words\n");
  const std::string text = errors.Text();
  EXPECT_TRUE(text.starts_with("first words\n"));
  EXPECT_TRUE(text.ends_with("last words\n"));
  EXPECT_THAT(text, HasSubstr(" bytes are left out here]"));
  EXPECT_LT(text.size(), ErrorBytes::kHead + ErrorBytes::kTail + 100);
}

TEST(ErrorBytes, LeaveNothingOutWithinTheBound) {
  ErrorBytes errors;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    const std::string line(static_cast<std::size_t>(i), 'x');
    errors.Add(line);
    expected += line;
  }
  EXPECT_EQ(errors.Text(), expected);
}

TEST(KeepEnds, CutsNoCharacterInTwo) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "\xE2\x82\xAC";
  for (std::size_t bytes = 10; bytes < 20; ++bytes) EXPECT_TRUE(IsUtf8(KeepEnds(text, bytes))) << bytes;
  EXPECT_EQ(KeepEnds("short", 5), "short");
}

// --- The line that was running ---

constexpr std::string_view kDump =
    "Current thread 0x00007f3c (most recent call first):\n"
    "  File \"/usr/lib/python3.11/re/__init__.py\", line 176 in search\n"
    "  File \"profile\", line 3 in f\n"
    "  File \"profile\", line 9 in <module>\n"
    "  File \"zoobar\", line 160 in run\n";

StoppedAt Take(std::string errors, std::string* left = nullptr) {
  StoppedAt at = TakeDump(errors);
  if (left) *left = errors;
  return at;
}

TEST(TakeDump, FindsTheLinesOfTheProgramAndRemovesTheDump) {
  std::string left;
  EXPECT_EQ(Take("before\n" + std::string(kDump) + "after\n", &left).lines, (std::vector<std::uint32_t>{3, 9}));
  EXPECT_EQ(left, "before\nafter\n");
}

TEST(TakeDump, OfACrashOnlyTheFirstLineStays) {
  std::string left;
  EXPECT_TRUE(
      Take("Fatal Python error: Segmentation fault\n\n" + std::string(kDump) + "\nExtension modules: a, b (total: 2)\n",
           &left)
          .known());
  EXPECT_EQ(left, "Fatal Python error: Segmentation fault\n");
}

TEST(TakeDump, TheRestOfAnUnfinishedLineStays) {
  std::string left;
  EXPECT_TRUE(Take("progress 50%" + std::string(kDump), &left).known());
  EXPECT_EQ(left, "progress 50%");
}

TEST(TakeDump, OtherThreadsAreRemovedAndNotTakenForTheOneThatRan) {
  std::string left;
  const std::string other = "Thread 0x00007f3d (most recent call first):\n  File \"profile\", line 77 in g\n\n";
  EXPECT_EQ(Take("x\n" + other + std::string(kDump) + "\n" + other, &left).lines, (std::vector<std::uint32_t>{3, 9}));
  EXPECT_EQ(left, "x\n");
}

TEST(TakeDump, KnowsAProgramThatOnlyWaitsForItsThreads) {
  EXPECT_TRUE(
      Take("Current thread 0x1 (most recent call first):\n  File \"/usr/lib/python3.11/threading.py\", line 1583 "
           "in _shutdown\n  File \"zoobar\", line 165 in run\n")
          .in_shutdown);
}

TEST(TakeDump, WhatIsNoDumpStaysAsItIs) {
  for (const std::string text :
       {"", "Current thread 0x", "Current thread 0x1 (most recent call first):\n",
        "Current thread 0x1 (most recent call first):\n  File \"zoobar\", line 1 in x\n",
        "Current thread 0x1 (most recent call first):\n  File \"profile\", line x in y\n",
        "Current thread 0x1 (most recent call first):\n  File \"profile\", line 0 in y\n",
        "Current thread 0x1 (most recent call first):\n  File \"profile\", line 99999999999\n"}) {
    std::string left;
    EXPECT_FALSE(Take(text, &left).known()) << text;
    EXPECT_EQ(left, text);
  }
}

TEST(TakeDump, NamesABoundedNumberOfLines) {
  std::string dump = "Current thread 0x1 (most recent call first):\n";
  for (int i = 1; i < 200; ++i) dump += fmt::format("  File \"profile\", line {} in f\n", i);
  EXPECT_EQ(Take(dump).lines.size(), StoppedAt::kMostLines);
}

}  // namespace
}  // namespace zoobar
