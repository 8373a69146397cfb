#include "webauthn/client_data.h"

#include <gtest/gtest.h>

#include <string>

#include "webauthn/known_vector.h"
#include "webauthn/soft_authenticator.h"

namespace zoobar {
namespace {

constexpr std::string_view kChallenge = "a challenge", kOrigin = "https://bank.example";

TEST(ClientData, AgreesWithTheKnownVectors) {
  using namespace known_vector;
  EXPECT_TRUE(ClientDataFits(kNewClientData, Ceremony::kCreate, kNewChallenge, known_vector::kOrigin));
  EXPECT_TRUE(ClientDataFits(kClientData, Ceremony::kGet, known_vector::kChallenge, known_vector::kOrigin));
  EXPECT_FALSE(ClientDataFits(kClientData, Ceremony::kGet, kNewChallenge, known_vector::kOrigin));
}

TEST(ClientData, MustNameTheCeremonyTheChallengeAndTheOrigin) {
  const std::string get = SoftClientData("webauthn.get", kChallenge, kOrigin);
  EXPECT_TRUE(ClientDataFits(get, Ceremony::kGet, kChallenge, kOrigin));
  EXPECT_FALSE(ClientDataFits(get, Ceremony::kCreate, kChallenge, kOrigin));
  EXPECT_FALSE(ClientDataFits(get, Ceremony::kGet, "another challenge", kOrigin));
  EXPECT_FALSE(ClientDataFits(get, Ceremony::kGet, kChallenge, "https://bank.example.evil.example"));
  EXPECT_FALSE(ClientDataFits(get, Ceremony::kGet, kChallenge, "http://bank.example"));
  EXPECT_FALSE(ClientDataFits(get, Ceremony::kGet, kChallenge, "https://bank.example:8443"));
  EXPECT_FALSE(ClientDataFits(get, Ceremony::kGet, kChallenge, "https://bank.exampl"));
}

TEST(ClientData, OfAFrameInAnotherSiteIsRefused) {
  std::string framed = SoftClientData("webauthn.get", kChallenge, kOrigin);
  framed.replace(framed.find("false"), 5, "true");
  EXPECT_FALSE(ClientDataFits(framed, Ceremony::kGet, kChallenge, kOrigin));
}

TEST(ClientData, MayGoOnWithOtherFields) {
  EXPECT_TRUE(ClientDataFits(SoftClientData("webauthn.get", kChallenge, kOrigin, R"(,"more":1})"), Ceremony::kGet,
                             kChallenge, kOrigin));
  for (const char* more : {"", " }", "x}", "\"}"}) {
    EXPECT_FALSE(
        ClientDataFits(SoftClientData("webauthn.get", kChallenge, kOrigin, more), Ceremony::kGet, kChallenge, kOrigin))
        << more;
  }
}

TEST(ClientData, IsComparedByteForByte) {
  const std::string get = SoftClientData("webauthn.get", kChallenge, kOrigin);
  for (std::size_t i = 0; i < get.size(); ++i) {
    std::string other = get;
    other[i] = static_cast<char>(other[i] ^ 0x20);
    EXPECT_FALSE(ClientDataFits(other, Ceremony::kGet, kChallenge, kOrigin)) << i;
    EXPECT_FALSE(ClientDataFits(get.substr(0, i), Ceremony::kGet, kChallenge, kOrigin)) << i;
  }
  EXPECT_FALSE(ClientDataFits(" " + get, Ceremony::kGet, kChallenge, kOrigin));
  // A field that comes twice cannot hide the first one.
  EXPECT_FALSE(
      ClientDataFits(R"({"origin":"https://evil.example",)" + get.substr(1), Ceremony::kGet, kChallenge, kOrigin));
}

TEST(ClientData, MayNotBeTooLong) {
  const auto padded = [](std::size_t size) {
    std::string json = SoftClientData("webauthn.get", kChallenge, kOrigin, R"(,"x":")");
    json.resize(size - 2, 'x');
    return json + "\"}";
  };
  EXPECT_TRUE(ClientDataFits(padded(kMostClientData), Ceremony::kGet, kChallenge, kOrigin));
  EXPECT_FALSE(ClientDataFits(padded(kMostClientData + 1), Ceremony::kGet, kChallenge, kOrigin));
}

}  // namespace
}  // namespace zoobar
