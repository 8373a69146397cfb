#include "credentials/honeywords.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "credentials/cpu_time.h"
#include "credentials/password_shape.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::size_t kHoneywords = 19;

bool Anything(std::string_view) { return true; }
bool EightCharacters(std::string_view word) { return word.size() >= 8; }

// The usual matrix, over code points.
std::size_t Distance(std::string_view a_text, std::string_view b_text) {
  const auto decode = [](std::string_view text) {
    std::u32string all;
    for (Utf8Character c; !text.empty(); text.remove_prefix(c.length)) all += (c = FirstUtf8(text)).code;
    return all;
  };
  const std::u32string a = decode(a_text), b = decode(b_text);
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

std::string Repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::vector<std::string> UsualPasswords() {
  return {"jessica1987", "Dragon12!",   "correct horse battery staple",
          "mcallister7", "m1chael_22",  "xK9$mQ2pLw",
          "johnsmith99", "krzysztof99", "Summer2019",
          "ILOVEyou!!",  "19871987",    "asdfghjk1",
          "пароль2020",  "naïveté-42",  "johnjohn1"};
}
std::vector<std::string> HostilePasswords() {
  return {"",
          "a",
          "1",
          "!",
          " ",
          "ab",
          "12",
          "12345678",
          "        ",
          "!!!!!!!!",
          "a1",
          "password",
          "P4ssw0rd",
          "\xff\xfe\x80",
          "tab\there",
          "nul\0inside",
          Repeated("x", 4096),
          Repeated("1", 4096),
          Repeated("!", 4096),
          Repeated("Ab1!", 1024),
          Repeated("correct horse ", 292),
          Repeated("correcthorse", 341),
          Repeated("ы", 2048),
          Repeated("😀", 1024),
          Repeated("e\u0301", 1365),
          Repeated("x", 9000),
          "😀😀😀😀",
          "日本語のパスワード",
          "e\u0301\u0302\u0303",
          "\u00ad\u200d\u202e",
          "مرحبا بالعالم"};
}

// The real password comes first.
std::vector<Bytes> Sweetwords(std::string_view real, std::size_t count = kHoneywords,
                              const Acceptable& acceptable = Anything) {
  std::vector<Bytes> words = DrawHoneywords(real, count, acceptable);
  words.insert(words.begin(), ToBytes(real));
  return words;
}

void ExpectSound(const std::vector<Bytes>& words, std::size_t count) {
  ASSERT_EQ(words.size(), count + 1);
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_TRUE(FarApart(View(words[i]), View(words[j]))) << View(words[i]) << " " << View(words[j]);
    }
    if (i == 0) continue;
    EXPECT_TRUE(IsUtf8(View(words[i])));
    EXPECT_FALSE(words[i].empty());
    EXPECT_LE(words[i].size(), 4096u);
    EXPECT_TRUE(
        std::none_of(words[i].begin(), words[i].end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }));
  }
}

TEST(FarApart, AgreesWithTheMatrixOnShortStrings) {
  const std::vector<std::string> alphabet = {"a", "b", "é", "è", "я", "😀", "😁"};
  for (int round = 0; round < 20'000; ++round) {
    std::string words[2];
    for (std::string& word : words) {
      const std::uint32_t length = randombytes_uniform(6);
      const std::uint32_t letters = 2 + randombytes_uniform(6);
      for (std::uint32_t i = 0; i < length; ++i) word += alphabet[randombytes_uniform(letters)];
    }
    EXPECT_EQ(FarApart(words[0], words[1]), Distance(words[0], words[1]) >= 2) << words[0] << " " << words[1];
  }
}

TEST(FarApart, IsFalseForOneSlipAnywhere) {
  EXPECT_FALSE(FarApart("", ""));
  EXPECT_FALSE(FarApart("", "a"));
  EXPECT_FALSE(FarApart("password", "password"));
  EXPECT_FALSE(FarApart("password", "passwrod"));
  EXPECT_FALSE(FarApart("password", "apassword"));
  EXPECT_FALSE(FarApart("password", "passwor"));
  EXPECT_FALSE(FarApart("пароль", "пороль"));
  EXPECT_FALSE(FarApart("aé", "éa"));
  EXPECT_TRUE(FarApart("", "ab"));
  EXPECT_TRUE(FarApart("password", "passw0rd1"));
  EXPECT_TRUE(FarApart("abcd", "badc"));
  EXPECT_TRUE(FarApart("abc", "cba"));
}

