// What a TLS connection speaks inside TLS: HTTP/1.1 (relay.h), later HTTP/2. The connection owns one Protocol from the
// end of its handshake on.
#pragma once

#include <cstdint>

#include "http/address.h"
#include "ipc/loop.h"
#include "tls/stream.h"

namespace zoobar {

class Pairs;

// How long a connection may stay as it is. The connection is cut off when that time is over.
enum class Patience {
  kHandshake,  // http.handshake_seconds from its first moment on
  kQuiet,      // http.idle_seconds: the client is expected to send something
  kStalled,    // http.write_seconds: the client is expected to read
  kClosing,    // a few seconds: everything is said, and the client is expected to close
  kElsewhere,  // no limit here: somebody else, as the dispatcher, watches the time
};

// What a Protocol may do with its connection. Every function but Leave and Finish may be called at any time, and those
// two as the last thing that a function of the Protocol does: the Protocol is destroyed at the end of the loop's turn.
class ProtocolHost {
 public:
  virtual ~ProtocolHost() = default;
  virtual Loop& loop() = 0;
  virtual TlsStream& stream() = 0;
  virtual const IpAddress& address() const = 0;
  virtual Pairs& pairs() = 0;
  // Memory that all connections share, for the bytes of one call of TlsStream::Read or recv. Whoever has used it wipes
  // it before its function ends.
  virtual std::span<char> scratch() = 0;
  // The events of the client's socket (UV_READABLE, UV_WRITABLE) at which Protocol::Proceed is called; 0: none.
  virtual void WatchClient(int events) = 0;
  // From now on the connection has this much time, counted from now.
  virtual void Allow(Patience patience) = 0;
  // Runs `work` for an event of another descriptor of this connection (a pair's), as part of its address's share of the
  // loop's time (http/turn_shares.h). If it returns false, it is not the address's turn and the event comes again.
  virtual bool InTurn(const std::function<void()>& work) = 0;
  // Ends the connection in good order: says so to the client, waits until the client closes too, then leaves.
  virtual void Finish() = 0;
  // Ends the connection at once.
  virtual void Leave() = 0;
  // True from Finish or Leave on. A coroutine that has waited looks at this first; it must hold the Protocol's lifetime
  // by a std::weak_ptr of its own.
  virtual bool over() const = 0;
};

class Protocol {
 public:
  virtual ~Protocol() = default;
  // Called once, right after the handshake; bytes of the client may be here already.
  virtual void Begin() = 0;
  // The client's socket has what WatchClient asked for.
  virtual void Proceed(int events) = 0;
  // The site stops: finish what has begun, begin nothing, then call ProtocolHost::Finish.
  virtual void Drain() = 0;
  // Whether the client has not asked for anything yet.
  virtual bool fresh() const { return false; }
  // Whether the connection only waits for the client, so that no response is lost if it ends now.
  virtual bool quiet() const = 0;
};

}  // namespace zoobar
