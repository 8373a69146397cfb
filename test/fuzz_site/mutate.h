// Changes to valid requests, from single bytes to the way in which they are delivered.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fuzz_site/grammar.h"
#include "fuzz_site/members.h"
#include "fuzz_site/message.h"
#include "fuzz_site/random.h"

namespace zoobar::fuzz_site {

enum class Delivery {
  kWhole,
  kPieces,     // in several writes
  kHalfClose,  // then the client says that it sends no more, and reads
  kCutOff,     // a part of it; then the connection is closed or reset
  kUnread,     // then the connection is closed or reset before the answer is read
};

// What a client sends before it reads, and how.
struct Exchange {
  std::vector<Message> messages;
  std::string bytes;
  std::vector<std::size_t> cuts;  // where one write ends and the next one begins, in order
  Delivery delivery = Delivery::kWhole;
  bool framed = true;   // one answer for each message is expected
  bool resets = false;  // of kCutOff and kUnread: by RST
};

// Changes the fields of the form or the query.
void MutateFields(Random& random, Message& message);
// Uses another member's session, an old one, or a damaged one.
void MutateTokens(Random& random, Message& message, const Members& members);
void MutateMethod(Random& random, Message& message);
// Adds lines that leave the framing as it is, or lines that may not, or damages some.
void MutateLines(Random& random, Message& message);
// Sends the body in chunks, right or wrong; or a head that says something else about the body.
void MutateFraming(Random& random, Message& message);
void MutateBytes(Random& random, std::string& bytes);

// The next exchange of a client that acts for `member`: one request or several in a row, most of them changed.
Exchange Plan(Random& random, const Grammar& grammar, const Members& members, std::size_t member, std::size_t client);
// The exchange that sends this one request as it is.
Exchange Plain(Message message);

}  // namespace zoobar::fuzz_site
