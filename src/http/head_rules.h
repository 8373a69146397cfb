// The rules for a head's fields that go beyond the grammar. llhttp checks the grammar. Only HeadParser uses this class.
#pragma once

#include "http/head.h"

namespace zoobar {

class HeadRules {
 public:
  HeadRules(RequestHead& head, Refusal& refusal) : head_(head), refusal_(refusal) {}

  // Reads from the fields the host, the framing of the body, and whether the connection stays open. Stores them in the
  // head. Returns false if the request is refused.
  bool Apply();

 private:
  bool CheckField(std::string_view name, RequestHead::Slice value);
  bool TakeHost(RequestHead::Slice value);
  bool TakeContentLength(std::string_view value);
  bool TakeTransferEncoding(std::string_view value);
  bool ApplyTransferEncoding();
  bool TakeExpect(std::string_view value);
  bool Once(std::uint32_t bit, const char* text);
  bool Refuse(int status, const char* text);

  RequestHead& head_;
  Refusal& refusal_;
  std::uint32_t seen_ = 0;
  std::string_view encoding_;  // the value of Transfer-Encoding
  bool close_ = false, stay_ = false;
};

}  // namespace zoobar
