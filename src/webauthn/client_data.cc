#include "webauthn/client_data.h"

#include <fmt/format.h>
#include <sodium.h>

namespace zoobar {

std::string Base64Url(std::string_view bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    kVariant);
  text.pop_back();  // sodium ends it with a zero
  return text;
}

bool ClientDataFits(std::string_view json, Ceremony ceremony, std::string_view challenge, std::string_view origin) {
  if (json.size() > kMostClientData) return false;
  const std::string_view type = ceremony == Ceremony::kCreate ? "webauthn.create" : "webauthn.get";
  // No origin and no challenge has a character that JSON escapes.
  const std::string expected = fmt::format(R"({{"type":"{}","challenge":"{}","origin":"{}","crossOrigin":false)", type,
                                           Base64Url(challenge), origin);
  if (!json.starts_with(expected) || json.size() == expected.size()) return false;
  const char next = json[expected.size()];
  return next == '}' || next == ',';
}

}  // namespace zoobar