TEST(Honeywords, EveryPairIsAtLeastTwoEditsApart) {
  for (const std::string& real : UsualPasswords()) {
    const std::vector<Bytes> words = Sweetwords(real);
    for (std::size_t i = 0; i < words.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        EXPECT_GE(Distance(View(words[i]), View(words[j])), 2u) << View(words[i]) << " " << View(words[j]);
      }
    }
  }
}

TEST(Honeywords, ComeInTheNumberAskedForWhateverTheRealOne) {
  for (const std::string& real : HostilePasswords()) {
    SCOPED_TRACE(real.substr(0, 40));
    ExpectSound(Sweetwords(real), kHoneywords);
    ExpectSound(Sweetwords(real, kHoneywords, EightCharacters), kHoneywords);
  }
  for (const std::string& real : UsualPasswords()) ExpectSound(Sweetwords(real), kHoneywords);
  for (const std::size_t count : {0, 1, 2, 99}) ExpectSound(Sweetwords("jessica1987", count), count);
}

TEST(Honeywords, ComeForRandomTextOfAnyCharacters) {
  for (int round = 0; round < 200; ++round) {
    std::string noise(randombytes_uniform(60), '\0');
    randombytes_buf(noise.data(), noise.size());
    ExpectSound(Sweetwords(MendUtf8(noise)), kHoneywords);
  }
}

TEST(Honeywords, ComeEvenWhenThePolicyRefusesAll) {
  ExpectSound(Sweetwords("jessica1987", kHoneywords, [](std::string_view) { return false; }), kHoneywords);
}

TEST(Honeywords, PassThePolicy) {
  const auto strict = [](std::string_view word) {
    return word.size() >= 10 && word.find_first_of("0123456789") != std::string_view::npos && !IsCommonPassword(word);
  };
  for (const std::string& real : UsualPasswords()) {
    for (const Bytes& word : DrawHoneywords(real, kHoneywords, strict)) EXPECT_TRUE(strict(View(word))) << View(word);
  }
}

TEST(Honeywords, AreOfTheRealOnesShape) {
  for (const std::string real : {"jessica1987", "Dragon12!", "correct horse battery staple", "mcallister7",
                                 "xK9$mQ2pLw", "Summer2019", "m1chael_22"}) {
    const Shape shape = ShapeOf(real);
    for (const Bytes& word : DrawHoneywords(real, kHoneywords, EightCharacters)) {
      EXPECT_TRUE(ShapeOf(View(word)).Like(shape)) << View(word) << " for " << real;
    }
  }
}

TEST(Honeywords, HaveAsManyWordsAsAPassphrase) {
  for (const Bytes& word : DrawHoneywords("correct horse battery staple", kHoneywords, Anything)) {
    EXPECT_EQ(std::count(word.begin(), word.end(), ' '), 3);
    EXPECT_EQ(View(word).find_first_not_of("abcdefghijklmnopqrstuvwxyz "), std::string_view::npos);
  }
}

TEST(Honeywords, KeepWhatIsRepeatedRepeated) {
  for (const Bytes& word : DrawHoneywords("johnjohn", kHoneywords, Anything)) {
    ASSERT_EQ(word.size(), 8u);
    EXPECT_EQ(View(word).substr(0, 4), View(word).substr(4));
  }
}

TEST(Honeywords, DifferFromDrawToDraw) {
  std::set<std::string> all;
  for (int round = 0; round < 20; ++round) {
    for (const Bytes& word : DrawHoneywords("mcallister7", kHoneywords, Anything)) all.emplace(View(word));
  }
  EXPECT_GT(all.size(), 200u);
}

