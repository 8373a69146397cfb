#include "roles/logger/peers.h"

#include <algorithm>
#include <cerrno>

#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::size_t kReadAtOnce = 4096;
constexpr int kReadsPerTurn = 4;

}  // namespace

bool LineBudget::Take(std::int64_t now_micros, std::uint32_t lines_per_second) {
  const double most = lines_per_second;
  if (!std::exchange(started_, true)) {
    lines_ = most;
  } else {
    lines_ = std::min(most, lines_ + most * static_cast<double>(now_micros - filled_at_) / 1e6);
  }
  filled_at_ = now_micros;
  if (lines_ < 1) {
    ++dropped_;
    return false;
  }
  lines_ -= 1;
  return true;
}

PeerOutputs::PeerOutputs(Loop& loop, std::function<void(const LogOrigin&, std::string_view)> line)
    : loop_(loop), line_(std::move(line)) {}

void PeerOutputs::Add(const LogOrigin& origin, Fd pipe) {
  if (!pipe || pipes_.size() >= kMaxPipes) return;
  const auto added = pipes_.insert(pipes_.end(), Pipe{origin, std::move(pipe), nullptr, {}});
  added->watch = std::make_unique<Watch>(loop_, added->fd.get(), [this, added](int) { Read(added); });
  added->watch->Set(UV_READABLE);
}

void PeerOutputs::Read(std::list<Pipe>::iterator pipe) {
  for (int i = 0; i < kReadsPerTurn; ++i) {
    char bytes[kReadAtOnce];
    const ssize_t count = read(pipe->fd.get(), bytes, sizeof bytes);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      if (!pipe->unfinished.empty()) line_(pipe->origin, pipe->unfinished);
      pipes_.erase(pipe);  // also deletes the Watch that called this function
      return;
    }
    Split(*pipe, {bytes, static_cast<std::size_t>(count)});
    if (static_cast<std::size_t>(count) < sizeof bytes) return;
  }
}

void PeerOutputs::Split(Pipe& pipe, std::string_view bytes) {
  pipe.unfinished += bytes;
  std::string_view rest = pipe.unfinished;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view text = rest.substr(0, end);
    const bool finished = end != rest.npos && text.size() <= kMaxText;
    if (!finished && text.size() <= kMaxText) break;
    if (!finished) text = CutUtf8(text, kMaxText);
    if (!text.empty()) line_(pipe.origin, text);
    rest.remove_prefix(text.size() + (finished ? 1 : 0));
  }
  pipe.unfinished = std::string(rest);
}

}  // namespace zoobar
