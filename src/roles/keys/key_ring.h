// The certificates in use, with their private keys: those of the configuration in its order, then those that were
// installed while the site ran, the oldest first.
//
// An installed certificate replaces each other one of the same kind of key (RSA, ECDSA) all of whose names it has. It
// takes the place of the first one that it replaces. A configured certificate that became valid later is not replaced:
// then the operator has renewed the files since.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/bytes.h"
#include "ipc/loop.h"
#include "ipc/result.h"
#include "keys.pb.h"
#include "tls/openssl.h"

namespace zoobar {

struct KeyPair {
  Certificate about;
  PkeyPtr key;

  // Reads a chain and its private key, both in PEM, and checks that they belong together.
  static Result<KeyPair> Read(std::string_view chain, std::string_view key, CertificateOrigin origin);
};

class KeyRing {
 public:
  static constexpr std::size_t kMostBytes = 900'000;  // of all chains: one message brings them to edge (ipc/stream.h)
  static constexpr std::size_t kMost = 64;            // certificates in all; the operator alone can add any

  // Adds a certificate of the configuration. Only before the first Install.
  void AddConfigured(KeyPair pair);

  // Returns an Error, for the operator, if this certificate may not be installed: a configured one that it would
  // replace became valid later, or there are kMost already.
  Status MayInstall(const Certificate& about) const;
  // Returns the ids of the keys of the installed certificates that Install(about) would replace, without its own.
  std::vector<std::string> InstalledReplacedBy(const Certificate& about) const;
  // Takes it into use. Returns how many certificates it replaced. A configured one that became valid later goes on
  // being used instead.
  std::size_t Install(KeyPair pair);

  const std::vector<KeyPair>& in_use() const { return pairs_; }
  // Returns the pair with this key. It is in use, or was replaced less than kGrace ago. nullptr: there is none.
  const KeyPair* Find(std::string_view key_id) const;
  // Wipes the keys that were replaced kGrace ago. To be called now and then.
  void Forget();

 private:
  // A handshake that began before a certificate was replaced still needs its key. edge ends a handshake after
  // `http { handshake_seconds }`; this is longer than its default. At most kMost of them: the oldest goes first.
  static constexpr Milliseconds kGrace{60000};
  struct Replaced {
    KeyPair pair;
    std::int64_t until_us;
  };

  std::vector<KeyPair> pairs_;
  std::deque<Replaced> replaced_;  // the oldest first
};

}  // namespace zoobar
