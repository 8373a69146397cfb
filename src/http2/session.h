// One HTTP/2 session of a server (RFC 9113), without a socket: bytes of the client go in, and bytes for the client come
// out. nghttp2 reads and writes the frames. This class gives requests and bodies to its SessionEvents, and ends the
// session if the client breaks the protocol or floods (frame_budget.h).
//
// Not supported, so a client cannot use it: server push, the priorities of RFC 7540 (SETTINGS_NO_RFC7540_PRIORITIES is
// sent), CONNECT, extended CONNECT, HTTP/2 without TLS.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "http/head.h"
#include "http2/frame_budget.h"
#include "http2/frame_scanner.h"
#include "http2/limits.h"
#include "http2/memory.h"
#include "http2/request_head.h"
#include "http2/response_reader.h"
#include "ipc/bytes.h"

namespace zoobar {

// What happens in a session. Streams are named by their numbers. The functions may call those of the session, except
// Receive and Fill.
class Http2SessionEvents {
 public:
  virtual ~Http2SessionEvents() = default;
  // A request has come. `body_follows`: OnBody and OnBodyEnd will be called for it.
  virtual void OnRequest(std::int32_t stream, Http1Request request, bool body_follows) = 0;
  // As OnRequest, but the request must be answered with this refusal. Of `request` only method and head_only are set.
  virtual void OnRefused(std::int32_t stream, const Refusal& refusal, Http1Request request, bool body_follows) = 0;
  // Bytes of the request's body. They count against the windows until Consumed is called for them.
  virtual void OnBody(std::int32_t stream, std::string_view bytes) = 0;
  virtual void OnBodyEnd(std::int32_t stream) = 0;
  // The response is sent completely. The stream is still open if the client has not ended its side.
  virtual void OnResponseSent(std::int32_t stream) = 0;
  // The stream is closed, because all is sent and received or because one side has reset it.
  virtual void OnClosed(std::int32_t stream) = 0;
  // Copies at most `room` bytes of the response's body to `place` and returns their number. Sets *end when no more will
  // follow. Returning 0 without *end means that nothing is there yet; call Resume when there is.
  virtual std::size_t TakeBody(std::int32_t stream, char* place, std::size_t room, bool* end) = 0;
};

class Http2Session {
 public:
  // `limits` and `events` must outlive the session. `now`: the loop's clock, in milliseconds; it is asked often.
  Http2Session(const Http2Limits& limits, Http2SessionEvents& events, std::uint64_t now);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // Takes bytes that the client sent. Does nothing once the session has ended.
  void Receive(std::string_view bytes, std::uint64_t now);
  // Composes frames until `most` bytes or more wait in output(), or until there are no more frames.
  void Fill(std::size_t most, std::uint64_t now);
  // What waits to be sent. The owner sends it and calls Consume on it.
  ByteQueue& output() { return output_; }

  // Answers a request. `with_body`: TakeBody gives the body.
  void Respond(std::int32_t stream, const ResponseHead& head, bool with_body);
  // Sends the interim response 100 (RFC 9110, 15.2.1).
  void Continue(std::int32_t stream);
  void Resume(std::int32_t stream);
  // Resets a stream for a reason that is not the client's fault.
  void Reset(std::int32_t stream, std::uint32_t code);
  // Resets a stream with REFUSED_STREAM: the client may send the request again (RFC 9113, 8.7). Costs it points.
  void Refuse(std::int32_t stream);
  // This many bytes of the body have left OnBody's receiver: the client may send as many more.
  void Consumed(std::int32_t stream, std::size_t bytes);
  // As Consumed, for bytes of a stream that is closed.
  void Discarded(std::size_t bytes);
  // Lets the client send more of this stream's body at once.
  void Widen(std::int32_t stream);

  // Ends the session: GOAWAY with this code and text is the last frame. The text is for the client's log.
  void End(std::uint32_t code, std::string_view text);
  // Begins to end the session without losing a request (RFC 9113, 6.8): the client is told not to send further ones.
  // Call it twice: the first call warns, the second one, at least one round trip later, refuses further streams.
  void GoAway();
  // No frame will follow. When output() is empty, the owner closes the connection.
  bool ended() const { return ended_; }
  // Why the server ended the session; empty if it did not. abused(): the client has flooded or broken the protocol.
  const std::string& why() const { return why_; }
  bool abused() const { return abused_; }

  // Since when a field section waits for its end, or nullopt.
  std::optional<std::uint64_t> head_since() const { return head_since_; }
  bool greeted() const { return greeted_; }              // the client's preface and SETTINGS have come
  bool acknowledged() const { return acknowledged_; }    // the client has acknowledged our SETTINGS
  std::size_t memory() const { return memory_.used(); }  // bytes that nghttp2 has allocated
  std::uint64_t resets() const { return resets_; }       // streams that the client reset

 private:
  friend struct Http2Callbacks;
  // The callbacks of nghttp2. They return 0, or an error of nghttp2.
  void OnBeginFrame(const nghttp2_frame_hd& head);
  int OnBeginHeaders();
  int OnField(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int OnFrame(const nghttp2_frame& frame);
  int OnInvalid();
  int OnSent(const nghttp2_frame& frame);
  int OnStreamClosed(std::int32_t stream);
  int OnData(std::int32_t stream, std::string_view bytes);
  void OnHeadersEnd(std::int32_t stream, bool body_follows);
  int Charge(std::int64_t points);
  std::int64_t CostOf(const FrameScanner::Head& head);
  int Outcome() const;  // what a callback returns

  void Flooded();
  void Abuse(std::uint32_t code, std::string_view text);
  void Failed(int error);
  void Must(int outcome);
  void Start();

  const Http2Limits& limits_;
  Http2SessionEvents& events_;
  Http2Memory memory_;
  nghttp2_session* session_ = nullptr;
  ByteQueue output_;
  FrameScanner scanner_;
  std::uint32_t last_stream_ = 0;  // the highest stream that the client has begun
  FrameBudget budget_;
  std::uint64_t now_;  // the time of the present call
  // The request whose field section is being received; there is at most one (RFC 9113, 4.3).
  std::unique_ptr<Http2RequestHead> head_;
  std::optional<std::uint64_t> head_since_;
  std::unordered_set<std::int32_t> own_resets_;  // streams that Reset has reset; the client is not charged for them
  bool greeted_ = false, acknowledged_ = false, warned_ = false, ended_ = false, abused_ = false;
  std::string why_;
  std::uint64_t resets_ = 0;
};

}  // namespace zoobar
