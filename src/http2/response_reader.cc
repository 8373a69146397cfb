#include "http2/response_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/field_syntax.h"
#include "text/ascii.h"

namespace zoobar {
namespace {

using std::string_view;

constexpr string_view kOfConnection[] = {"connection", "keep-alive", "proxy-connection", "transfer-encoding",
                                         "upgrade",    "te",         "trailer"};

bool IsValue(string_view value) {
  return std::none_of(value.begin(), value.end(), [](char byte) {
    const auto code = static_cast<unsigned char>(byte);
    return (code < 0x20 && byte != '\t') || code == 0x7f;
  });
}

}  // namespace

void ResponseHead::Add(string_view name, string_view value) {
  const std::size_t at = text_.size();
  for (char byte : name) text_.push_back(ToLower(byte));
  if (std::find(std::begin(kOfConnection), std::end(kOfConnection), string_view(text_.data() + at, name.size())) !=
      std::end(kOfConnection)) {
    text_.resize(at);
    return;
  }
  text_.insert(text_.end(), value.begin(), value.end());
  fields_.push_back({at, name.size(), value.size()});
}

void ResponseHead::AddLines(string_view lines) {
  while (!lines.empty()) {
    const string_view line = lines.substr(0, lines.find("\r\n"));
    lines.remove_prefix(std::min(lines.size(), line.size() + 2));
    const std::size_t colon = line.find(':');
    if (colon != string_view::npos) Add(line.substr(0, colon), TrimBlanks(line.substr(colon + 1)));
  }
}

ResponseHead::Field ResponseHead::field(std::size_t i) const {
  const Slices& slices = fields_[i];
  const char* at = text_.data() + slices.at;
  return {{at, slices.name}, {at + slices.name, slices.value}};
}

void ResponseHead::Clear() {
  status = 0;
  sodium_memzero(text_.data(), text_.size());
  text_.clear();
  fields_.clear();
}

ResponseHead ResponseHead::Of(const Response& response, string_view date_line) {
  ResponseHead head;
  head.status = response.status;
  head.AddLines(date_line);
  head.Add("content-type", response.type);
  head.Add("content-length", std::to_string(response.body.size()));
  head.Add("cache-control", "no-store");
  head.AddLines(SecurityFields(response.policy));
  head.AddLines(View(response.fields()));
  return head;
}

ResponseReader::ResponseReader() { Begin(false); }

llhttp_settings_t ResponseReader::Settings() {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_status = [](llhttp_t* p, const char*, std::size_t size) { return Of(p).Count(size); };
  settings.on_header_field = [](llhttp_t* p, const char* at, std::size_t size) {
    Of(p).name_.insert(Of(p).name_.end(), at, at + size);
    return Of(p).Count(size);
  };
  settings.on_header_value = [](llhttp_t* p, const char* at, std::size_t size) {
    Of(p).value_.insert(Of(p).value_.end(), at, at + size);
    return Of(p).Count(size);
  };
  settings.on_header_value_complete = [](llhttp_t* p) { return Of(p).FieldEnd(); };
  settings.on_headers_complete = [](llhttp_t* p) { return Of(p).HeadEnd(); };
  settings.on_chunk_extension_name = [](llhttp_t* p, const char*, std::size_t size) { return Of(p).Count(size); };
  settings.on_chunk_extension_value = [](llhttp_t* p, const char*, std::size_t size) { return Of(p).Count(size); };
  settings.on_body = [](llhttp_t* p, const char* at, std::size_t size) {
    Of(p).body_->Append({at, size});
    return 0;
  };
  settings.on_message_complete = [](llhttp_t* p) { return Of(p).MessageEnd(); };
  return settings;
}

void ResponseReader::Begin(bool head_only) {
  static const llhttp_settings_t settings = Settings();
  llhttp_init(&parser_, HTTP_RESPONSE, &settings);
  parser_.data = this;
  head_only_ = head_only;
  begun_ = has_head_ = continues_ = done_ = keep_alive_ = false;
  why_ = "";
  head_bytes_ = 0;
  name_ = Bytes();
  value_ = Bytes();
  head_.Clear();
}

int ResponseReader::Fail(const char* why) {
  why_ = why;
  return HPE_USER;
}

// The bytes of a head, of chunk extensions and of trailers, which are in memory until they are complete.
int ResponseReader::Count(std::size_t bytes) {
  head_bytes_ += bytes;
  return head_bytes_ > kHeadBytes ? Fail("the head is over its limit") : 0;
}

int ResponseReader::FieldEnd() {
  const string_view value = TrimBlanks(View(value_));
  if (!IsValue(value)) return Fail("a field holds a control byte");
  if (!has_head_) {  // else it is a trailer, which is left out
    if (head_.size() == kFields) return Fail("the head has too many fields");
    head_.Add(View(name_), value);
  }
  name_.clear();
  value_.clear();
  return 0;
}

// Returns 1 if the response has no body, whatever its fields say (RFC 9112, 6.3).
int ResponseReader::HeadEnd() {
  const int status = parser_.status_code;
  if (parser_.http_major != 1) return Fail("the version is not HTTP/1");
  if (status < 100 || status > 599 || status == 101) return Fail("the status is not one of a response");
  if (status < 200) {
    continues_ = continues_ || status == 100;
    head_.Clear();
    return 1;
  }
  head_.status = status;
  has_head_ = true;
  return head_only_ || status == 204 || status == 304 ? 1 : 0;
}

int ResponseReader::MessageEnd() {
  if (!has_head_) return 0;  // an interim response; the final one follows
  done_ = true;
  keep_alive_ = llhttp_should_keep_alive(&parser_) != 0;
  return HPE_PAUSED;
}

ResponseReader::Outcome ResponseReader::Read(string_view bytes, ByteQueue* body) {
  if (bytes.empty()) return Outcome::kMore;
  begun_ = true;
  body_ = body;
  const llhttp_errno_t outcome = llhttp_execute(&parser_, bytes.data(), bytes.size());
  if (done_ && outcome == HPE_PAUSED) {
    if (llhttp_get_error_pos(&parser_) == bytes.data() + bytes.size()) return Outcome::kDone;
    why_ = "bytes come after the response";
    return Outcome::kBroken;
  }
  if (outcome == HPE_OK) return Outcome::kMore;
  if (*why_ == '\0') why_ = llhttp_errno_name(outcome);
  return Outcome::kBroken;
}

ResponseReader::Outcome ResponseReader::End() {
  keep_alive_ = false;
  if (has_head_ && !done_) llhttp_finish(&parser_);
  if (done_) return Outcome::kDone;
  why_ = begun_ ? "the response ends too early" : "there is no response";
  return Outcome::kBroken;
}

}  // namespace zoobar
