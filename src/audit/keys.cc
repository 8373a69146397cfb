#include "audit/keys.h"

#include <fmt/format.h>
#include <sodium.h>

#include <cstring>

namespace zoobar::audit {
namespace {

// The personalisations; each has exactly crypto_generichash_blake2b_PERSONALBYTES (16) bytes.
constexpr std::string_view kOfStart = "zoobar seal strt", kOfEpoch = "zoobar seal epch",
                           kNextEpoch = "zoobar seal nxep", kOfBlock = "zoobar seal blck",
                           kNextBlock = "zoobar seal nxbl", kNextLine = "zoobar seal nxln", kSeal = "zoobar seal line";

const unsigned char* Unsigned(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

void Blake2b(unsigned char* out, std::size_t size, std::string_view key, std::string_view purpose,
             std::string_view text) {
  static const unsigned char no_salt[crypto_generichash_blake2b_SALTBYTES] = {};
  static_assert(crypto_generichash_blake2b_PERSONALBYTES == kSeal.size());
  crypto_generichash_blake2b_salt_personal(out, size, Unsigned(text), text.size(), Unsigned(key), key.size(), no_salt,
                                           Unsigned(purpose));
}

}  // namespace

Key::Key(std::string_view bytes) {
  if (bytes.size() != kKeyBytes) Die("a key of {} bytes", bytes.size());
  std::memcpy(bytes_.data(), bytes.data(), kKeyBytes);
}

Key::~Key() { sodium_memzero(bytes_.data(), bytes_.size()); }

Key Derive(const Key& from, std::string_view purpose, std::string_view what) {
  Key key;
  Blake2b(key.bytes_.data(), kKeyBytes, from.bytes(), purpose, what);
  return key;
}

Key KeyOfStart(const Key& secret, std::string_view log, std::uint64_t start) {
  return Derive(secret, kOfStart, fmt::format("{} {}", start, log));
}

Key EpochKeys::Take() {
  Key epoch = Derive(state_, kOfEpoch, {});
  Skip();
  return epoch;
}

void EpochKeys::Skip() {
  state_ = Derive(state_, kNextEpoch, {});
  ++next_;
}

LineKeys::LineKeys(const Key& of_epoch) : next_block_(of_epoch) { BeginBlock(); }

void LineKeys::BeginBlock() {
  key_ = Derive(next_block_, kOfBlock, {});
  next_block_ = Derive(next_block_, kNextBlock, {});
}

void LineKeys::Advance() {
  if (++line_ % kBlockLines == 0) return BeginBlock();
  key_ = Derive(key_, kNextLine, {});
}

std::uint64_t LineKeys::StepsTo(std::uint64_t line) const {
  const std::uint64_t blocks = line / kBlockLines - line_ / kBlockLines;
  return blocks == 0 ? line - line_ : 2 * blocks + line % kBlockLines;
}

void LineKeys::AdvanceTo(std::uint64_t line) {
  while (line_ / kBlockLines < line / kBlockLines) {
    BeginBlock();
    line_ = (line_ / kBlockLines + 1) * kBlockLines;
  }
  while (line_ < line) Advance();
}

Mac SealOf(const Key& key, std::string_view covered) {
  Mac mac;
  Blake2b(mac.data(), mac.size(), key.bytes(), kSeal, covered);
  return mac;
}

}  // namespace zoobar::audit
