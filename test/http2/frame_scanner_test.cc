#include "http2/frame_scanner.h"

#include <gtest/gtest.h>

#include "http2/frames.h"

namespace zoobar {
namespace {

TEST(FrameScannerTest, FindsEveryFrameInAnyPieces) {
  const std::string bytes = h2::Hello() + h2::Get(3, "/") + h2::Data(3, "") + h2::Frame(0xbe, 7, 5, "unknown");
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{8}, std::size_t{10}, bytes.size()}) {
    FrameScanner scanner;
    std::string types;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      const std::string_view piece = std::string_view(bytes).substr(at, step);
      EXPECT_EQ(scanner.Scan(piece,
                             [&types](const FrameScanner::Head& head) {
                               types += std::to_string(head.type) + "/" + std::to_string(head.stream) + " ";
                               return true;
                             }),
                piece.size());
    }
    EXPECT_EQ(types, "4/0 4/0 1/3 0/3 190/5 ");
  }
}

TEST(FrameScannerTest, StopsBehindTheHeadOfAFrame) {
  FrameScanner scanner;
  const std::string bytes = h2::Hello() + h2::Ping() + h2::Ping();
  int pings = 0;
  const std::size_t used = scanner.Scan(bytes, [&pings](const FrameScanner::Head& head) {
    if (head.type == h2::kPing) ++pings;
    return pings == 0;
  });
  EXPECT_EQ(used, h2::Hello().size() + 9);
}

}  // namespace
}  // namespace zoobar
