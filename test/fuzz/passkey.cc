// What authenticators and browsers send about passkeys (src/webauthn). The first byte of the input chooses what the rest
// is: authenticator data, CBOR, a COSE key with a signature, clientDataJSON, or an origin.
#include <openssl/err.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/pieces.h"
#include "fuzz/require.h"
#include "tls/openssl.h"
#include "webauthn/authenticator_data.h"
#include "webauthn/cbor.h"
#include "webauthn/client_data.h"
#include "webauthn/origins.h"
#include "webauthn/public_key.h"

namespace zoobar {
namespace {

// A second writer of the keys, as RFC 9053 and RFC 8230 have them. What was read is written back byte for byte.
std::string Written(const PasskeyKey& key) {
  const std::string& bytes = key.bytes;
  if (key.algorithm == PasskeyAlgorithm::kEdDsa)
    return std::string("\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20", 10) + bytes;
  if (key.algorithm == PasskeyAlgorithm::kEs256) {
    return std::string("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", 10) + bytes.substr(0, 32) + "\x22\x58\x20" +
           bytes.substr(32);
  }
  return std::string("\xa4\x01\x03\x03\x39\x01\x00\x20\x59", 9) + static_cast<char>(bytes.size() >> 8) +
         static_cast<char>(bytes.size() & 0xff) + bytes + std::string("\x21\x43\x01\x00\x01", 5);
}

void ReadData(std::string_view text) {
  const Result<AuthenticatorHead> head = ReadAuthenticatorHead(text);
  const Result<NewCredential> made = ParseNewCredential(text);
  const bool asserts = CheckAssertionData(text).ok();
  Require(!(made.ok() && asserts), "a registration is no login");
  if (!head.ok()) {
    Require(!made.ok() && !asserts, "without a head there is nothing");
    return;
  }
  Require(head->rp_id_hash == text.substr(0, kRpIdHashBytes), "the hash comes first");
  if (asserts)
    Require(head->has_extensions == (text.size() > kAuthenticatorHeadBytes), "nothing follows but extensions");
  if (!made.ok()) return;
  Require(!made->id.empty() && made->id.size() <= kMostCredentialId, "the id has its bounds");
  const std::string again =
      std::string(text.substr(0, kAuthenticatorHeadBytes + 18)) + std::string(made->id) + Written(made->key);
  Require(text.starts_with(again), "what was read is what was sent");
  Require(head->has_extensions == (text.size() > again.size()), "nothing follows the key but extensions");
  (void)CheckKey(static_cast<std::int32_t>(made->key.algorithm), made->key.bytes);
}

void ReadCbor(std::string_view text) {
  CborReader reader(text);
  if (!reader.Skip().ok()) return;
  const std::string_view item = text.substr(0, text.size() - reader.left().size());
  Require(!item.empty(), "an item has bytes");
  // Every shorter text is none.
  for (std::size_t size = item.size() > 64 ? item.size() - 64 : 0; size < item.size(); ++size)
    Require(!CborReader(item.substr(0, size)).Skip().ok(), "no item is the beginning of another");
}

void ReadKey(std::string_view text) {
  CborReader reader(text);
  const Result<PasskeyKey> key = ParseCoseKey(reader);
  if (!key.ok()) return;
  Require(text.substr(0, text.size() - reader.left().size()) == Written(*key), "a key has one form");
  const bool good = CheckKey(static_cast<std::int32_t>(key->algorithm), key->bytes).ok();
  const bool signed_by_it = CheckSignature(*key, "text", reader.left());
  Require(good || !signed_by_it, "only a key checks signatures");
  Require(ERR_peek_error() == 0, "OpenSSL's errors are cleared");
}

void ReadClientData(std::string_view text) {
  const std::string_view challenge = "challenge", origin = "https://bank.example";
  const bool creates = ClientDataFits(text, Ceremony::kCreate, challenge, origin);
  const bool gets = ClientDataFits(text, Ceremony::kGet, challenge, origin);
  Require(!(creates && gets), "one ceremony");
  if (!creates && !gets) return;
  Require(text.find(R"("challenge":"Y2hhbGxlbmdl")") != text.npos, "the challenge");
  Require(text.find(R"("origin":"https://bank.example")") != text.npos, "the origin");
  Require(!ClientDataFits(text, creates ? Ceremony::kCreate : Ceremony::kGet, challenge, "https://bank.exampl"),
          "alone");
}

void ReadOrigin(std::string_view text) {
  if (!IsPasskeyOrigin(text)) return;
  const std::string_view host = RpIdOf(text);
  Require(!host.empty() && host.find_first_of(":/\"\\ ") == host.npos, "the host is a host");
  Require(text.starts_with("https://") || host == "localhost", "https, or this machine");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  StartOpenssl();
  if (size == 0) return 0;
  const std::string_view text = InputText(data + 1, size - 1);
  void (*const kReaders[])(std::string_view) = {ReadData, ReadCbor, ReadKey, ReadClientData, ReadOrigin};
  kReaders[data[0] % std::size(kReaders)](text);
  return 0;
}
