// Member ids for tests, and how a stand-in for bank finds members.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "bank.pb.h"
#include "site/ticket.h"

namespace zoobar {

// A member id that begins with the name.
inline std::string Member(std::string_view name) {
  std::string id(name);
  id.resize(kMemberIdSize, '.');
  return id;
}

// What bank answers to Find if its accounts have these names and balances.
inline FindReply FoundAmong(const std::map<std::string, std::int64_t>& balances, const FindRequest& request) {
  FindReply reply;
  for (const std::string& name : request.names()) {
    FindReply::Found& found = *reply.add_found();
    const auto account = balances.find(name);
    if (account == balances.end()) continue;
    found.set_member(Member(name));
    found.set_zoobars(account->second);
  }
  return reply;
}

}  // namespace zoobar
