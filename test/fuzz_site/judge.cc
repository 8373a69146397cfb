#include "fuzz_site/judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "fuzz_site/members.h"
#include "fuzz_site/texts.h"

namespace zoobar::fuzz_site {
namespace {

// Statuses that the site uses (src/http/response.h). A request that nobody changed gets only the first ones.
constexpr int kToValid[] = {200, 206, 302, 303, 304, 307, 404, 422, 429, 503};
constexpr int kToOthers[] = {400, 403, 405, 408, 409, 412, 413, 414, 415, 416, 417, 431, 501, 505};
// Refusals that are no "busy": while nothing is wrong with a site, it has no reason to give them.
constexpr std::string_view kNotBusy[] = {"<h1>Back in a moment",        "<h1>No answer",  "<h1>Disk full",
                                         "cannot be checked right now", "did not answer", "being maintained",
                                         "cannot be read at the moment"};
constexpr std::string_view kPromised[] = {"X-Content-Type-Options", "Content-Security-Policy", "X-Frame-Options",
                                          "Referrer-Policy"};

template <typename Values, typename Value>
bool Holds(const Values& values, const Value& value) {
  return std::find(std::begin(values), std::end(values), value) != std::end(values);
}

std::string FaultInStatus(const Answer& answer, const Message* message) {
  if (!Holds(kToValid, answer.status) && !Holds(kToOthers, answer.status))
    return fmt::format("status {}", answer.status);
  if (message && message->valid && !Holds(kToValid, answer.status))
    return fmt::format("status {} for a request that is right", answer.status);
  if (answer.status == 503 || answer.status == 429) {
    if (answer.Field("Retry-After").empty()) return fmt::format("status {} without Retry-After", answer.status);
    for (const std::string_view text : kNotBusy) {
      if (answer.Has(text)) return fmt::format("status {} that is no \"busy\": {}", answer.status, text);
    }
  }
  return {};
}

// A redirect leads to a page of this site; cookies are out of reach for scripts.
std::string FaultInHead(const Answer& answer) {
  for (const std::string_view name : kPromised) {
    if (answer.Field(name).empty()) return fmt::format("status {} without the field {}", answer.status, name);
  }
  // A request of HTTP/2 that edge answers itself has no id.
  const bool page = answer.Field("Content-Type").starts_with("text/html") && answer.head.starts_with("HTTP/1.1");
  if (page && answer.Field("X-Request-Id").empty()) return "a page without the field X-Request-Id";
  if (answer.head.find("\n" + std::string(kInjected)) != std::string::npos) return "a header line that a client wrote";
  const std::string location = answer.Field("Location");
  const bool local = location.size() == 1 || (location.size() > 1 && location[1] != '/' && location[1] != '\\');
  if (!location.empty() && (location[0] != '/' || !local)) return "a redirect to another site: " + location;
  std::size_t at = 0;
  while ((at = answer.head.find("\r\nSet-Cookie: ", at)) != std::string::npos) {
    const std::string line = answer.head.substr(at, answer.head.find("\r\n", at + 2) - at);
    at += 2;
    if (line.find("HttpOnly") == std::string::npos || line.find("SameSite=Lax") == std::string::npos)
      return "a cookie without HttpOnly or SameSite";
  }
  return {};
}

// Whether a page was made for somebody who has not asked for it.
std::string FaultInName(const Answer& answer, const Speaker& speaker) {
  static constexpr std::string_view kShown = ">Log out ";
  const std::size_t at = answer.body.find(kShown);
  if (at == std::string::npos) return {};
  const std::string_view name =
      std::string_view(answer.body).substr(at + kShown.size(), answer.body.find('<', at + 1) - at - kShown.size());
  const std::size_t member = Members::ShownTo(name);
  const bool foreign_member = member != Members::kNobody && !(speaker.members >> member & 1);
  const bool foreign_guest = name.starts_with("guest-") && !name.starts_with(speaker.guests);
  if (!foreign_member && !foreign_guest && !name.starts_with(kControlPrefix)) return {};
  return fmt::format("a page for {}, whose session was not sent on this connection", name);
}

std::string FaultInBody(const Answer& answer, const Message* message) {
  if (answer.Field("Content-Type").starts_with("text/html") && answer.Has(kScript))
    return "a page with a script that a client wrote";
  if (!message || answer.status != 200) return {};
  if (!message->must_hold.empty() && !answer.Has(message->must_hold))
    return "an answer to another request: it should have " + message->must_hold;
  if (!message->exact_body.empty() && answer.body != message->exact_body) return "a file with another content";
  return {};
}

}  // namespace

std::string FaultIn(const Answer& answer, const Message* message, const Speaker& speaker) {
  std::string fault = FaultInStatus(answer, message);
  if (fault.empty()) fault = FaultInHead(answer);
  if (fault.empty()) fault = FaultInName(answer, speaker);
  if (fault.empty()) fault = FaultInBody(answer, message);
  return fault;
}

}  // namespace zoobar::fuzz_site
