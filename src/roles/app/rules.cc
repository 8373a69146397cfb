#include "roles/app/rules.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>

#include "pages/pages.h"

namespace zoobar {
namespace {

bool IsDigit(char byte) { return byte >= '0' && byte <= '9'; }

bool IsWhole(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit); }

// Returns whether the text is a fraction, for example "1.5", "1,50", "-0.1" or "1/2".
bool IsFraction(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  const std::size_t mark = text.find_first_of(".,/");
  if (mark == text.npos) return false;
  const std::string_view before = text.substr(0, mark), after = text.substr(mark + 1);
  return (IsWhole(before) && (after.empty() || IsWhole(after))) || (before.empty() && IsWhole(after));
}

}  // namespace

std::variant<std::int64_t, std::string_view> ParseZoobars(std::string_view text) {
  if (text.empty()) return "the amount is missing. Enter a whole number.";
  if (IsFraction(text)) return "fractions of a zoobar cannot be sent. Enter a whole number.";
  const bool negative = text[0] == '-';
  if (!IsWhole(negative ? text.substr(1) : text)) return "the amount is not a number. Enter a whole number.";
  std::int64_t zoobars = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), zoobars);
  if (error == std::errc() && zoobars == 0) return "the amount is zero. Enter 1 or more.";
  if (negative) return "the amount is negative. Enter 1 or more.";
  if (error != std::errc()) return "the amount is too large. Enter a smaller number.";
  return zoobars;
}

std::uint64_t ParseNumberOrZero(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

bool IsSubmission(std::string_view text) { return text.size() == 32 && FromHex(text).size() == 16; }

std::string FreshSubmission() {
  char bytes[16];
  randombytes_buf(bytes, sizeof bytes);
  return ToHex({bytes, sizeof bytes});
}

std::string_view NoticeOf(const ShowReply& shown) {
  switch (shown.run()) {
    case ShowReply::RUN_FAILED:
      return "This program ended with an error.";
    case ShowReply::RUN_TOO_LONG:
      return "This program took too long and was stopped.";
    case ShowReply::RUN_STOPPED:
      return "This program did what programs may not do, and was stopped.";
    case ShowReply::RUN_BUSY:
      return "Busy: this program could not be run just now. Try again in a few seconds.";
    case ShowReply::RUN_UNCLEANED:
      return "Busy: this program ran, but its output could not be checked in time. Try again in a few seconds.";
    case ShowReply::RUN_PAUSED:
      return "This program is paused and does not run at the moment.";
    case ShowReply::RUN_TICKET_REFUSED:
      return "Timed out; reload the page.";
    default:
      if (shown.retry_after_s() > 0)
        return "Busy: this profile could not be checked in time. Try again in a few seconds.";
      return shown.cut() ? "This program's output is too long; only the beginning is shown." : "";
  }
}

bool IsItsFault(const ShowReply& shown) {
  return shown.run() == ShowReply::RUN_FAILED || shown.run() == ShowReply::RUN_TOO_LONG ||
         shown.run() == ShowReply::RUN_STOPPED;
}

std::vector<std::string> HintsOf(const ShowReply& shown, const std::vector<std::string>* files) {
  std::vector<std::string> hints;
  for (const auto& denial : shown.denials()) {
    const std::string times = denial.count() == 1 ? "once" : fmt::format("{} times", denial.count());
    hints.push_back(
        fmt::format("{} The system call {} was blocked {}.", DescribeDenial(denial.call()), denial.call(), times));
  }
  // A denial explains a PermissionError better than ExplainError can.
  const bool denied = !hints.empty() && shown.errors().find("PermissionError") != std::string::npos;
  if (std::string means = ExplainError(shown.errors(), files); !means.empty() && !denied)
    hints.push_back(std::move(means));
  for (const std::string& dropped : shown.dropped()) hints.push_back("Not kept: " + dropped);
  return hints;
}

std::string FromHex(std::string_view text) {
  std::string bytes(text.size() / 2, '\0');
  std::size_t length = 0;
  const char* end = nullptr;
  const bool good = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                                   text.size(), nullptr, &length, &end) == 0;
  if (!good || end != text.data() + text.size() || length != bytes.size()) return {};
  return bytes;
}

}  // namespace zoobar
