// Seals the tickets with which clients resume their TLS sessions (RFC 8446, 4.6.1), with keys that the role keys draws.
// All instances of edge have the same keys, so a client may resume at any of them.
//
// Only TLS 1.3 has tickets here. There every resumed session exchanges a key of its own (psk_dhe_ke), so whoever takes
// the keys of the tickets cannot read recorded traffic with them.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <vector>

#include "ipc/bytes.h"
#include "tls/openssl.h"

namespace zoobar {

class TicketSealer {
 public:
  static constexpr std::size_t kNameBytes = 16, kCipherBytes = 32, kMacBytes = 32;
  static constexpr std::size_t kKeyBytes = kNameBytes + kCipherBytes + kMacBytes;

  struct Key {
    Bytes bytes;                  // kKeyBytes: the name, the key of AES-256-CBC, the key of HMAC-SHA256
    std::int64_t expires_ms = 0;  // by a monotonic clock
  };

  TicketSealer();

  // Uses these keys, the first one for new tickets. A key that was there before and is missing now is kept until it
  // expires, so that a new process of the role keys does not end all sessions.
  void Use(std::vector<Key> keys, std::int64_t now_ms);
  // Wipes the keys that have expired.
  void Expire(std::int64_t now_ms);
  std::size_t size() const { return keys_.size(); }

  // The callback of SSL_CTX_set_tlsext_ticket_key_evp_cb(3ossl), with the same arguments and results.
  int Prepare(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, bool seal) const;

 private:
  using CipherPtr = OpensslPtr<EVP_CIPHER, EVP_CIPHER_free>;

  std::vector<Key> keys_;
  CipherPtr cipher_;
};

}  // namespace zoobar
