// Random frames: whatever a client sends, the connection stays within its bounds, and what it sends are whole frames.
#include <algorithm>
#include <cstdlib>
#include <random>

#include "http2/serving.h"

namespace zoobar {
namespace {

using namespace h2;

class Http2RandomTest : public Http2Serving {
 protected:
  std::uint32_t Pick(std::uint32_t below) {
    return std::uniform_int_distribution<std::uint32_t>(0, below - 1)(random_);
  }
  std::string Bytes(std::size_t most) {
    std::string bytes(Pick(static_cast<std::uint32_t>(most)), '\0');
    for (char& byte : bytes) byte = static_cast<char>(Pick(256));
    return bytes;
  }
  std::string RandomFrame() {
    constexpr const char* kPaths[] = {"/hello", "/later", "/big", "/form", "/forgotten"};
    const std::uint32_t stream = Pick(100) == 0 ? Pick(20) : std::max(1u, next_ - 2 * Pick(6));
    const std::uint32_t kind = Pick(200);
    if (kind < 60) {
      const int flags = static_cast<int>(kEndHeaders | Pick(2));
      return Headers(next_ += 2, RequestFields(Pick(3) ? "GET" : "POST", kPaths[Pick(5)]), flags);
    }
    if (kind < 100) return Data(stream, Bytes(1000), static_cast<int>(Pick(2)));
    if (kind < 120) return Reset(stream, Pick(14));
    if (kind < 150) return WindowUpdate(Pick(3) ? stream : 0, 1 + Pick(100000));
    if (kind < 160) return Pick(2) ? Ping() : Settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, Pick(100000)}});
    if (kind < 165) return Headers(stream, {{"trailer", "x"}});
    if (kind < 166) return Frame(static_cast<int>(Pick(256)), static_cast<int>(Pick(256)), stream, Bytes(64));
    std::string frame = Get(next_ += 2, "/hello");
    if (kind < 168) frame[Pick(static_cast<std::uint32_t>(frame.size()))] = static_cast<char>(Pick(256));
    return frame;
  }

  std::mt19937 random_;
  std::uint32_t next_ = 1;
};

TEST_F(Http2RandomTest, StaysWithinItsBoundsWhateverComes) {
  const char* wanted = std::getenv("ZOOBAR_HTTP2_SEEDS");
  const unsigned seeds = wanted ? static_cast<unsigned>(std::atoi(wanted)) : 300;
  MakeBig(200000);
  int ended = 0, answered = 0;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    random_.seed(seed);
    next_ = 1;
    Restart({});
    std::string bytes = Hello();
    for (int i = 0; i < 6; ++i) bytes += Get(next_ += 2, "/hello");
    for (int i = 0; i < 150 && !connection_->finished(); ++i) {
      bytes += RandomFrame();
      const std::size_t size = Pick(8) ? bytes.size() : Pick(static_cast<std::uint32_t>(bytes.size()));
      connection_->Receive(std::string_view(bytes).substr(0, size));
      bytes.erase(0, size);
      if (Pick(2)) Open();
      if (Pick(3) == 0) Turn();
      if (Pick(3)) Collect(Pick(20000));
      if (Pick(8) == 0 && !owner_.waiting.empty()) {
        owner_.waiting.back().Answer(Response::Text(200, "later"));
        owner_.waiting.pop_back();
      }
      if (Pick(40) == 0) connection_->Sweep(After(Milliseconds(Pick(29000))));  // under write_time
      if (Pick(200) == 0) connection_->Drain();
      ASSERT_LE(connection_->memory(), 1500000u);
      ASSERT_LE(connection_->backends(), shared_->limits.backends);
      ASSERT_LE(connection_->streams(), shared_->limits.streams);
    }
    Collect();
    ASSERT_TRUE(!connection_->finished() || reader_->between_frames());
    ended += connection_->finished();
    answered += static_cast<int>(Frames(kHeaders).size());
    owner_.waiting.clear();
  }
  EXPECT_GT(ended, 0);
  EXPECT_GT(answered, static_cast<int>(seeds));
  connection_.reset();
  EXPECT_EQ(shared_->figures.streams, 0u);
  EXPECT_EQ(shared_->figures.waiting, 0u);
  EXPECT_EQ(shared_->figures.backends, 0u);
}

}  // namespace
}  // namespace zoobar
