#include "http/form.h"

#include <algorithm>

#include "http/field_syntax.h"
#include "http/target.h"

namespace zoobar {
namespace {

using std::string_view;

// Decodes one name or value. Returns false for a broken escape and for a byte that should have been encoded. Bytes over
// 0x7f are accepted, because clients may send them unencoded. The code that uses the fields checks their values later.
bool Decode(string_view encoded, Bytes* decoded) {
  decoded->reserve(encoded.size());
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    const char byte = encoded[i];
    if (byte == '+') {
      decoded->push_back(' ');
    } else if (byte == '%') {
      const int high = i + 2 < encoded.size() ? HexValue(encoded[i + 1]) : -1;
      const int low = high >= 0 ? HexValue(encoded[i + 2]) : -1;
      if (low < 0) return false;
      decoded->push_back(static_cast<char>(high << 4 | low));
      i += 2;
    } else if (static_cast<unsigned char>(byte) <= 0x20 || byte == 0x7f) {
      return false;
    } else {
      decoded->push_back(byte);
    }
  }
  return true;
}

}  // namespace

Result<FormFields> FormFields::Parse(string_view encoded) {
  FormFields form;
  while (!encoded.empty()) {
    const std::size_t end = encoded.find('&');
    const string_view pair = encoded.substr(0, end);
    encoded = end == string_view::npos ? string_view() : encoded.substr(end + 1);
    if (pair.empty()) continue;
    if (form.fields_.size() == kMaxFields) return Error::Of("over {} form fields", kMaxFields);
    const std::size_t equals = pair.find('=');
    auto& [name, value] = form.fields_.emplace_back();
    const bool good = Decode(pair.substr(0, equals), &name) &&
                      (equals == string_view::npos || Decode(pair.substr(equals + 1), &value));
    if (!good) return Error::Of("form field {} is not properly encoded", form.fields_.size());
  }
  return form;
}

const std::pair<Bytes, Bytes>* FormFields::Find(string_view name) const {
  const auto found =
      std::find_if(fields_.begin(), fields_.end(), [name](const auto& field) { return View(field.first) == name; });
  return found == fields_.end() ? nullptr : &*found;
}

string_view FormFields::Get(string_view name) const {
  const auto* field = Find(name);
  return field ? View(field->second) : string_view();
}

Bytes FormFields::Take(string_view name) {
  for (auto& [field, value] : fields_) {
    if (View(field) == name) return std::move(value);
  }
  return Bytes();
}

bool HasFormBody(const RequestHead& head) {
  const string_view type = head.Field("content-type").value_or("");
  return EqualsNoCase(TrimBlanks(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded");
}

std::optional<string_view> FindCookie(const RequestHead& head, string_view name) {
  std::size_t looked_at = 0;
  for (std::size_t i = 0; i < head.field_count(); ++i) {
    if (!EqualsNoCase(head.field_name(i), "cookie")) continue;
    string_view rest = head.field_value(i);
    while (!rest.empty() && ++looked_at <= kMaxCookies) {
      const std::size_t end = rest.find(';');
      const string_view pair = TrimBlanks(rest.substr(0, end));
      rest = end == string_view::npos ? string_view() : rest.substr(end + 1);

      const std::size_t equals = pair.find('=');
      if (equals != string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
    }
  }
  return std::nullopt;
}

}  // namespace zoobar
