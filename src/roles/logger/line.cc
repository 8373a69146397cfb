#include "roles/logger/line.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "ipc/channel.h"
#include "ipc/remote_log.h"
#include "request/request.h"
#include "text/calendar.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::size_t kMaxPath = 1024, kMaxName = 256, kMaxWord = 64;
constexpr std::size_t kTail = 64;  // bytes reserved for the text after the fields: `},"dropped":N,"truncated":true}`

std::string_view LevelName(Level level) {
  switch (level) {
    case LEVEL_DEBUG:
      return "debug";
    case LEVEL_INFO:
      return "info";
    case LEVEL_WARNING:
      return "warning";
    case LEVEL_ERROR:
      return "error";
    case LEVEL_TRACE:
      return "trace";
    default:
      return "?";
  }
}

bool IsPlain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

// The id comes from the writer of the line, like everything else. If it is no id, the line has none.
std::string RequestOf(std::string_view bytes) {
  const std::optional<RequestId> request = RequestId::FromBytes(bytes);
  return request ? fmt::format(R"(,"request":"{}")", request->Hex()) : "";
}

std::string Beginning(std::int64_t wall_millis, const LogOrigin& origin) {
  std::string line = fmt::format(R"({{"time":"{}","role":"{}","instance":{})", IsoTimeMillis(wall_millis),
                                 RoleName(origin.role), origin.instance);
  if (origin.pid > 0) line += fmt::format(R"(,"pid":{})", origin.pid);
  return line;
}

}  // namespace

std::string JsonString(std::string_view text, std::size_t bytes) {
  text = CutUtf8(text, bytes);
  std::string json = "\"";
  while (!text.empty()) {
    const std::size_t plain = static_cast<std::size_t>(std::ranges::find_if_not(text, IsPlain) - text.begin());
    json += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const Utf8Character next = FirstUtf8(text);
    if (!next.valid) {
      json += "\xEF\xBF\xBD";
    } else if (next.code == '"' || next.code == '\\') {
      json += '\\';
      json += text[0];
    } else if (next.code == '\n') {
      json += "\\n";
    } else if (next.code == '\t') {
      json += "\\t";
    } else if (SteersTerminals(next.code)) {
      json += fmt::format("\\u{:04x}", static_cast<unsigned>(next.code));
    } else {
      json += text.substr(0, next.length);
    }
    text.remove_prefix(next.length);
  }
  return json + '"';
}

std::string EventLine(std::int64_t wall_millis, const LogOrigin& origin, const WriteRequest& line,
                      std::uint64_t dropped, std::size_t bytes) {
  std::string json = Beginning(wall_millis, origin);
  json += fmt::format(R"(,"level":"{}")", LevelName(line.level()));
  if (line.security()) json += R"(,"security":true)";
  json += R"(,"event":)" + JsonString(line.event(), RemoteLog::kMaxEvent) + RequestOf(line.request());
  bool truncated = static_cast<std::size_t>(line.fields_size()) > RemoteLog::kMaxFields;
  const int fields = truncated ? static_cast<int>(RemoteLog::kMaxFields) : line.fields_size();
  if (fields > 0) json += R"(,"fields":{)";
  for (int i = 0; i < fields; ++i) {
    const WriteRequest::Field& field = line.fields(i);
    const std::string member = (i > 0 ? "," : "") + JsonString(field.key(), RemoteLog::kMaxKey) + ":" +
                               JsonString(field.value(), RemoteLog::kMaxValue);
    truncated = truncated || json.size() + member.size() + kTail > bytes;
    if (json.size() + member.size() + kTail > bytes) break;
    json += member;
  }
  if (fields > 0) json += '}';
  if (dropped > 0) json += fmt::format(R"(,"dropped":{})", dropped);
  if (truncated) json += R"(,"truncated":true)";
  return json + "}\n";
}

std::string AccessLine(std::int64_t wall_millis, const LogOrigin& origin, const AccessRequest::Entry& entry,
                       std::uint64_t dropped) {
  std::string json = Beginning(wall_millis, origin);
  json += R"(,"address":)" + JsonString(entry.address(), kMaxWord);
  json += R"(,"method":)" + JsonString(entry.method(), kMaxWord);
  json += R"(,"path":)" + JsonString(entry.path(), kMaxPath);
  json += fmt::format(R"(,"status":{},"bytes":{},"micros":{})", entry.status(), entry.bytes(), entry.micros());
  if (!entry.member().empty()) json += R"(,"member":)" + JsonString(entry.member(), kMaxName);
  json += RequestOf(entry.request());
  if (entry.began() > 0) json += fmt::format(R"(,"began":{})", entry.began());
  if (dropped > 0) json += fmt::format(R"(,"dropped":{})", dropped);
  return json + "}\n";
}

}  // namespace zoobar
