#include "attacks/logged.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace zoobar {
namespace {

// The first bytes of the BLAKE2b hash of the text: so the log names a program.
std::string ProgramName(const std::string& source) {
  unsigned char hash[32];
  char text[17];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(source.data()), source.size(), nullptr,
                     0);
  return sodium_bin2hex(text, sizeof text, hash, 8);
}

}  // namespace

bool Logged::IsAsTold(const Step& step) const {
  const auto is_told = [&](const auto& each) {
    return std::ranges::any_of(step.denied, [&](const Denial& told) { return told.Is(each.first, each.second); });
  };
  const auto is_logged = [&](const Denial& told) {
    return told.may_be ||
           std::ranges::any_of(denied, [&](const auto& each) { return told.Is(each.first, each.second); });
  };
  return std::ranges::all_of(denied, is_told) && std::ranges::all_of(step.denied, is_logged) &&
         ended == (step.expect == "stopped");
}

Logged LoggedOf(const LiveSite& site, const std::string& owner, const std::string& source) {
  const std::string program = ProgramName(source);
  Logged logged;
  std::istringstream lines(site.Log("security"));
  for (std::string line; std::getline(lines, line);) {
    google::protobuf::Struct entry;
    if (!google::protobuf::util::JsonStringToMessage(line, &entry).ok()) {
      ADD_FAILURE() << "the security log has a line that is not JSON: " << line;
      continue;
    }
    const std::string& event = entry.fields().at("event").string_value();
    if (event != "program-denied" && event != "program-ended") continue;
    const auto& fields = entry.fields().at("fields").struct_value().fields();
    if (fields.at("owner").string_value() != owner || fields.at("program").string_value() != program) continue;
    logged.visitors.insert(fields.at("visitor").string_value());
    if (event == "program-ended") {
      logged.ended = true;
      continue;
    }
    std::string call = fields.at("call").string_value();
    std::replace(call.begin(), call.end(), ' ', '_');
    logged.denied[call] += std::atoi(fields.at("count").string_value().c_str());
  }
  return logged;
}

}  // namespace zoobar
