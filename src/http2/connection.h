// One HTTP/2 connection of a client, between two things that its owner gives it: the bytes of TLS on one side, socket
// pairs to a server of HTTP/1.1 on the other. Each stream becomes an exchange of HTTP/1.1 over a socket pair. So no
// other role learns HTTP/2.
//
// Socket pairs belong to one connection alone, so nothing that one client sends can come near another client's
// requests. A connection has at most Http2Limits::backends of them; each serves one exchange at a time, and further
// streams wait in their order. They are opened when they are needed and closed when they have been idle for a while.
//
// Back-pressure: the client may send as much body as the socket pair takes; a response is read from the socket pair
// only as the client takes it; while output waits for the client's socket, the owner reads nothing from the client
// (wants_input). Http2Limits has the bounds and whose share they are.
//
// A server that closes without a response makes a stream end with status 503 or, if a part of the response is sent,
// with a reset. The connection goes on. A GET or HEAD whose socket pair had served a request before is sent once more
// over a new one, because the server may have closed the old one for its idle time (RFC 9112, 9.3.1).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "http/connection.h"
#include "http/date.h"
#include "http/turn_shares.h"
#include "http2/backend.h"
#include "http2/limits.h"
#include "http2/session.h"
#include "http2/stream.h"

namespace zoobar {

class Http2Connection;

// What all HTTP/2 connections of a process share, and their figures. Must outlive the connections.
class Http2Shared {
 public:
  Http2Shared(Loop& event_loop, TurnShares& turn_shares, const Http2Limits& bounds);

  Loop& loop;
  TurnShares& turns;
  Http2Limits limits;
  Bytes scratch;  // every read from a socket pair goes here first; wiped after each
  DateLine date;

  struct Figures {
    std::size_t streams = 0, waiting = 0, backends = 0;
    std::uint64_t requests = 0;  // streams that brought a request
    std::uint64_t resets = 0;    // streams that a client reset
    std::uint64_t calmed = 0;    // connections that were ended because the client broke the protocol or flooded
    std::uint64_t failed = 0;    // exchanges that ended without a whole response
  } figures;
  std::size_t connections() const { return connections_.size(); }
  std::size_t held() const { return held_; }  // bytes of responses that wait in all connections
  bool crowded() const { return held_ >= limits.held_by_all; }

 private:
  friend class Http2Connection;
  std::size_t held_ = 0;
  std::list<Http2Connection*> connections_;
  Timer sweep_;
};

class Http2Connection : private Http2SessionEvents {
 public:
  struct Hooks {
    // Begins to make a socket pair whose other end a server serves, and returns true; Connected is called later, within
    // this call or after it. Returns false if this client's address may have no more of them now. `held`: how many this
    // connection has.
    std::function<bool(std::size_t held)> connect;
    // A socket pair of this connection was closed. May be empty.
    std::function<void()> disconnected;
    // Something waits in output(), or the connection has finished. Called at the end of a turn of the loop, never
    // within a call of this class. It may destroy the connection.
    std::function<void()> output;
    // A request was answered by this class itself, not by a server: for the access log.
    std::function<void(const Served&)> served;
    // A server sent what is no response, or closed early. `why` is for the log.
    std::function<void(std::string_view why)> failed;
  };

  // `client`: whose share of the loop's time is used.
  Http2Connection(Http2Shared& shared, const IpAddress& client, Hooks hooks);
  ~Http2Connection() override;
  Http2Connection(const Http2Connection&) = delete;
  Http2Connection& operator=(const Http2Connection&) = delete;

  // Takes bytes that the client sent, decrypted. The owner charges the client's share for this call (TurnShares).
  void Receive(std::string_view bytes);
  // Whether the owner should read from the client now. False while output waits, and when the connection has ended.
  bool wants_input() const;
  // Composes frames, and returns the bytes that should be sent next; empty if there are none. Valid until the next call
  // of any function. The owner calls Wrote with the number of bytes that it has sent.
  std::string_view output();
  void Wrote(std::size_t bytes);
  // Nothing more will be sent: the owner closes the connection.
  bool finished() const;
  // Ends the connection without losing a request: the client sends no further ones, and finished() becomes true after
  // the last response.
  void Drain();
  // What came of Hooks::connect: this side's end of a socket pair, which must not block; or none, if no server could be
  // reached. Streams that wait then go on waiting for the socket pairs that there are, or get status 503.
  void Connected(Fd socket);
  // Applies the deadlines. Http2Shared calls it once a second; it is public only for tests. `now` is the loop's clock, in
  // milliseconds.
  void Sweep(std::uint64_t now);

