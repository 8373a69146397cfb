#include "http/field_syntax.h"

#include <algorithm>
#include <cstring>

namespace zoobar {
namespace {

char Lower(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte; }

}  // namespace

bool IsTokenByte(char byte) {
  if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9')) return true;
  return byte != 0 && std::strchr("!#$%&'*+-.^_`|~", byte) != nullptr;
}

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

bool EqualsNoCase(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) { return Lower(a) == b; });
}

bool ListHolds(std::string_view list, std::string_view lower_token) {
  while (true) {
    const std::size_t comma = list.find(',');
    if (EqualsNoCase(TrimBlanks(list.substr(0, comma)), lower_token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace zoobar
