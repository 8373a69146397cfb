#include "credentials/tokens.h"

#include <sodium.h>

namespace zoobar {
namespace {

constexpr int kUrlBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::size_t kKeyBytes = 32;

constexpr std::size_t TextSize(std::size_t random_bytes) { return (random_bytes * 8 + 5) / 6; }

}  // namespace

Bytes FreshToken(std::size_t random_bytes) {
  Bytes random;
  random.resize(random_bytes);
  randombytes_buf(random.data(), random.size());
  Bytes text;
  text.resize(sodium_base64_encoded_len(random.size(), kUrlBase64));
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(random.data()), random.size(),
                    kUrlBase64);
  text.pop_back();  // removes the NUL at the end
  return text;
}

std::string TokenKey(TokenKind kind, std::string_view token) {
  const bool device = kind == TokenKind::kDevice;
  if (token.size() != TextSize(device ? kDeviceTokenBytes : kSessionTokenBytes)) return {};
  const std::string_view label = device                        ? "zoobar device "
                                 : kind == TokenKind::kSession ? "zoobar session "
                                                               : "zoobar claim ";
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, kKeyBytes);
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(label.data()), label.size());
  crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(token.data()), token.size());
  std::string key(kKeyBytes, '\0');
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(key.data()), key.size());
  sodium_memzero(&state, sizeof state);  // it contains bytes of the token
  return key;
}

}  // namespace zoobar
