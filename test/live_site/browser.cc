#include "live_site/browser.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "live_site/eventually.h"

namespace zoobar {
namespace {

constexpr int kPatienceSeconds = 60;

bool SameName(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string Body(const Form& form) {
  std::string body;
  for (const auto& [name, value] : form) {
    body += (body.empty() ? "" : "&") + UrlEncode(name) + "=" + UrlEncode(value);
  }
  return body;
}

constexpr const char* kFormType = "Content-Type: application/x-www-form-urlencoded\r\n";

}  // namespace

std::string Answer::Field(std::string_view name) const {
  std::size_t at = 0;
  while ((at = head.find("\r\n", at)) != std::string::npos) {
    at += 2;
    const std::size_t colon = head.find(':', at), end = head.find("\r\n", at);
    if (colon == std::string::npos || end == std::string::npos || colon > end) continue;
    if (!SameName(std::string_view(head).substr(at, colon - at), name)) continue;
    const std::size_t begin = head.find_first_not_of(' ', colon + 1);
    return head.substr(begin, end - begin);
  }
  return {};
}

std::string UrlEncode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char byte : text) {
    if (std::isalnum(static_cast<unsigned char>(byte)) || byte == '-' || byte == '_' || byte == '.') {
      encoded += byte;
    } else {
      encoded += '%';
      encoded += kDigits[static_cast<unsigned char>(byte) >> 4];
      encoded += kDigits[static_cast<unsigned char>(byte) & 15];
    }
  }
  return encoded;
}

Fd ConnectTo(const std::string& address, const std::string& source) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return {};
  const auto port = htons(static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1)));
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_in);
  if (address[0] == '[') {
    auto* six = reinterpret_cast<sockaddr_in6*>(&storage);
    six->sin6_family = AF_INET6;
    six->sin6_port = port;
    inet_pton(AF_INET6, address.substr(1, colon - 2).c_str(), &six->sin6_addr);
    size = sizeof *six;
  } else {
    auto* four = reinterpret_cast<sockaddr_in*>(&storage);
    four->sin_family = AF_INET;
    four->sin_port = port;
    const std::string host = address.substr(0, colon);
    inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &four->sin_addr);
  }
  Fd socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{kPatienceSeconds, 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  if (inet_pton(AF_INET, source.c_str(), &from.sin_addr) == 1) {
    const int late = 1;  // the port is chosen by connect, which finds one for thousands of connections
    setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &late, sizeof late);
    if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) return {};
  }
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&storage), size) != 0) return {};
  return socket;
}

