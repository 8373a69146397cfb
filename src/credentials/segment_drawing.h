// Draws other texts for the segments of a password (password_shape.h), with the probabilities of people's choices.
#pragma once

#include <string_view>

#include "credentials/password_shape.h"
#include "ipc/bytes.h"

namespace zoobar {

enum class Width {
  kCell,  // a text of the segment's own cell
  kWide,  // any text of its kind and length
};

// Appends another text for `segment`, a part of `shape`, to `word`. Does not look at Segment::same_as: the caller
// repeats the text of such a segment.
void DrawSegment(const Shape& shape, const Segment& segment, Width width, Bytes& word);

// Natural logarithm of the probability with which DrawSegment draws the segment's own text, except for a constant of
// its class.
double LogDensityOf(const Shape& shape, const Segment& segment);

}  // namespace zoobar
