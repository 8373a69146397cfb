#include "http2/session.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "ipc/result.h"

namespace zoobar {

using std::string_view;

namespace {

constexpr std::size_t kFrameHead = 9;  // RFC 9113, 4.1
constexpr std::uint8_t kGoAwayType = 7;

void AppendBigEndian(std::string* text, std::uint32_t number, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) text->push_back(static_cast<char>(number >> (8 * i)));
}

// A whole GOAWAY frame (RFC 9113, 6.8). nghttp2 cannot send one after an error that it calls fatal.
std::string GoAwayFrame(std::int32_t last_stream, std::uint32_t code, string_view text) {
  std::string frame;
  frame.reserve(kFrameHead + 8 + text.size());
  AppendBigEndian(&frame, static_cast<std::uint32_t>(8 + text.size()), 3);
  frame.push_back(static_cast<char>(kGoAwayType));
  frame.push_back(0);
  AppendBigEndian(&frame, 0, 4);
  AppendBigEndian(&frame, static_cast<std::uint32_t>(last_stream), 4);
  AppendBigEndian(&frame, code, 4);
  frame.append(text);
  return frame;
}

nghttp2_option* MakeOptions(const Http2Limits& limits) {
  nghttp2_option* option = nullptr;
  if (nghttp2_option_new(&option) != 0) Die("no memory for the options of HTTP/2");
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_max_continuations(option, limits.continuations);
  // FrameBudget is stricter than these two. They hold if it should fail to count a frame. They are twice as high, because
  // nghttp2 gives points back once a second and FrameBudget at each moment, so with equal limits nghttp2 could be first.
  // It ends the connection with INTERNAL_ERROR, which does not tell the client what was wrong.
  nghttp2_option_set_max_outbound_ack(option, 2 * FrameBudget::kMost / FrameBudget::kPing);
  nghttp2_option_set_stream_reset_rate_limit(option, 2 * FrameBudget::kMost / FrameBudget::kReset,
                                             2 * FrameBudget::kPerSecond / FrameBudget::kReset);
  return option;
}

}  // namespace

struct Http2Callbacks {
  static Http2Session& Of(void* user) { return *static_cast<Http2Session*>(user); }
  static string_view Text(const std::uint8_t* at, std::size_t size) {
    return {reinterpret_cast<const char*>(at), size};
  }
  static ssize_t ReadBody(nghttp2_session*, std::int32_t stream, std::uint8_t* place, std::size_t room,
                          std::uint32_t* flags, nghttp2_data_source*, void* user) {
    bool end = false;
    const std::size_t count = Of(user).events_.TakeBody(stream, reinterpret_cast<char*>(place), room, &end);
    if (end) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (count == 0 && !end) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(count);
  }
  static nghttp2_session_callbacks* Make();
};

nghttp2_session_callbacks* Http2Callbacks::Make() {
  nghttp2_session_callbacks* all = nullptr;
  if (nghttp2_session_callbacks_new(&all) != 0) Die("no memory for the callbacks of HTTP/2");
  nghttp2_session_callbacks_set_on_begin_frame_callback(all,
                                                        [](nghttp2_session*, const nghttp2_frame_hd* head, void* user) {
                                                          Of(user).OnBeginFrame(*head);
                                                          return 0;
                                                        });
  nghttp2_session_callbacks_set_on_begin_headers_callback(
      all, [](nghttp2_session*, const nghttp2_frame*, void* user) { return Of(user).OnBeginHeaders(); });
  nghttp2_session_callbacks_set_on_header_callback(
      all, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
              const std::uint8_t* value, std::size_t value_size, std::uint8_t,
              void* user) { return Of(user).OnField(*frame, Text(name, name_size), Text(value, value_size)); });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      all, [](nghttp2_session*, const nghttp2_frame* frame, void* user) { return Of(user).OnFrame(*frame); });
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(
      all, [](nghttp2_session*, const nghttp2_frame*, int, void* user) { return Of(user).OnInvalid(); });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      all, [](nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data, std::size_t size,
              void* user) { return Of(user).OnData(stream, Text(data, size)); });
  nghttp2_session_callbacks_set_on_frame_send_callback(
      all, [](nghttp2_session*, const nghttp2_frame* frame, void* user) { return Of(user).OnSent(*frame); });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      all,
      [](nghttp2_session*, std::int32_t stream, std::uint32_t, void* user) { return Of(user).OnStreamClosed(stream); });
  return all;
}

