// A pair of transports over a simulated socket: small buffers, partial reads and writes, bytes that arrive late,
// descriptors that arrive as the kernel delivers them, errors for want of resources, and the death of either end. A
// seed decides all of it. The simulation has a clock of its own.
#pragma once

#include <uv.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "ipc/transport.h"

namespace zoobar {

class SimulatedPair {
 public:
  struct Faults {
    std::size_t buffer = 1024;  // capacity of one direction in bytes
    unsigned late = 4;          // one in so many steps tells nothing although an event is due
    unsigned refused = 50;      // one in so many sends fails for want of memory or of room for descriptors
    unsigned lost = 0;          // one in so many messages loses descriptors at the receiver; 0: none
  };

  SimulatedPair(std::mt19937& random, const std::int64_t& now, Faults faults) {
    for (int i = 0; i < 2; ++i) ends_[i] = std::make_shared<End>(random, now, faults);
    ends_[0]->other = ends_[1];
    ends_[1]->other = ends_[0];
  }
  // One of the two ends. Each must be given to one channel only.
  std::shared_ptr<Transport> end(int which) { return ends_[which]; }
  // Calls on_wake or on_ready of one end, if it is due. Does nothing if no channel holds the end any more.
  void Step(int which) {
    const std::shared_ptr<End> end = ends_[which];
    if (end.use_count() > 2) end->Step();  // ends_ and `end` are two
  }

 private:
  struct Segment {
    std::string bytes;
    std::vector<Fd> fds;  // they arrive with the first byte
  };

  struct End : Transport {
    End(std::mt19937& seeded, const std::int64_t& clock, Faults chosen) : random(seeded), now(clock), faults(chosen) {}
    ~End() override {
      if (const auto peer = other.lock()) peer->ended = true;
    }

    bool OneIn(unsigned n) { return n != 0 && random() % n == 0; }

    ssize_t Send(std::string_view bytes, std::span<const int> fds) override {
      const auto peer = other.lock();
      if (!peer) {
        errno = EPIPE;
        return -1;
      }
      if (OneIn(faults.refused)) {
        errno = OneIn(2) ? EINTR : fds.empty() ? ENOBUFS : ETOOMANYREFS;
        return -1;
      }
      if (peer->held >= faults.buffer) {
        errno = EAGAIN;
        return -1;
      }
      const std::size_t most = std::min(bytes.size(), faults.buffer - peer->held);
      const std::size_t count = 1 + random() % most;
      Segment segment{std::string(bytes.substr(0, count)), {}};
      for (int fd : fds) segment.fds.emplace_back(fcntl(fd, F_DUPFD_CLOEXEC, 3));
      peer->segments.push_back(std::move(segment));
      peer->held += count;
      return static_cast<ssize_t>(count);
    }

    // As in the kernel, one read may return bytes of several messages, and ends where a message with descriptors ends.
    ssize_t Receive(std::span<char> place, std::vector<Fd>& fds, bool& lose) override {
      if (segments.empty()) {
        if (ended) return 0;
        errno = EAGAIN;
        return -1;
      }
      if (OneIn(8)) {
        errno = EINTR;
        return -1;
      }
      const std::size_t most = 1 + random() % std::min(place.size(), std::max<std::size_t>(1, held));
      std::size_t count = 0;
      while (!segments.empty() && count < most) {
        Segment& segment = segments.front();
        const bool brings = !segment.fds.empty();
        if (brings && OneIn(faults.lost)) {
          segment.fds.pop_back();
          lose = true;
        }
        for (Fd& fd : segment.fds) fds.push_back(std::move(fd));
        segment.fds.clear();
        const std::size_t part = std::min(segment.bytes.size(), most - count);
        std::memcpy(place.data() + count, segment.bytes.data(), part);
        segment.bytes.erase(0, part);
        count += part;
        if (segment.bytes.empty()) segments.pop_front();
        if (brings) break;
      }
      held -= count;
      return static_cast<ssize_t>(count);
    }

    void Want(int events) override { wanted = events; }
    void WakeAfter(Milliseconds time) override { wake_at = now + time.count() * 1000; }
    std::int64_t Now() const override { return now; }

    void Step() {
      if (wake_at != 0 && wake_at <= now) {
        wake_at = 0;
        return on_wake();
      }
      if (OneIn(faults.late)) return;
      const auto peer = other.lock();
      int events = 0;
      if ((wanted & UV_READABLE) && (!segments.empty() || ended)) events |= UV_READABLE;
      if ((wanted & UV_WRITABLE) && (!peer || peer->held < faults.buffer)) events |= UV_WRITABLE;
      if (events != 0) on_ready(events);
    }

    std::mt19937& random;
    const std::int64_t& now;
    const Faults faults;
    std::weak_ptr<End> other;
    std::deque<Segment> segments;  // towards this end
    std::size_t held = 0;          // bytes in them
    bool ended = false;            // the other end is gone
    int wanted = 0;
    std::int64_t wake_at = 0;
  };

  std::shared_ptr<End> ends_[2];
};

}  // namespace zoobar
