// HTTP/1.1 inside TLS: passes the bytes on, between the client and a socket pair whose other end a dispatcher serves. It
// looks at none of them. Each direction holds at most one block of bytes that it could not pass on yet, and reads no
// more until that is gone. So a side that reads slowly slows the other one down, and costs no memory here.
//
// The pair is made when the client's first bytes arrive: a TLS connection without a request costs the dispatcher
// nothing. From then on the dispatcher watches the time that requests may take. Here only a client that does not read is
// cut off.
#pragma once

#include <memory>
#include <optional>

#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/task.h"
#include "roles/edge/protocol.h"

namespace zoobar {

class Relay : public Protocol, public std::enable_shared_from_this<Relay> {
 public:
  explicit Relay(ProtocolHost& host) : host_(host) {}

  void Begin() override;
  void Proceed(int events) override;
  void Drain() override;
  bool fresh() const override { return !pair_ && !opening_; }
  bool quiet() const override;

 private:
  // What stops one direction.
  enum class Stop { kEmpty, kFull, kTurnOver, kEnded, kBroken };
  enum class Ready { kClient, kPair, kBoth };  // the sides that may have something to read, or room

  static Task<void> OpenPair(std::shared_ptr<Relay> self, Bytes first);
  void Run(Ready ready);
  Stop Upwards();    // from the client to the dispatcher
  Stop Downwards();  // from the dispatcher to the client
  Stop SendUp(std::string_view bytes);
  Stop SendDown(std::string_view bytes, std::size_t& sent);
  void Wait();

  ProtocolHost& host_;
  Fd pair_;
  std::optional<Watch> watch_;
  ByteQueue up_, down_;  // bytes that were read and could not be passed on yet
  Stop up_stop_ = Stop::kEmpty, down_stop_ = Stop::kEmpty;
  bool opening_ = false, client_ended_ = false, pair_ended_ = false, told_end_ = false;
  bool read_wants_write_ = false;  // TLS itself has to write before more can be read
  bool write_wants_read_ = false;  // TLS itself has to read before more can be written
  bool stalled_ = false;           // the client does not read
  bool answered_ = true;           // the last bytes that passed went to the client
  std::uint64_t moved_ms_ = 0;     // when that was, by the loop's clock
};

}  // namespace zoobar
