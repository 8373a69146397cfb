// Reads HTML by a grammar that is much narrower than HTML5's, and shares no code with what is tested. It allows text
// without raw angle brackets, tags in one spelling, and start tags that are all closed in order. Every parser reads
// what it accepts in the same way.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace zoobar {

class StrictReader {
 public:
  explicit StrictReader(std::string_view html) : rest_(html) { Read(); }

  // Empty if the text follows the grammar; else what does not follow it, and where.
  const std::string& fault() const { return fault_; }
  const std::set<std::string>& elements() const { return elements_; }
  const std::set<std::string>& attributes() const { return attributes_; }
  const std::vector<std::string>& addresses() const { return addresses_; }  // the values of href and src

 private:
  void Read() {
    while (fault_.empty() && !rest_.empty()) {
      if (rest_.front() == '<') {
        Tag();
      } else if (rest_.front() == '>') {
        Fail("raw '>'");
      } else {
        Text(rest_.substr(0, rest_.find_first_of("<>")));
      }
    }
    if (fault_.empty() && !open_.empty()) Fail("unclosed " + open_.back());
  }

  void Text(std::string_view text) {
    References(text);
    rest_.remove_prefix(text.size());
  }

  // Whether every '&' begins one of the character references that the serialiser writes.
  void References(std::string_view text) {
    for (std::size_t at = text.find('&'); at != text.npos; at = text.find('&', at + 1)) {
      const std::string_view here = text.substr(at);
      const bool known = std::ranges::any_of(std::vector<std::string_view>{"&amp;", "&lt;", "&gt;", "&quot;", "&#96;"},
                                             [&](std::string_view reference) { return here.starts_with(reference); });
      if (!known) Fail("reference");
    }
    for (const char c : text) {
      if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') Fail("control character");
    }
  }

  void Tag() {
    const std::size_t end = rest_.find('>');
    if (end == rest_.npos) return Fail("unfinished tag");
    std::string_view tag = rest_.substr(1, end - 1);
    if (tag.starts_with('/')) {
      if (open_.empty() || open_.back() != tag.substr(1)) return Fail("end tag out of order");
      open_.pop_back();
    } else {
      const std::string name = Name(tag);
      if (name.empty()) return Fail("no name");
      elements_.insert(name);
      while (!tag.empty()) {
        if (!Attribute(tag)) return Fail("attribute");
      }
      static const std::set<std::string> kVoid = {"br", "col", "hr", "img", "wbr"};
      if (!kVoid.contains(name)) open_.push_back(name);
    }
    rest_.remove_prefix(end + 1);
  }

  bool Attribute(std::string_view& tag) {
    if (!tag.starts_with(' ')) return false;
    tag.remove_prefix(1);
    const std::string name = Name(tag);
    if (name.empty() || !tag.starts_with("=\"")) return false;
    tag.remove_prefix(2);
    const std::size_t quote = tag.find('"');
    if (quote == tag.npos) return false;
    const std::string_view value = tag.substr(0, quote);
    References(value);
    if (value.find_first_of("<`") != value.npos) return false;
    attributes_.insert(name);
    if (name == "href" || name == "src") addresses_.emplace_back(value);
    tag.remove_prefix(quote + 1);
    return true;
  }

  static std::string Name(std::string_view& text) {
    std::size_t end = 0;
    while (end < text.size() &&
           ((text[end] >= 'a' && text[end] <= 'z') || (end > 0 && text[end] >= '0' && text[end] <= '9')))
      ++end;
    std::string name(text.substr(0, end));
    text.remove_prefix(end);
    return name;
  }

  void Fail(std::string what) {
    if (fault_.empty()) fault_ = what + " before: " + std::string(rest_.substr(0, 60));
  }

  std::string_view rest_;
  std::string fault_;
  std::vector<std::string> open_;
  std::set<std::string> elements_, attributes_;
  std::vector<std::string> addresses_;
};

}  // namespace zoobar
