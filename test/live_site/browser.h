// Browser: a member's browser, as far as a test needs one. Its calls wait for the answer. It keeps cookies, and one
// connection.
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

constexpr const char* kHome = "/zoobar/index.cgi/";
constexpr const char* kLogin = "/zoobar/index.cgi/login";
constexpr const char* kTransfer = "/zoobar/index.cgi/transfer";
constexpr const char* kStyle = "/zoobar/media/zoobar.css";
constexpr const char* kPassword = "correct-horse-7";  // of every member who needs no other

struct Answer {
  int status = 0;  // 0: the connection ended, or nothing came in time
  std::string head, body;

  // The value of a header field. Empty if the answer does not have it.
  std::string Field(std::string_view name) const;
  bool Has(std::string_view text) const { return body.find(text) != std::string::npos; }
};

using Form = std::vector<std::pair<std::string, std::string>>;

std::string UrlEncode(std::string_view text);
// Connects to an address as STATE/listening has it: "127.0.0.1:80" or "[::1]:80". "localhost:80"
// is the former. Returns an invalid Fd when nobody
// accepts. `source` is the IPv4 address to connect from; empty means any.
Fd ConnectTo(const std::string& address, const std::string& source = {});

class Browser {
 public:
  explicit Browser(std::string address, std::string source = {})
      : address_(std::move(address)), source_(std::move(source)) {}

  // `fields` are more header lines, each with its end: "Origin: null\r\n".
  Answer Get(const std::string& path, const std::string& fields = {}) { return Ask("GET", path, fields, {}); }
  Answer Head(const std::string& path) { return Ask("HEAD", path, {}, {}); }
  Answer Post(const std::string& path, const Form& form, const std::string& fields = {});

  // Sends what Post sends, and does not wait for the answer.
  bool BeginPost(const std::string& path, const Form& form);
  // The same for Get.
  bool BeginGet(const std::string& path) { return Send(Request("GET", path, {}, {})); }
  // Sends the head of a form of `size` bytes, and waits until the site asks for the form (100 Continue). False if it
  // does not.
  bool BeginForm(const std::string& path, std::size_t size);
  // Sends these bytes on the connection, which is made if there is none.
  bool Send(std::string_view bytes);
  // Waits for the next answer on the connection. `to` is the method of the request, or "100" to get an answer
  // 100 Continue, which is otherwise skipped.
  Answer Receive(std::string_view to = "GET");
  // Waits until the site closes the connection. False if it does not.
  bool SeesEnd();
  void Disconnect();

  // How long an answer may take, for connections made from now on; 60 s before the first call.
  void SetPatience(std::chrono::seconds patience) { patience_ = patience; }

  // What a member does on the pages.
  Answer Register(const std::string& name, const std::string& password, const std::string& next = {});
  Answer Login(const std::string& name, const std::string& password, const std::string& next = {});
  Answer Pay(const std::string& recipient, const std::string& zoobars, const std::string& submission = {});
  // Saves this text as the profile.
  Answer Save(const std::string& text);
  // Asks for the page of this member.
  Answer Look(const std::string& member) { return Get("/zoobar/index.cgi/users?user=" + UrlEncode(member)); }
  // The balance on the home page; -1 when the page does not show one.
  long Balance();
  // Tries again while there is no balance, as on a site one of whose roles was just restarted.
  long BalanceInTime();

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
