// How a password hash is written down: the PHC string format, "$argon2id$v=19$m=19456,t=2,p=1$SALT$TAG", both parts in
// base64 without padding (github.com/P-H-C/phc-string-format). The tag may be left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config.pb.h"
#include "ipc/result.h"

namespace zoobar {

struct Argon2Parameters {
  std::uint32_t memory_kib = 19456;
  std::uint32_t passes = 2;
  std::uint32_t lanes = 1;

  static Argon2Parameters From(const Config::Argon2& config) {
    return {config.memory_kib(), config.passes(), config.lanes()};
  }
  friend bool operator==(const Argon2Parameters&, const Argon2Parameters&) = default;
};

inline constexpr std::size_t kSaltBytes = 16, kTagBytes = 32;

// What we are ready to compute: 8 KiB per lane to 4 GiB, 1 to 1000 passes, 1 to 16 lanes.
Status CheckParameters(const Argon2Parameters& parameters);

struct PasswordHash {
  Argon2Parameters parameters;
  std::string salt;
  std::string tag;  // may be empty: parameters and salt alone
};

std::string ToPhc(const PasswordHash& hash);
// Accepts exactly what ToPhc writes, salts of 8 to 64 bytes, tags of none or 16 to 64, and parameters that pass
// CheckParameters.
Result<PasswordHash> FromPhc(std::string_view text);

// kSaltBytes from the kernel's generator.
std::string FreshSalt();

}  // namespace zoobar
