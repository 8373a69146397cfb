// The other end of a channel, as somebody has it who has taken over a peer: any bytes and any descriptors can be written,
// and all frames that come back are seen.
#pragma once

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <uv.h>

#include <linux/sockios.h>

#include <cerrno>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/require.h"
#include "ipc/descriptors.h"
#include "ipc/fd.h"
#include "ipc/frame.h"
#include "ipc/loop.h"

namespace zoobar {

class RawPeer {
 public:
  struct Frame {
    frame::Header header;
    std::string body, secret;
    std::vector<Fd> fds;
  };

  RawPeer(Loop& loop, Fd socket)
      : socket_(std::move(socket)), watch_(loop, socket_.get(), [this](int events) { OnReady(events); }) {
    watch_.Set(UV_READABLE);
  }

  // Called with each frame that comes. It must not destroy the peer.
  std::function<void(Frame)> on_frame;

  // The bytes of a frame with this header, whose lengths are set here.
  static std::string FrameOf(frame::Header header, std::string_view body, std::string_view secret) {
    header.body = static_cast<std::uint32_t>(body.size());
    header.secret = static_cast<std::uint32_t>(secret.size());
    std::string bytes(frame::kHeader, '\0');
    frame::WriteHeader(bytes.data(), header);
    bytes[19] = static_cast<char>(header.traced);
    return bytes.append(body).append(secret);
  }
  // Writes the bytes in order, as the socket takes them. The descriptors go with the first of these bytes.
  void Write(std::string bytes, std::vector<Fd> fds = {}) {
    if (bytes.empty()) return;
    out_.push_back({std::move(bytes), std::move(fds)});
    Flush();
  }
  // Closes the end for writing.
  void EndWriting() { shutdown(socket_.get(), SHUT_WR); }

  bool ended() const { return ended_; }  // the role has closed its end
  // Whether the role has read everything that was written.
  bool read() const {
    int unread = 0;
    if (ended_) return true;
    return out_.empty() && ioctl(socket_.get(), SIOCOUTQ, &unread) == 0 && unread == 0;
  }

 private:
  static constexpr std::size_t kFdsAtOnce = 16;
  struct Piece {
    std::string bytes;
    std::vector<Fd> fds;
  };

  void OnReady(int events) {
    if (events & UV_WRITABLE) Flush();
    if (events & (UV_READABLE | UV_DISCONNECT)) Receive();
  }
  void Flush() {
    while (!out_.empty()) {
      Piece& piece = out_.front();
      std::vector<int> numbers;
      for (const Fd& fd : piece.fds) numbers.push_back(fd.get());
      const ssize_t sent = SendWithDescriptors(socket_.get(), piece.bytes, numbers, MSG_DONTWAIT);
      if (sent < 0) {
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) out_.clear();
        break;
      }
      piece.fds.clear();
      piece.bytes.erase(0, static_cast<std::size_t>(sent));
      if (piece.bytes.empty()) out_.pop_front();
    }
    Want();
  }
  void Receive() {
    char place[65536];
    while (!ended_) {
      const Received received = ReceivePart(socket_.get(), place, fds_, kFdsAtOnce, MSG_DONTWAIT);
      if (received.count < 0 && errno == EINTR) continue;
      if (received.count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
      if (received.count <= 0) {
        ended_ = true;
        break;
      }
      in_.append(place, static_cast<std::size_t>(received.count));
    }
    TakeFrames();
    Want();
  }
  void TakeFrames() {
    while (in_.size() >= frame::kHeader) {
      const frame::Header header = frame::ReadHeader(in_);
      const std::size_t size = frame::kHeader + header.body + header.secret;
      if (in_.size() < size) return;
      Frame taken{
          header, in_.substr(frame::kHeader, header.body), in_.substr(frame::kHeader + header.body, header.secret), {}};
      Require(fds_.size() >= header.fds, "a frame brings the descriptors that it announces");
      for (std::size_t i = 0; i < header.fds; ++i) taken.fds.push_back(std::move(fds_[i]));
      fds_.erase(fds_.begin(), fds_.begin() + header.fds);
      in_.erase(0, size);
      if (on_frame) on_frame(std::move(taken));
    }
  }
  void Want() { watch_.Set(ended_ ? 0 : out_.empty() ? UV_READABLE : UV_READABLE | UV_WRITABLE); }

  Fd socket_;
  Watch watch_;
  std::deque<Piece> out_;
  std::string in_;
  std::vector<Fd> fds_;
  bool ended_ = false;
};

}  // namespace zoobar
