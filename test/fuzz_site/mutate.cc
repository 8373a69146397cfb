#include "fuzz_site/mutate.h"

#include <fmt/format.h>

#include <algorithm>

#include "fuzz_site/texts.h"

namespace zoobar::fuzz_site {
namespace {

constexpr std::string_view kMethods[] = {"HEAD",    "POST",       "GET",     "PUT",   "DELETE",
                                         "OPTIONS", "TRACE",      "CONNECT", "PATCH", "get",
                                         "PRI",     "G\xc3\x89T", "",        "GET ",  "POSTPOSTPOSTPOSTPOSTPOST"};
constexpr std::string_view kTargets[] = {"*",
                                         "//",
                                         "/%2e%2e/",
                                         "/zoobar/media/../../",
                                         "/zoobar/index.cgi/%00",
                                         "http://evil.example/zoobar/index.cgi/",
                                         "/zoobar/index.cgi/login/",
                                         "evil:80",
                                         "/zoobar/index.cgi//login",
                                         "/%7aoobar/index.cgi/login",
                                         "/zoobar\\media\\x",
                                         "/zoobar/media/%2fetc%2fpasswd",
                                         "/zoobar/media/.",
                                         "?",
                                         "#",
                                         "/\xff"};
constexpr std::string_view kFieldNames[] = {"profile_update",
                                            "profile_try",
                                            "profile_submit",
                                            "program_limits",
                                            "recipient",
                                            "zoobars",
                                            "submission",
                                            "login_username",
                                            "login_password",
                                            "submit_registration",
                                            "nexturl",
                                            "act",
                                            "offer",
                                            "days",
                                            "note",
                                            "user",
                                            "before",
                                            "remove_files",
                                            "end_session",
                                            "delay",
                                            "s",
                                            "",
                                            "zzz"};
constexpr std::string_view kSplices[] = {
    "\r\n", "\r\n\r\n", "\n\n",     "\0",       " ",         ":",    "%", "&", "=", "\r",
    "\n",   "\t",       "HTTP/1.1", "HTTP/9.9", "0\r\n\r\n", "\xff", "/", "?", ";", "GET / HTTP/1.1\r\n"};

// The answer is not known any more: only that it must be one that a site may give.
void Forget(Message& message, bool framed) {
  message.valid = false;
  message.framed = message.framed && framed;
  message.must_hold.clear();
  message.exact_body.clear();
}

std::string InChunks(Random& random, std::string_view body, bool wrong) {
  std::string text;
  while (!body.empty()) {
    const std::string_view piece = body.substr(0, random.Between(1, 1 + body.size() / 2));
    body.remove_prefix(piece.size());
    text += fmt::format("{:x}{}\r\n", piece.size() + (wrong && random.OneIn(4) ? random.Below(9) : 0),
                        random.OneIn(6) ? ";a=\"b\"" : "");
    text.append(piece).append(wrong && random.OneIn(4) ? "\n" : "\r\n");
  }
  text += wrong && random.OneIn(3) ? "0\r\n" : "0\r\n";
  if (random.OneIn(6)) text += "X-Trailer: 1\r\n";
  return text + (wrong && random.OneIn(2) ? "" : "\r\n");
}

std::string Damaged(Random& random, std::string token) {
  switch (random.Below(5)) {
    case 0:
      return token.substr(0, random.Below(token.size() + 1));
    case 1:
      return token + random.Letters(random.Between(1, 60));
    case 2:
      return random.Letters(token.size());
    case 3:
      return "\"" + token + "\"";
    default:
      if (!token.empty()) token[random.Below(token.size())] ^= static_cast<char>(1 << random.Below(7));
      std::erase_if(token, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
      return token;
  }
}

std::vector<std::size_t> Cuts(Random& random, std::size_t size) {
  std::vector<std::size_t> cuts;
  const std::size_t count = random.Between(1, 6);
  for (std::size_t i = 0; i < count; ++i) cuts.push_back(random.Below(size + 1));
  std::sort(cuts.begin(), cuts.end());
  return cuts;
}

void Mutate(Random& random, Message& message, const Members& members) {
  const std::size_t changes = random.Between(1, 3);
  for (std::size_t i = 0; i < changes; ++i) {
    switch (random.Below(10)) {
      case 0:
      case 1:
      case 2:
        MutateFields(random, message);
        break;
      case 3:
      case 4:
        MutateTokens(random, message, members);
        break;
      case 5:
        MutateMethod(random, message);
        break;
      case 6:
        MutateFraming(random, message);
        break;
      default:
        MutateLines(random, message);
    }
  }
}

// Decides how the exchange is delivered.
void Deliver(Random& random, Exchange& exchange) {
  const std::size_t way = random.Below(100);
  if (way < 10) {
    exchange.delivery = Delivery::kPieces;
    exchange.cuts = Cuts(random, exchange.bytes.size());
  } else if (way < (exchange.framed ? 13 : 70)) {
    exchange.delivery = Delivery::kHalfClose;
  } else if (way < (exchange.framed ? 15 : 74)) {
    exchange.delivery = Delivery::kCutOff;
    exchange.bytes.resize(random.Below(exchange.bytes.size() + 1));
    exchange.resets = random.OneIn(2);
  } else if (way < (exchange.framed ? 17 : 77)) {
    exchange.delivery = Delivery::kUnread;
    exchange.resets = random.OneIn(2);
  }
}

}  // namespace

void MutateFields(Random& random, Message& message) {
  Form& form = message.has_form && (message.query.empty() || random.OneIn(4)) ? message.form : message.query;
  Forget(message, true);
  const std::size_t at = random.Below(form.size());
  switch (random.Below(7)) {
    case 0:
      if (!form.empty()) form.erase(form.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 1:
      if (!form.empty()) form.push_back(form[at]);
      break;
    case 2:
      for (std::size_t i = random.OneIn(10) ? 80 : random.Between(1, 3); i > 0; --i)
        form.emplace_back(random.Pick(kFieldNames), OddValue(random));
      break;
    case 3:
      if (!form.empty()) form[at].first = random.Pick(kFieldNames);
      break;
    case 4:
      if (!form.empty() && !form[at].second.empty()) MutateBytes(random, form[at].second);
      break;
    default:
      if (!form.empty()) form[at].second = OddValue(random);
  }
}

void MutateTokens(Random& random, Message& message, const Members& members) {
  Forget(message, true);
  const std::size_t other = random.Below(Members::kCount);
  std::vector<Token> tokens;
  if (random.OneIn(2)) {
    tokens = members.Tokens(other);
  } else {
    tokens = {members.OldSession(other)};
  }
  message.speaks_for |= std::uint64_t{1} << other;
  const std::size_t way = random.Below(6);
  if (way == 0) {
    for (const Token& own : message.tokens) tokens.push_back(own);
  } else if (way == 1) {
    std::swap(tokens.front().symbol, tokens.back().symbol);
  } else if (way < 5) {
    Token& token = random.OneIn(3) ? tokens.back() : tokens.front();
    token.value = Damaged(random, token.value);
    if (random.OneIn(4)) token.symbol = "claim";
  }
  message.cookie = CookieOf(tokens);
  if (random.OneIn(8)) message.cookie = "a=b; " + message.cookie + "; PyZoobarLogin=" + random.Letters(20);
  message.tokens = std::move(tokens);
}

void MutateMethod(Random& random, Message& message) {
  // A site may read a body by another method's rules, and answers HEAD without a body.
  Forget(message, false);
  switch (random.Below(4)) {
    case 0:
      message.version = random.OneIn(2) ? "HTTP/1.0" : random.OneIn(2) ? "HTTP/2.0" : "http/1.1 ";
      break;
    case 1:
      message.path = std::string(random.Pick(kTargets)) + (random.OneIn(2) ? message.path : "");
      break;
    default:
      message.method = random.Pick(kMethods);
  }
}

void MutateLines(Random& random, Message& message) {
  auto& lines = message.fields;
  const auto insert = [&](std::pair<std::string, std::string> line) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(random.Below(lines.size() + 1)), std::move(line));
  };
  switch (random.Below(8)) {
    case 0:
      Forget(message, false);
      insert(HarmfulLine(random));
      break;
    case 1:
      Forget(message, false);
      if (!lines.empty()) lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(random.Below(lines.size())));
      break;
    case 2:
      Forget(message, false);
      if (!lines.empty()) lines.push_back(lines[random.Below(lines.size())]);
      break;
    case 3:
      Forget(message, random.OneIn(2));
      for (std::size_t i = message.framed ? random.Between(1, 20) : 120; i > 0; --i) insert(HarmlessLine(random));
      if (message.framed) message.framed = lines.size() < 40;
      break;
    default:
      Forget(message, true);
      insert(HarmlessLine(random));
  }
}

