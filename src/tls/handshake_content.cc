#include "tls/handshake_content.h"

#include <openssl/rsa.h>

#include <algorithm>

#include "ipc/try.h"

namespace zoobar {
namespace {

constexpr SignatureScheme kSchemes[] = {
    {0x0403, "SHA256", 32, false, false, KEY_KIND_ECDSA_P256},
    {0x0503, "SHA384", 48, false, false, KEY_KIND_ECDSA_P384},
    {0x0804, "SHA256", 32, true, true, KEY_KIND_RSA},
    {0x0805, "SHA384", 48, true, true, KEY_KIND_RSA},
    {0x0806, "SHA512", 64, true, true, KEY_KIND_RSA},
    {0x0401, "SHA256", 32, true, false, KEY_KIND_UNSPECIFIED},
    {0x0501, "SHA384", 48, true, false, KEY_KIND_UNSPECIFIED},
    {0x0601, "SHA512", 64, true, false, KEY_KIND_UNSPECIFIED},
};

// TLS 1.3: what stands before the hash of the transcript.
constexpr std::size_t kSpaces = 64;
constexpr std::string_view kContext("TLS 1.3, server CertificateVerify\0", 34);

// TLS 1.2: the two random values, 32 bytes each.
constexpr std::size_t kRandoms = 64;
// struct { ECCurveType curve_type = named_curve(3); NamedCurve (2 bytes); opaque point <1..2^8-1>; }
constexpr std::string_view kX25519("\x03\x00\x1d\x20", 4), kP256("\x03\x00\x17\x41\x04", 5);
constexpr std::size_t kX25519Bytes = 4 + 32, kP256Bytes = 4 + 65;

bool IsTls13(std::string_view content) {
  if (content.size() < kSpaces + kContext.size()) return false;
  const std::string_view spaces = content.substr(0, kSpaces);
  return std::ranges::all_of(spaces, [](char c) { return c == ' '; }) &&
         content.substr(kSpaces, kContext.size()) == kContext;
}

bool IsTls12(std::string_view content) {
  if (content.size() < kRandoms) return false;
  const std::string_view parameters = content.substr(kRandoms);
  return (parameters.starts_with(kX25519) && parameters.size() == kX25519Bytes) ||
         (parameters.starts_with(kP256) && parameters.size() == kP256Bytes);
}

}  // namespace

const SignatureScheme* FindScheme(std::uint32_t number) {
  const auto found = std::ranges::find(kSchemes, number, &SignatureScheme::number);
  return found == std::end(kSchemes) ? nullptr : found;
}

Status CheckHandshakeContent(const SignatureScheme& scheme, KeyKind kind, std::string_view content) {
  if (scheme.rsa != (kind == KEY_KIND_RSA)) return Error::Of("scheme {:#06x} is not for this key", scheme.number);
  if (IsTls13(content)) {
    const std::size_t hash = content.size() - kSpaces - kContext.size();
    if (hash != 32 && hash != 48) return Error::Of("a transcript's hash of {} bytes", hash);
    if (scheme.in_tls13 != kind) return Error::Of("TLS 1.3 has no scheme {:#06x} for this key", scheme.number);
    return {};
  }
  if (IsTls12(content)) return {};
  return Error::Of("{} bytes that no TLS handshake has a server sign", content.size());
}

Result<std::string> SignContent(EVP_PKEY* key, const SignatureScheme& scheme, std::string_view content) {
  const DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;
  if (!context || EVP_DigestSignInit_ex(context.get(), &options, scheme.digest, nullptr, nullptr, key, nullptr) != 1 ||
      (scheme.pss && (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
                      EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1))) {
    return OpensslError("a signature");
  }
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key));
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(content.data()), content.size()) != 1) {
    return OpensslError("a signature");
  }
  signature.resize(size);
  return signature;
}

}  // namespace zoobar
