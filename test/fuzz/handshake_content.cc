// What may be signed for a handshake (src/tls/handshake_content.h). The first byte of the input chooses the scheme, the
// second one the kind of key, and the others are the content.
#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/pieces.h"
#include "fuzz/require.h"
#include "tls/handshake_content.h"

namespace zoobar {
namespace {

constexpr std::uint32_t kSchemes[] = {0x0403, 0x0503, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0603, 0x0201};
constexpr KeyKind kKinds[] = {KEY_KIND_RSA, KEY_KIND_ECDSA_P256, KEY_KIND_ECDSA_P384, KEY_KIND_UNSPECIFIED};

// The rule once more, as RFC 8446, 4.4.3 and RFC 8422, 5.4 write it.
bool MaySign(std::uint32_t scheme, KeyKind kind, std::string_view content) {
  const bool rsa_scheme = (scheme >> 8) >= 8 || (scheme & 0xff) == 1;
  if (rsa_scheme != (kind == KEY_KIND_RSA)) return false;
  const std::string start13 = std::string(64, ' ') + "TLS 1.3, server CertificateVerify" + std::string(1, '\0');
  if (content.starts_with(start13)) {
    const std::size_t hash = content.size() - start13.size();
    if (hash != 32 && hash != 48) return false;
    if (kind == KEY_KIND_RSA) return (scheme >> 8) == 8;
    return scheme == (kind == KEY_KIND_ECDSA_P256 ? 0x0403u : kind == KEY_KIND_ECDSA_P384 ? 0x0503u : 0);
  }
  const std::string_view curve = content.substr(std::min<std::size_t>(64, content.size()));
  const auto point = [curve](std::string_view start, std::size_t size) {
    return curve.size() == start.size() + size && curve.starts_with(start);
  };
  return point(std::string_view("\x03\x00\x1d\x20", 4), 32) || point(std::string_view("\x03\x00\x17\x41\x04", 5), 64);
}

// A content that may be signed is signed, and the public key verifies it.
void CheckSignature(const SignatureScheme& scheme, std::string_view content) {
  static const auto& keys = *new std::pair<PkeyPtr, PkeyPtr>(EVP_EC_gen("P-256"), EVP_EC_gen("P-384"));
  EVP_PKEY* key = (scheme.in_tls13 == KEY_KIND_ECDSA_P256 ? keys.first : keys.second).get();
  const Result<std::string> signature = SignContent(key, scheme, content);
  Require(signature.ok() && !signature->empty(), "it is signed");
  const DigestContextPtr context(EVP_MD_CTX_new());
  const auto* at = reinterpret_cast<const unsigned char*>(signature->data());
  const auto* text = reinterpret_cast<const unsigned char*>(content.data());
  Require(EVP_DigestVerifyInit_ex(context.get(), nullptr, scheme.digest, nullptr, nullptr, key, nullptr) == 1 &&
              EVP_DigestVerify(context.get(), at, signature->size(), text, content.size()) == 1,
          "the signature is right");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  StartOpenssl();
  if (size < 2) return 0;
  const std::uint32_t number = kSchemes[data[0] % std::size(kSchemes)];
  const KeyKind kind = kKinds[data[1] % std::size(kKinds)];
  const std::string_view content = InputText(data + 2, size - 2);
  const SignatureScheme* scheme = FindScheme(number);
  Require((scheme != nullptr) == (number != 0x0603 && number != 0x0201), "the schemes of a server");
  if (scheme == nullptr) return 0;
  const Status may = CheckHandshakeContent(*scheme, kind, content);
  Require(may.ok() == MaySign(number, kind, content), "both rules agree");
  if (!may.ok()) {
    Require(!may.error().text.empty(), "an error says why");
    return 0;
  }
  Require(content.size() <= 64 + 34 + 48, "what is signed is short");
  for (const KeyKind other : kKinds) {
    if ((other == KEY_KIND_RSA) != (kind == KEY_KIND_RSA))
      Require(!CheckHandshakeContent(*scheme, other, content).ok(), "never for another kind of key");
  }
  if (!scheme->rsa) CheckSignature(*scheme, content);
  return 0;
}
