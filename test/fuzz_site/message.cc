#include "fuzz_site/message.h"

namespace zoobar::fuzz_site {

std::string Encode(const Form& form) {
  std::string text;
  for (const auto& [name, value] : form) {
    if (!text.empty()) text += '&';
    text.append(UrlEncode(name)).append("=").append(UrlEncode(value));
  }
  return text;
}

std::string BodyOf(const Message& message) {
  if (!message.chunked.empty()) return message.chunked;
  return message.has_form ? Encode(message.form) : std::string();
}

std::string Compose(const Message& message) {
  std::string text = message.method + " " + message.path;
  if (!message.query.empty()) text += "?" + Encode(message.query);
  text += " " + message.version + "\r\n";
  for (const auto& [name, value] : message.fields) text.append(name).append(": ").append(value).append("\r\n");
  if (!message.cookie.empty()) text += "Cookie: " + message.cookie + "\r\n";
  const std::string body = BodyOf(message);
  if (message.has_form) text += "Content-Type: application/x-www-form-urlencoded\r\n";
  if (!message.chunked.empty()) {
    text += "Transfer-Encoding: chunked\r\n";
  } else if (message.has_form) {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return text + "\r\n" + body;
}

}  // namespace zoobar::fuzz_site
