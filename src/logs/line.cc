#include "logs/line.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kLastTime = 253'402'300'800 * kSecond;  // the end of the year 9999
constexpr std::string_view kLevels[] = {"trace", "debug", "info", "warning", "error"};

template <typename Number>
std::optional<Number> NumberFrom(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

void AppendUtf8(std::string& text, char32_t code) {
  if (code >= 0xD800 && code <= 0xDFFF) code = 0xFFFD;  // half of a pair of surrogates
  if (code < 0x80) {
    text += static_cast<char>(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr unsigned kFirst[] = {0, 0xC0, 0xE0, 0xF0};
  text += static_cast<char>(kFirst[more] | code >> (6 * more));
  for (int i = more - 1; i >= 0; --i) text += static_cast<char>(0x80 | (code >> (6 * i) & 0x3F));
}

// Reads the JSON of a line (RFC 8259): one object whose values are texts, numbers and words. One of them, "fields", may
// be such an object itself.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  // Calls member(key, value, is_field) for each. Returns false if the line has another shape.
  template <typename Member>
  bool Object(const Member& member, bool is_field = false) {
    if (!Take('{')) return false;
    if (Take('}')) return is_field || rest_.empty();
    do {
      std::string key, value;
      if (!String(key) || !Take(':')) return false;
      if (!is_field && key == "fields" && Next() == '{') {
        if (!Object(member, true)) return false;
        continue;
      }
      if (!(Next() == '"' ? String(value) : Word(value))) return false;
      member(key, std::move(value), is_field);
    } while (Take(','));
    return Take('}') && (is_field || rest_.empty());
  }

 private:
  char Next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r"), rest_.size()));
    return rest_.empty() ? '\0' : rest_.front();
  }
  bool Take(char c) {
    if (Next() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // A number, true, false or null.
  bool Word(std::string& value) {
    const std::size_t size = std::min(rest_.find_first_of(",}{[]\" \t"), rest_.size());
    value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return size > 0;
  }
  bool String(std::string& value) {
    if (!Take('"')) return false;
    while (!rest_.empty()) {
      const std::size_t plain = std::min(rest_.find_first_of("\"\\"), rest_.size());
      value += rest_.substr(0, plain);
      rest_.remove_prefix(plain);
      if (rest_.empty()) return false;
      if (rest_.front() == '"') return rest_.remove_prefix(1), true;
      if (!Escape(value)) return false;
    }
    return false;
  }
  bool Escape(std::string& value) {
    if (rest_.size() < 2) return false;
    const char kind = rest_[1];
    rest_.remove_prefix(2);
    if (kind == 'u') {
      std::optional<char32_t> code = Code();
      if (!code) return false;
      if (*code >= 0xD800 && *code < 0xDC00 && rest_.starts_with("\\u")) {
        rest_.remove_prefix(2);
        const std::optional<char32_t> low = Code();
        if (!low) return false;
        const bool pair = *low >= 0xDC00 && *low <= 0xDFFF;
        code = pair ? 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00) : 0xFFFD;
      }
      AppendUtf8(value, *code);
      return true;
    }
    constexpr std::string_view kKinds = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
    const std::size_t found = kKinds.find(kind);
    if (found == kKinds.npos) return false;
    value += kMeant[found];
    return true;
  }
  std::optional<char32_t> Code() {
    std::uint32_t code = 0;
    if (rest_.size() < 4) return std::nullopt;
    const auto [stopped, error] = std::from_chars(rest_.data(), rest_.data() + 4, code, 16);
    if (error != std::errc() || stopped != rest_.data() + 4) return std::nullopt;
    rest_.remove_prefix(4);
    return static_cast<char32_t>(code);
  }

  std::string_view rest_;
};

// Takes a value that has a place of its own in LogLine. Returns false if it has none.
bool TakeKnown(LogLine& line, const std::string& key, std::string& value, bool is_field) {
  std::int64_t* const number = key == "micros" ? &line.micros : key == "began" ? &line.began_us : nullptr;
  if (number && (!is_field || line.level == LogLevel::kTrace)) {
    // Whoever reads the line computes with it, so a number that is no time counts as not said.
    const std::int64_t said = NumberFrom<std::int64_t>(value).value_or(-1);
    *number = said >= 0 && said < kLastTime ? said : -1;
    return true;
  }
  if (is_field) return false;
  if (key == "role") return line.role = std::move(value), true;
  if (key == "event") return line.event = std::move(value), true;
  if (key == "request") return line.request = std::move(value), true;
  if (key == "security") return line.security = value == "true", true;
  if (key == "instance") return line.instance = NumberFrom<std::uint32_t>(value).value_or(0), true;
  if (key == "level") return line.level = LogLevelNamed(value).value_or(LogLevel::kInfo), true;
  return false;
}

// A line of the access log has method, path and status instead of an event.
void MakeAccess(LogLine& line) {
  const auto take = [&line](std::string_view name) {
    const auto found = std::ranges::find(line.fields, name, &std::pair<std::string, std::string>::first);
    if (found == line.fields.end()) return std::string("-");
    std::string value = std::move(found->second);
    line.fields.erase(found);
    return value;
  };
  const std::string method = take("method"), path = take("path"), status = take("status");
  line.access = true;
  line.level = NumberFrom<int>(status).value_or(0) >= 500 ? LogLevel::kError : LogLevel::kInfo;
  line.event = fmt::format("{} {} {}", method, path, status);
}

}  // namespace

std::string_view LogLevelName(LogLevel level) { return kLevels[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> LogLevelNamed(std::string_view name) {
  const auto* const found = std::ranges::find(kLevels, name);
  if (found == std::end(kLevels)) return std::nullopt;
  return static_cast<LogLevel>(found - std::begin(kLevels));
}

const std::string* LogLine::Find(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &std::pair<std::string, std::string>::first);
  return found == fields.end() ? nullptr : &found->second;
}

std::optional<LogLine> ParseLogLine(std::string_view text) {
  LogLine line;
  std::optional<std::int64_t> time;
  Reader reader(text);
  const bool whole = reader.Object([&](std::string& key, std::string value, bool is_field) {
    if (!is_field && key == "time") {
      time = ParseTime(value);
    } else if (!TakeKnown(line, key, value, is_field)) {
      line.fields.emplace_back(std::move(key), std::move(value));
    }
  });
  if (!whole || !time || line.role.empty()) return std::nullopt;
  line.time_us = *time;
  line.text = text;
  if (line.event.empty()) MakeAccess(line);
  return line;
}

std::optional<std::int64_t> ParseTime(std::string_view text) {
  namespace chrono = std::chrono;
  const auto number = [&text](std::size_t at, std::size_t digits) -> int {
    if (text.size() < at + digits || text[at] < '0' || text[at] > '9') return -1;
    return NumberFrom<int>(text.substr(at, digits)).value_or(-1);
  };
  const auto is = [&text](std::size_t at, std::string_view one_of) {
    return at < text.size() && one_of.find(text[at]) != one_of.npos;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 0 || month < 0 || day < 0 || !is(4, "-") || !is(7, "-")) return std::nullopt;
  const chrono::year_month_day date{chrono::year(year), chrono::month(static_cast<unsigned>(month)),
                                    chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const std::int64_t midnight = chrono::sys_days(date).time_since_epoch().count() * 86400 * kSecond;
  if (text.size() == 10) return midnight;
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (!is(10, "Tt ") || !is(13, ":") || !is(16, ":")) return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
  std::int64_t time = midnight + (std::int64_t{hour} * 3600 + minute * 60 + second) * kSecond;
  std::size_t at = 19;
  if (is(at, ".")) {
    const std::size_t first = ++at;
    for (std::int64_t digit = kSecond / 10; is(at, "0123456789"); ++at, digit /= 10) time += digit * (text[at] - '0');
    if (at == first) return std::nullopt;
  }
  if (is(at, "Zz")) return at + 1 == text.size() ? std::optional(time) : std::nullopt;
  const int zone_hour = number(at + 1, 2), zone_minute = number(at + 4, 2);
  if (!is(at, "+-") || !is(at + 3, ":") || text.size() != at + 6 || zone_hour < 0 || zone_hour > 23 ||
      zone_minute < 0 || zone_minute > 59) {
    return std::nullopt;
  }
  const std::int64_t ahead = (std::int64_t{zone_hour} * 3600 + zone_minute * 60) * kSecond;
  return text[at] == '+' ? time - ahead : time + ahead;
}

std::optional<std::int64_t> ParseMoment(std::string_view text, std::int64_t now_us) {
  if (const std::optional<std::int64_t> time = ParseTime(text)) return time;
  if (text.ends_with(" ago")) text.remove_suffix(4);
  if (text.empty()) return std::nullopt;
  constexpr std::pair<char, std::int64_t> kUnits[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
  for (const auto& [unit, seconds] : kUnits) {
    if (text.back() != unit) continue;
    const std::optional<std::uint32_t> count = NumberFrom<std::uint32_t>(text.substr(0, text.size() - 1));
    if (!count || std::int64_t{*count} * seconds > kLastTime / kSecond) return std::nullopt;
    return now_us - std::int64_t{*count} * seconds * kSecond;
  }
  return std::nullopt;
}

Result<std::int64_t> MomentOf(std::string_view option, std::string_view text, std::int64_t now_us,
                              std::int64_t otherwise) {
  if (text.empty()) return otherwise;
  if (const std::optional<std::int64_t> moment = ParseMoment(text, now_us)) return *moment;
  return Error::Of(R"({} '{}': give a time like 2024-02-29T12:34:56Z, or how long ago, like "10m" (s, m, h, d, w))",
                   option, Printable(text));
}

}  // namespace zoobar