std::string Browser::Request(const std::string& method, const std::string& path, const std::string& fields,
                             const std::string& body) const {
  std::string text = method + " " + path + " HTTP/1.1\r\nHost: " + address_ + "\r\n" + fields;
  std::string jar;
  for (const auto& [name, value] : cookies) {
    if (!jar.empty()) jar += "; ";
    jar.append(name).append("=").append(value);
  }
  if (!jar.empty()) text += "Cookie: " + jar + "\r\n";
  if (method == "POST") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

Answer Browser::Ask(const std::string& method, const std::string& path, const std::string& fields,
                    const std::string& body) {
  // A server may close a connection that is kept. That is noticed here, before anything is sent.
  pollfd state{socket_.get(), POLLIN, 0};
  if (socket_ && received_.empty() && poll(&state, 1, 0) > 0) Disconnect();
  if (!Send(Request(method, path, fields, body))) return {};
  return Receive(method);
}

Answer Browser::Post(const std::string& path, const Form& form, const std::string& fields) {
  return Ask("POST", path, kFormType + fields, Body(form));
}

bool Browser::BeginPost(const std::string& path, const Form& form) {
  return Send(Request("POST", path, kFormType, Body(form)));
}

bool Browser::BeginForm(const std::string& path, std::size_t size) {
  return Send("POST " + path + " HTTP/1.1\r\nHost: " + address_ + "\r\n" + kFormType +
              "Expect: 100-continue\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n") &&
         Receive("100").status == 100;
}

bool Browser::Send(std::string_view bytes) {
  if (!socket_) {
    socket_ = ConnectTo(address_, source_);
    received_.clear();
    if (socket_ && patience_) {
      const timeval patience{patience_->count(), 0};
      setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
  }
  while (socket_ && !bytes.empty()) {
    const ssize_t count = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;  // no Disconnect: the answer may have come already
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return static_cast<bool>(socket_);
}

bool Browser::Fill() {
  char buffer[65536];
  const ssize_t count = socket_ ? recv(socket_.get(), buffer, sizeof buffer, 0) : 0;
  if (count <= 0) return false;
  received_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

Answer Browser::Receive(std::string_view to) {
  std::size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (Fill()) continue;
    Disconnect();
    return {};
  }
  Answer answer;
  answer.head = received_.substr(0, end + 2);
  received_.erase(0, end + 4);
  answer.status = std::atoi(answer.head.c_str() + answer.head.find(' ') + 1);
  if (answer.status == 100) return to == "100" ? answer : Receive(to);
  TakeCookies(answer);
  const bool empty = to == "HEAD" || answer.status == 304 || answer.status == 204;
  const std::string length = answer.Field("Content-Length");
  const bool closes = SameName(answer.Field("Connection"), "close");
  if (!empty) {
    const std::size_t wanted = length.empty() ? std::string::npos : std::strtoul(length.c_str(), nullptr, 10);
    while (received_.size() < wanted && Fill()) {
    }
    if (wanted != std::string::npos && received_.size() < wanted) answer.status = 0;  // cut off
    answer.body = received_.substr(0, wanted);
    received_.erase(0, answer.body.size());
  }
  if (closes) Disconnect();
  return answer;
}

bool Browser::SeesEnd() {
  while (Fill()) {
  }
  const bool end = !socket_ || errno != EAGAIN;
  Disconnect();
  return end;
}

void Browser::Disconnect() {
  socket_.Close();
  received_.clear();
}

void Browser::TakeCookies(const Answer& answer) {
  std::size_t at = 0;
  while ((at = answer.head.find("\r\nSet-Cookie: ", at)) != std::string::npos) {
    at += 14;
    const std::size_t equals = answer.head.find('=', at), end = answer.head.find_first_of(";\r", equals);
    cookies[answer.head.substr(at, equals - at)] = answer.head.substr(equals + 1, end - equals - 1);
  }
}

Answer Browser::Register(const std::string& name, const std::string& password, const std::string& next) {
  return Post(
      kLogin,
      {{"login_username", name}, {"login_password", password}, {"nexturl", next}, {"submit_registration", "Register"}});
}

Answer Browser::Login(const std::string& name, const std::string& password, const std::string& next) {
  return Post(kLogin,
              {{"login_username", name}, {"login_password", password}, {"nexturl", next}, {"submit_login", "Log in"}});
}

Answer Browser::Pay(const std::string& recipient, const std::string& zoobars, const std::string& submission) {
  return Post(kTransfer, {{"recipient", recipient}, {"zoobars", zoobars}, {"submission", submission}});
}

Answer Browser::Save(const std::string& text) {
  return Post(kHome, {{"profile_update", text}, {"profile_submit", "Save"}});
}

long Browser::Balance() {
  const Answer home = Get(kHome);
  const std::size_t at = home.body.find("Balance");
  if (home.status != 200 || at == std::string::npos) return -1;
  // The page says "Balance: N zoobars", perhaps with markup in between, on one line.
  bool in_tag = false;
  for (std::size_t i = at; i < home.body.size() && home.body[i] != '\n'; ++i) {
    if (home.body[i] == '<') in_tag = true;
    if (!in_tag && std::isdigit(static_cast<unsigned char>(home.body[i]))) return std::atol(home.body.c_str() + i);
    if (home.body[i] == '>') in_tag = false;
  }
  return -1;
}

long Browser::BalanceInTime() {
  long balance = -1;
  Eventually([&] { return (balance = Balance()) >= 0; });
  return balance;
}

}  // namespace zoobar
