// The text forms of credentials: PHC strings (src/credentials/phc.h), tokens and one-time passwords.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "credentials/one_time.h"
#include "credentials/phc.h"
#include "credentials/tokens.h"
#include "fuzz/require.h"
#include "fuzz/seeded_random.h"

namespace zoobar {
namespace {

void CheckParsed(std::string_view text) {
  const Result<PasswordHash> hash = FromPhc(text);
  if (!hash.ok()) return Require(!hash.error().text.empty(), "an Error says why");
  Require(CheckParameters(hash->parameters).ok(), "the parameters are within their bounds");
  Require(hash->salt.size() >= 8 && hash->salt.size() <= 64, "8 to 64 bytes of salt");
  Require(hash->tag.empty() || (hash->tag.size() >= 16 && hash->tag.size() <= 64), "no tag, or 16 to 64 bytes");
  Require(ToPhc(*hash) == text, "no text is accepted but the one that is written");
}

// Takes the parameters, the salt and the tag from the bytes.
void CheckWritten(std::string_view bytes) {
  if (bytes.size() < 8) return;
  const auto at = [bytes](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
  PasswordHash hash;
  hash.parameters = {at(0) | at(1) << 8 | at(2) << 16, at(3) | at(4) << 8, at(5) % 20};
  const std::string_view rest = bytes.substr(8);
  hash.salt = rest.substr(0, at(6) % 80);
  hash.tag = rest.substr(std::min(hash.salt.size(), rest.size())).substr(0, at(7) % 80);
  const bool fits = CheckParameters(hash.parameters).ok() && hash.salt.size() >= 8 && hash.salt.size() <= 64 &&
                    (hash.tag.empty() || (hash.tag.size() >= 16 && hash.tag.size() <= 64));
  const Result<PasswordHash> parsed = FromPhc(ToPhc(hash));
  Require(parsed.ok() == fits, "what is within the bounds is parsed, and nothing else");
  if (!fits) return;
  Require(parsed->parameters == hash.parameters && parsed->salt == hash.salt && parsed->tag == hash.tag,
          "what was written is read");
}

void CheckTokens(std::string_view text) {
  std::set<std::string> keys;
  for (const TokenKind kind : {TokenKind::kSession, TokenKind::kDevice, TokenKind::kClaim}) {
    const std::size_t random = kind == TokenKind::kDevice ? kDeviceTokenBytes : kSessionTokenBytes;
    const Bytes fresh = FreshToken(random);
    Require(View(fresh).find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
                std::string_view::npos,
            "a token goes into a cookie as it is");
    const std::string key = TokenKey(kind, text), other = TokenKey(kind, View(fresh));
    Require(other.size() == 32, "a fresh token has a key");
    Require(key.empty() == (text.size() != fresh.size()), "a text of another length is no token");
    Require(key.empty() || (key.size() == 32 && key == TokenKey(kind, text)), "the key of a token is always the same");
    if (!key.empty()) Require(keys.insert(key).second, "each kind of token has a key of its own");
    if (View(fresh) != text) Require(key != other, "two tokens have two keys");
  }
  const Bytes password = FreshOneTimePassword();
  Require(password.size() == kOneTimePasswordBytes, "the length of a one-time password");
  for (std::size_t i = 0; i < password.size(); ++i) {
    static constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";
    Require(i % 5 == 4 ? password[i] == '-' : kLetters.find(password[i]) != kLetters.npos, "four letters, then a dash");
  }
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  const std::string text(reinterpret_cast<const char*>(data), size);
  SeededRandom::Begin(text);
  CheckParsed(text);
  CheckWritten(text);
  CheckTokens(text);
  return 0;
}
