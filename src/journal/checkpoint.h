// A signed head of the journal's tree: a checkpoint of C2SP (c2sp.org/tlog-checkpoint), signed as a note
// (c2sp.org/signed-note) with Ed25519. Its text is
//
//   ORIGIN                     the name of this journal and of its key
//   SIZE                       how many entries the tree has, decimal
//   ROOT                       the root, in base64
//   time SECONDS               when it was signed, since 1970
//   (an empty line)
//   — ORIGIN SIGNATURE         base64 of the key's id (4 bytes) and the signature (64 bytes) of the lines above
//
// Each line ends in a newline; the signature covers the first four lines. Go's golang.org/x/mod/sumdb/note reads such a
// note. A public key has the form of a verifier key of that package: ORIGIN+ID+KEY, with the id in hexadecimal, and in
// base64 the byte 1 and the 32 bytes of the key.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "ipc/bytes.h"
#include "journal/tree.h"

namespace zoobar::journal {

// The longest text of a checkpoint, and of a public key.
inline constexpr std::size_t kMostCheckpoint = 1024, kMostKey = 256;

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash root;
  std::int64_t time_s = 0;
};

class PublicKey {
 public:
  // `name`: 1 to 64 printable ASCII characters, none of them a blank or a '+'.
  PublicKey(std::string name, const std::array<unsigned char, 32>& bytes);
  static Result<PublicKey> Parse(std::string_view text);

  const std::string& name() const { return name_; }
  // The first four bytes of SHA-256 of the name, a newline, the byte 1 and the key.
  const std::string& id() const { return id_; }
  std::string Text() const;
  bool Verify(std::string_view message, std::string_view signature) const;
  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.name_ == b.name_ && a.bytes_ == b.bytes_; }

 private:
  std::string name_, id_;
  std::array<unsigned char, 32> bytes_;
};

class SigningKey {
 public:
  static constexpr std::size_t kSeedBytes = 32;
  // Precondition: the seed has kSeedBytes bytes.
  SigningKey(std::string name, const Bytes& seed);
  const PublicKey& open() const { return open_; }
  // Returns the signed text of a checkpoint. Its origin is the key's name.
  std::string Sign(std::uint64_t size, const Hash& root, std::int64_t time_s) const;

 private:
  Bytes secret_;  // before open_, which is made with it
  PublicKey open_;
};

// Reads a checkpoint and checks its signature. An Error says what is wrong. Takes any text.
Result<Checkpoint> OpenCheckpoint(std::string_view text, const PublicKey& key);

std::string ToBase64(std::string_view bytes);
// Takes only the form that ToBase64 writes.
Result<std::string> FromBase64(std::string_view text);

}  // namespace zoobar::journal
