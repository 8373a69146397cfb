#include "ipc/stream.h"

#include <uv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "ipc/result.h"

namespace zoobar {
namespace {

using frame::Header;
using frame::kHeader;

constexpr std::size_t kReadAtOnce = 64 * 1024;
constexpr std::size_t kReadPerTurn = 256 * 1024;  // after that the loop serves its other descriptors
constexpr int kReadsPerTurn = 64;
constexpr Milliseconds kFlushAgain{1};  // the wait after ETOOMANYREFS and similar errors, see Flush

// Only a call carries the id of a request.
bool HasValidRequest(const Header& header) {
  return header.kind == frame::Kind::kRequest ? header.traced <= (header.request.none() ? 0 : 1)
                                              : header.request.none() && header.traced == 0;
}

bool HasValidCause(const Header& header) {
  return header.kind == frame::Kind::kUnavailable ? header.cause <= Cause::kNotRecorded : header.cause == Cause::kOther;
}

}  // namespace

FrameStream::FrameStream(std::shared_ptr<Transport> transport, Reader& reader)
    : transport_(std::move(transport)), reader_(reader) {}

void FrameStream::OnReady(int events) {
  const auto alive = transport_;  // The transport calls this function, so it must live on even if Shut is called.
  if (events & UV_WRITABLE) Flush();
  if (open() && (events & (UV_READABLE | UV_DISCONNECT))) Receive();
}

void FrameStream::Queue(const Header& header, std::string_view secret, std::vector<Fd> fds,
                        const std::function<void(char*)>& write) {
  const std::size_t size = kHeader + header.body + secret.size();
  const std::uint64_t frame = sent_ + out_.size();
  char* place = out_.Reserve(size);
  frame::WriteHeader(place, header);
  write(place + kHeader);
  if (!secret.empty()) std::memcpy(place + kHeader + header.body, secret.data(), secret.size());
  out_.Commit(size);
  for (Fd& fd : fds) out_fds_.push_back({std::move(fd), frame});
}

void FrameStream::Flush() {
  bool wrote = false;
  while (open() && !broken_ && !out_.empty()) {
    // Each call of Send ends before the next frame that has descriptors. If the frame at the front has descriptors,
    // this call sends them and ends before the next such frame.
    std::array<int, frame::kMaxFds> fds;
    std::size_t count = 0, bytes = out_.size();
    while (count < out_fds_.size() && out_fds_[count].frame == sent_) {
      fds[count] = out_fds_[count].fd.get();
      ++count;
    }
    if (count < out_fds_.size()) bytes = static_cast<std::size_t>(out_fds_[count].frame - sent_);
    const ssize_t taken = transport_->Send(out_.view().substr(0, bytes), {fds.data(), count});
    if (taken < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      if (errno == ETOOMANYREFS || errno == ENOBUFS || errno == ENOMEM) {
        // The kernel holds too many descriptors that were sent and not received, or it has too little memory. The
        // socket counts as writable nevertheless. So waiting for UV_WRITABLE would be a busy loop, and Flush is called
        // again after a short time instead.
        transport_->Want(UV_READABLE);
        transport_->WakeAfter(kFlushAgain);
        if (wrote) reader_.OnWritten();
        return;
      }
      // EPIPE or ECONNRESET: the peer has ended. It may have answered before that, so OnEnd is called when everything
      // that it sent has been read.
      broken_ = true;
      break;
    }
    wrote = true;
    out_.Consume(static_cast<std::size_t>(taken));
    sent_ += static_cast<std::uint64_t>(taken);
    if (taken > 0) out_fds_.erase(out_fds_.begin(), out_fds_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  if (!open()) return;
  if (broken_) {
    out_.Release();
    out_fds_.clear();
  }
  transport_->Want(out_.empty() ? UV_READABLE : UV_READABLE | UV_WRITABLE);
  if (wrote) reader_.OnWritten();
}

void FrameStream::Receive() {
  std::size_t total = 0;
  for (int reads = 0; reads < kReadsPerTurn && total < kReadPerTurn && open(); ++reads) {
    char* const memory = in_.Reserve(kReadAtOnce);
    const std::span<char> place(memory, in_.room());
    Batch batch{{}, taken_ + in_.size(), 0, false};
    const ssize_t count = transport_->Receive(place, batch.fds, batch.lost);
    if (count == 0) return reader_.OnEnd();
    if (count < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      return reader_.OnEnd();
    }
    const bool brought_fds = !batch.fds.empty() || batch.lost;
    if (batch.fds.size() > frame::kMaxFds) return reader_.OnGarbled("more descriptors than a frame may bring");
    batch.end = batch.begin + static_cast<std::size_t>(count);
    if (brought_fds) in_fds_.push_back(std::move(batch));
    in_.Commit(static_cast<std::size_t>(count));
    total += static_cast<std::size_t>(count);
    if (!TakeFrames()) return;
    // A short read means that no more bytes are there, unless it brought descriptors. A read with descriptors ends
    // early.
    if (static_cast<std::size_t>(count) < place.size() && !brought_fds) return;
  }
}

bool FrameStream::TakeFrames() {
  while (open() && in_.size() >= kHeader) {
    const Header header = frame::ReadHeader(in_.view());
    if (header.body > frame::kMaxBody || header.secret > frame::kMaxSecret || header.fds > frame::kMaxFds ||
        !HasValidCause(header) || !HasValidRequest(header)) {
      reader_.OnGarbled(fmt::format("frame out of bounds: body {} secret {} descriptors {} cause {} traced {}",
                                    header.body, header.secret, header.fds, static_cast<int>(header.cause),
                                    header.traced));
      return false;
    }
    const std::size_t size = kHeader + header.body + header.secret;
    if (in_.size() < size) break;
    RawMessage raw;
    raw.deadline = header.deadline;
    const Matched matched = header.fds == 0 ? Matched::kWhole : TakeFds(header.fds, raw.fds);
    if (matched == Matched::kNever) {
      reader_.OnGarbled("frame without the descriptors it announces");
      return false;
    }
    const bool whole = matched == Matched::kWhole;
    if (whole) {
      const char* body = in_.view().data() + kHeader;
      raw.body.assign(body, body + header.body);
      raw.secret.assign(body + header.body, body + header.body + header.secret);
    }
    taken_ += size;
    in_.Consume(size);
    if (whole) {
      reader_.OnFrame(header, std::move(raw));
    } else {
      reader_.OnFrameWithoutItsDescriptors(header);
    }
  }
  if (!open()) return false;
  // Descriptors that no frame has taken yet must belong to a frame whose end has not been read yet.
  if (in_fds_.empty() || (in_fds_.size() == 1 && in_fds_.front().end > taken_)) return true;
  reader_.OnGarbled("descriptors no frame announced");
  return false;
}

FrameStream::Matched FrameStream::TakeFds(std::size_t announced, std::vector<Fd>& fds) {
  if (in_fds_.empty() || taken_ < in_fds_.front().begin || taken_ >= in_fds_.front().end) return Matched::kNever;
  Batch batch = std::move(in_fds_.front());
  in_fds_.pop_front();
  if (batch.fds.size() != announced) return batch.lost ? Matched::kLost : Matched::kNever;
  fds = std::move(batch.fds);
  return Matched::kWhole;
}

void FrameStream::Shut() {
  transport_.reset();
  in_.Release();
  out_.Release();
  in_fds_.clear();
  out_fds_.clear();
}

}  // namespace zoobar
