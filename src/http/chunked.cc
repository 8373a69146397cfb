#include "http/chunked.h"

#include <algorithm>

#include "http/target.h"

namespace zoobar {
namespace {

using Outcome = ChunkedDecoder::Outcome;

// What a trailer's value may hold, as any field's.
bool IsLineByte(char byte) { return byte == '\t' || (byte >= 0x20 && byte < 0x7f); }

constexpr int kMaxDigits = 8;

}  // namespace

Outcome ChunkedDecoder::CountExtra() { return ++extra_ > max_extra_ ? Outcome::kExtraTooLarge : Outcome::kMore; }

Outcome ChunkedDecoder::OnSize(char byte, std::size_t have) {
  const int digit = HexValue(byte);
  if (digit >= 0) {
    if (++digits_ > kMaxDigits) return Outcome::kTooLarge;
    chunk_ = chunk_ << 4 | static_cast<std::uint64_t>(digit);
    return have + chunk_ > max_body_ ? Outcome::kTooLarge : Outcome::kMore;
  }
  if (digits_ == 0) return Outcome::kMalformed;
  if (byte == '\r') {
    state_ = State::kSizeLf;
    return Outcome::kMore;
  }
  if (byte != ';') return Outcome::kMalformed;
  state_ = State::kExtensionStart;
  return CountExtra();
}

// *( ";" token [ "=" token ] )
Outcome ChunkedDecoder::OnExtension(char byte) {
  if (IsTokenByte(byte)) {
    state_ = State::kExtension;
    return CountExtra();
  }
  if (state_ == State::kExtensionStart) return Outcome::kMalformed;
  if (byte == '\r') {
    in_value_ = false;
    state_ = State::kSizeLf;
    return Outcome::kMore;
  }
  if (byte != ';' && (byte != '=' || in_value_)) return Outcome::kMalformed;
  in_value_ = byte == '=';
  state_ = State::kExtensionStart;
  return CountExtra();
}

Outcome ChunkedDecoder::OnTrailerName(char byte) {
  if (byte == ':') state_ = State::kTrailerValue;
  return byte == ':' || IsTokenByte(byte) ? CountExtra() : Outcome::kMalformed;
}

// Everything but a size's digits and a chunk's data.
Outcome ChunkedDecoder::OnLineByte(char byte) {
  const auto expect = [&](char wanted, State next) {
    state_ = next;
    return byte == wanted ? Outcome::kMore : Outcome::kMalformed;
  };
  switch (state_) {
    case State::kExtensionStart:
    case State::kExtension:
      return OnExtension(byte);
    case State::kSizeLf:
      digits_ = 0;
      return expect('\n', chunk_ == 0 ? State::kTrailer : State::kData);
    case State::kDataCr:
      return expect('\r', State::kDataLf);
    case State::kDataLf:
      return expect('\n', State::kSize);
    case State::kTrailer:
      if (byte == '\r') return state_ = State::kEndLf, Outcome::kMore;
      state_ = State::kTrailerName;
      return byte == ':' ? Outcome::kMalformed : OnTrailerName(byte);
    case State::kTrailerName:
      return OnTrailerName(byte);
    case State::kTrailerValue:
      if (byte == '\r') return state_ = State::kTrailerLf, Outcome::kMore;
      return IsLineByte(byte) ? CountExtra() : Outcome::kMalformed;
    case State::kTrailerLf:
      return expect('\n', State::kTrailer);
    case State::kEndLf:
      return byte == '\n' ? Outcome::kDone : Outcome::kMalformed;
    case State::kSize:
    case State::kData:
      break;
  }
  return Outcome::kMalformed;
}

Outcome ChunkedDecoder::Feed(std::string_view bytes, std::size_t* used, Bytes* body) {
  std::size_t at = 0;
  Outcome outcome = Outcome::kMore;
  while (at < bytes.size() && outcome == Outcome::kMore) {
    if (state_ == State::kData) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_, bytes.size() - at));
      body->insert(body->end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                   bytes.begin() + static_cast<std::ptrdiff_t>(at + count));
      at += count;
      chunk_ -= count;
      if (chunk_ == 0) state_ = State::kDataCr;
      continue;
    }
    const char byte = bytes[at++];
    outcome = state_ == State::kSize ? OnSize(byte, body->size()) : OnLineByte(byte);
  }
  *used = at;
  return outcome;
}

}  // namespace zoobar
