// Checks the pictures in data: addresses of HTML that other people wrote, and writes them again.
//
// A picture is never decoded. Its file is walked part by part, and a new file is written that holds only the parts that
// a decoder needs: no metadata, no colour profile, no animation, no unknown part, nothing behind the end. A browser's
// decoder decides by the head of the file how much memory it takes. So the width and height in the head are bounded,
// and the pixels of all pictures in one document together. This is the defence against decompression bombs. The
// compressed data itself goes through unread: browsers decode it in a process without privileges, and a decoder here
// would only be a second place for the same holes.
//
// SVG is a document and not only a picture: see svg.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "html/tree.h"

namespace zoobar {

inline constexpr std::uint32_t kMaxPictureSide = 4096;               // pixels
inline constexpr std::uint64_t kMaxPicturePixels = 8 * 1024 * 1024;  // of all pictures in one document together
inline constexpr int kMaxJpegScans = 32;  // a decoder goes over the whole picture once for each scan

// A picture that was checked and written again.
struct Picture {
  std::string bytes;
  std::uint64_t pixels = 0;
};

// Each function takes the bytes of one file. It returns nullopt if the file is not a picture of its type, has a part
// that is wrong or not allowed, or is larger than kMaxPictureSide or kMaxPicturePixels.
std::optional<Picture> CleanPng(std::string_view file);
// Baseline, extended and progressive JPEG, with 1, 3 or 4 components of 8 bits.
std::optional<Picture> CleanJpeg(std::string_view file);
// One still frame of a GIF. Further frames are left out.
std::optional<Picture> CleanGif(std::string_view file);
// WebP with or without loss, with or without transparency, not animated.
std::optional<Picture> CleanWebp(std::string_view file);

struct PictureAddress {
  std::string address;  // data:TYPE;base64,...
  std::uint64_t pixels = 0;
};

// Accepts data:image/(png|jpeg|gif|webp|svg+xml);base64,... Blanks around it and in the base64 text are removed. Returns
// the address of the picture that was written again, or nullopt if the picture is refused. SVG is parsed within
// `budget`.
std::optional<PictureAddress> CleanPictureAddress(std::string_view value, const ParseBudget& budget);

// Returns false if a picture of this size is too large. Also false if width or height is 0.
bool AllowedSize(std::uint64_t width, std::uint64_t height);

}  // namespace zoobar
