#include "operator/arguments.h"

#include <algorithm>
#include <cstdlib>

#include "ipc/result.h"

namespace zoobar {

std::string_view CommandOption::key() const {
  const std::size_t comma = name.find(',');
  return comma == name.npos ? name : name.substr(comma + 1);
}

const CommandOption& Arguments::Named(std::string_view name) const {
  const auto found = std::ranges::find(options_, name, [](const CommandOption* each) { return each->key(); });
  if (found == options_.end()) Die("a command asks for {}, which its row in the table of commands does not have", name);
  return **found;
}

bool Arguments::Has(std::string_view name) const { return !All(name).empty(); }

std::string Arguments::Text(std::string_view name) const {
  const std::vector<std::string>& values = All(name);
  return values.empty() ? std::string(Named(name).fallback) : values.back();
}

std::uint64_t Arguments::Number(std::string_view name) const { return std::strtoull(Text(name).c_str(), nullptr, 10); }

double Arguments::Decimal(std::string_view name) const { return std::strtod(Text(name).c_str(), nullptr); }

const std::vector<std::string>& Arguments::All(std::string_view name) const {
  static const std::vector<std::string> kNone;
  const auto found = values_.find(Named(name).key());
  return found == values_.end() ? kNone : found->second;
}

void Arguments::Set(std::string_view name, std::vector<std::string> values) {
  values_[std::string(Named(name).key())] = std::move(values);
}

}  // namespace zoobar
