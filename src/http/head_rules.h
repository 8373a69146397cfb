// The rules for a head's fields beyond the grammar, which llhttp checks. Only HeadParser uses this.
#pragma once

#include "http/head.h"

namespace zoobar {

class HeadRules {
 public:
  HeadRules(RequestHead& head, Refusal& refusal) : head_(head), refusal_(refusal) {}

  // Stores in the head what the fields say about host, framing and persistence. Returns false if the request is
  // refused.
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
