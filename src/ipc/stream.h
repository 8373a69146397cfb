// Frames over a transport: puts them on the stream and takes them off it, each with its own descriptors.
//
// A frame's descriptors travel with the first byte of that frame, in a message that begins there, and a read ends where
// a message with descriptors does (unix(7); net/unix/af_unix.c, unix_stream_read_generic). Descriptors thus belong to
// the one frame with descriptors that begins in the bytes they came with. At most one frame's are ahead of the frames
// that were read, and a surplus is seen at once.
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
// Bounds of one frame, the same at both ends.
constexpr std::size_t kMaxBody = 1 << 20, kMaxSecret = 1 << 18, kMaxFds = 4;
}  // namespace frame

struct RawMessage {
  Bytes body, secret;
  std::vector<Fd> fds;
  std::int64_t deadline = 0;  // of a request, in MonotonicMicros; 0: none
};

class FrameStream {
 public:
  // Who reads the frames. Any of these may shut the stream.
  class Reader {
   public:
    virtual void OnFrame(const frame::Header& header, RawMessage raw) = 0;
    // A whole frame, but this process could hold no more descriptors: those that came with it are closed.
    virtual void OnFrameWithoutItsDescriptors(const frame::Header& header) = 0;
    virtual void OnEnd() = 0;                     // the peer is gone
    virtual void OnGarbled(std::string how) = 0;  // the bytes are no frames
    virtual void OnWritten() = 0;                 // some of what was queued has been written

   protected:
    ~Reader() = default;
  };

  // Whoever owns the stream passes on what the transport tells (OnReady; Flush when it wakes).
  FrameStream(std::shared_ptr<Transport> transport, Reader& reader);

  bool open() const { return transport_ != nullptr; }
  Transport& transport() { return *transport_; }

  // Queues a frame whose body `write` writes. It must be within the bounds of a frame, and the stream open.
  void Queue(const frame::Header& header, std::string_view secret, std::vector<Fd> fds,
             const std::function<void(char* body)>& write);
  std::size_t unsent() const { return out_.size(); }  // bytes
  // Writes what can be written now.
  void Flush();
  // Reads or writes, as `events` say. The reader must outlive the call.
  void OnReady(int events);
  // Closes it at once and forgets all that is queued. May be called from the reader's functions.
  void Shut();

 private:
  struct Announced {  // a descriptor, and where in the stream its frame begins
    Fd fd;
    std::uint64_t frame;
  };
  // Descriptors that came in one read, and which bytes of the stream did.
  struct Batch {
    std::deque<Fd> fds;
    std::uint64_t begin, end;
    bool lost;  // there were more
  };
  void Receive();
  bool TakeFrames();
  // The descriptors of the frame that begins here; whether they are all there.
  enum class Matched { kWhole, kLost, kNever };
  Matched TakeFds(std::size_t announced, std::vector<Fd>& fds);

  std::shared_ptr<Transport> transport_;  // null once shut
  Reader& reader_;
  ByteQueue in_, out_;
  std::deque<Batch> in_fds_;
  std::deque<Announced> out_fds_;
  std::uint64_t sent_ = 0, taken_ = 0;  // bytes of the streams so far: written, and read as frames
};

}  // namespace zoobar
