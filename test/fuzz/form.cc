// Forms, queries and cookies (src/http/form.h, src/web/rules.h). The input's first line is a query, and it and all
// others are cookies.
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/made_head.h"
#include "fuzz/require.h"
#include "http/field_syntax.h"
#include "http/form.h"
#include "web/rules.h"

namespace zoobar {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

int Digit(char c) {
  const std::size_t at =
      std::string_view("0123456789abcdef").find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// A second decoder. Returns false if the text is not properly encoded.
bool Decode(std::string_view text, std::string* decoded) {
  for (; !text.empty(); text.remove_prefix(1)) {
    const auto byte = static_cast<unsigned char>(text.front());
    if (byte <= ' ' || byte == 0x7f) return false;
    if (byte == '%') {
      if (text.size() < 3 || Digit(text[1]) < 0 || Digit(text[2]) < 0) return false;
      *decoded += static_cast<char>(16 * Digit(text[1]) + Digit(text[2]));
      text.remove_prefix(2);
    } else {
      *decoded += byte == '+' ? ' ' : text.front();
    }
  }
  return true;
}

bool SplitForm(std::string_view text, Pairs* pairs) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto& [name, value] = pairs->emplace_back();
    if (!Decode(pair.substr(0, equals), &name)) return false;
    if (equals < pair.size() && !Decode(pair.substr(equals + 1), &value)) return false;
  }
  return pairs->size() <= FormFields::kMaxFields;
}

std::string EncodeAll(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    encoded += '%';
    encoded += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    encoded += "0123456789ABCDEF"[static_cast<unsigned char>(c) & 15];
  }
  return encoded;
}

void CheckForm(std::string_view text) {
  Result<FormFields> form = FormFields::Parse(text);
  Pairs pairs;
  const bool good = SplitForm(text, &pairs);
  Require(form.ok() == good, "both decoders accept the same forms");
  if (!good) return Require(!form.error().text.empty(), "an error says why");
  Require(form->size() == pairs.size(), "no field is lost");
  std::string again;
  for (std::size_t i = pairs.size(); i-- > 0;) {  // from the end, so that the first of a name is looked at last
    const auto& [name, value] = pairs[i];
    std::string_view first;
    for (std::size_t j = pairs.size(); j-- > 0;) first = pairs[j].first == name ? pairs[j].second : first;
    Require(form->Has(name) && form->Get(name) == first, "the first field of a name counts");
    again = EncodeAll(name) + "=" + EncodeAll(value) + "&" + again;
  }
  Result<FormFields> same = FormFields::Parse(again);
  Require(same.ok(), "a form that is encoded once more is read");
  for (const auto& [name, value] : pairs) {
    if (name.empty()) continue;
    Require(same->Get(name) == form->Get(name), "with the same values");
  }
  if (pairs.empty()) return;
  const std::string expected(form->Get(pairs[0].first));
  Require(View(form->Take(pairs[0].first)) == expected, "Take gives the value");
}

// Any bytes go through a form, and through the query that leads back to a page.
void CheckRoundTrip(std::string_view bytes) {
  const Result<FormFields> form = FormFields::Parse("a=" + EncodeAll(bytes) + "&b=" + Encoded(bytes));
  Require(form.ok() && form->Get("a") == bytes && form->Get("b") == bytes, "every value can be encoded");
  Require(!form->Has("c") && form->Get("c").empty(), "no other field");
}

void CheckCookies(std::string_view text) {
  std::string fields;
  Pairs cookies;
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    fields.append("Cookie: ").append(line).append("\n");
    for (line = TrimBlanks(line); !line.empty();) {
      const std::size_t end = std::min(line.find(';'), line.size());
      const std::string_view pair = TrimBlanks(line.substr(0, end));
      line.remove_prefix(std::min(end + 1, line.size()));
      const std::size_t equals = pair.find('=');
      cookies.emplace_back(pair.substr(0, equals), equals == pair.npos ? "\n" : pair.substr(equals + 1));
    }
  }
  MadeHead made;
  if (cookies.size() > kMaxCookies || !MakeHead("GET / HTTP/1.1", fields, &made)) return;
  for (const auto& [name, value] : cookies) {
    const std::string* first = nullptr;
    for (std::size_t i = cookies.size(); i-- > 0;) {
      if (cookies[i].first == name && cookies[i].second != "\n") first = &cookies[i].second;
    }
    const auto found = FindCookie(made.head, name);
    Require(found.has_value() == (first != nullptr) && (!found || *found == *first),
            "the first cookie of a name counts");
    if (!found) continue;
    Require(
        found->data() >= made.bytes.data() && found->data() + found->size() <= made.bytes.data() + made.bytes.size(),
        "a cookie points into the head");
    const std::string_view token = TokenOrNothing(*found);
    Require(token.empty() || (token == *found && token.size() <= 64 && Encoded(token) == token), "a token is plain");
  }
  const std::string_view open = FindToken(made.head, kSessionCookie, false);
  Require(open == TokenOrNothing(FindCookie(made.head, kSessionCookie).value_or("")), "the token of the cookie");
  if (fields.find("__Host-") == fields.npos)
    Require(FindToken(made.head, kSessionCookie, true).empty(), "over TLS only a cookie with the prefix counts");
}

void CheckFormBody(std::string_view line) {
  MadeHead made;
  if (!MakeHead("POST / HTTP/1.1", "Content-Type: " + std::string(line) + "\n", &made)) return;
  const std::string_view type = TrimBlanks(line.substr(0, line.find(';')));
  Require(HasFormBody(made.head) == EqualsNoCase(type, "application/x-www-form-urlencoded"), "the type of a form");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  const std::string_view text = InputText(data, size);
  std::string_view rest = text;
  const std::string_view line = TakeLine(rest);
  CheckForm(line);
  CheckForm(text);
  CheckRoundTrip(text);
  CheckCookies(text.substr(0, 1024));
  CheckFormBody(line);
  return 0;
}
