// Reads markup by a grammar that is much narrower than that of HTML or XML: text without raw angle brackets, tags in
// one spelling, quoted values, few character references, and tags that are closed in order. Every parser reads what
// follows this grammar in the same way. It shares no code with what is tested.
#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zoobar {

struct MarkupToken {
  enum Kind { kText, kStart, kEnd };
  Kind kind;
  std::string text;                                                  // decoded; of a tag: its name
  std::vector<std::pair<std::string, std::string>> attributes = {};  // decoded

  const std::string* Value(std::string_view name) const {
    for (const auto& [known, value] : attributes) {
      if (known == name) return &value;
    }
    return nullptr;
  }
};

struct MarkupRules {
  std::set<std::string, std::less<>> voids;  // elements without an end tag
  bool bare_attributes = false;              // an attribute may stand without a value
  bool controls = false;                     // text may hold control characters
};

class Markup {
 public:
  Markup(std::string_view text, const MarkupRules& rules) : rules_(rules), rest_(text) {
    while (fault_.empty() && !rest_.empty()) {
      if (rest_.front() == '<') {
        Tag();
      } else {
        const std::string_view piece = rest_.substr(0, rest_.find('<'));
        rest_.remove_prefix(piece.size());
        tokens_.push_back({MarkupToken::kText, Decoded(piece)});
      }
    }
    if (fault_.empty() && !open_.empty()) Fail("unclosed " + open_.back());
  }

  // Empty if the text follows the grammar; else what does not follow it, and where.
  const std::string& fault() const { return fault_; }
  const std::vector<MarkupToken>& tokens() const { return tokens_; }
  std::size_t depth() const { return depth_; }

 private:
  void Fail(std::string what) {
    if (fault_.empty()) fault_ = what + " before: " + std::string(rest_.substr(0, 60));
  }

  std::string Decoded(std::string_view text) {
    static constexpr std::pair<std::string_view, char> kReferences[] = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}, {"&#96;", '`'}};
    std::string decoded;
    while (!text.empty()) {
      std::size_t length = 1;
      char meant = text[0];
      const auto code = static_cast<unsigned char>(meant);
      if (!rules_.controls && ((code < 0x20 && code != '\n' && code != '\t') || code == 0x7f))
        Fail("control character");
      if (meant == '<' || meant == '>') Fail("raw angle bracket");
      if (meant == '&') {
        length = 0;
        for (const auto& [reference, stands_for] : kReferences) {
          if (text.starts_with(reference)) {
            length = reference.size();
            meant = stands_for;
          }
        }
        if (length == 0) {
          Fail("unknown reference " + std::string(text.substr(0, 10)));
          return decoded;
        }
      }
      decoded += meant;
      text.remove_prefix(length);
    }
    return decoded;
  }

  static std::string Name(std::string_view& text) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    std::size_t end = 0;
    while (end < text.size() &&
           (letter(text[end]) || (end > 0 && ((text[end] >= '0' && text[end] <= '9') || text[end] == '-'))))
      ++end;
    std::string name(text.substr(0, end));
    text.remove_prefix(end);
    return name;
  }

  void Tag() {
    const std::size_t end = rest_.find('>');
    if (end == rest_.npos) return Fail("unfinished tag");
    std::string_view tag = rest_.substr(1, end - 1);
    if (tag.starts_with('/')) {
      if (open_.empty() || open_.back() != tag.substr(1)) return Fail("end tag out of order");
      tokens_.push_back({MarkupToken::kEnd, open_.back()});
      open_.pop_back();
    } else {
      MarkupToken token{MarkupToken::kStart, Name(tag)};
      if (token.text.empty()) return Fail("no name");
      while (!tag.empty()) {
        if (!Attribute(tag, token)) return Fail("attribute");
      }
      if (!rules_.voids.contains(token.text)) open_.push_back(token.text);
      if (open_.size() > depth_) depth_ = open_.size();
      tokens_.push_back(std::move(token));
    }
    rest_.remove_prefix(end + 1);
  }

  bool Attribute(std::string_view& tag, MarkupToken& token) {
    if (!tag.starts_with(' ')) return false;
    tag.remove_prefix(1);
    std::string name = Name(tag), value;
    if (name.empty() || token.Value(name)) return false;
    if (tag.starts_with("=\"")) {
      tag.remove_prefix(2);
      const std::size_t quote = tag.find('"');
      if (quote == tag.npos) return false;
      value = Decoded(tag.substr(0, quote));
      tag.remove_prefix(quote + 1);
    } else if (!rules_.bare_attributes) {
      return false;
    }
    token.attributes.emplace_back(std::move(name), std::move(value));
    return true;
  }

  const MarkupRules& rules_;
  std::string_view rest_;
  std::string fault_;
  std::vector<std::string> open_;
  std::vector<MarkupToken> tokens_;
  std::size_t depth_ = 0;
};

}  // namespace zoobar
