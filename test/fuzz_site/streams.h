// A client of HTTP/2 over TLS. It opens streams for the requests of the grammar, and sends frames that no client should.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fuzz_site/client.h"
#include "fuzz_site/message.h"
#include "fuzz_site/random.h"
#include "system/http2_client.h"

namespace zoobar::fuzz_site {

class Streams {
 public:
  // `address`: where the site speaks TLS.
  Streams(const Ground& ground, std::string address, std::size_t number);

  // As Client::Run.
  void Run();

 private:
  struct Round {
    std::string bytes;
    std::vector<std::uint32_t> streams;
    std::vector<Message> messages;  // of these streams
    bool clean = true;              // each stream must be answered
  };

  Round Plan(Random& random);
  bool Connect(Random& random);
  void Collect(const Round& round);
  void Judge(const Round& round, std::size_t which);
  void Fault(const std::string& what, const Round& round);

  const Ground& ground_;
  const std::string address_;
  const std::size_t number_;
  std::uint64_t turn_ = 0;
  std::uint32_t next_stream_ = 1;
  Speaker speaker_;
  std::unique_ptr<Http2Client> client_;
};

}  // namespace zoobar::fuzz_site
