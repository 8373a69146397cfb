// honeychecker for tests of auth. Keeps in memory what it is told and which questions it was asked.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "honeychecker.pb.h"
#include "ipc/channel.h"

namespace zoobar {

class FakeHoneychecker {
 public:
  FakeHoneychecker() {
    service.Handle(&FakeHoneychecker::Set, this);
    service.Handle(&FakeHoneychecker::Check, this);
  }

  Service service;
  std::map<std::string, std::uint32_t> indexes;  // member id and the draw's name, joined
  std::vector<CheckIndexRequest> asked;
  std::vector<std::size_t> set_sizes;  // of the messages, in bytes
  int alarms = 0;
  bool fails = false;

  Task<Result<Outgoing<SetIndexReply>>> Set(Incoming<SetIndexRequest> call) {
    if (fails) co_return Error{"fails"};
    set_sizes.push_back(call.message.ByteSizeLong());
    indexes[call.message.member() + call.message.words()] = call.message.index();
    co_return SetIndexReply();
  }
  Task<Result<Outgoing<CheckIndexReply>>> Check(Incoming<CheckIndexRequest> call) {
    if (fails) co_return Error{"fails"};
    asked.push_back(call.message);
    const auto found = indexes.find(call.message.member() + call.message.words());
    CheckIndexReply reply;
    reply.set_verdict(found == indexes.end()                  ? CheckIndexReply::VERDICT_UNKNOWN
                      : found->second == call.message.index() ? CheckIndexReply::VERDICT_REAL
                                                              : CheckIndexReply::VERDICT_HONEYWORD);
    if (reply.verdict() == CheckIndexReply::VERDICT_HONEYWORD) ++alarms;
    co_return reply;
  }
};

}  // namespace zoobar
