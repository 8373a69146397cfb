#include "credentials/names.h"

#include "credentials/unicode.h"

namespace zoobar {

std::optional<std::string> NormalisedName(std::string_view typed) {
  if (typed.empty() || typed.size() > kMaxNameBytes) return std::nullopt;
  const std::optional<Bytes> nfc = ToNfc(typed, Spaces::kKeep);
  if (!nfc || nfc->size() > kMaxNameBytes) return std::nullopt;
  return std::string(View(*nfc));
}

}  // namespace zoobar
