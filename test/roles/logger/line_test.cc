#include "roles/logger/line.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::int64_t kTime = 1709210096789;  // 2024-02-29T12:34:56.789Z
constexpr LogOrigin kOrigin{ROLE_APP, 1, 77};

// The line as another JSON parser reads it. The test fails if it is not JSON.
google::protobuf::Struct Parsed(const std::string& line) {
  google::protobuf::Struct parsed;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(line, &parsed).ok()) << line;
  return parsed;
}

void AddField(WriteRequest& line, const std::string& key, const std::string& value) {
  line.add_fields()->set_key(key);
  line.mutable_fields(line.fields_size() - 1)->set_value(value);
}

TEST(EventLine, SaysWhoWhenAndWhat) {
  WriteRequest line;
  line.set_level(LEVEL_INFO);
  line.set_event("login");
  AddField(line, "name", "ann");
  EXPECT_EQ(EventLine(kTime, kOrigin, line, 0),
            "{\"time\":\"2024-02-29T12:34:56.789Z\",\"role\":\"app\",\"instance\":1,\"pid\":77,\"level\":\"info\","
            "\"event\":\"login\",\"fields\":{\"name\":\"ann\"}}\n");
}

TEST(EventLine, NamesTheRequestIfTheWriterGaveAnId) {
  WriteRequest line;
  line.set_level(LEVEL_TRACE);
  line.set_event("call");
  line.set_request(std::string(16, 'a'));
  EXPECT_EQ(EventLine(kTime, kOrigin, line, 0),
            "{\"time\":\"2024-02-29T12:34:56.789Z\",\"role\":\"app\",\"instance\":1,\"pid\":77,\"level\":\"trace\","
            "\"event\":\"call\",\"request\":\"61616161616161616161616161616161\"}\n");
  for (const std::string& wrong : {std::string(15, 'a'), std::string(17, 'a'), std::string(16, '\0')}) {
    line.set_request(wrong);
    EXPECT_EQ(EventLine(kTime, kOrigin, line, 0).find("request"), std::string::npos);
  }
}

TEST(AccessLine, NamesTheRequestAndATracedOneSaysWhenItBegan) {
  AccessRequest::Entry entry;
  entry.set_address("192.0.2.1");
  entry.set_request(std::string(16, 'a'));
  EXPECT_NE(AccessLine(kTime, kOrigin, entry, 0).find(R"("request":"61616161616161616161616161616161"})"),
            std::string::npos);
  entry.set_began(1709210096789012);
  EXPECT_NE(AccessLine(kTime, kOrigin, entry, 0).find(R"(61616161","began":1709210096789012})"), std::string::npos);
  entry.set_request("short");
  EXPECT_EQ(AccessLine(kTime, kOrigin, entry, 0).find("request"), std::string::npos);
}

TEST(EventLine, SecurityAndDroppedLinesAreMarked) {
  WriteRequest line;
  line.set_level(LEVEL_WARNING);
  line.set_security(true);
  line.set_event("login-failed");
  const google::protobuf::Struct parsed = Parsed(EventLine(kTime, kOrigin, line, 12));
  EXPECT_TRUE(parsed.fields().at("security").bool_value());
  EXPECT_EQ(parsed.fields().at("dropped").number_value(), 12);
}

TEST(EventLine, NoTextCanEndTheLineOrTheString) {
  const std::string hostile =
      "\"},\n{\"time\":\"x\",\"role\":\"auth\"\r\n\\\" \x1B[2J\x7F\xC2\x9B"
      "31m \xE2\x80\xAE\xE2\x80\xA8\xEF\xBB\xBF";
  WriteRequest line;
  line.set_event(hostile);
  AddField(line, hostile.substr(0, 20), hostile);
  const std::string text = EventLine(kTime, kOrigin, line, 0);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  for (const char c : text.substr(0, text.size() - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    EXPECT_TRUE(byte >= 0x20 && byte < 0x7F) << text;
  }
  const google::protobuf::Struct parsed = Parsed(text);
  EXPECT_EQ(parsed.fields().at("role").string_value(), "app");
  EXPECT_EQ(parsed.fields().at("fields").struct_value().fields().begin()->second.string_value(), hostile);
}

TEST(EventLine, AFieldCannotPassForTheLoggersOwnStamp) {
  WriteRequest line;
  line.set_event("x");
  AddField(line, "role", "bank");
  AddField(line, "time", "1999-01-01T00:00:00.000Z");
  const google::protobuf::Struct parsed = Parsed(EventLine(kTime, kOrigin, line, 0));
  EXPECT_EQ(parsed.fields().at("role").string_value(), "app");
  EXPECT_EQ(parsed.fields().at("time").string_value(), "2024-02-29T12:34:56.789Z");
}

TEST(EventLine, IsBoundedWhateverIsSent) {
  WriteRequest line;
  line.set_event(std::string(100000, '\n'));
  for (int i = 0; i < 100; ++i) AddField(line, std::string(1000, '\x01'), std::string(100000, '\x02'));
  const std::string text = EventLine(kTime, kOrigin, line, UINT64_MAX);
  EXPECT_LE(text.size(), kMaxLogLine);
  EXPECT_TRUE(Parsed(text).fields().at("truncated").bool_value());
}

TEST(JsonString, OtherBytesThanUtf8BecomeReplacements) {
  EXPECT_EQ(JsonString("a\xFF\xC0"
                       "b",
                       100),
            "\"a\xEF\xBF\xBD\xEF\xBF\xBD"
            "b\"");
  EXPECT_EQ(JsonString("\xE2\x82\xAC\xE2\x82\xAC", 4), "\"\xE2\x82\xAC\"");
  EXPECT_EQ(JsonString(std::string_view("\0", 1), 100), "\"\\u0000\"");
}

TEST(AccessLine, SaysWhatWasServed) {
  AccessRequest::Entry entry;
  entry.set_address("192.0.2.1");
  entry.set_method("GET");
  entry.set_path("/zoobar/\"x\ny");
  entry.set_status(200);
  entry.set_bytes(1234);
  entry.set_micros(56);
  const google::protobuf::Struct parsed = Parsed(AccessLine(kTime, kOrigin, entry, 0));
  EXPECT_EQ(parsed.fields().at("path").string_value(), "/zoobar/\"x\ny");
  EXPECT_EQ(parsed.fields().at("status").number_value(), 200);
  EXPECT_EQ(parsed.fields().count("member"), 0u);
  EXPECT_EQ(parsed.fields().count("dropped"), 0u);
}

}  // namespace
}  // namespace zoobar
