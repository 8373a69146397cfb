// What a connection and its streams may take in time.
#include <fmt/format.h>

#include <vector>

#include "http2/connection.h"

namespace zoobar {
namespace {

double Seconds(Milliseconds time) { return static_cast<double>(time.count()) / 1000; }

// How long after the first GOAWAY the second one follows: longer than a round trip to any client.
constexpr Milliseconds kLastCall{1000};

}  // namespace

void Http2Connection::Sweep(std::uint64_t now) {
  const Http2Limits& limits = shared_.limits;
  if (unsent_since_ != 0 && Over(unsent_since_, limits.http.write_time, now)) dead_ = true;
  if (!dead_ && !session_.ended()) {
    SweepSession(now);
    std::vector<std::int32_t> ids;
    ids.reserve(streams_.size());
    for (const auto& [id, stream] : streams_) ids.push_back(id);
    for (const std::int32_t id : ids) {
      if (Http2Stream* stream = Find(id)) SweepStream(*stream, now);
    }
    SweepBackends(now);
    denied_ = false;
  }
  // An idle connection has nothing to do, and there may be thousands of them.
  if (dead_ || session_.ended() || drain_since_ != 0 || !streams_.empty() || !closed_.empty()) Settle();
}

void Http2Connection::SweepSession(std::uint64_t now) {
  const Http2Limits& limits = shared_.limits;
  if (!session_.acknowledged() && Over(begun_, limits.settings_time, now)) {
    return session_.End(NGHTTP2_SETTINGS_TIMEOUT,
                        fmt::format("{} did not arrive within {} seconds.",
                                    session_.greeted() ? "The acknowledgement of SETTINGS" : "SETTINGS",
                                    Seconds(limits.settings_time)));
  }
  if (session_.head_since() && Over(*session_.head_since(), limits.http.head_time, now)) {
    return session_.End(NGHTTP2_ENHANCE_YOUR_CALM, fmt::format("A header section did not arrive within {} seconds.",
                                                               Seconds(limits.http.head_time)));
  }
  if (streams_.empty() && Over(idle_since_, limits.http.idle_time, now)) {
    return session_.End(NGHTTP2_NO_ERROR, fmt::format("No request for {} seconds.", Seconds(limits.http.idle_time)));
  }
  if (drain_since_ != 0 && !last_going_ && Over(drain_since_, kLastCall, now)) {
    last_going_ = true;
    session_.GoAway();
  }
}

void Http2Connection::SweepStream(Http2Stream& stream, std::uint64_t now) {
  const Http2Limits& limits = shared_.limits;
  if (stream.answered) {
    if (!stream.response.empty() && Over(stream.progress_since, limits.http.write_time, now)) {
      session_.Reset(stream.id, NGHTTP2_CANCEL);
    } else if (!stream.complete && stream.response.empty() && Over(stream.progress_since, limits.answer_time, now)) {
      session_.Reset(stream.id, NGHTTP2_INTERNAL_ERROR);
    }
    return;
  }
  if (stream.waiting && Over(stream.waiting_since, limits.wait_time, now)) {
    return AnswerHere(stream, Response::Busy("This connection has too many requests that take long.",
                                             static_cast<int>(limits.wait_time.count() / 1000)));
  }
  if (stream.body_open && Over(stream.body_since, limits.http.body_time, now)) {
    return AnswerHere(stream, Response::Message(408, ReasonPhrase(408),
                                                fmt::format("The request's body did not arrive within {} seconds.",
                                                            Seconds(limits.http.body_time))));
  }
  if (stream.backend != nullptr && !stream.body_open && Over(stream.progress_since, limits.answer_time, now)) {
    AnswerHere(stream, Response::Busy(fmt::format("There was no answer within {} seconds. Please try again.",
                                                  Seconds(limits.answer_time)),
                                      static_cast<int>(limits.answer_time.count() / 1000)));
  }
}

void Http2Connection::SweepBackends(std::uint64_t now) {
  std::vector<Http2Backend*> old;
  for (const auto& backend : backends_) {
    if (backend->idle() && Over(backend->idle_since(), shared_.limits.backend_idle, now)) old.push_back(backend.get());
  }
  for (Http2Backend* backend : old) CloseBackend(*backend);
}

}  // namespace zoobar
