#include "config/source.h"

#include <arpa/inet.h>
#include <google/protobuf/io/tokenizer.h>

#include <charconv>
#include <utility>

#include "ipc/try.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

// Keeps only the first error, because most later errors are caused by the first one.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (text.empty()) text = fmt::format("{}:{}: {}", line + 1, column + 1, message);
  }
  std::string text;
};

// Checks that the text is UTF-8. The master later sends the configuration to the roles, and protobuf refuses to parse a
// message with a string that is not UTF-8.
Status CheckUtf8(const std::string& name, std::string_view text) {
  std::size_t line = 1, column = 1;
  while (!text.empty()) {
    const Utf8Character next = FirstUtf8(text);
    if (!next.valid) return Error::Of("{}:{}:{}: not UTF-8", name, line, column);
    column = next.code == '\n' ? 1 : column + 1;
    line += next.code == '\n' ? 1 : 0;
    text.remove_prefix(next.length);
  }
  return {};
}

}  // namespace

std::string ConfigSource::Place(const FieldPlaces* tree, const google::protobuf::Message& message, const char* field,
                                int index) const {
  const auto* descriptor = message.GetDescriptor()->FindFieldByName(field);
  const auto at = tree ? tree->GetLocation(descriptor, index) : google::protobuf::TextFormat::ParseLocation();
  return at.line < 0 ? name : fmt::format("{}:{}:{}", name, at.line + 1, at.column + 1);
}

Status ParseText(const std::string& name, const std::string& text, google::protobuf::Message& message,
                 FieldPlaces& places) {
  TRY_STATUS(CheckUtf8(name, text));
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.WriteLocationsTo(&places);
  if (!parser.ParseFromString(text, &message)) return Error{name + ":" + error.text};
  return {};
}

Result<std::unique_ptr<ConfigSource>> ParseConfig(std::string name, const std::string& text) {
  auto source = std::make_unique<ConfigSource>();
  source->name = std::move(name);
  TRY_STATUS(ParseText(source->name, text, source->config, source->places));
  return source;
}

Result<Config::Listen> ParseListen(const std::string& whole) {
  Config::Listen listen;
  const auto comma = whole.find(',');
  const std::string text = whole.substr(0, comma);
  bool known = true;
  for (auto at = comma; at != std::string::npos; at = whole.find(',', at + 1)) {
    const std::string option = whole.substr(at + 1, whole.find(',', at + 1) - at - 1);
    if (option == "tls") listen.set_tls(true);
    if (option == "redirect") listen.set_redirect_to_https(true);
    if (option == "proxy") listen.set_proxy_protocol(true);
    known = known && (option == "tls" || option == "redirect" || option == "proxy");
  }
  const auto colon = text.rfind(':');
  std::string address = colon == std::string::npos ? "127.0.0.1" : text.substr(0, colon);
  const std::string_view port = std::string_view(text).substr(colon == std::string::npos ? 0 : colon + 1);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  if (address.empty()) address = "0.0.0.0";
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number > 65535 || !IsIpAddress(address) || !known) {
    return Error::Of(
        "--listen={}: must be ADDRESS:PORT, with an IPv6 address in brackets, and with \",tls\", \",redirect\" or "
        "\",proxy\" after it",
        Printable(whole));
  }
  if (listen.tls() && listen.redirect_to_https()) {
    return Error::Of("--listen={}: redirect is for a listener without tls", Printable(whole));
  }
  listen.set_address(address);
  listen.set_port(number);
  return listen;
}

bool IsIpAddress(const std::string& text) {
  in6_addr address;  // large enough for an IPv4 address too
  return inet_pton(AF_INET, text.c_str(), &address) == 1 || inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace zoobar
