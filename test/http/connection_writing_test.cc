// Large responses and clients that read slowly.
#include <unistd.h>

#include "http/connection_fixture.h"

namespace zoobar {
namespace {

TEST_F(Serving, BackPressureStopsReadingUntilTheClientReads) {
  MakeBig(4 << 20);
  const Fd client = Connect();
  Send(client, Get("/big") + Get("/mine"));
  EXPECT_EQ(owner_.heads.size(), 1u);
  const std::string all = Received(client);
  EXPECT_EQ(CountOf(all, "HTTP/1.1 200"), 2);
  EXPECT_EQ(CountOf(BodyOf(all).substr(0, 4 << 20), "b"), 4 << 20);
  EXPECT_EQ(all.substr(all.size() - 4), "mine");
}

TEST_F(Serving, AClientThatTakesNothingIsClosed) {
  MakeBig(4 << 20);
  const Fd client = Connect();
  Send(client, Get("/big"));
  Pass(Milliseconds(25000));
  EXPECT_EQ(connections_->size(), 1u);
  Pass(Milliseconds(30000));
  EXPECT_EQ(connections_->size(), 0u);
}

TEST_F(Serving, FilesAreSentFromTheirDescriptor) {
  const std::string content(3 << 20, 'f');
  char name[] = "/tmp/zoobar-file-XXXXXX";
  Fd file(mkstemp(name));
  unlink(name);
  ASSERT_EQ(write(file.get(), content.data(), content.size()), static_cast<ssize_t>(content.size()));
  owner_.file = {std::make_shared<const Fd>(std::move(file)), 10, content.size() - 10};
  owner_.big_fields = "Content-Length: " + std::to_string(content.size() - 10) + "\r\n";
  const Fd client = Connect();
  Send(client, Get("/file") + Get("/mine"));
  const std::string all = Received(client);
  EXPECT_EQ(BodyOf(all).substr(0, content.size() - 10), content.substr(10));
  EXPECT_EQ(all.substr(all.size() - 4), "mine");
}

}  // namespace
}  // namespace zoobar
