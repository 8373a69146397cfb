// A member's browser as a test needs it: blocking, with cookies, one connection kept alive.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ipc/fd.h"

namespace zoobar {

struct Answer {
  int status = 0;  // 0: the connection ended, or nothing came in time
  std::string head, body;

  // The field's value; empty if there is none.
  std::string Field(std::string_view name) const;
  bool Has(std::string_view text) const { return body.find(text) != std::string::npos; }
};

using Form = std::vector<std::pair<std::string, std::string>>;

std::string UrlEncode(std::string_view text);
// 127.0.0.1:80 or [::1]:80, as STATE/listening has it. An invalid Fd when nobody accepts. `source`: the IPv4 address to
// come from; empty: any.
Fd ConnectTo(const std::string& address, const std::string& source = {});

class Visitor {
 public:
  explicit Visitor(std::string address, std::string source = {})
      : address_(std::move(address)), source_(std::move(source)) {}

  // `fields`: whole extra lines, "Origin: null\r\n".
  Answer Get(const std::string& path, const std::string& fields = {}) { return Ask("GET", path, fields, {}); }
  Answer Head(const std::string& path) { return Ask("HEAD", path, {}, {}); }
  Answer Post(const std::string& path, const Form& form, const std::string& fields = {});

  // As Post, but not waiting for the answer.
  bool BeginPost(const std::string& path, const Form& form);
  // Bytes as they are, on the same connection (a new one if there is none).
  bool Send(std::string_view bytes);
  // The next answer on the connection; `to` is the method asked with, or "100" when 100 Continue is the one wanted.
  Answer Receive(std::string_view to = "GET");
  // Whether the other side has closed, waiting for it.
  bool SeesEnd();
  void Disconnect();

  // How long an answer may take from now on; 20 s at first.
  void SetPatience(std::chrono::seconds patience) { patience_ = patience; }

  // Of the application's pages.
  Answer Register(const std::string& name, const std::string& password, const std::string& next = {});
  Answer Login(const std::string& name, const std::string& password, const std::string& next = {});
  Answer Pay(const std::string& recipient, const std::string& zoobars, const std::string& submission = {});
  // The balance on the home page; -1 when it cannot be had.
  long Balance();
  // Tries as long as a test may take; nothing from a site that is coming back is an error.
  long BalanceInTime(std::chrono::milliseconds patience = std::chrono::seconds(60));

  void MoveTo(std::string address) {
    address_ = std::move(address);
    Disconnect();
  }
  const std::string& address() const { return address_; }
  std::map<std::string, std::string> cookies;

 private:
  Answer Ask(const std::string& method, const std::string& path, const std::string& fields, const std::string& body);
  std::string Request(const std::string& method, const std::string& path, const std::string& fields,
                      const std::string& body) const;
  bool Fill();
  void TakeCookies(const Answer& answer);

  std::string address_, source_, received_;
  std::optional<std::chrono::seconds> patience_;
  Fd socket_;
};

}  // namespace zoobar
