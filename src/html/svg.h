// Cleans SVG pictures. An SVG file is a document, so it is parsed, and a new one is written from an allow-list, as
// sanitize.h does it with HTML.
//
// These are left out on purpose: scripts and event attributes, links, foreignObject, images and all other references
// out of the picture, style sheets, animations, and filters, masks, patterns and dashes (a few bytes of these can cost a
// browser seconds). The properties of a style attribute are written as attributes, if they are allowed.
//
// A picture can draw one of its parts again (use), also as a clip path. If such parts could draw other parts in turn, a
// short file could draw a million shapes. So a part that is drawn again may not do this, and the number of shapes that
// are drawn is bounded.
#pragma once

#include <optional>
#include <string_view>

#include "html/picture.h"
#include "html/tree.h"

namespace zoobar {

inline constexpr std::size_t kMaxSvgShapes = 20000;  // elements; those that are drawn again count by their bytes too
inline constexpr int kMaxSvgDepth = 64;              // of nested elements

// Returns nullopt if the file is not UTF-8 or no SVG, if it defines entities, or if it is too large: more than
// kMaxSvgShapes, kMaxSvgDepth, a size past AllowedSize, or `budget` is used up. A picture without a width and a height
// in pixels gets a width of 300 pixels and the height that its viewBox gives it then, or 150 if that is too high.
std::optional<Picture> CleanSvg(std::string_view file, const ParseBudget& budget);

}  // namespace zoobar