Http2Session::Http2Session(const Http2Limits& limits, Http2SessionEvents& events, std::uint64_t now)
    : limits_(limits), events_(events), memory_(limits.session_bytes), budget_(now), now_(now) {
  static nghttp2_session_callbacks* const callbacks = Http2Callbacks::Make();
  nghttp2_option* option = MakeOptions(limits);
  nghttp2_mem functions = memory_.Functions();
  const int outcome = nghttp2_session_server_new3(&session_, callbacks, this, option, &functions);
  nghttp2_option_del(option);
  if (outcome != 0) Die("an HTTP/2 session cannot begin: {}", nghttp2_strerror(outcome));
  Start();
}

Http2Session::~Http2Session() {
  ended_ = true;  // no event any more
  nghttp2_session_del(session_);
}

void Http2Session::Start() {
  const std::array<nghttp2_settings_entry, 4> settings = {{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits_.streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits_.first_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits_.http.head_bytes)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  }};
  Must(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()));
  Must(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                             static_cast<std::int32_t>(limits_.connection_window())));
}

void Http2Session::Receive(string_view bytes, std::uint64_t now) {
  if (ended_) return;
  now_ = now;
  bool afford = true;
  const std::size_t size = scanner_.Scan(bytes, [&](const FrameScanner::Head& head) {
    const std::int64_t cost = CostOf(head);
    return afford = cost == 0 || budget_.Spend(cost, now_);
  });
  const ssize_t used = nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), size);
  if (used < 0 && !ended_) Failed(static_cast<int>(used));
  if (!afford) Flooded();
}

void Http2Session::Fill(std::size_t most, std::uint64_t now) {
  now_ = now;
  while (!ended_ && output_.size() < most) {
    const std::uint8_t* data = nullptr;
    const ssize_t count = nghttp2_session_mem_send(session_, &data);
    if (ended_) return;  // a frame that was sent before used up the budget; what was composed now is left out
    if (count < 0) return Failed(static_cast<int>(count));
    if (count > 0) {
      output_.Append({reinterpret_cast<const char*>(data), static_cast<std::size_t>(count)});
    } else {
      ended_ = nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
      return;
    }
  }
}

void Http2Session::End(std::uint32_t code, string_view text) {
  if (ended_) return;
  ended_ = true;
  why_ = text;
  output_.Append(GoAwayFrame(nghttp2_session_get_last_proc_stream_id(session_), code, text));
}

void Http2Session::Abuse(std::uint32_t code, string_view text) {
  if (ended_) return;
  abused_ = true;
  End(code, text);
}

// nghttp2 cannot go on. It has ended the session already if the client broke a rule that RFC 9113 calls a connection
// error; what comes here are its own bounds.
void Http2Session::Failed(int error) {
  switch (error) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
      return Abuse(NGHTTP2_PROTOCOL_ERROR, "The connection does not begin with the preface of HTTP/2.");
    case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
      return Abuse(NGHTTP2_ENHANCE_YOUR_CALM,
                   fmt::format("A header section has over {} CONTINUATION frames.", limits_.continuations));
    case NGHTTP2_ERR_FLOODED:
      return Abuse(NGHTTP2_ENHANCE_YOUR_CALM, "Too many frames wait for an acknowledgement.");
    case NGHTTP2_ERR_NOMEM:
      return Abuse(NGHTTP2_ENHANCE_YOUR_CALM,
                   fmt::format("The connection needs over {} bytes of memory.", limits_.session_bytes));
    default:
      return End(NGHTTP2_INTERNAL_ERROR, nghttp2_strerror(error));
  }
}

