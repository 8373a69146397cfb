#include "http/proxy_header.h"

#include <gtest/gtest.h>

#include "http/proxy_headers.h"

namespace zoobar {
namespace {

using std::string;

// The client that a whole header names; "none" if it names none; "refused" if it is refused.
string ClientIn(const string& header) {
  if (header.size() < ProxyHeader::kFixedPart) return "refused";
  const Result<std::size_t> size = ProxyHeader::Size(header.substr(0, ProxyHeader::kFixedPart));
  if (!size.ok()) return "refused";
  const Result<ProxyHeader> parsed = ProxyHeader::Parse(header);
  if (!parsed.ok()) return "refused";
  return parsed->client ? parsed->client->Text() : "none";
}

string Tlv(char type, const string& value) {
  return string(1, type) + static_cast<char>(value.size() >> 8) + static_cast<char>(value.size() & 0xff) + value;
}

TEST(ProxyHeader, NamesTheClientOfBothFamilies) {
  EXPECT_EQ(ClientIn(ProxyHeaderFor("192.0.2.7")), "192.0.2.7");
  EXPECT_EQ(ClientIn(ProxyHeaderFor("2001:db8::7")), "2001:db8::7");
  EXPECT_EQ(ClientIn(RawProxyHeader(0x21, 0x21, string(10, '\0') + "\xff\xff\xc0\x00\x02\x07"s + string(20, '\0'))),
            "192.0.2.7");
}

TEST(ProxyHeader, NamesNobodyForTheProxyItselfOrAnUnknownClient) {
  EXPECT_EQ(ClientIn(RawProxyHeader(0x20, 0x00, "")), "none");
  EXPECT_EQ(ClientIn(RawProxyHeader(0x20, 0x11, string(12, 'x'))), "none") << "the addresses after LOCAL are skipped";
  EXPECT_EQ(ClientIn(RawProxyHeader(0x20, 0x99, "anything")), "none") << "and so is the family";
  EXPECT_EQ(ClientIn(RawProxyHeader(0x21, 0x00, "")), "none");
  EXPECT_EQ(ClientIn(RawProxyHeader(0x21, 0x00, "whatever")), "none");
}

TEST(ProxyHeader, SkipsWhatProxiesAdd) {
  const string addresses = AddressesFor("192.0.2.7");
  const string ssl = Tlv(0x20, "\x07\0\0\0\0"s + Tlv(0x21, "TLSv1.3"));
  EXPECT_EQ(ClientIn(RawProxyHeader(0x21, 0x11, addresses + Tlv(0x01, "h2") + Tlv(0x04, "") + ssl)), "192.0.2.7");
}

TEST(ProxyHeader, RefusesWhatTheVersionDoesNotDefine) {
  const string addresses = AddressesFor("192.0.2.7");
  EXPECT_EQ(ClientIn("PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n"), "refused") << "version 1";
  EXPECT_EQ(ClientIn("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), "refused");
  string other = ProxyHeaderFor("192.0.2.7");
  other[11] = '\r';
  EXPECT_EQ(ClientIn(other), "refused") << "a wrong signature";
  for (int command : {0x00, 0x01, 0x10, 0x11, 0x22, 0x2f, 0x31, 0xff}) {
    EXPECT_EQ(ClientIn(RawProxyHeader(command, 0x11, addresses)), "refused") << command;
  }
  for (int family : {0x01, 0x02, 0x10, 0x12, 0x13, 0x20, 0x22, 0x30, 0x31, 0x32, 0x41, 0xff}) {
    EXPECT_EQ(ClientIn(RawProxyHeader(0x21, family, string(216, 'x'))), "refused") << family;
  }
}

TEST(ProxyHeader, RefusesBrokenLengths) {
  for (std::size_t size = 0; size < 12; ++size) {
    EXPECT_EQ(ClientIn(RawProxyHeader(0x21, 0x11, string(size, 'x'))), "refused") << size;
  }
  EXPECT_EQ(ClientIn(RawProxyHeader(0x21, 0x21, string(35, 'x'))), "refused");
  const string addresses = AddressesFor("192.0.2.7");
  for (const string& broken : {"\x04"s, "\x04\0"s, "\x04\0\x02x"s, Tlv(0x04, "x") + "y"}) {
    EXPECT_EQ(ClientIn(RawProxyHeader(0x21, 0x11, addresses + broken)), "refused");
  }
  const string whole = ProxyHeaderFor("192.0.2.7");
  EXPECT_FALSE(ProxyHeader::Parse(whole.substr(0, whole.size() - 1)).ok());
  EXPECT_FALSE(ProxyHeader::Parse(whole + "x").ok());
  EXPECT_FALSE(ProxyHeader::Parse("").ok());
}

TEST(ProxyHeader, AllowsAHeaderOfItsGreatestSizeAndNoMore) {
  const string most = AddressesFor("192.0.2.7") + Tlv(0x04, string(ProxyHeader::kMost - 16 - 12 - 3, 'x'));
  EXPECT_EQ(ClientIn(RawProxyHeader(0x21, 0x11, most)), "192.0.2.7");
  const string more = RawProxyHeader(0x21, 0x11, most + "x");
  const Result<std::size_t> size = ProxyHeader::Size(more.substr(0, 16));
  ASSERT_FALSE(size.ok());
  EXPECT_NE(size.error().text.find("4096 bytes"), string::npos) << size.error().text;
}

}  // namespace
}  // namespace zoobar