  std::size_t streams() const { return streams_.size(); }
  std::size_t backends() const { return backends_.size(); }
  // Bytes that nghttp2 and the buffers of streams take now.
  std::size_t memory() const;
  // Why the server has ended the connection; empty if it did not. abused(): because of what the client did.
  const std::string& why() const { return session_.why(); }
  bool abused() const { return session_.abused(); }

 private:
  // The session's events.
  void OnRequest(std::int32_t id, Http1Request request, bool body_follows) override;
  void OnRefused(std::int32_t id, const Refusal& refusal, Http1Request request, bool body_follows) override;
  void OnBody(std::int32_t id, std::string_view bytes) override;
  void OnBodyEnd(std::int32_t id) override;
  void OnResponseSent(std::int32_t id) override;
  void OnClosed(std::int32_t id) override;
  std::size_t TakeBody(std::int32_t id, char* place, std::size_t room, bool* end) override;

  // Exchanges (connection_exchange.cc).
  void ServeWaiting();
  Http2Backend* IdleBackend() const;
  void OpenBackends();
  void RefuseWaiting();
  void Begin(Http2Stream& stream, Http2Backend& backend);
  void PassBody(Http2Stream& stream);
  void OnBackend(Http2Backend& backend, int events);
  void ReadResponse(Http2Stream& stream);
  void PassResponse(Http2Stream& stream);
  void Fail(Http2Stream& stream, const char* why);
  bool TryAgain(Http2Stream& stream);
  void AnswerHere(Http2Stream& stream, const Response& response);
  void Detach(Http2Stream& stream);
  void CloseBackend(Http2Backend& backend);
  void StopWaiting(Http2Stream& stream);

  // Deadlines (connection_deadlines.cc).
  void SweepSession(std::uint64_t now);
  void SweepStream(Http2Stream& stream, std::uint64_t now);
  void SweepBackends(std::uint64_t now);

  Http2Stream& Add(std::int32_t id, Http1Request request, bool body_follows);
  Http2Stream* Find(std::int32_t id);
  void Hold(std::size_t bytes) { held_ += bytes, shared_.held_ += bytes; }
  void Drop(std::size_t bytes) { held_ -= bytes, shared_.held_ -= bytes; }
  void Advance();
  void Settle();
  std::uint64_t Now() const { return uv_now(shared_.loop.uv()); }
  static bool Over(std::uint64_t since, Milliseconds time, std::uint64_t now) {
    return now > since && now - since > static_cast<std::uint64_t>(time.count());
  }

  Http2Shared& shared_;
  const std::list<Http2Connection*>::iterator place_;
  const IpAddress client_;
  Hooks hooks_;
  Http2Session session_;
  std::unordered_map<std::int32_t, Http2Stream> streams_;
  std::deque<std::int32_t> waiting_;  // streams that wait for a backend, in their order
  std::size_t waiting_heads_ = 0;     // bytes of their heads
  std::size_t held_ = 0;              // bytes of all streams' `response`
  std::list<std::unique_ptr<Http2Backend>> backends_;
  std::size_t opening_ = 0;  // calls of Hooks::connect that Connected has not answered
  bool denied_ = false;      // one of them failed; no further one until the next sweep, unless there is no backend
  std::list<std::unique_ptr<Http2Backend>> closed_;  // destroyed at the end of the turn: one may be calling us
  std::uint64_t begun_, idle_since_;
  std::uint64_t unsent_since_ = 0;  // since when output waits and the client's socket takes nothing; 0: it does not
  std::uint64_t drain_since_ = 0;   // 0: not draining
  std::uint64_t resets_ = 0;        // those of session_ that are in the figures
  bool scheduled_ = false, dead_ = false, counted_end_ = false, last_going_ = false;
  std::shared_ptr<char> alive_;  // an action at the end of a turn looks whether this object is still there
};

}  // namespace zoobar
