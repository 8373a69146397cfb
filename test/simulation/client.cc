#include "simulation/client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "simulation/addresses.h"

namespace zoobar::simulation {
namespace {

// A site must answer, or close the connection, in this time, whatever happens to its roles.
constexpr Milliseconds kPatience{120'000};

std::string Encoded(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char byte : text) {
    if (std::isalnum(static_cast<unsigned char>(byte))) {
      encoded += byte;
    } else {
      encoded += '%';
      encoded += kDigits[static_cast<unsigned char>(byte) >> 4];
      encoded += kDigits[static_cast<unsigned char>(byte) & 15];
    }
  }
  return encoded;
}

// The number behind "Content-Length: "; -1 if the head has none.
long LengthIn(const std::string& head) {
  const std::size_t at = head.find("Content-Length: ");
  return at == head.npos ? -1 : std::atol(head.c_str() + at + 16);
}

}  // namespace

std::string Client::CookieLine() const {
  std::string jar;
  for (const auto& [name, value] : cookies) {
    jar += jar.empty() ? "Cookie: " : "; ";
    jar.append(name).append("=").append(value);
  }
  return jar.empty() ? "" : jar + "\r\n";
}

Task<Answer> Client::Get(std::string path) {
  return Ask("GET " + path + " HTTP/1.1\r\nHost: zoobar\r\n" + CookieLine() + "\r\n");
}

Task<Answer> Client::Post(std::string path, Form form) {
  std::string body;
  for (const auto& [name, value] : form) body += (body.empty() ? "" : "&") + Encoded(name) + "=" + Encoded(value);
  return Ask("POST " + path + " HTTP/1.1\r\nHost: zoobar\r\nContent-Type: application/x-www-form-urlencoded\r\n" +
             CookieLine() + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

bool Client::Connect() {
  received_.clear();
  socket_ = Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, site_.data(), site_.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + site_.size());
  if (connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    socket_.Close();
    return false;
  }
  Arrived(address_);
  return true;
}

bool Client::SendAll(std::string_view bytes) const {
  return send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

// Waits for more bytes. False at the end of the connection, and when nothing comes.
Task<bool> Client::Fill() {
  for (;;) {
    char buffer[65536];
    const ssize_t count = recv(socket_.get(), buffer, sizeof buffer, 0);
    if (count > 0) {
      received_.append(buffer, static_cast<std::size_t>(count));
      co_return true;
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) co_return false;
    Promised<bool> readable;
    const auto set = [&readable](bool value) {
      if (!readable.set()) readable.Set(value);
    };
    Watch watch(loop_, socket_.get(), [&set](int) { set(true); });
    watch.Set(UV_READABLE);
    Timer patience(loop_);
    patience.Start(kPatience, [&set] { set(false); });
    const bool came = co_await readable;
    if (!came) co_return false;
  }
}

Task<Answer> Client::Ask(std::string request) {
  Answer answer;
  // A server may close a connection that is kept.
  char peeked;
  if (socket_ && recv(socket_.get(), &peeked, 1, MSG_PEEK) >= 0) socket_.Close();
  if ((!socket_ && !Connect()) || !SendAll(request)) {
    socket_.Close();
    co_return answer;
  }
  std::size_t end;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    auto filling = Fill();
    if (co_await filling) continue;
    socket_.Close();
    co_return answer;
  }
  answer.head = received_.substr(0, end + 2);
  received_.erase(0, end + 4);
  const long length = LengthIn(answer.head);
  while (length < 0 || received_.size() < static_cast<std::size_t>(length)) {
    auto filling = Fill();
    if (co_await filling) continue;
    socket_.Close();
    if (length >= 0) co_return Answer();
    break;
  }
  answer.body = received_.substr(0, length < 0 ? std::string::npos : static_cast<std::size_t>(length));
  received_.erase(0, answer.body.size());
  answer.status = std::atoi(answer.head.c_str() + answer.head.find(' ') + 1);
  TakeCookies(answer.head);
  if (answer.head.find("Connection: close") != std::string::npos) socket_.Close();
  co_return answer;
}

void Client::TakeCookies(const std::string& head) {
  std::size_t at = 0;
  while ((at = head.find("\r\nSet-Cookie: ", at)) != std::string::npos) {
    at += 14;
    const std::size_t equals = head.find('=', at), end = head.find_first_of(";\r", equals);
    cookies[head.substr(at, equals - at)] = head.substr(equals + 1, end - equals - 1);
  }
}

}  // namespace zoobar::simulation
