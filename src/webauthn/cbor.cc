#include "webauthn/cbor.h"

#include <limits>

#include "ipc/try.h"

namespace zoobar {
namespace {

// The major types (RFC 8949, section 3.1).
constexpr unsigned kUnsigned = 0, kNegative = 1, kBytes = 2, kText = 3, kArray = 4, kMap = 5, kTag = 6, kSimple = 7;
constexpr std::uint64_t kFalse = 20, kNull = 22;

// Whether the key `a` comes before the key `b` (CTAP 2.1, section 8): by major type, then by length, then by bytes.
bool Before(std::string_view a, std::string_view b) {
  const unsigned major_a = static_cast<unsigned char>(a[0]) >> 5, major_b = static_cast<unsigned char>(b[0]) >> 5;
  if (major_a != major_b) return major_a < major_b;
  if (a.size() != b.size()) return a.size() < b.size();
  return a < b;
}

}  // namespace

Result<CborReader::Head> CborReader::ReadHead() {
  if (left_.empty()) return Error{"CBOR ends too early"};
  const unsigned first = static_cast<unsigned char>(left_[0]);
  left_.remove_prefix(1);
  Head head{first >> 5U, first & 31U};
  if (head.value < 24) return head;
  if (head.value > 27) return Error{"CBOR of indefinite length"};
  const std::size_t size = std::size_t{1} << (head.value - 24);
  if (left_.size() < size) return Error{"CBOR ends too early"};
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(left_[i]);
  left_.remove_prefix(size);
  const std::uint64_t least = size == 1 ? 24 : std::uint64_t{1} << (4 * size);
  if (value < least) return Error{"a CBOR number that has a shorter form"};
  head.value = value;
  return head;
}

Result<CborReader::Head> CborReader::ReadHead(unsigned major) {
  TRY(const Head head, ReadHead());
  if (head.major != major) return Error::Of("CBOR of major type {} where {} is expected", head.major, major);
  return head;
}

Result<std::string_view> CborReader::Take(std::uint64_t size) {
  if (size > left_.size()) return Error{"CBOR ends too early"};
  const std::string_view taken = left_.substr(0, size);
  left_.remove_prefix(size);
  return taken;
}

Result<std::int64_t> CborReader::Integer() {
  TRY(const Head head, ReadHead());
  if (head.major != kUnsigned && head.major != kNegative) return Error{"CBOR that is no integer"};
  if (head.value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return Error{"a CBOR integer past 64 bits"};
  }
  const auto value = static_cast<std::int64_t>(head.value);
  return head.major == kUnsigned ? value : -1 - value;
}

Result<std::string_view> CborReader::ByteString() {
  TRY(const Head head, ReadHead(kBytes));
  return Take(head.value);
}

Result<std::size_t> CborReader::Map() {
  TRY(const Head head, ReadHead(kMap));
  // Each pair has at least two bytes.
  if (head.value > left_.size() / 2) return Error{"CBOR ends too early"};
  return static_cast<std::size_t>(head.value);
}

Status CborReader::Skip(int depth) {
  TRY(const Head head, ReadHead());
  switch (head.major) {
    case kUnsigned:
    case kNegative:
      return {};
    case kBytes:
    case kText: {
      TRY([[maybe_unused]] const std::string_view skipped, Take(head.value));
      return {};
    }
    case kArray:
      if (depth == 0) return Error{"CBOR that is nested too deep"};
      for (std::uint64_t i = 0; i < head.value; ++i) TRY_STATUS(Skip(depth - 1));
      return {};
    case kMap:
      if (depth == 0) return Error{"CBOR that is nested too deep"};
      return SkipMap(head.value, depth - 1);
    case kSimple:
      if (head.value < kFalse || head.value > kNull) return Error{"a CBOR value that is neither true, false nor null"};
      return {};
    case kTag:
    default:
      return Error{"CBOR with a tag"};
  }
}

Status CborReader::SkipMap(std::uint64_t pairs, int depth) {
  std::string_view before;
  for (std::uint64_t i = 0; i < pairs; ++i) {
    const std::string_view from = left_;
    TRY_STATUS(Skip(depth));
    const std::string_view key = from.substr(0, from.size() - left_.size());
    if (i > 0 && !Before(before, key)) return Error{"the keys of a CBOR map are not in order"};
    before = key;
    TRY_STATUS(Skip(depth));
  }
  return {};
}

}  // namespace zoobar
