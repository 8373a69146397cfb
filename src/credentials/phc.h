// Argon2 parameters, and the text form of a password hash. This form is the PHC string format,
// "$argon2id$v=19$m=19456,t=2,p=1$SALT$TAG", with salt and tag in base64 without padding
// (github.com/P-H-C/phc-string-format). The tag may be left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config.pb.h"
#include "ipc/result.h"

namespace zoobar {

// The defaults are the smallest parameters that OWASP recommends for argon2id (Password Storage Cheat Sheet). The
// defaults in proto/config.proto are the same; test/credentials/hashing_test.cc compares them.
struct Argon2Parameters {
  // The parameters that we accept: memory of 8 KiB for each lane to 4 GiB, 1 to 1000 passes, 1 to 16 lanes.
  static constexpr std::uint32_t kMinMemoryKibPerLane = 8, kMaxMemoryKib = 4u << 20, kMaxPasses = 1000, kMaxLanes = 16;

  std::uint32_t memory_kib = 19456;
  std::uint32_t passes = 2;
  std::uint32_t lanes = 1;

  static Argon2Parameters From(const Config::Argon2& config) {
    return {config.memory_kib(), config.passes(), config.lanes()};
  }
  friend bool operator==(const Argon2Parameters&, const Argon2Parameters&) = default;
};

inline constexpr std::size_t kSaltBytes = 16, kTagBytes = 32;

// Returns an Error unless the parameters are within the bounds above.
Status CheckParameters(const Argon2Parameters& parameters);

struct PasswordHash {
  Argon2Parameters parameters;
  std::string salt;
  std::string tag;  // may be empty
};

std::string ToPhc(const PasswordHash& hash);
// Parses what ToPhc writes. Returns an Error for any other text. The salt must have 8 to 64 bytes, the tag must be
// empty or have 16 to 64 bytes, and the parameters must pass CheckParameters.
Result<PasswordHash> FromPhc(std::string_view text);

// Returns kSaltBytes random bytes from the kernel's generator.
std::string FreshSalt();

}  // namespace zoobar
