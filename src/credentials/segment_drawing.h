// Draws other texts for the segments of a password (password_shape.h), with the probabilities with which people choose
// them.
#pragma once

#include <string_view>

#include "credentials/password_shape.h"
#include "ipc/bytes.h"

namespace zoobar {

enum class Width {
  kCell,  // a text of the segment's own cell
  kWide,  // any text of its kind and length
};

// Appends to `word` another text for `segment`, which is a part of `shape`. Ignores Segment::same_as. The caller must
// not call this for a segment that repeats another one, but repeat the text that was drawn for the other one.
void DrawSegment(const Shape& shape, const Segment& segment, Width width, Bytes& word);

// Returns the natural logarithm of the probability that DrawSegment draws the segment's own text. A constant that is
// equal for all texts of the same class is left out.
double LogDensityOf(const Shape& shape, const Segment& segment);

}  // namespace zoobar
