// A client of HTTP/2 over TLS that sends what the test composes (http2/frames.h), and reads what the server answers.
#pragma once

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http2/frames.h"
#include "live_site/browser.h"

namespace zoobar {

class Http2Client {
 public:
  // Connects to an address ("127.0.0.1:443"), from the IPv4 address `source` if it is not empty. It does not check the
  // certificate.
  explicit Http2Client(const std::string& address, const std::string& source = {})
      : socket_(ConnectTo(address, source)), context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_.get())) {
    const timeval patience = {60, 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    constexpr unsigned char kProtocols[] = "\x02h2";
    SSL_set_alpn_protos(ssl_.get(), kProtocols, sizeof(kProtocols) - 1);
    SSL_set_fd(ssl_.get(), socket_.get());
    open_ = socket_.valid() && SSL_connect(ssl_.get()) == 1;
  }

  bool open() const { return open_; }
  int socket() const { return socket_.get(); }
  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }
  // Returns false if the server has closed.
  bool Send(std::string_view bytes) {
    return open_ = open_ && SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  }
  // Reads until `enough` returns true. Returns false if the connection ends before, or nothing comes for a minute.
  bool Until(const std::function<bool()>& enough) {
    char block[16384];
    while (!enough()) {
      const int count = SSL_read(ssl_.get(), block, sizeof(block));
      if (count <= 0) return open_ = false;
      reader.Take({block, static_cast<std::size_t>(count)});
    }
    return true;
  }
  // Asks for a path on this stream and waits for the whole response. Returns its status, or "none".
  std::string Get(std::uint32_t stream, std::string_view path) {
    Send(h2::Get(stream, path) + h2::WindowUpdate(0, 1 << 16));  // room for the response of this stream
    return Finish(stream);
  }
  // Waits for the end of the stream. Returns the status of the response, "reset" or "none".
  std::string Finish(std::uint32_t stream) {
    const bool ended = Until([&] { return Last(stream) != nullptr; });
    if (!ended) return "none";
    return Last(stream)->type == h2::kRstStream ? "reset" : Status(stream);
  }
  std::string Status(std::uint32_t stream) const {
    for (const h2::ServerFrame& frame : reader.frames) {
      if (frame.type == h2::kHeaders && frame.stream == stream) return frame.field(":status");
    }
    return "none";
  }
  std::size_t BodySize(std::uint32_t stream) const {
    std::size_t size = 0;
    for (const h2::ServerFrame& frame : reader.frames) {
      if (frame.type == h2::kData && frame.stream == stream) size += frame.payload.size();
    }
    return size;
  }
  const h2::ServerFrame* Find(int type) const {
    for (const h2::ServerFrame& frame : reader.frames) {
      if (frame.type == type) return &frame;
    }
    return nullptr;
  }
  // Waits for GOAWAY and returns its code; -1 if the connection ended without one.
  int GoAwayCode() {
    return Until([this] { return Find(h2::kGoAway) != nullptr; }) ? static_cast<int>(Find(h2::kGoAway)->NumberAt(4))
                                                                  : -1;
  }

  h2::Reader reader;

 private:
  // The frame that ended the stream, or nullptr.
  const h2::ServerFrame* Last(std::uint32_t stream) const {
    for (const h2::ServerFrame& frame : reader.frames) {
      if (frame.stream != stream) continue;
      const bool carries = frame.type == h2::kHeaders || frame.type == h2::kData;
      if (frame.type == h2::kRstStream || (carries && frame.flags & h2::kEndStream)) return &frame;
    }
    return nullptr;
  }

  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  Fd socket_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  bool open_ = false;
};

}  // namespace zoobar