// If the borders of cells were placed around the real password, or honeywords came from elsewhere, the real one would
// have a rank of its own.
TEST(Honeywords, LeaveTheRealOneNoPlaceOfItsOwnByLikelihood) {
  constexpr int kRounds = 400;
  std::map<std::size_t, int> places;
  for (int round = 0; round < kRounds; ++round) {
    // A real password that was drawn with the probabilities of people's choices.
    const std::vector<Bytes> real = DrawHoneywords("jessica1987", 1, Anything);
    const std::vector<Bytes> words = Sweetwords(View(real[0]));
    const double own = LogDensity(View(words[0]), View(words[0]));
    std::size_t above = 0;
    for (const Bytes& word : words) above += LogDensity(View(word), View(words[0])) > own;
    ++places[above / 4];
  }
  // Without ties, 80 are expected in each fifth. Six standard deviations are 48.
  for (std::size_t fifth = 0; fifth < 5; ++fifth) {
    EXPECT_GT(places[fifth], 30) << fifth;
    EXPECT_LT(places[fifth], 145) << fifth;
  }
}

TEST(Honeywords, AreDrawnFromOneClassWhicheverOfThemIsReal) {
  for (const std::string real : {"jessica1987", "Dragon12!", "mcallister7"}) {
    const std::vector<Bytes> words = Sweetwords(real);
    for (const Bytes& given : words) {
      for (const Bytes& word : words) EXPECT_TRUE(std::isfinite(LogDensity(View(word), View(given))));
    }
  }
}

TEST(Honeywords, TakeMillisecondsAndNotMuchLongerForTheLongest) {
  PrepareHoneywords();
  const auto millis = [](const std::string& real) {
    const double start = CpuMillis();
    DrawHoneywords(real, kHoneywords, EightCharacters);
    return CpuMillis() - start;
  };
  // The bound is generous, because tests also run under sanitizers.
  for (const std::string& real : UsualPasswords()) EXPECT_LT(millis(real), 500) << real;
  for (const std::string& real : HostilePasswords()) EXPECT_LT(millis(real), 2000) << real.substr(0, 40);
}

TEST(TweakedHoneywords, AreFarApartAndOfOneLength) {
  const std::vector<Bytes> words = TweakHoneywords("jessica1987", kHoneywords, Anything);
  ASSERT_EQ(words.size(), kHoneywords);
  for (const Bytes& word : words) {
    EXPECT_EQ(View(word).substr(0, 7), "jessica");
    EXPECT_EQ(word.size(), 11u);
    EXPECT_TRUE(FarApart(View(word), "jessica1987"));
  }
}

TEST(CommonPasswords, AreKnownInAnyCase) {
  for (const char* common : {"123456", "password", "PASSWORD", "Password1", "qwerty", "iloveyou", "!@#$%^&*"}) {
    EXPECT_TRUE(IsCommonPassword(common)) << common;
  }
  for (const char* rare : {"", "correct horse battery staple", "passworD!7x", "#!comment:"}) {
    EXPECT_FALSE(IsCommonPassword(rare)) << rare;
  }
}

TEST(PasswordShapes, PartWordsNumbersAndSymbols) {
  const auto kinds = [](std::string_view password) {
    std::vector<Segment::Kind> all;
    for (const Segment& segment : ShapeOf(password).segments) all.push_back(segment.kind);
    return all;
  };
  using testing::ElementsAre;
  EXPECT_THAT(kinds("jessica1987"), ElementsAre(Segment::kWord, Segment::kDigits));
  EXPECT_THAT(kinds("CorrectHorse!"), ElementsAre(Segment::kWord, Segment::kWord, Segment::kSymbols));
  EXPECT_THAT(kinds("purplemonkey"), ElementsAre(Segment::kWord, Segment::kWord));
  EXPECT_THAT(kinds("m1chael_22"), ElementsAre(Segment::kLeet, Segment::kSymbols, Segment::kDigits));
  EXPECT_THAT(kinds("xK9$mQ2pLw"), ElementsAre(Segment::kRandom));
  EXPECT_THAT(kinds("aaaaaaaa"), ElementsAre(Segment::kRepeat));
  EXPECT_THAT(kinds("ertyu!"), ElementsAre(Segment::kWalk, Segment::kSymbols));
  EXPECT_THAT(kinds("пароль9"), ElementsAre(Segment::kScript, Segment::kDigits));
  EXPECT_THAT(kinds("abc123"), ElementsAre(Segment::kWhole));
}

}  // namespace
}  // namespace zoobar
