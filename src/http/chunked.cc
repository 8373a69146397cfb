#include "http/chunked.h"

#include <algorithm>

#include "http/field_syntax.h"
#include "http/target.h"

namespace zoobar {
namespace {

using Outcome = ChunkedDecoder::Outcome;

// The bytes that a trailer's value and a quoted string may contain: printable ASCII, blanks, and any byte over 0x7f.
bool IsLineByte(char byte) {
  const auto code = static_cast<unsigned char>(byte);
  return byte == '\t' || (code >= 0x20 && code != 0x7f);
}

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
  state_ = State::kAfterSize;
  return OnExtension(byte);
}

// The grammar of extensions: *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ). BWS are optional blanks.
// The grammar has no place for a blank directly before the end of the line, so such a blank is refused.
Outcome ChunkedDecoder::OnExtension(char byte) {
  const bool blank = IsBlank(byte), token = IsTokenByte(byte);
  const auto go = [this](bool good, State next) {
    state_ = next;
    return good ? CountExtra() : Outcome::kMalformed;
  };
  const auto end_or = [&](bool after_blank) {  // expects the end of the line or ";" after a name or a value
    if (byte == '\r' && !after_blank) return state_ = State::kSizeLf, Outcome::kMore;
    return go(byte == ';', State::kExtensionStart);
  };
  switch (state_) {
    case State::kAfterSize:
      return blank ? CountExtra() : go(byte == ';', State::kExtensionStart);
    case State::kExtensionStart:
      return blank ? CountExtra() : go(token, State::kExtensionName);
    case State::kExtensionName:
    case State::kAfterName:
      if (token && state_ == State::kExtensionName) return CountExtra();
      if (blank) return go(true, State::kAfterName);
      return byte == '=' ? go(true, State::kValueStart) : end_or(state_ == State::kAfterName);
    case State::kValueStart:
      if (blank) return CountExtra();
      return byte == '"' ? go(true, State::kQuoted) : go(token, State::kValue);
    case State::kQuoted:
      if (byte == '"') return go(true, State::kQuotedEnd);
      return byte == '\\' ? go(true, State::kEscaped) : go(IsLineByte(byte), State::kQuoted);
    case State::kEscaped:
      return go(IsLineByte(byte), State::kQuoted);
    case State::kValue:
      if (token) return CountExtra();
      [[fallthrough]];
    default:  // kQuotedEnd, kAfterValue
      return blank ? go(true, State::kAfterValue) : end_or(state_ == State::kAfterValue);
  }
}

Outcome ChunkedDecoder::OnTrailerName(char byte) {
  if (byte == ':') state_ = State::kTrailerValue;
  return byte == ':' || IsTokenByte(byte) ? CountExtra() : Outcome::kMalformed;
}

// Handles every byte except the digits of a size and the data of a chunk.
Outcome ChunkedDecoder::OnLineByte(char byte) {
  const auto expect = [&](char wanted, State next) {
    state_ = next;
    return byte == wanted ? Outcome::kMore : Outcome::kMalformed;
  };
  switch (state_) {
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
    default:
      return OnExtension(byte);
  }
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
