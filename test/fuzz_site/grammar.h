// Valid requests: every page with its forms, the files, and the life of a guest from registration to closing.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fuzz_site/members.h"
#include "fuzz_site/message.h"
#include "fuzz_site/random.h"

namespace zoobar::fuzz_site {

class Grammar {
 public:
  // `host`: the value of the line Host. The members must outlive this object.
  Grammar(const Members& members, std::string host) : members_(members), host_(std::move(host)) {}

  // One request of this member, or of a stranger (Members::kNobody), from this client.
  Message Request(Random& random, std::size_t member, std::size_t client) const;
  // A login of the member with the right password.
  Message Login(std::size_t member) const;
  // The requests of a guest from registration on. Those after it hold the symbol and the session of the guest, which
  // the client fills in when it is known (Token::symbol "guest").
  std::vector<Message> Story(Random& random, std::size_t client) const;

  // The beginning of the names of guests of this client.
  static std::string GuestPrefix(std::size_t client) { return "guest-" + std::to_string(client) + "-"; }

 private:
  Message Finish(Message message, Random& random) const;

  const Members& members_;
  const std::string host_;
};

}  // namespace zoobar::fuzz_site