void Http2Session::Must(int outcome) {
  if (nghttp2_is_fatal(outcome) != 0 && !ended_) Failed(outcome);
}

int Http2Session::Outcome() const { return ended_ ? NGHTTP2_ERR_CALLBACK_FAILURE : 0; }

void Http2Session::Flooded() {
  Abuse(NGHTTP2_ENHANCE_YOUR_CALM,
        fmt::format("Too many frames without a request, or too many streams that were reset: over {} points and {} "
                    "points a second.",
                    FrameBudget::kMost, FrameBudget::kPerSecond));
}

int Http2Session::Charge(std::int64_t points) {
  if (!budget_.Spend(points, now_)) Flooded();
  return Outcome();
}

std::int64_t Http2Session::CostOf(const FrameScanner::Head& head) {
  const bool ack = (head.flags & NGHTTP2_FLAG_ACK) != 0;
  switch (head.type) {
    case NGHTTP2_DATA:
      return head.length == 0 && !(head.flags & NGHTTP2_FLAG_END_STREAM) ? FrameBudget::kEmpty : 0;
    case NGHTTP2_HEADERS:
      // A request costs what comes of it: a stream that is reset costs, one that is answered earns. Other field
      // sections are trailers, or nghttp2 ignores them.
      if (head.stream <= last_stream_) return FrameBudget::kContinuation;
      last_stream_ = head.stream;
      return 0;
    case NGHTTP2_RST_STREAM:
      return FrameBudget::kReset;
    case NGHTTP2_SETTINGS:
      return ack ? FrameBudget::kOther : FrameBudget::kSettings;
    case NGHTTP2_PING:
      return FrameBudget::kPing;
    case NGHTTP2_CONTINUATION:
      return FrameBudget::kContinuation;
    default:
      return FrameBudget::kOther;
  }
}

void Http2Session::OnBeginFrame(const nghttp2_frame_hd& head) {
  if (head.type == NGHTTP2_HEADERS) {
    head_since_ = now_;
  } else if (head.type != NGHTTP2_CONTINUATION) {
    head_since_.reset();
  }
}

// Called for a request and for trailers. Trailers are counted and then left out, as those of HTTP/1.1 are.
int Http2Session::OnBeginHeaders() {
  head_ = std::make_unique<Http2RequestHead>(limits_.http, limits_.header_list);
  return Outcome();
}

int Http2Session::OnField(const nghttp2_frame& frame, string_view name, string_view value) {
  if (!head_ || head_->Add(name, value)) return Outcome();
  head_.reset();
  head_since_.reset();
  // Decoding goes on, because the tables of HPACK must stay equal, but nghttp2 checks and reports no further field. The
  // client is charged when the reset is sent.
  Must(nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_ENHANCE_YOUR_CALM));
  return ended_ ? NGHTTP2_ERR_CALLBACK_FAILURE : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

void Http2Session::OnHeadersEnd(std::int32_t stream, bool body_follows) {
  const auto head = std::move(head_);
  if (!head) return;
  Http1Request request;
  if (const auto refusal = head->Finish(body_follows, &request)) {
    events_.OnRefused(stream, *refusal, std::move(request), body_follows);
  } else {
    events_.OnRequest(stream, std::move(request), body_follows);
  }
}

int Http2Session::OnFrame(const nghttp2_frame& frame) {
  const bool end_stream = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      head_since_.reset();
      if (frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
        OnHeadersEnd(frame.hd.stream_id, !end_stream);
      } else {
        head_.reset();
        if (end_stream) events_.OnBodyEnd(frame.hd.stream_id);
      }
      break;
    case NGHTTP2_DATA:
      if (end_stream) events_.OnBodyEnd(frame.hd.stream_id);
      if (!end_stream && frame.hd.length > 0 && frame.data.padlen == frame.hd.length) {
        return Charge(FrameBudget::kEmpty);  // nothing but padding
      }
      break;
    case NGHTTP2_RST_STREAM:
      ++resets_;
      break;
    case NGHTTP2_SETTINGS:
      (frame.hd.flags & NGHTTP2_FLAG_ACK ? acknowledged_ : greeted_) = true;
      break;
    default:
      break;
  }
  return Outcome();
}

