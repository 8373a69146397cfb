// GIF: a screen, colours and blocks (GIF89a).
#include "html/bytes_reader.h"
#include "html/picture.h"

namespace zoobar {
namespace gif {
namespace {

constexpr std::uint32_t kImage = 0x2C, kExtension = 0x21, kEnd = 0x3B, kControl = 0xF9;

// Returns the table of colours that these flags announce, or an empty text if there is none.
std::string_view TakeColours(std::uint32_t flags, BytesReader& reader) {
  return flags & 0x80 ? reader.Take(std::size_t{3} << ((flags & 7) + 1)) : std::string_view();
}

// Takes blocks of data up to an empty one, and returns them with their lengths.
std::string_view TakeBlocks(BytesReader& reader) {
  const std::string_view begin = reader.left();
  while (!reader.failed()) {
    const std::uint32_t length = reader.Big(1);
    if (length == 0) break;
    reader.Take(length);
  }
  return begin.substr(0, begin.size() - reader.left().size());
}

// Takes an image. Returns false if it does not lie on the screen, or if the file ends before it.
bool TakeImage(std::uint32_t width, std::uint32_t height, BytesReader& reader) {
  const std::uint32_t left = reader.Little(2), top = reader.Little(2);
  const std::uint32_t across = reader.Little(2), down = reader.Little(2), flags = reader.Big(1);
  TakeColours(flags, reader);
  const std::uint32_t code_bits = reader.Big(1);
  TakeBlocks(reader);
  return !reader.failed() && across > 0 && down > 0 && left + across <= width && top + down <= height &&
         code_bits >= 2 && code_bits <= 8;
}

}  // namespace

std::optional<Picture> Clean(std::string_view file) {
  BytesReader reader(file);
  const std::string_view version = reader.Take(6);
  const std::uint32_t width = reader.Little(2), height = reader.Little(2), flags = reader.Big(1);
  reader.Take(2);
  TakeColours(flags, reader);
  if (reader.failed() || (version != "GIF87a" && version != "GIF89a") || !AllowedSize(width, height)) return {};
  Picture picture{std::string(file.substr(0, file.size() - reader.left().size())), std::uint64_t{width} * height};
  for (;;) {
    const std::string_view block = reader.left();
    const auto whole = [&] { return block.substr(0, block.size() - reader.left().size()); };
    const std::uint32_t kind = reader.Big(1);
    if (kind == kImage) {
      if (!TakeImage(width, height, reader) || reader.left().empty()) return {};  // a further block must follow
      picture.bytes += whole();
      picture.bytes += static_cast<char>(kEnd);
      return picture;  // the first image is the picture
    }
    if (kind != kExtension) return {};
    const std::uint32_t label = reader.Big(1);
    const std::string_view data = TakeBlocks(reader);
    if (reader.failed()) return {};
    // Of the extensions, only the one that says which colour is transparent is kept.
    if (label == kControl && data.size() == 6 && data[0] == 4) picture.bytes += whole();
  }
}

}  // namespace gif

std::optional<Picture> CleanGif(std::string_view file) { return gif::Clean(file); }

}  // namespace zoobar
