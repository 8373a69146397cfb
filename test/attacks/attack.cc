#include "attacks/attack.h"

#include <regex.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "live_site/processes.h"

namespace zoobar {
namespace {

constexpr const char* kFirstLine = "#!python";

std::string AttackFolder() { return std::string(ZOOBAR_SOURCE_DIR) + "/test/attacks/"; }

std::vector<std::string> Words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// Reads the lines "# Key: value" of the comment at the beginning of a step.
class Header {
 public:
  Header(Attack& attack, Step& step) : attack_(attack), step_(step) {}

  void Take(const std::string& line) {
    const std::string text = line.size() > 2 ? line.substr(2) : "";
    const std::size_t colon = text.find(": ");
    const std::string key = text.substr(0, colon), value = colon == text.npos ? "" : text.substr(colon + 2);
    if (text == "Meanwhile") {
      step_.meanwhile = true;
    } else if (text == "Tried") {
      step_.tried = true;
    } else if (key == "Wall") {
      last_ = &(attack_.wall = value);
    } else if (key == "Owner") {
      step_.owner = value;
    } else if (key == "Visitor") {
      step_.visitor = value;
    } else if (key == "Expect") {
      step_.expect = value;
    } else if (key == "Expect where int 0x80 is a fault") {
      step_.expect_at_fault = value;
    } else if (key == "Output") {
      step_.output.push_back(value);
    } else if (key == "Absent") {
      step_.absent.push_back(value);
    } else if (key == "Owner sees") {
      step_.owner_sees.push_back(value);
    } else if (key == "Denied") {
      TakeDenied(value);
    } else if (key == "Balance") {
      const std::vector<std::string> words = Words(value);
      if (words.size() != 2) return Complain("Balance: MEMBER ZOOBARS");
      step_.balances.emplace_back(words[0], std::atol(words[1].c_str()));
    } else if (!text.empty()) {
      if (!last_) last_ = &attack_.what;
      *last_ += (last_->empty() ? "" : " ") + text;  // a new sentence, or the rest of one
    }
  }

 private:
  void Complain(const std::string& mistake) { attack_.mistake += mistake + "\n"; }

  void TakeDenied(const std::string& value) {
    for (const std::string& word : Words(value)) {
      const std::size_t equals = word.find('=');
      Denial denial;
      std::string all = word.substr(0, equals);
      denial.may_be = all.ends_with('?');
      if (denial.may_be) all.pop_back();
      std::istringstream names(all);
      for (std::string name; std::getline(names, name, '|');) denial.names.push_back(name);
      if (equals != word.npos) denial.count = std::atoi(word.c_str() + equals + 1);
      step_.denied.push_back(std::move(denial));
    }
  }

  Attack& attack_;
  Step& step_;
  std::string* last_ = nullptr;
};

Step ReadStep(Attack& attack, const std::string& text, const std::string& kit) {
  Step step;
  Header header(attack, step);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && line.starts_with("#");) {
    if (line != kFirstLine) header.Take(line);
  }
  if (step.tried) step.visitor = step.owner;
  const auto is_end = [](const std::string& end) {
    return end == "done" || end == "failed" || end == "stopped" || end == "too-long";
  };
  for (const std::string& end : {step.expect, step.expect_at_fault.empty() ? step.expect : step.expect_at_fault}) {
    if (!is_end(end)) attack.mistake += "Expect: done, failed, stopped or too-long, not \"" + end + "\"\n";
  }
  step.source = std::string(kFirstLine) + "\n" + kit + text.substr(std::string(kFirstLine).size() + 1);
  return step;
}

}  // namespace

bool Denial::Is(const std::string& name, int times) const {
  return std::find(names.begin(), names.end(), name) != names.end() && (count == 0 || count == times);
}

std::vector<std::string> AllAttacks() {
  std::vector<std::string> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(AttackFolder())) {
    const std::string path = std::filesystem::relative(entry.path(), AttackFolder()).string();
    if (path.ends_with(".py") && path != "kit.py") all.push_back(path);
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<std::string> AttacksIn(const std::string& folder) {
  std::vector<std::string> attacks = AllAttacks();
  std::erase_if(attacks, [&](const std::string& path) { return !path.starts_with(folder + "/"); });
  return attacks;
}

Attack ReadAttack(const std::string& path) {
  Attack attack;
  attack.path = path;
  const std::string kit = ReadWhole(AttackFolder() + "kit.py"), first = std::string(kFirstLine) + "\n";
  const std::string text = ReadWhole(AttackFolder() + path);
  if (!text.starts_with(first)) attack.mistake = "the first line is not #!python\n";
  for (std::size_t begin = 0; begin < text.size() && attack.mistake.empty();) {
    const std::size_t next = text.find("\n" + first, begin), end = next == text.npos ? text.size() : next + 1;
    attack.steps.push_back(ReadStep(attack, text.substr(begin, end - begin), kit));
    begin = end;
  }
  if (attack.what.empty()) attack.mistake += "it does not say what it tries\n";
  if (attack.wall.empty()) attack.mistake += "it does not say which wall stops it\n";
  return attack;
}

Step On(Gate32 gate, Step step) {
  if (gate == Gate32::kCall || step.expect_at_fault.empty()) return step;
  step.expect = step.expect_at_fault;
  step.denied.clear();
  step.owner_sees.push_back("signal 11");
  return step;
}

bool Finds(const std::string& expression, const std::string& text) {
  regex_t compiled;
  if (regcomp(&compiled, expression.c_str(), REG_EXTENDED | REG_NEWLINE | REG_NOSUB) != 0) return false;
  const bool found = regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  regfree(&compiled);
  return found;
}

}  // namespace zoobar
