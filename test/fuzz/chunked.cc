// A chunked body (src/http/chunked.h): whole, in pieces, and by a second reader. The first byte of the input chooses
// the limits, the second one the pieces.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "fuzz/pieces.h"
#include "fuzz/require.h"
#include "http/chunked.h"
#include "http/field_syntax.h"

namespace zoobar {
namespace {

struct Bounds {
  std::size_t body, extra;
};

// Reads a whole body by the grammar of RFC 9112, 7.1, with what chunked.h says it refuses.
class SecondReader {
 public:
  SecondReader(std::string_view bytes, const Bounds& bounds) : bytes_(bytes), rest_(bytes), bounds_(bounds) {}

  // Returns how many bytes the body takes, or nothing if it is not whole, malformed or over a limit.
  std::optional<std::size_t> Read() {
    for (;;) {
      const std::optional<std::size_t> size = SizeLine();
      if (!size || body_.size() + *size > bounds_.body) return std::nullopt;
      if (*size == 0) break;
      if (rest_.size() < *size) return std::nullopt;
      body_ += rest_.substr(0, *size);
      rest_.remove_prefix(*size);
      if (!Take("\r\n")) return std::nullopt;
    }
    while (!Take("\r\n")) {
      if (!Trailer()) return std::nullopt;
    }
    if (extra_ > bounds_.extra) return std::nullopt;
    return bytes_.size() - rest_.size();
  }
  const std::string& body() const { return body_; }

 private:
  bool Take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  template <typename Good>
  std::string_view TakeAll(const Good& good) {
    std::size_t size = 0;
    while (size < rest_.size() && good(rest_[size])) ++size;
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  static bool IsText(char byte) {
    const auto code = static_cast<unsigned char>(byte);
    return byte == '\t' || (code >= 0x20 && code != 0x7f);
  }
  std::optional<std::size_t> SizeLine() {
    const std::string_view digits =
        TakeAll([](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
    if (digits.empty() || digits.size() > 8) return std::nullopt;
    const std::size_t before = rest_.size();
    while (!rest_.starts_with("\r")) {
      if (!Extension()) return std::nullopt;
    }
    extra_ += before - rest_.size();
    if (!Take("\r\n")) return std::nullopt;
    return std::stoull(std::string(digits), nullptr, 16);
  }
  bool Extension() {
    TakeAll(IsBlank);
    if (!Take(";")) return false;
    TakeAll(IsBlank);
    if (TakeAll(IsTokenByte).empty()) return false;
    const std::string_view at_name_end = rest_;
    TakeAll(IsBlank);
    if (!Take("=")) return rest_ = at_name_end, true;  // the blanks belong to the next extension
    TakeAll(IsBlank);
    if (!Take("\"")) return !TakeAll(IsTokenByte).empty();
    while (!Take("\"")) {
      Take("\\");
      if (rest_.empty() || !IsText(rest_.front())) return false;
      rest_.remove_prefix(1);
    }
    return true;
  }
  bool Trailer() {
    const std::size_t before = rest_.size();
    if (TakeAll(IsTokenByte).empty() || !Take(":")) return false;
    TakeAll(IsText);
    extra_ += before - rest_.size();
    return Take("\r\n");
  }

  const std::string_view bytes_;
  std::string_view rest_;
  const Bounds bounds_;
  std::string body_;
  std::size_t extra_ = 0;
};

using Outcome = ChunkedDecoder::Outcome;

// The body as one program would send it.
std::string Encode(std::string_view body, std::uint8_t seed) {
  std::string text;
  for (Pieces pieces(body, seed); !pieces.done();) {
    const std::string_view piece = pieces.Next();
    char size[32];
    std::snprintf(size, sizeof(size), "%zX\r\n", piece.size());
    text.append(size).append(piece).append("\r\n");
  }
  return text + "0\r\n\r\n";
}

void CheckRoundTrip(std::string_view body, std::uint8_t seed) {
  const std::string text = Encode(body, seed) + "next";
  ChunkedDecoder decoder(body.size(), 0);
  Bytes decoded;
  std::size_t used = 0;
  Require(decoder.Feed(text, &used, &decoded) == Outcome::kDone, "what was encoded is decoded");
  Require(View(decoded) == body && used + 4 == text.size(), "to the same body");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  if (size < 2) return 0;
  const Bounds bounds = data[0] & 1 ? Bounds{64, 16} : Bounds{100000, 4096};
  const std::string_view bytes = InputText(data + 2, size - 2);

  ChunkedDecoder decoder(bounds.body, bounds.extra);
  Bytes body;
  std::size_t used = 0;
  const Outcome whole = decoder.Feed(bytes, &used, &body);
  Require(used <= bytes.size() && body.size() <= bounds.body, "within the limits");
  Require(whole != Outcome::kMore || used == bytes.size(), "on kMore all bytes are decoded");

  ChunkedDecoder piecewise(bounds.body, bounds.extra);
  Bytes same;
  Outcome outcome = Outcome::kMore;
  std::size_t total = 0;
  for (Pieces pieces(bytes, data[1]); !pieces.done() && outcome == Outcome::kMore; total += used) {
    outcome = piecewise.Feed(pieces.Next(), &used, &same);
  }
  Require(outcome == whole && View(same) == View(body), "pieces change nothing");

  SecondReader second(bytes, bounds);
  const std::optional<std::size_t> end = second.Read();
  Require(end.has_value() == (whole == Outcome::kDone), "both readers accept the same bodies");
  if (end) Require(*end == total && second.body() == View(body), "and read the same");

  CheckRoundTrip(bytes, data[1]);
  return 0;
}
