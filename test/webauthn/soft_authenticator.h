// An authenticator of software, for tests: it makes a key, and signs what a browser has it sign. It writes COSE, CBOR and
// clientDataJSON by itself, so it shares no code with what it tests.
#pragma once

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace zoobar {

// Bytes as base64url without padding.
inline std::string SoftBase64Url(std::string_view bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  unsigned held = 0;
  int bits = 0;
  for (const char c : bytes) {
    held = (held << 8 | static_cast<unsigned char>(c)) & 0xffff;
    for (bits += 8; bits >= 6; bits -= 6) text += kLetters[held >> (bits - 6) & 63];
  }
  if (bits > 0) text += kLetters[held << (6 - bits) & 63];
  return text;
}

inline std::string SoftSha256(std::string_view text) {
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

// clientDataJSON as a browser writes it. type: "webauthn.create" or "webauthn.get".
inline std::string SoftClientData(std::string_view type, std::string_view challenge, std::string_view origin,
                                  std::string_view more = "}") {
  return R"({"type":")" + std::string(type) + R"(","challenge":")" + SoftBase64Url(challenge) + R"(","origin":")" +
         std::string(origin) + R"(","crossOrigin":false)" + std::string(more);
}

class SoftPasskey {
 public:
  enum class Kind { kEs256, kEdDsa, kRs256 };
  static constexpr unsigned kUp = 0x01, kUv = 0x04, kAt = 0x40, kEd = 0x80;

  explicit SoftPasskey(Kind kind = Kind::kEs256) : kind_(kind), id_(32, '\0') {
    key_.reset(kind == Kind::kEs256   ? EVP_EC_gen("P-256")
               : kind == Kind::kEdDsa ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                      : EVP_RSA_gen(2048));
    EXPECT_NE(key_, nullptr);
    RAND_bytes(reinterpret_cast<unsigned char*>(id_.data()), static_cast<int>(id_.size()));
  }

  const std::string& id() const { return id_; }
  int algorithm() const { return kind_ == Kind::kEs256 ? -7 : kind_ == Kind::kEdDsa ? -8 : -257; }
  std::uint32_t counter = 0;  // in the next authenticator data
  unsigned flags = kUp | kUv;

  // The key in the layout of webauthn/public_key.h.
  std::string Key() const {
    if (kind_ == Kind::kEs256) return Number(OSSL_PKEY_PARAM_EC_PUB_X, 32) + Number(OSSL_PKEY_PARAM_EC_PUB_Y, 32);
    if (kind_ == Kind::kRs256) return Number(OSSL_PKEY_PARAM_RSA_N, 256);
    std::string raw(32, '\0');
    std::size_t size = raw.size();
    EXPECT_EQ(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size), 1);
    return raw;
  }

  // The key as COSE, byte for byte as RFC 9053 and RFC 8230 have it.
  std::string Cose() const {
    const std::string key = Key();
    if (kind_ == Kind::kEs256) {
      return std::string("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", 10) + key.substr(0, 32) + "\x22\x58\x20" +
             key.substr(32);
    }
    if (kind_ == Kind::kEdDsa) return std::string("\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20", 10) + key;
    return std::string("\xa4\x01\x03\x03\x39\x01\x00\x20\x59\x01\x00", 11) + key +
           std::string("\x21\x43\x01\x00\x01", 5);
  }

  std::string Head(std::string_view rp_id, unsigned more_flags = 0) const {
    std::string head = SoftSha256(rp_id);
    head += static_cast<char>(flags | more_flags);
    for (int shift = 24; shift >= 0; shift -= 8) head += static_cast<char>(counter >> shift & 0xff);
    return head;
  }
  // The authenticator data of a registration.
  std::string NewCredential(std::string_view rp_id, std::string_view extensions = {}) const {
    return Head(rp_id, kAt | (extensions.empty() ? 0U : kEd)) + std::string(16, '\0') + std::string("\x00\x20", 2) +
           id_ + Cose() + std::string(extensions);
  }
  std::string Sign(std::string_view authenticator_data, std::string_view client_data) const {
    const std::string text = std::string(authenticator_data) + SoftSha256(client_data);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const EVP_MD* const digest = kind_ == Kind::kEdDsa ? nullptr : EVP_sha256();
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()), 1);
    std::size_t size = 1024;
    std::string signature(size, '\0');
    EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                             reinterpret_cast<const unsigned char*>(text.data()), text.size()),
              1);
    signature.resize(size);
    return signature;
  }

 private:
  std::string Number(const char* name, int size) const {
    BIGNUM* number = nullptr;
    EXPECT_EQ(EVP_PKEY_get_bn_param(key_.get(), name, &number), 1);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    EXPECT_EQ(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), size), size);
    BN_free(number);
    return bytes;
  }

  const Kind kind_;
  std::string id_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_{nullptr, EVP_PKEY_free};
};

}  // namespace zoobar
