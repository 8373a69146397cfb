#include "tls/tickets.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

#include "ipc/result.h"

namespace zoobar {
namespace {

// Results of the callback.
constexpr int kFailed = -1, kUnknown = 0, kUsed = 1, kUsedButOld = 2;

std::string_view NameOf(const TicketSealer::Key& key) { return View(key.bytes).substr(0, TicketSealer::kNameBytes); }

}  // namespace

TicketSealer::TicketSealer() : cipher_(EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr)) {
  if (!cipher_) Die("libcrypto has no AES-256-CBC");
}

void TicketSealer::Use(std::vector<Key> keys, std::int64_t now_ms) {
  std::erase_if(keys, [](const Key& key) { return key.bytes.size() != kKeyBytes; });
  for (Key& old : keys_) {
    const bool known = std::ranges::any_of(keys, [&](const Key& key) { return NameOf(key) == NameOf(old); });
    if (!known) keys.push_back(std::move(old));
  }
  keys_ = std::move(keys);
  Expire(now_ms);
}

void TicketSealer::Expire(std::int64_t now_ms) {
  std::erase_if(keys_, [now_ms](const Key& key) { return key.expires_ms <= now_ms; });
}

int TicketSealer::Prepare(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                          bool seal) const {
  auto key = keys_.begin();
  if (!seal) {
    const std::string_view wanted(reinterpret_cast<const char*>(name), kNameBytes);
    key = std::ranges::find_if(keys_, [wanted](const Key& each) { return NameOf(each) == wanted; });
  }
  if (key == keys_.end()) return kUnknown;
  const auto* bytes = reinterpret_cast<const unsigned char*>(key->bytes.data());
  if (seal) {
    std::memcpy(name, bytes, kNameBytes);
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(cipher_.get())) != 1) return kFailed;
  }
  char digest[] = "SHA256";
  auto* mac_key = const_cast<unsigned char*>(bytes + kNameBytes + kCipherBytes);
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, mac_key, kMacBytes),
                               OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
  if (EVP_CipherInit_ex(cipher, cipher_.get(), nullptr, bytes + kNameBytes, iv, seal ? 1 : 0) != 1 ||
      EVP_MAC_CTX_set_params(mac, params) != 1) {
    return kFailed;
  }
  return seal || key == keys_.begin() ? kUsed : kUsedButOld;
}

}  // namespace zoobar
