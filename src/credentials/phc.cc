#include "credentials/phc.h"

#include <fmt/format.h>
#include <sodium.h>

#include <charconv>
#include <optional>

#include "ipc/try.h"
#include "text/base64.h"

namespace zoobar {
namespace {

constexpr int kPhcBase64 = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
constexpr std::string_view kStart = "$argon2id$v=19$";

std::string ToBase64(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), kPhcBase64), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    kPhcBase64);
  text.pop_back();  // removes the NUL at the end
  return text;
}

std::optional<std::string> FromBase64(std::string_view text) {
  std::string bytes(text.size(), '\0');
  const auto size = DecodeBase64(text, kPhcBase64, nullptr, bytes.data(), bytes.size());
  if (!size) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

// Removes the prefix and a number after it from the front of `text`, and returns the number. It must have no sign and
// no leading zero.
std::optional<std::uint32_t> TakeNumber(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  if (text.empty() || text[0] < '1' || text[0] > '9') return std::nullopt;
  std::uint32_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

}  // namespace

Status CheckParameters(const Argon2Parameters& parameters) {
  using P = Argon2Parameters;
  const auto& [memory_kib, passes, lanes] = parameters;
  if (lanes < 1 || lanes > P::kMaxLanes) return Error::Of("argon2 lanes {}: must be 1 to {}", lanes, P::kMaxLanes);
  if (passes < 1 || passes > P::kMaxPasses)
    return Error::Of("argon2 passes {}: must be 1 to {}", passes, P::kMaxPasses);
  const std::uint32_t least_kib = P::kMinMemoryKibPerLane * lanes;
  if (memory_kib < least_kib || memory_kib > P::kMaxMemoryKib) {
    return Error::Of("argon2 memory_kib {}: must be {} to {}", memory_kib, least_kib, P::kMaxMemoryKib);
  }
  return {};
}

std::string ToPhc(const PasswordHash& hash) {
  std::string text = fmt::format("{}m={},t={},p={}${}", kStart, hash.parameters.memory_kib, hash.parameters.passes,
                                 hash.parameters.lanes, ToBase64(hash.salt));
  if (!hash.tag.empty()) text += "$" + ToBase64(hash.tag);
  return text;
}

Result<PasswordHash> FromPhc(std::string_view text) {
  const Error malformed{"not a PHC string of argon2id, version 19"};
  if (!text.starts_with(kStart)) return malformed;
  text.remove_prefix(kStart.size());
  const auto memory = TakeNumber(text, "m=");
  const auto passes = memory ? TakeNumber(text, ",t=") : std::nullopt;
  const auto lanes = passes ? TakeNumber(text, ",p=") : std::nullopt;
  if (!lanes || !text.starts_with('$')) return malformed;
  text.remove_prefix(1);

  PasswordHash hash{.parameters = {*memory, *passes, *lanes}, .salt = {}, .tag = {}};
  TRY_STATUS(CheckParameters(hash.parameters));
  const std::size_t salt_end = text.find('$');
  const auto salt = FromBase64(text.substr(0, salt_end));
  if (!salt || salt->size() < 8 || salt->size() > 64) return malformed;
  hash.salt = *salt;
  if (salt_end != std::string_view::npos) {
    const auto tag = FromBase64(text.substr(salt_end + 1));
    if (!tag || tag->size() < 16 || tag->size() > 64) return malformed;
    hash.tag = *tag;
  }
  return hash;
}

std::string FreshSalt() {
  std::string salt(kSaltBytes, '\0');
  randombytes_buf(salt.data(), salt.size());
  return salt;
}

}  // namespace zoobar
