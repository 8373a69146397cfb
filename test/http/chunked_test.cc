#include "http/chunked.h"

#include <gtest/gtest.h>
#include <llhttp.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <random>
#include <string>

namespace zoobar {
namespace {

using Outcome = ChunkedDecoder::Outcome;

struct Decoded {
  Outcome outcome;
  std::string body;
  std::size_t used;
};

// Feeds the decoder in pieces of `step` bytes.
Decoded Decode(std::string_view bytes, std::size_t step, std::size_t max_body = 1000, std::size_t max_extra = 100) {
  ChunkedDecoder decoder(max_body, max_extra);
  Bytes body;
  Decoded decoded{Outcome::kMore, "", 0};
  while (decoded.outcome == Outcome::kMore && decoded.used < bytes.size()) {
    std::size_t used = 0;
    decoded.outcome = decoder.Feed(bytes.substr(decoded.used, step), &used, &body);
    decoded.used += used;
  }
  decoded.body = std::string(View(body));
  return decoded;
}

struct Case {
  const char* name;
  std::string bytes;
  Outcome outcome;
};
void PrintTo(const Case& tried, std::ostream* out) { *out << tried.name; }

class ChunkedBody : public testing::TestWithParam<Case> {};

TEST_P(ChunkedBody, IsJudgedAlikeHoweverItArrives) {
  for (std::size_t step : {1, 2, 3, 7, 1000}) {
    EXPECT_EQ(Decode(GetParam().bytes, step).outcome, GetParam().outcome) << step;
  }
}

using namespace std::string_literals;
using namespace std::string_view_literals;

INSTANTIATE_TEST_SUITE_P(
    Cases, ChunkedBody,
    testing::Values(
        Case{"Plain", "5\r\nhello\r\n0\r\n\r\n", Outcome::kDone}, Case{"Empty", "0\r\n\r\n", Outcome::kDone},
        Case{"LeadingZeros", "0005\r\nhello\r\n000\r\n\r\n", Outcome::kDone},
        Case{"Extension", "5;a=b\r\nhello\r\n0;c\r\n\r\n", Outcome::kDone},
        Case{"Trailer", "0\r\nA: b\r\nC: d\r\n\r\n", Outcome::kDone}, Case{"Half", "5\r\nhel", Outcome::kMore},
        Case{"BareLineFeedAfterSize", "5\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"BareLineFeedAfterData", "5\r\nhello\n0\r\n\r\n", Outcome::kMalformed},
        Case{"NoLineEndAfterData", "5\r\nhello0\r\n\r\n", Outcome::kMalformed},
        Case{"DataTooLong", "5\r\nhellox\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"BareLineFeedInExtension", "5;a\nb\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"BareCarriageReturnInExtension", "5;a\rb\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"SpaceAfterSize", "5 \r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"SpaceBeforeSize", " 5\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"HexPrefix", "0x5\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"Sign", "+5\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"Negative", "-1\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"Underscore", "1_0\r\n", Outcome::kMalformed},
        Case{"NoSize", "\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"SizeThatWraps", "10000000000000005\r\nhello\r\n", Outcome::kTooLarge},
        Case{"OverTheLimit", "3e9\r\n", Outcome::kTooLarge},
        Case{"NulInExtension", "5;\0\r\nhello\r\n0\r\n\r\n"s, Outcome::kMalformed},
        Case{"NulInTrailer", "0\r\nA: \0\r\n\r\n"s, Outcome::kMalformed},
        Case{"TrailerWithoutColon", "0\r\nabc\r\n\r\n", Outcome::kMalformed},
        Case{"FoldedTrailer", "0\r\nA: b\r\n c\r\n\r\n", Outcome::kMalformed},
        Case{"BareLineFeedEnd", "0\r\n\n", Outcome::kMalformed},
        Case{"ExtensionWithoutName", "5;\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"QuotedExtension", "5;a=\"b\"\r\nhello\r\n0\r\n\r\n", Outcome::kDone},
        Case{"QuotedExtensionOfEveryKind", "5;a=\"b c\t;=\\\"\\\\\x80\xff\";d\r\nhello\r\n0;e=\"\"\r\n\r\n",
             Outcome::kDone},
        Case{"BlanksAroundExtensions", "5 \t; a = b ;c\t=\t\"d\" ; e\r\nhello\r\n0 ;f\r\n\r\n", Outcome::kDone},
        Case{"BlankAfterExtension", "5;a \r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"BlankAfterValue", "5;a=b \r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"BlankInName", "5;a b\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"BlankInValue", "5;a=b c\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"ValueAfterQuotes", "5;a=\"b\"c\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"QuoteInValue", "5;a=b\"c\"\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"QuotedName", "5;\"a\"\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"NoValue", "5;a=\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"TwoValues", "5;a=b=c\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"OpenQuotes", "5;a=\"b\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"LineEndInQuotes", "5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"EscapedCarriageReturn", "5;a=\"\\\r\n\"\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"BareLineFeedInQuotes", "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"EscapedLineFeed", "5;a=\"\\\n\"\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"NulInQuotes", "5;a=\"\0\"\r\nhello\r\n0\r\n\r\n"s, Outcome::kMalformed},
        Case{"DelInQuotes", "5;a=\"\x7f\"\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"HighByteInName", "5;\x80\r\nhello\r\n0\r\n\r\n", Outcome::kMalformed},
        Case{"HighByteInTrailer", "0\r\nA: \xc3\xa9\r\n\r\n", Outcome::kDone},
        Case{"LongQuotedExtension", "5;a=\"" + std::string(101, 'a'), Outcome::kExtraTooLarge},
        Case{"ManyBlanks", "5" + std::string(101, ' '), Outcome::kExtraTooLarge},
        Case{"LongExtension", "5;" + std::string(101, 'a'), Outcome::kExtraTooLarge},
        Case{"LongTrailer", "0\r\nA: " + std::string(101, 'a'), Outcome::kExtraTooLarge}),
    [](const auto& tried) { return tried.param.name; });

TEST(Chunked, StopsWhereTheBodyEnds) {
  const Decoded decoded = Decode("5\r\nhello\r\n6;x\r\n world\r\n0\r\n\r\nGET /", 4096);
  EXPECT_EQ(decoded.outcome, Outcome::kDone);
  EXPECT_EQ(decoded.body, "hello world");
  EXPECT_EQ(decoded.used, sizeof("5\r\nhello\r\n6;x\r\n world\r\n0\r\n\r\n") - 1);
}

TEST(Chunked, ManySmallExtensionsCountTogether) {
  std::string bytes;
  for (int i = 0; i < 51; ++i) bytes += "1;b\r\na\r\n";
  EXPECT_EQ(Decode(bytes, 4096).outcome, Outcome::kExtraTooLarge);
}

TEST(Chunked, TheSumIsLimitedBeforeTheLastChunksData) {
  const Decoded decoded = Decode("3e8\r\n" + std::string(1000, 'a') + "\r\n1\r\n", 4096);
  EXPECT_EQ(decoded.outcome, Outcome::kTooLarge);
  EXPECT_EQ(decoded.body.size(), 1000u);
}

// The body as llhttp decodes it; nullopt if llhttp refuses it or needs more.
std::optional<std::string> ByLlhttp(std::string_view body) {
  std::string collected;
  struct State {
    std::string body;
    bool done = false;
  } state;
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_body = [](llhttp_t* parser, const char* at, std::size_t size) {
    static_cast<State*>(parser->data)->body.append(at, size);
    return 0;
  };
  settings.on_message_complete = [](llhttp_t* parser) -> int {
    static_cast<State*>(parser->data)->done = true;
    return HPE_PAUSED;
  };
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  parser.data = &state;
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  llhttp_execute(&parser, head.data(), head.size());
  llhttp_execute(&parser, body.data(), body.size());
  if (!state.done) return std::nullopt;
  return state.body;
}

bool IsAscii(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
}

// The body as a reader decodes it that looks only for line ends: the line of a size ends at its first LF, whatever is
// in it. nullopt if a line does not end with CR LF, or a size is not a number.
std::optional<std::string> ByLineEnds(std::string_view bytes) {
  std::string body;
  while (true) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos || end == 0 || bytes[end - 1] != '\r') return std::nullopt;
    std::size_t size = 0, digits = 0;
    while (digits < end && std::isxdigit(static_cast<unsigned char>(bytes[digits]))) {
      size = size * 16 + static_cast<std::size_t>(std::stoi(std::string(1, bytes[digits++]), nullptr, 16));
    }
    if (digits == 0) return std::nullopt;
    bytes.remove_prefix(end + 1);
    if (size == 0) return body;
    if (bytes.size() < size + 2 || bytes.substr(size, 2) != "\r\n") return std::nullopt;
    body += bytes.substr(0, size);
    bytes.remove_prefix(size + 2);
  }
}

// llhttp accepts no blanks around extensions and no bytes over 0x7f in quotes. What it accepts, it must decode as we
// do.
bool LlhttpKnows(std::string_view bytes) { return bytes.find_first_of(" \t") == bytes.npos && IsAscii(bytes); }

// Whatever our decoder accepts, a reader that looks only for line ends must decode to the same body, and so must llhttp
// as far as it knows the grammar. Then no request can hide in a difference.
TEST(Chunked, AcceptsNothingThatOthersReadOtherwise) {
  std::mt19937 random(1);
  const std::string pieces[] = {"5\r\nhello\r\n", "a\r\nhellohello\r\n",  "5;a=b\r\nhello\r\n",
                                "1;a\r\nx\r\n",   "1;a=\"b c\"\r\nx\r\n", "2 ; a = \"\\\"\" ;b\r\nxy\r\n"};
  const std::string ends[] = {"0\r\n\r\n", "0;x=y\r\n\r\n", "000\r\nA: b\r\n\r\n", "0\r\nA:b\r\nC: d\r\n\r\n"};
  const std::string_view bytes_to_set = "0158af;= \r\n:\"\tx,\\\0-\x80"sv;
  int accepted = 0, compared = 0;
  for (int round = 0; round < 50000; ++round) {
    std::string bytes;
    for (unsigned i = random() % 4; i > 0; --i) bytes += pieces[random() % std::size(pieces)];
    bytes += ends[random() % std::size(ends)];
    for (unsigned i = random() % 3; i > 0; --i) {
      const std::size_t place = random() % bytes.size();
      const char byte = bytes_to_set[random() % bytes_to_set.size()];
      random() % 2 ? void(bytes[place] = byte) : void(bytes.insert(place, 1, byte));
    }
    const Decoded ours = Decode(bytes, 1 + random() % 9);
    if (ours.outcome != Outcome::kDone) continue;
    ++accepted;
    ASSERT_EQ(ByLineEnds(bytes), ours.body) << bytes;
    const auto theirs = ByLlhttp(bytes);
    if (theirs) ++compared;
    const bool must_agree = theirs || LlhttpKnows(bytes);
    ASSERT_TRUE(!must_agree || theirs == ours.body) << bytes;
  }
  EXPECT_GT(accepted, 1000);
  EXPECT_GT(compared, 1000);
}

}  // namespace
}  // namespace zoobar
