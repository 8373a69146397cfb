// An answer of HTTP/1.1 that comes over a socket pair (src/http2/response_reader.h), whole and in pieces. The first
// byte of the input says whether the request was HEAD and whether the server closes at the end, the second one
// chooses the pieces.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/pieces.h"
#include "fuzz/require.h"
#include "http2/response_reader.h"

namespace zoobar {
namespace {

using Outcome = ResponseReader::Outcome;

struct Read {
  Outcome outcome = Outcome::kMore;
  bool has_head = false, keep_alive = false;
  std::size_t used = 0;
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields;
};

void CheckHead(ResponseReader& reader) {
  constexpr std::string_view kOfConnection[] = {"connection", "transfer-encoding", "keep-alive", "upgrade", "te"};
  Require(reader.head().status >= 200 && reader.head().status <= 599, "the head is of a final response");
  Require(reader.head().size() <= ResponseReader::kFields, "the number of fields is bounded");
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < reader.head().size(); ++i) {
    const auto [name, value] = reader.head().field(i);
    bytes += name.size() + value.size();
    for (const char c : name) Require(c > 0x20 && c < 0x7f && (c < 'A' || c > 'Z'), "names are in lower case");
    for (const char c : value)
      Require((c & 0x80) || (c >= 0x20 && c != 0x7f) || c == '\t', "no control byte in a value");
    Require(std::ranges::find(kOfConnection, name) == std::end(kOfConnection), "no field of a connection");
  }
  Require(bytes <= ResponseReader::kHeadBytes, "the size of the head is bounded");
}

Read ReadAll(std::string_view bytes, bool head_only, bool closes, std::uint8_t seed, bool whole) {
  ResponseReader reader;
  reader.Begin(head_only);
  ByteQueue body;
  Read read;
  for (Pieces pieces(bytes, seed); !bytes.empty() && !pieces.done() && read.outcome == Outcome::kMore;) {
    const std::string_view piece = whole ? bytes : pieces.Next();
    read.outcome = reader.Read(piece, &body);
    read.used += piece.size();
    if (whole) break;
  }
  if (read.outcome == Outcome::kMore && closes) read.outcome = reader.End();
  Require(read.outcome != Outcome::kBroken || *reader.why() != '\0', "why() says why");
  Require(read.outcome != Outcome::kDone || reader.has_head(), "a complete response has a head");
  Require(reader.begun() == !bytes.empty(), "the first byte begins it");
  read.has_head = reader.has_head();
  read.keep_alive = reader.keep_alive();
  if (read.has_head) {
    CheckHead(reader);
    read.status = reader.head().status;
    for (std::size_t i = 0; i < reader.head().size(); ++i) {
      const auto [name, value] = reader.head().field(i);
      read.fields.emplace_back(name, value);
    }
  }
  read.body = body.view();
  Require(read.body.size() <= bytes.size(), "a body comes from the bytes");
  if (head_only) Require(read.body.empty(), "an answer to HEAD has no body");
  return read;
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  if (size < 2) return 0;
  const std::string_view bytes = InputText(data + 2, size - 2);
  const bool head_only = data[0] & 1, closes = data[0] & 2;
  const Read whole = ReadAll(bytes, head_only, closes, 0, true);
  const Read pieces = ReadAll(bytes, head_only, closes, data[1], false);
  if (pieces.outcome == Outcome::kDone && pieces.used < bytes.size()) {
    Require(whole.outcome == Outcome::kBroken, "bytes after the response are an error");
    return 0;
  }
  Require(whole.outcome == pieces.outcome, "pieces change nothing");
  if (whole.outcome == Outcome::kBroken) return 0;
  Require(whole.has_head == pieces.has_head && whole.status == pieces.status && whole.fields == pieces.fields &&
              whole.body == pieces.body && whole.keep_alive == pieces.keep_alive,
          "the same response");
  return 0;
}
