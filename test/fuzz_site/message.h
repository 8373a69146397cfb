// One request, in parts that can be changed one by one, and what its sender knows about the answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "live_site/browser.h"

namespace zoobar::fuzz_site {

// A token of a cookie that is in the request: `value` as it is sent, `symbol` for a recording, which another site
// replaces by its own token.
struct Token {
  std::string symbol, value;
};

struct Message {
  std::string method = "GET", path = kHome, version = "HTTP/1.1";
  Form query, form;
  bool has_form = false;
  std::vector<std::pair<std::string, std::string>> fields;  // header lines, without those that Compose adds
  std::string cookie;                                       // the value of the line Cookie; empty: no line
  std::vector<Token> tokens;
  std::string chunked;  // not empty: the body, already in chunks

  // Nothing in it is wrong, so it must not be refused as malformed.
  bool valid = true;
  // The site finds its end where the sender sees it, so exactly one answer follows.
  bool framed = true;
  std::uint64_t speaks_for = 0;          // a bit for each member whose session or password it holds
  std::optional<std::size_t> logs_in{};  // the member whose new session the answer brings
  bool registers = false;                // the answer brings a guest's session
  std::string must_hold;                 // a page with status 200 has this text
  std::string exact_body;                // an answer with status 200 has this body
};

// The form as it is sent.
std::string Encode(const Form& form);
// The bytes of the body.
std::string BodyOf(const Message& message);
// The bytes of the request.
std::string Compose(const Message& message);

}  // namespace zoobar::fuzz_site
