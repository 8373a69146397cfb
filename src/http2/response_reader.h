// Reads the HTTP/1.1 responses that come over one socket pair (RFC 9112, 4 to 7). llhttp checks the grammar. What no
// server of this site sends is an error and ends the exchange: another version than HTTP/1.x, status 101, a head over
// the limits, bytes after the response. So a client gets a response or an error, and never bytes that are neither.
#pragma once

#include <llhttp.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/response.h"
#include "ipc/bytes.h"

namespace zoobar {

// The head of a response: its status and its fields, with names in lower case. Fields that belong to one connection
// (RFC 9113, 8.2.2) are left out. The memory is wiped, because a field may set a cookie.
class ResponseHead {
 public:
  struct Field {
    std::string_view name, value;
  };

  int status = 0;

  void Add(std::string_view name, std::string_view value);
  // Adds complete lines, each ended by CRLF.
  void AddLines(std::string_view lines);
  std::size_t size() const { return fields_.size(); }
  // The views are valid until the next Add.
  Field field(std::size_t i) const;
  void Clear();

  // The head of a response that this server makes itself. Its body is response.body.
  static ResponseHead Of(const Response& response, std::string_view date_line);

 private:
  struct Slices {
    std::size_t at, name, value;  // where the name begins; the sizes of the name and of the value behind it
  };
  Bytes text_;
  std::vector<Slices> fields_;
};

class ResponseReader {
 public:
  enum class Outcome {
    kMore,    // all bytes are used, and the response is not complete
    kDone,    // the response is complete
    kBroken,  // this is no response; why() says why
  };
  static constexpr std::size_t kHeadBytes = 16384, kFields = 100;

  ResponseReader();
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  // To be called before each response. head_only: the request was HEAD, so the response has no body.
  void Begin(bool head_only);
  // Reads `bytes` and appends the bytes of the body to *body. Bytes after the end of the response are an error.
  Outcome Read(std::string_view bytes, ByteQueue* body);
  // The other side has ended. kDone if that is how the response ends (RFC 9112, 6.3), else kBroken.
  Outcome End();

  // Whether the head of the final response is complete. head() is valid from then on.
  bool has_head() const { return has_head_; }
  ResponseHead& head() { return head_; }
  bool begun() const { return begun_; }            // at least one byte of a response has come
  bool continues() const { return continues_; }    // "100 Continue" has come
  bool keep_alive() const { return keep_alive_; }  // after kDone: a further request may be sent
  const char* why() const { return why_; }

 private:
  static llhttp_settings_t Settings();
  static ResponseReader& Of(llhttp_t* parser) { return *static_cast<ResponseReader*>(parser->data); }
  int Count(std::size_t bytes);
  int FieldEnd();
  int HeadEnd();
  int MessageEnd();
  int Fail(const char* why);

  llhttp_t parser_;
  bool head_only_ = false, begun_ = false, has_head_ = false, continues_ = false, done_ = false, keep_alive_ = false;
  const char* why_ = "";
  std::size_t head_bytes_ = 0;
  Bytes name_, value_;  // of the field that is being read
  ResponseHead head_;
  ByteQueue* body_ = nullptr;
};

}  // namespace zoobar