int Http2Session::OnInvalid() {
  head_since_.reset();
  head_.reset();
  return Outcome();
}

int Http2Session::OnData(std::int32_t stream, string_view bytes) {
  events_.OnBody(stream, bytes);
  return Outcome();
}

int Http2Session::OnSent(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_RST_STREAM:  // nghttp2 sends one if the client broke a rule, also if it did so only to provoke it
      return own_resets_.erase(frame.hd.stream_id) == 0 ? Charge(FrameBudget::kReset) : Outcome();
    case NGHTTP2_GOAWAY:
      if (frame.goaway.error_code != NGHTTP2_NO_ERROR) {
        abused_ = true;
        why_ = Http2Callbacks::Text(frame.goaway.opaque_data, frame.goaway.opaque_data_len);
        if (why_.empty()) why_ = nghttp2_http2_strerror(frame.goaway.error_code);
      }
      break;
    case NGHTTP2_DATA:
      budget_.EarnForBytes(frame.hd.length);
      [[fallthrough]];
    case NGHTTP2_HEADERS:
      if (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) {
        budget_.Earn(FrameBudget::kForResponse);
        events_.OnResponseSent(frame.hd.stream_id);
      }
      break;
    default:
      break;
  }
  return Outcome();
}

int Http2Session::OnStreamClosed(std::int32_t stream) {
  own_resets_.erase(stream);
  if (!ended_) events_.OnClosed(stream);
  return 0;
}

void Http2Session::Respond(std::int32_t stream, const ResponseHead& head, bool with_body) {
  const std::string status = std::to_string(head.status);
  std::vector<nghttp2_nv> fields;
  fields.reserve(head.size() + 1);
  const auto add = [&fields](string_view name, string_view value, std::uint8_t flags) {
    const auto bytes = [](string_view text) {
      return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
    };
    fields.push_back({bytes(name), bytes(value), name.size(), value.size(), flags});
  };
  add(":status", status, NGHTTP2_NV_FLAG_NONE);
  for (std::size_t i = 0; i < head.size(); ++i) {
    const auto [name, value] = head.field(i);
    // A session's cookie is kept out of the table, where it would stay, and where its size could be compared.
    add(name, value, name == "set-cookie" ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE);
  }
  nghttp2_data_provider body{};
  body.read_callback = &Http2Callbacks::ReadBody;
  Must(nghttp2_submit_response(session_, stream, fields.data(), fields.size(), with_body ? &body : nullptr));
}

void Http2Session::Continue(std::int32_t stream) {
  std::uint8_t name[] = ":status", value[] = "100";
  const nghttp2_nv status = {name, value, sizeof(name) - 1, sizeof(value) - 1, NGHTTP2_NV_FLAG_NONE};
  Must(nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream, nullptr, &status, 1, nullptr));
}

void Http2Session::Resume(std::int32_t stream) { Must(nghttp2_session_resume_data(session_, stream)); }

void Http2Session::Reset(std::int32_t stream, std::uint32_t code) {
  own_resets_.insert(stream);
  Must(nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, code));
}

void Http2Session::Refuse(std::int32_t stream) {
  Must(nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, NGHTTP2_REFUSED_STREAM));
}

void Http2Session::Consumed(std::int32_t stream, std::size_t bytes) {
  Must(nghttp2_session_consume(session_, stream, bytes));
}

void Http2Session::Discarded(std::size_t bytes) { Must(nghttp2_session_consume_connection(session_, bytes)); }

void Http2Session::Widen(std::int32_t stream) {
  Must(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, stream,
                                             static_cast<std::int32_t>(limits_.stream_window)));
}

void Http2Session::GoAway() {
  if (ended_) return;
  if (!std::exchange(warned_, true)) return Must(nghttp2_submit_shutdown_notice(session_));
  Must(nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
                             NGHTTP2_NO_ERROR, nullptr, 0));
}

}  // namespace zoobar
