#include "fuzz_site/recording.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "live_site/processes.h"

namespace zoobar::fuzz_site {
namespace {

constexpr std::array<std::string_view, 6> kKinds = {"connect", "send", "read", "half-close", "reset", "close"};
constexpr std::string_view kSeedLine = "# seed ", kFaultLine = "# fault: ";

std::string Escaped(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '\r') {
      text += "\\r";
    } else if (byte == '\n') {
      text += "\\n";
    } else if (byte == '\\' || code < 0x20 || code >= 0x7f) {
      text += fmt::format("\\x{:02x}", code);
    } else {
      text += byte;
    }
  }
  return text;
}

std::string Unescaped(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      bytes += text[i];
    } else if (text[++i] == 'x' && i + 2 < text.size()) {
      bytes += static_cast<char>(std::strtoul(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
      i += 2;
    } else {
      bytes += text[i] == 'r' ? '\r' : '\n';
    }
  }
  return bytes;
}

}  // namespace

void Recorder::Note(Action::Kind kind, std::string text) {
  bytes_ += text.size();
  actions_.push_back({order_++, client_, kind, std::move(text)});
  while (actions_.size() > kMostActions || (bytes_ > kMostBytes && actions_.size() > 1)) {
    bytes_ -= actions_.front().text.size();
    actions_.pop_front();
  }
}

void Recorder::NoteSent(std::string_view bytes, const std::vector<Token>& tokens) {
  std::string text(bytes);
  for (const Token& token : tokens) {
    constexpr std::size_t kShortest = 16;  // of what is worth a symbol
    if (token.value.size() < kShortest) continue;
    const std::string symbol = "@{" + token.symbol + "}";
    for (std::size_t at = 0; (at = text.find(token.value, at)) != std::string::npos; at += symbol.size())
      text.replace(at, token.value.size(), symbol);
  }
  Note(Action::Kind::kSend, std::move(text));
}

bool WriteRecording(const std::string& path, const Recording& recording) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << "# The last actions of each client before a fault. tools/fuzz site --replay=FILE does them again.\n"
       << kSeedLine << recording.seed << "\n";
  for (const std::string& fault : recording.faults) file << kFaultLine << Escaped(fault) << "\n";
  for (const Action& action : recording.actions) {
    file << action.client << ' ' << kKinds[static_cast<std::size_t>(action.kind)] << ' ' << Escaped(action.text)
         << "\n";
  }
  file.close();
  return file.good();
}

std::string ReadRecording(const std::string& path, Recording* recording) {
  std::istringstream lines(ReadWhole(path));
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.starts_with(kSeedLine)) recording->seed = std::strtoull(line.c_str() + kSeedLine.size(), nullptr, 10);
    if (line.starts_with('#')) continue;
    const std::size_t first = line.find(' '), second = line.find(' ', first + 1);
    Action action;
    std::size_t kind = kKinds.size();
    if (second != std::string::npos) {
      const std::string_view word = std::string_view(line).substr(first + 1, second - first - 1);
      for (kind = 0; kind < kKinds.size() && kKinds[kind] != word;) ++kind;
    }
    if (kind == kKinds.size()) return fmt::format("{}:{}: not a line \"CLIENT ACTION TEXT\"", path, number);
    action.order = number;
    action.client = std::strtoul(line.c_str(), nullptr, 10);
    action.kind = static_cast<Action::Kind>(kind);
    action.text = Unescaped(std::string_view(line).substr(second + 1));
    recording->actions.push_back(std::move(action));
  }
  return number == 0 ? path + ": cannot be read, or is empty" : std::string();
}

}  // namespace zoobar::fuzz_site
