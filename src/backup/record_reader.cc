#include "backup/record_reader.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "backup/format.h"
#include "ipc/loop.h"
#include "ipc/try.h"

namespace zoobar::backup {

Status RecordReader::Fill(char* place, std::size_t count, std::int64_t deadline) {
  for (std::size_t done = 0; done < count;) {
    const std::int64_t left_us = deadline - MonotonicMicros();
    if (left_us <= 0) return Error{"it does not answer in time"};
    pollfd ready{pipe_.get(), POLLIN, 0};
    const int polled = poll(&ready, 1, static_cast<int>(std::min<std::int64_t>(left_us / 1000 + 1, 60'000)));
    if (polled == 0 || (polled < 0 && errno == EINTR)) continue;
    const ssize_t some = read(pipe_.get(), place + done, count - done);
    if (some < 0 && errno == EINTR) continue;
    if (some < 0) return Error::FromErrno("reading");
    if (some == 0) return Error{"it ended early", Cause::kGone};
    done += static_cast<std::size_t>(some);
  }
  return {};
}

Result<char> RecordReader::Next(std::int64_t wait_us) {
  const std::int64_t began = MonotonicMicros(), deadline = began + std::min(wait_us, patience_us_);
  char head[kRecordHead];
  TRY_STATUS(Fill(head, sizeof head, deadline));
  const auto length = ReadNumber<std::uint32_t>({head + 1, sizeof(std::uint32_t)});
  if (length > kMostRecord) return Error::Of("a record of {} bytes", length);
  content_.resize(length);
  TRY_STATUS(Fill(content_.data(), length, deadline));
  if (patience_us_ != INT64_MAX) patience_us_ -= MonotonicMicros() - began;
  return head[0];
}

}  // namespace zoobar::backup
