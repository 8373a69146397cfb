// The operator's key pair for backups. With the public key a backup is sealed, and only the secret key opens it. So the
// machine that makes the backups need not have the secret key.
#pragma once

#include <array>
#include <string>

#include "ipc/bytes.h"
#include "ipc/result.h"

namespace zoobar::backup {

using PublicKey = std::array<unsigned char, 32>;  // X25519, as for libsodium's crypto_box_seal

struct SecretKey {
  PublicKey open{};  // the public key that belongs to it
  Bytes bytes;
};

// Makes a key pair. Writes the secret key to `path`, which only its owner can read, and the public key to PATH.pub.
// Replaces no file.
Status MakeKeys(const std::string& path);

// Reads the file of a public key, or of a secret key. An Error names the file.
Result<PublicKey> ReadPublicKey(const std::string& path);
Result<SecretKey> ReadSecretKey(const std::string& path);

}  // namespace zoobar::backup
