// A request's head from an input: each line of the input is one field.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fuzz/pieces.h"
#include "http/head.h"

namespace zoobar {

struct MadeHead {
  std::string bytes;
  RequestHead head;  // points into `bytes`
};

// Fills *made. Returns false if the parser refuses the head. `first`: the request line without its line end. A Host is
// added.
inline bool MakeHead(std::string_view first, std::string_view fields, MadeHead* made) {
  made->bytes = std::string(first) + "\r\nHost: bank.example\r\n";
  while (!fields.empty()) {
    const std::string_view line = TakeLine(fields);
    if (!line.empty()) made->bytes.append(line).append("\r\n");
  }
  made->bytes += "\r\n";
  Refusal refusal;
  std::size_t scanned = 0;
  const auto outcome = HeadParser(HttpLimits()).Parse(made->bytes, &scanned, &made->head, &refusal);
  return outcome == HeadParser::Outcome::kComplete;
}

}  // namespace zoobar
