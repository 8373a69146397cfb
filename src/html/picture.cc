#include "html/picture.h"

#include <sodium.h>

#include "html/svg.h"
#include "text/ascii.h"
#include "text/base64.h"

namespace zoobar {
namespace {

struct Type {
  std::string_view name;
  std::optional<Picture> (*clean)(std::string_view);
};
constexpr Type kTypes[] = {
    {"image/png", CleanPng}, {"image/jpeg", CleanJpeg}, {"image/jpg", CleanJpeg},
    {"image/gif", CleanGif}, {"image/webp", CleanWebp},
};
constexpr std::string_view kSvgType = "image/svg+xml";
constexpr std::size_t kMaxHead = 32;  // of the text before the comma

// Decodes base64 with or without padding. Blanks in it are skipped.
std::optional<std::string> Decoded(std::string_view text) {
  while (!text.empty() && (text.back() == '=' || kHtmlBlanks.find(text.back()) != kHtmlBlanks.npos))
    text.remove_suffix(1);
  std::string bytes(text.size(), '\0');
  const auto size = DecodeBase64(text, sodium_base64_VARIANT_ORIGINAL_NO_PADDING, std::string(kHtmlBlanks).c_str(),
                                 bytes.data(), bytes.size());
  if (!size) return {};
  bytes.resize(*size);
  return bytes;
}

std::string Encoded(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the NUL that it writes
  return text;
}

std::optional<Picture> Clean(std::string_view type, std::string_view bytes, const ParseBudget& budget) {
  if (type == kSvgType) return CleanSvg(bytes, budget);
  for (const Type& known : kTypes) {
    if (known.name == type) return known.clean(bytes);
  }
  return {};
}

}  // namespace

bool AllowedSize(std::uint64_t width, std::uint64_t height) {
  return width >= 1 && height >= 1 && width <= kMaxPictureSide && height <= kMaxPictureSide &&
         width * height <= kMaxPicturePixels;
}

std::optional<PictureAddress> CleanPictureAddress(std::string_view value, const ParseBudget& budget) {
  value.remove_prefix(std::min(value.find_first_not_of(kHtmlBlanks), value.size()));
  const std::size_t comma = value.find(',');
  if (comma == value.npos || comma > kMaxHead) return {};
  const std::string head = LowerCase(value.substr(0, comma));
  constexpr std::string_view kScheme = "data:", kBase64 = ";base64";
  if (!head.starts_with(kScheme) || !head.ends_with(kBase64)) return {};
  const std::string_view type =
      std::string_view(head).substr(kScheme.size(), head.size() - kScheme.size() - kBase64.size());
  const std::optional<std::string> bytes = Decoded(value.substr(comma + 1));
  if (!bytes) return {};
  const std::optional<Picture> picture = Clean(type, *bytes, budget);
  if (!picture) return {};
  return PictureAddress{head + "," + Encoded(picture->bytes), picture->pixels};
}

}  // namespace zoobar
