// One socket pair to the next server, over which the requests of one HTTP/2 connection go as HTTP/1.1, one at a time.
// This class writes requests, reads responses, and closes the socket pair when it cannot be used again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "http/turn_shares.h"
#include "http2/response_reader.h"
#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/loop.h"

namespace zoobar {

class Http2Backend {
 public:
  enum class Got {
    kSome,    // bytes, or nothing for now
    kDone,    // the response is complete
    kBroken,  // the other side has closed, or has sent what is no response; why() says which
  };
  // A request's body is added in pieces of this size, and only while fewer bytes wait for the socket.
  static constexpr std::size_t kOutbox = 8192;

  // `socket`: this side's end, a connected stream socket that does not block. `ready` is called when it is readable or
  // writable, with the events of Watch. It may close this object, but must not destroy it.
  Http2Backend(Loop& loop, Fd socket, std::function<void(Http2Backend&, int events)> ready);

  // Begins an exchange for this stream. Precondition: idle().
  void Begin(std::int32_t stream, bool head_only);
  // Adds bytes of the request, to be written when the socket takes them.
  void Add(std::string_view bytes);
  // Adds bytes as one chunk (RFC 9112, 7.1). No bytes make the last chunk, which ends the body.
  void AddChunk(std::string_view bytes);
  // The request is complete.
  void EndRequest() { request_ended_ = true; }
  bool has_room() const { return outbox_.size() < kOutbox; }
  // Writes what the socket takes. If the other side reads no more, drops the rest of the request: its response, if
  // there is one, can still be read.
  void Flush();
  // Whether the other side reads no more of this request.
  bool deaf() const { return deaf_; }

  // Reads at most `room` bytes, and appends the bytes of the response's body to *body. `scratch` is used for reading
  // and wiped.
  Got Read(Bytes* scratch, std::size_t room, ByteQueue* body);
  // Stops reading, or goes on.
  void Pause(bool paused);
  // Ends the exchange. If the request was written and the response read, and both sides keep the connection, the object
  // is idle after this. Otherwise it is closed.
  void Release(std::uint64_t now);
  void Close();

  ResponseReader& reader() { return reader_; }
  const char* why() const { return reader_.why(); }
  bool open() const { return socket_.valid(); }
  bool idle() const { return open() && stream_ == 0; }
  std::int32_t stream() const { return stream_; }  // 0: none
  bool used_before() const { return exchanges_ > 1; }
  std::uint64_t idle_since() const { return idle_since_; }
  TurnShares::Source& source() { return source_; }

 private:
  void WatchAgain();

  Fd socket_;
  std::optional<Watch> watch_;
  TurnShares::Source source_;
  ResponseReader reader_;
  ByteQueue outbox_;
  std::int32_t stream_ = 0;
  int exchanges_ = 0;
  int events_ = 0;  // what watch_ watches for
  bool request_ended_ = false, response_ended_ = false, deaf_ = false, paused_ = false;
  std::uint64_t idle_since_ = 0;
};

}  // namespace zoobar
