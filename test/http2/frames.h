// Frames of HTTP/2, written byte by byte from RFC 9113, so that tests can send what no library sends; and a reader of
// what a server sends.
#pragma once

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zoobar::h2 {

enum Type : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kRstStream = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
  kPriorityUpdate = 16,
};
enum Flag : std::uint8_t { kNone = 0, kEndStream = 1, kAck = 1, kEndHeaders = 4, kPadded = 8, kHasPriority = 32 };

inline std::string Number(std::uint32_t number, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text.push_back(static_cast<char>(number >> (8 * i)));
  return text;
}

inline std::string Frame(int type, int flags, std::uint32_t stream, std::string_view payload = {}) {
  std::string frame = Number(static_cast<std::uint32_t>(payload.size()), 3);
  frame.push_back(static_cast<char>(type));
  frame.push_back(static_cast<char>(flags));
  return frame + Number(stream, 4) + std::string(payload);
}

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline std::string Settings(std::initializer_list<std::pair<std::uint32_t, std::uint32_t>> entries = {}) {
  std::string payload;
  for (const auto& [id, value] : entries) payload += Number(id, 2) + Number(value, 4);
  return Frame(kSettings, kNone, 0, payload);
}
inline std::string SettingsAck() { return Frame(kSettings, kAck, 0); }
// What an honest client sends first. It acknowledges our settings at once.
inline std::string Hello(std::initializer_list<std::pair<std::uint32_t, std::uint32_t>> entries = {}) {
  return std::string(kPreface) + Settings(entries) + SettingsAck();
}

// An integer with a prefix of `bits` bits (RFC 7541, 5.1).
inline std::string Integer(std::uint32_t value, int bits, std::uint8_t first) {
  const std::uint32_t most = (1U << bits) - 1;
  if (value < most) return std::string(1, static_cast<char>(first | value));
  std::string text(1, static_cast<char>(first | most));
  for (value -= most; value >= 128; value >>= 7) text.push_back(static_cast<char>(value % 128 + 128));
  text.push_back(static_cast<char>(value));
  return text;
}
inline std::string Literal(std::string_view text) {
  return Integer(static_cast<std::uint32_t>(text.size()), 7, 0) + std::string(text);
}
// A literal field without indexing (RFC 7541, 6.2.2), one that is put into the table (6.2.1), and an entry of the table.
inline std::string Field(std::string_view name, std::string_view value) {
  return std::string(1, '\0') + Literal(name) + Literal(value);
}
inline std::string Indexed(std::string_view name, std::string_view value) {
  return std::string(1, '\x40') + Literal(name) + Literal(value);
}
inline std::string Entry(std::uint32_t index) { return Integer(index, 7, 0x80); }

using Fields = std::vector<std::pair<std::string, std::string>>;
inline std::string Block(const Fields& fields) {
  std::string block;
  for (const auto& [name, value] : fields) block += Field(name, value);
  return block;
}
inline Fields RequestFields(std::string_view method, std::string_view path, const Fields& more = {}) {
  Fields fields = {{":method", std::string(method)},
                   {":scheme", "https"},
                   {":authority", "bank.example"},
                   {":path", std::string(path)}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}
inline std::string Headers(std::uint32_t stream, const Fields& fields, int flags = kEndStream | kEndHeaders) {
  return Frame(kHeaders, flags, stream, Block(fields));
}
inline std::string Get(std::uint32_t stream, std::string_view path) {
  return Headers(stream, RequestFields("GET", path));
}
inline std::string Data(std::uint32_t stream, std::string_view bytes, int flags = kNone) {
  return Frame(kData, flags, stream, bytes);
}
inline std::string Reset(std::uint32_t stream, std::uint32_t code = NGHTTP2_CANCEL) {
  return Frame(kRstStream, kNone, stream, Number(code, 4));
}
inline std::string WindowUpdate(std::uint32_t stream, std::uint32_t bytes) {
  return Frame(kWindowUpdate, kNone, stream, Number(bytes, 4));
}
inline std::string Ping() { return Frame(kPing, kNone, 0, "pingpong"); }

// A frame that a server sent.
struct ServerFrame {
  int type = 0, flags = 0;
  std::uint32_t stream = 0;
  std::string payload;
  Fields fields;  // of HEADERS

  std::uint32_t NumberAt(std::size_t at) const {
    std::uint32_t number = 0;
    for (std::size_t i = at; i < at + 4 && i < payload.size(); ++i) {
      number = number << 8 | static_cast<unsigned char>(payload[i]);
    }
    return number;
  }
  std::string field(std::string_view name) const {
    for (const auto& [known, value] : fields) {
      if (known == name) return value;
    }
    return "-";
  }
};

// Reads frames. A header section must fit in one frame, as those of this server do.
class Reader {
 public:
  Reader() { EXPECT_EQ(nghttp2_hd_inflate_new(&inflater_), 0); }
  ~Reader() { nghttp2_hd_inflate_del(inflater_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void Take(std::string_view bytes) {
    left_ += bytes;
    while (left_.size() >= 9) {
      const auto at = [this](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(left_[i]));
      };
      const std::size_t size = at(0) << 16 | at(1) << 8 | at(2);
      if (left_.size() < 9 + size) return;
      ServerFrame frame;
      frame.type = left_[3];
      frame.flags = left_[4];
      frame.stream = at(5) << 24 | at(6) << 16 | at(7) << 8 | at(8);
      frame.payload = left_.substr(9, size);
      left_.erase(0, 9 + size);
      if (frame.type == kHeaders) Decode(&frame);
      frames.push_back(std::move(frame));
    }
  }
  bool between_frames() const { return left_.empty(); }

  std::vector<ServerFrame> frames;

 private:
  void Decode(ServerFrame* frame) {
    ASSERT_TRUE(frame->flags & kEndHeaders);
    auto* in = reinterpret_cast<std::uint8_t*>(frame->payload.data());
    std::size_t left = frame->payload.size();
    while (true) {
      nghttp2_nv nv;
      int flags = 0;
      const ssize_t used = nghttp2_hd_inflate_hd2(inflater_, &nv, &flags, in, left, 1);
      ASSERT_GE(used, 0);
      in += used;
      left -= static_cast<std::size_t>(used);
      if (flags & NGHTTP2_HD_INFLATE_EMIT) {
        frame->fields.emplace_back(std::string(reinterpret_cast<char*>(nv.name), nv.namelen),
                                   std::string(reinterpret_cast<char*>(nv.value), nv.valuelen));
      }
      if (flags & NGHTTP2_HD_INFLATE_FINAL) break;
    }
    nghttp2_hd_inflate_end_headers(inflater_);
  }

  nghttp2_hd_inflater* inflater_ = nullptr;
  std::string left_;
};

}  // namespace zoobar::h2
