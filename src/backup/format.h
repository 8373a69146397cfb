// The file of a backup.
//
//   magic       "zoobar backup 1\n"
//   kind        1 byte: 'p' plain, 's' sealed
//   sealed:     a 32-byte key, sealed to the operator's public key (crypto_box_seal, 80 bytes)
//               the header of the stream (crypto_secretstream_xchacha20poly1305, 24 bytes)
//   chunks      u32 length, then that many bytes; at most kChunk, or with a seal kChunk + 17
//   end         u32 0, then BLAKE2b-256 of everything before it
//
// Numbers in the file are little-endian. Nothing follows the end. So every bit of the file is covered by the hash, and
// the contents of a sealed file also by the seal: its additional data is everything before the first chunk, and only
// its last chunk has the tag FINAL.
//
// The chunks together are a sequence of records: 1 byte type, u32 length, content.
//
//   'S'  the records of a store begin: the name of its role
//   'N'  u64: LMDB's number of the last transaction in the snapshot
//   'T'  the entries of a table begin: the name of the table
//   'P'  entries, in the order of their keys; each: u16 length of the key, u32 length of the value, key, value
//   'E'  the store has ended: BLAKE2b-256 of its records, from 'S' on and without this one
//   'M'  the last record: BackupManifest
//
// A backup is a list of entries and not a copy of data.mdb. So it contains no free pages with deleted data, and it can
// be read by a zoobar that is linked with another LMDB.
#pragma once

#include <sodium.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace zoobar::backup {

inline constexpr std::string_view kMagic = "zoobar backup 1\n";
inline constexpr std::uint32_t kFormat = 1;
inline constexpr char kPlain = 'p', kSealed = 's';
inline constexpr unsigned kMostTables = 64;  // in one store
inline constexpr std::size_t kChunk = 64 << 10;
inline constexpr std::size_t kSealBytes = crypto_secretstream_xchacha20poly1305_ABYTES;
inline constexpr std::size_t kSealedKeyBytes = crypto_secretstream_xchacha20poly1305_KEYBYTES + crypto_box_SEALBYTES;
inline constexpr std::size_t kHashBytes = 32;

inline constexpr char kStoreBegins = 'S', kSnapshot = 'N', kTable = 'T', kEntries = 'P', kStoreEnds = 'E',
                      kManifest = 'M';
inline constexpr std::size_t kRecordHead = 5;
// The longest content of a record. One entry of a store is never divided.
inline constexpr std::uint32_t kMostRecord = 256u << 20;
inline constexpr std::size_t kEntryHead = 6;

template <typename Number>
void AppendNumber(std::string& to, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) to.push_back(static_cast<char>(number >> (8 * i)));
}
template <typename Number>
Number ReadNumber(std::string_view from) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    number = static_cast<Number>(
        number | static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(from[i])) << (8 * i)));
  }
  return number;
}

// For libsodium, which takes bytes as unsigned.
inline unsigned char* Unsigned(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
inline const unsigned char* Unsigned(const char* bytes) { return reinterpret_cast<const unsigned char*>(bytes); }
inline const unsigned char* Unsigned(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// A running BLAKE2b-256.
class Hash {
 public:
  Hash() { crypto_generichash_init(&state_, nullptr, 0, kHashBytes); }
  void Add(std::string_view bytes) {
    crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  }
  std::string Finish() {
    std::string hash(kHashBytes, '\0');
    crypto_generichash_final(&state_, reinterpret_cast<unsigned char*>(hash.data()), kHashBytes);
    return hash;
  }

 private:
  crypto_generichash_state state_;
};

}  // namespace zoobar::backup
