#include "fuzz_site/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <cctype>
#include <cerrno>
#include <cstdlib>

namespace zoobar::fuzz_site {
namespace {

constexpr Patience kSendPatience{10000};
constexpr std::size_t kBlock = 65536;
constexpr std::string_view kVersion = "HTTP/1.1 ";

Answer AnswerFrom(std::string_view head) {
  Answer answer;
  answer.head = head;
  answer.status = std::atoi(answer.head.c_str() + kVersion.size());
  return answer;
}

bool IsDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// Whether "HTTP/1.1 200 O" begins here.
bool BeginsAnswer(std::string_view bytes) {
  return bytes.size() > kVersion.size() + 4 && bytes.starts_with(kVersion) && IsDigit(bytes[9]) && IsDigit(bytes[10]) &&
         IsDigit(bytes[11]) && bytes[12] == ' ' && std::isupper(static_cast<unsigned char>(bytes[13])) != 0;
}

}  // namespace

bool Connection::Open(const std::string& address, const std::string& source) {
  Close();
  socket_ = ConnectTo(address, source);
  return open();
}

void Connection::Send(std::string_view bytes) {
  while (open() && !bytes.empty()) {
    const ssize_t count = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    if (errno != EAGAIN) return;  // the answer may have come already
    pollfd state{socket_.get(), POLLIN | POLLOUT, 0};
    if (poll(&state, 1, static_cast<int>(kSendPatience.count())) <= 0 || !(state.revents & POLLOUT)) return;
  }
}

void Connection::HalfClose() { shutdown(socket_.get(), SHUT_WR); }

void Connection::Reset() {
  const linger at_once{1, 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  Close();
}

void Connection::Close() {
  socket_.Close();
  received_.clear();
}

Connection::Outcome Connection::Fill(Patience patience) {
  char block[kBlock];
  for (;;) {
    const ssize_t count = recv(socket_.get(), block, sizeof block, MSG_DONTWAIT);
    if (count > 0) {
      received_.append(block, static_cast<std::size_t>(count));
      return Outcome::kAnswer;
    }
    if (count == 0 || errno != EAGAIN) return Outcome::kEnd;
    pollfd state{socket_.get(), POLLIN, 0};
    if (poll(&state, 1, static_cast<int>(patience.count())) <= 0) return Outcome::kSilence;
  }
}

Connection::Outcome Connection::Read(bool to_head, Patience patience, Answer* answer) {
  for (;;) {
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      const Outcome outcome = Fill(patience);
      if (outcome != Outcome::kAnswer) return outcome;
    }
    if (!BeginsAnswer(received_)) return Outcome::kEnd;
    *answer = AnswerFrom(std::string_view(received_).substr(0, end + 2));
    received_.erase(0, end + 4);
    if (answer->status != 100) break;
  }
  if (to_head || answer->status == 304 || answer->status == 204) return Outcome::kAnswer;
  const std::string length = answer->Field("Content-Length");
  const std::size_t size = length.empty() ? std::string::npos : std::strtoul(length.c_str(), nullptr, 10);
  while (received_.size() < size) {
    const Outcome outcome = Fill(patience);
    if (outcome == Outcome::kEnd && size == std::string::npos) break;
    if (outcome != Outcome::kAnswer) return outcome;
  }
  answer->body = received_.substr(0, size);
  received_.erase(0, answer->body.size());
  return Outcome::kAnswer;
}

Connection::Outcome Connection::ReadAll(Patience first, Patience quiet) {
  Outcome outcome = Fill(first);
  while (outcome == Outcome::kAnswer) outcome = Fill(quiet);
  return outcome;
}

std::vector<Answer> AnswersIn(std::string_view bytes) {
  std::vector<Answer> answers;
  std::size_t at = 0;
  while ((at = bytes.find(kVersion, at)) != std::string_view::npos) {
    const std::string_view rest = bytes.substr(at);
    const std::size_t end = rest.find("\r\n\r\n");
    at += kVersion.size();
    if (!BeginsAnswer(rest) || end == std::string_view::npos) continue;
    Answer answer = AnswerFrom(rest.substr(0, end + 2));
    const std::string length = answer.Field("Content-Length");
    answer.body = rest.substr(end + 4, length.empty() ? 0 : std::strtoul(length.c_str(), nullptr, 10));
    if (answer.status != 100) answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace zoobar::fuzz_site