void MutateFraming(Random& random, Message& message) {
  if (!message.has_form) {  // a body with a page that expects none
    message.has_form = true;
    message.form = {{"zoobars", OddValue(random)}};
  }
  const bool wrong = random.OneIn(2);
  Forget(message, !wrong);
  if (random.OneIn(3)) message.fields.emplace_back("Expect", "100-continue");
  if (random.OneIn(4) && wrong) {
    message.fields.push_back(HarmfulLine(random));
    return;
  }
  message.chunked = InChunks(random, Encode(message.form), wrong);
}

void MutateBytes(Random& random, std::string& bytes) {
  const std::size_t changes = random.OneIn(5) ? random.Between(5, 30) : random.Between(1, 3);
  for (std::size_t i = 0; i < changes && !bytes.empty(); ++i) {
    // Most of a long request is a body, and most faults are in heads.
    const std::size_t at = random.Below(random.OneIn(2) ? bytes.size() : std::min<std::size_t>(bytes.size(), 120));
    switch (random.Below(6)) {
      case 0:
        bytes[at] = random.Byte();
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.Below(8)));
        break;
      case 2:
        bytes.erase(at, random.Between(1, 8));
        break;
      case 3:
        bytes.insert(at, bytes.substr(random.Below(bytes.size()), random.Between(1, 40)));
        break;
      default:
        bytes.insert(at, random.Pick(kSplices));
    }
  }
}

Exchange Plain(Message message) {
  Exchange exchange;
  exchange.bytes = Compose(message);
  exchange.framed = message.framed;
  exchange.messages.push_back(std::move(message));
  return exchange;
}

Exchange Plan(Random& random, const Grammar& grammar, const Members& members, std::size_t member, std::size_t client) {
  Exchange exchange;
  const std::size_t count = random.OneIn(8) ? random.Between(2, 6) : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t sender = random.OneIn(8) ? Members::kNobody : member;
    Message message = grammar.Request(random, sender, client);
    if (random.Percent(45)) Mutate(random, message, members);
    exchange.framed = exchange.framed && message.framed;
    exchange.bytes += Compose(message);
    exchange.messages.push_back(std::move(message));
  }
  if (random.Percent(12)) {
    MutateBytes(random, exchange.bytes);
    exchange.framed = false;
  }
  Deliver(random, exchange);
  return exchange;
}

}  // namespace zoobar::fuzz_site
