#include "request/request.h"

#include <sodium.h>

#include <algorithm>

namespace zoobar {
namespace {

constexpr std::size_t kTogether = 64;  // ids that are drawn with one system call

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool AreDigits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return DigitOf(c) >= 0; });
}

bool AreAllZero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

RequestId RequestId::New() {
  static thread_local std::array<char, kTogether * kBytes> drawn;
  static thread_local std::size_t left = 0;
  RequestId id;
  while (id.none()) {
    if (left == 0) {
      randombytes_buf(drawn.data(), drawn.size());
      left = kTogether;
    }
    const auto* const place = drawn.begin() + static_cast<std::ptrdiff_t>(--left * kBytes);
    std::copy(place, place + kBytes, id.bytes.begin());
  }
  return id;
}

std::optional<RequestId> RequestId::FromBytes(std::string_view bytes) {
  if (bytes.size() != kBytes) return std::nullopt;
  RequestId id;
  std::ranges::copy(bytes, id.bytes.begin());
  if (id.none()) return std::nullopt;
  return id;
}

std::optional<RequestId> RequestId::FromHex(std::string_view digits) {
  if (digits.size() != 2 * kBytes) return std::nullopt;
  std::string bytes(kBytes, '\0');
  for (std::size_t i = 0; i < kBytes; ++i) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; };
    const int high = DigitOf(lower(digits[2 * i])), low = DigitOf(lower(digits[2 * i + 1]));
    if (high < 0 || low < 0) return std::nullopt;
    bytes[i] = static_cast<char>(high * 16 + low);
  }
  return FromBytes(bytes);
}

// version "-" trace-id "-" parent-id "-" flags. A later version may have more fields behind these.
std::optional<RequestId> RequestId::FromTraceparent(std::string_view field) {
  constexpr std::size_t kSize = 55;
  if (field.size() < kSize || field[2] != '-' || field[35] != '-' || field[52] != '-') return std::nullopt;
  const std::string_view version = field.substr(0, 2), trace = field.substr(3, 32), parent = field.substr(36, 16),
                         flags = field.substr(53, 2);
  for (const std::string_view part : {version, trace, parent, flags}) {
    if (!AreDigits(part)) return std::nullopt;
  }
  if (version == "ff" || AreAllZero(parent)) return std::nullopt;
  if (field.size() > kSize && (version == "00" || field[kSize] != '-')) return std::nullopt;
  std::optional<RequestId> id = FromHex(trace);
  if (id) id->traced = (DigitOf(flags[1]) & 1) != 0;
  return id;
}

std::string RequestId::Hex() const {
  std::string digits;
  digits.reserve(2 * kBytes);
  for (const char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    digits += kDigits[static_cast<unsigned char>(byte) >> 4];
    digits += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return digits;
}

}  // namespace zoobar
