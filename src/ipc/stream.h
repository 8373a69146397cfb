// FrameStream writes frames to a transport and reads frames from it. Each frame can have descriptors of its own.
//
// The descriptors of a frame are sent together with the first byte of the frame. The kernel ends a read after bytes
// that were sent with descriptors (unix(7); net/unix/af_unix.c, unix_stream_read_generic). So the descriptors of one
// read belong to one frame, which begins in the bytes of that read. At any time, at most one incomplete frame has
// descriptors that have arrived. So too many descriptors are noticed at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/frame.h"
#include "ipc/transport.h"

namespace zoobar {

namespace frame {
// The bounds of one frame: the bytes of its body and of its secret, and the number of its descriptors. Both ends use
// the same bounds.
constexpr std::size_t kMaxBody = 1 << 20, kMaxSecret = 1 << 18, kMaxFds = 4;
}  // namespace frame

struct RawMessage {
  Bytes body, secret;
  std::vector<Fd> fds;
  std::int64_t deadline = 0;  // of a request, in MonotonicMicros; 0: none
};

class FrameStream {
 public:
  // The object that gets the frames that were read. Each of these functions may call Shut.
  class Reader {
   public:
    virtual void OnFrame(const frame::Header& header, RawMessage raw) = 0;
    // Called when a whole frame came, but some of its descriptors could not be received because this process may not
    // open more descriptors. The other descriptors of the frame are closed.
    virtual void OnFrameWithoutItsDescriptors(const frame::Header& header) = 0;
    virtual void OnEnd() = 0;                     // the peer closed its end, or it died
    virtual void OnGarbled(std::string how) = 0;  // the bytes are not frames
    virtual void OnWritten() = 0;                 // some queued bytes were written

   protected:
    ~Reader() = default;
  };

  // The owner must call OnReady when the transport calls on_ready, and Flush when it calls on_wake. The reader must
  // outlive the stream.
  FrameStream(std::shared_ptr<Transport> transport, Reader& reader);

  bool open() const { return transport_ != nullptr; }
  Transport& transport() { return *transport_; }

  // Queues a frame for sending. `write` must write the body, which has header.body bytes. The frame must be within the
  // bounds above, and the stream must be open.
  void Queue(const frame::Header& header, std::string_view secret, std::vector<Fd> fds,
             const std::function<void(char* body)>& write);
  std::size_t unsent() const { return out_.size(); }  // bytes
  // Writes as much of the queue as the transport takes now.
  void Flush();
  // Reads or writes, depending on `events`. The reader must outlive the call.
  void OnReady(int events);
  // Closes the transport at once and drops the queue. May be called from the reader's functions.
  void Shut();

 private:
  // A descriptor that is to be sent, and the position in the stream where its frame begins.
  struct Announced {
    Fd fd;
    std::uint64_t frame;
  };
  // The descriptors of one read, and the range of the stream's bytes that came with them.
  struct Batch {
    std::vector<Fd> fds;
    std::uint64_t begin, end;
    bool lost;  // some descriptors could not be received
  };
  void Receive();
  // Passes all whole frames to the reader. Returns false if the stream was shut.
  bool TakeFrames();
  // Moves the descriptors of the frame that begins at position taken_ to `fds`. The result is kWhole if all were moved.
  // Otherwise none was moved, because this process could not receive some (kLost) or because the peer did not send them
  // (kNever).
  enum class Matched { kWhole, kLost, kNever };
  Matched TakeFds(std::size_t announced, std::vector<Fd>& fds);

  std::shared_ptr<Transport> transport_;  // null after Shut
  Reader& reader_;
  ByteQueue in_, out_;
  std::deque<Batch> in_fds_;
  std::deque<Announced> out_fds_;
  bool broken_ = false;                 // the peer takes nothing any more; what it has sent is still read
  std::uint64_t sent_ = 0, taken_ = 0;  // bytes written to the transport so far, and bytes passed to the reader so far
};

}  // namespace zoobar
