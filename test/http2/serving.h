// An Http2Connection whose socket pairs lead to a server of HTTP/1.1 (http/connection_fixture.h answers by path), and
// its client.
#pragma once

#include <map>

#include "http/connection_fixture.h"
#include "http2/connection.h"
#include "http2/frames.h"

namespace zoobar {

class Http2Serving : public Serving {
 protected:
  void SetUp() override {
    Serving::SetUp();
    Restart({});
  }
  void TearDown() override {
    connection_.reset();
    Turn();
    Serving::TearDown();
  }

  void Restart(const Http2Limits& limits) {
    connection_.reset();
    opening_ = 0;
    Turn();
    shared_ = std::make_unique<Http2Shared>(loop_, turns_, limits);
    reader_ = std::make_unique<h2::Reader>();
    Http2Connection::Hooks hooks;
    hooks.connect = [this](std::size_t) {
      if (places_ == 0) return false;
      --places_;
      ++opening_;
      return true;
    };
    hooks.disconnected = [this] { ++disconnected_; };
    hooks.output = [this] { outputs_ += 1; };
    hooks.served = [this](const Served& served) { refused_.push_back(served.status); };
    hooks.failed = [this](std::string_view why) { failures_.emplace_back(why); };
    connection_ = std::make_unique<Http2Connection>(*shared_, *IpAddress::Parse("192.0.2.1"), std::move(hooks));
  }
  // Makes the socket pairs that the connection has asked for.
  void Open() {
    for (; opening_ > 0; --opening_) connection_->Connected(reachable_ ? Connected() : Fd());
  }
  Fd Connected() {
    auto [server, edge] = SocketPair();
    if (by_hand_) {
      servers_.push_back(std::move(server));
    } else {
      Client about;
      about.peer = *IpAddress::Parse("192.0.2.1");
      about.number = ++connected_;
      connections_->Adopt(std::move(server), about);
    }
    return std::move(edge);
  }

  // Takes what is there to send, at most `most` bytes.
  void Collect(std::size_t most = SIZE_MAX) {
    while (most > 0) {
      const std::string_view bytes = connection_->output().substr(0, most);
      if (bytes.empty()) return;
      reader_->Take(bytes);
      most -= bytes.size();
      connection_->Wrote(bytes.size());
    }
  }
  void Exchange() {
    for (int i = 0; i < 6; ++i) {
      Open();
      Turn();
      Collect();
    }
  }
  void Say(std::string_view bytes) {
    connection_->Receive(bytes);
    Exchange();
  }
  void Hear(std::string_view bytes) {
    connection_->Receive(bytes);
    Open();
  }

  std::vector<h2::ServerFrame> Frames(int type, std::uint32_t stream = 0) const {
    std::vector<h2::ServerFrame> found;
    for (const h2::ServerFrame& frame : reader_->frames) {
      if (frame.type == type && (stream == 0 || frame.stream == stream)) found.push_back(frame);
    }
    return found;
  }
  std::string Status(std::uint32_t stream) const {
    std::string status = "none";
    for (const h2::ServerFrame& frame : Frames(h2::kHeaders, stream)) status = frame.field(":status");
    return status;
  }
  std::string Body(std::uint32_t stream) const {
    std::string body;
    for (const h2::ServerFrame& frame : Frames(h2::kData, stream)) body += frame.payload;
    return body;
  }
  bool Ended(std::uint32_t stream) const {
    bool ended = false;
    for (const h2::ServerFrame& frame : reader_->frames) {
      const bool carries = frame.type == h2::kHeaders || frame.type == h2::kData;
      if (frame.stream == stream && carries) ended = frame.flags & h2::kEndStream;
    }
    return ended;
  }
  // The code of the last RST_STREAM of this stream, or of the last GOAWAY; -1: there was none.
  int ResetCode(std::uint32_t stream) const {
    const auto frames = Frames(h2::kRstStream, stream);
    return frames.empty() ? -1 : static_cast<int>(frames.back().NumberAt(0));
  }
  int GoAwayCode() const {
    const auto frames = Frames(h2::kGoAway);
    return frames.empty() ? -1 : static_cast<int>(frames.back().NumberAt(4));
  }
  std::string GoAwayText() const {
    const auto frames = Frames(h2::kGoAway);
    return frames.empty() ? "" : frames.back().payload.substr(8);
  }
  // What has arrived at the server's end of a socket pair that the test serves by hand.
  std::string Arrived(std::size_t server) { return Serving::Received(servers_[server]); }
  void Reply(std::size_t server, std::string_view text) {
    ASSERT_EQ(send(servers_[server].get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    Exchange();
  }
  std::uint64_t After(Milliseconds time) { return uv_now(loop_.uv()) + static_cast<std::uint64_t>(time.count()) + 1; }
  void SweepAfter(Milliseconds time) {
    connection_->Sweep(After(time));
    Exchange();
  }

  TurnShares turns_{loop_};
  std::unique_ptr<Http2Shared> shared_;
  std::unique_ptr<Http2Connection> connection_;
  std::unique_ptr<h2::Reader> reader_;
  bool by_hand_ = false;
  bool reachable_ = true;
  std::size_t places_ = SIZE_MAX, opening_ = 0;
  std::uint64_t connected_ = 0;
  std::vector<Fd> servers_;
  std::vector<int> refused_;
  std::vector<std::string> failures_;
  int outputs_ = 0, disconnected_ = 0;
};

}  // namespace zoobar
