// How the dispatcher serves files, and what it remembers of them.
#include "roles/dispatcher/fixture.h"

namespace zoobar {
namespace {

TEST_F(DispatcherRole, FilesAreAskedForOnceAndServedFromMemory) {
  Begin();
  static_.files["/zoobar/media/a.css"] = "body {}";
  for (int i = 0; i < 3; ++i) {
    const std::string answer = Get("/zoobar/media/a.css");
    EXPECT_EQ(StatusOf(answer), 200);
    EXPECT_EQ(BodyOf(answer), "body {}");
    EXPECT_TRUE(Holds(answer, "Content-Type: text/css; charset=utf-8\r\n"));
    EXPECT_TRUE(Holds(answer, "X-Content-Type-Options: nosniff\r\n"));
    EXPECT_TRUE(Holds(answer, "ETag: \""));
    EXPECT_FALSE(Holds(answer, "Vary"));
  }
  EXPECT_EQ(static_.calls, 1);
  EXPECT_EQ(StatusOf(Get("/zoobar/media/none")), 404);
  EXPECT_EQ(StatusOf(Get("/zoobar/media/none")), 404);
  EXPECT_EQ(static_.calls, 2);
}

TEST_F(DispatcherRole, AChangedFileIsAskedForAnew) {
  Begin();
  static_.files["/favicon.ico"] = "old";
  Get("/favicon.ico");
  EXPECT_EQ(StatusOf(Get("/zoobar/media/later")), 404);
  static_.files["/favicon.ico"] = "new";
  static_.files["/zoobar/media/later"] = "there";
  const auto notify = [&](const std::string& path) {
    const auto from_static = site_.CallAs(ROLE_STATIC, ROLE_DISPATCHER);
    FileChangedRequest change;
    change.set_path(path);
    from_static->Send(change);
    for (int i = 0; i < 4; ++i) site_.loop().RunOnce();
  };
  notify("/favicon.ico");
  EXPECT_EQ(BodyOf(Get("/favicon.ico")), "new");
  EXPECT_EQ(StatusOf(Get("/zoobar/media/later")), 404);
  notify("");
  EXPECT_EQ(BodyOf(Get("/zoobar/media/later")), "there");
}

TEST_F(DispatcherRole, LargeFilesAreSentFromTheirDescriptorAndInParts) {
  Begin();
  std::string content;
  for (int i = 0; i < 200000; ++i) content += std::to_string(i % 10);
  static_.files["/zoobar/media/large"] = content;
  EXPECT_EQ(BodyOf(Get("/zoobar/media/large")), content);
  const std::string part = Get("/zoobar/media/large", "Range: bytes=100000-100009\r\n");
  EXPECT_EQ(StatusOf(part), 206);
  EXPECT_EQ(BodyOf(part), "0123456789");
  EXPECT_TRUE(Holds(part, "Content-Range: bytes 100000-100009/200000\r\n"));
  EXPECT_EQ(static_.calls, 1);
}

TEST_F(DispatcherRole, ConditionsRangesAndHeadAreAnswered) {
  Begin();
  static_.files["/favicon.ico"] = "0123456789";
  const std::string whole = Get("/favicon.ico");
  const std::size_t at = whole.find("ETag: ") + 6;
  const std::string etag = whole.substr(at, whole.find("\r\n", at) - at);
  const std::string same = Get("/favicon.ico", "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(StatusOf(same), 304);
  for (const char* absent : {"Content-Length", "Content-Type", "Content-Encoding", "Last-Modified", "Accept-Ranges"}) {
    EXPECT_FALSE(Holds(same, std::string("\r\n") + absent)) << same;
  }
  EXPECT_TRUE(Holds(same, "ETag: " + etag));
  EXPECT_TRUE(Holds(same, "Cache-Control: public, max-age=300\r\n"));
  EXPECT_TRUE(Holds(same, "Date: "));
  EXPECT_EQ(BodyOf(Get("/favicon.ico", "Range: bytes=2-4\r\n")), "234");
  const std::string past = Get("/favicon.ico", "Range: bytes=20-\r\n");
  EXPECT_EQ(StatusOf(past), 416);
  EXPECT_TRUE(Holds(past, "Content-Range: bytes */10\r\n"));
  const std::string failed = Get("/favicon.ico", "If-Match: \"other\"\r\n");
  EXPECT_EQ(StatusOf(failed), 412);
  for (const std::string& answer : {past, failed}) {
    EXPECT_TRUE(Holds(answer, "Cache-Control: no-store\r\n"));
    EXPECT_FALSE(Holds(answer, "\r\nContent-Type"));
  }
  const Fd client = Connect();
  Send(client, "HEAD /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n");
  std::string head;
  site_.RunUntil([&] { return Arrived(client, &head) || Holds(head, "\r\n\r\n"); });
  EXPECT_TRUE(Holds(head, "Content-Length: 10\r\n"));
  EXPECT_EQ(BodyOf(head), "");
}

TEST_F(DispatcherRole, TheGzVariantGoesToThoseWhoTakeIt) {
  Begin();
  static_.files["/favicon.ico"] = "plain";
  static_.files["/favicon.ico.gz"] = "packed";
  const std::string packed = Get("/favicon.ico", "Accept-Encoding: gzip\r\n"), plain = Get("/favicon.ico");
  EXPECT_EQ(BodyOf(packed), "packed");
  EXPECT_TRUE(Holds(packed, "Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(Holds(packed, "Vary: Accept-Encoding\r\n"));
  EXPECT_EQ(BodyOf(plain), "plain");
  EXPECT_TRUE(Holds(plain, "Vary: Accept-Encoding\r\n"));
  EXPECT_FALSE(Holds(plain, "Content-Encoding"));
  const std::string same = Get("/favicon.ico", "Accept-Encoding: gzip\r\nIf-None-Match: *\r\n");
  EXPECT_EQ(StatusOf(same), 304);
  EXPECT_TRUE(Holds(same, "Vary: Accept-Encoding\r\n"));
  EXPECT_FALSE(Holds(same, "Content-Encoding"));
}

TEST_F(DispatcherRole, OnlyReadOnlyFilesAreTakenFromStatic) {
  Begin();
  static_.files["/favicon.ico"] = "icon";
  static_.flags = O_RDWR;
  EXPECT_EQ(StatusOf(Get("/favicon.ico")), 503);
  EXPECT_EQ(site_.lines.Named("static-file-refused").size(), 1u);
}

TEST_F(DispatcherRole, PostsAreForTheAppAlone) {
  Begin();
  const std::string answer = Ask(Connect(), "POST /favicon.ico HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b");
  EXPECT_EQ(StatusOf(answer), 405);
  EXPECT_TRUE(Holds(answer, "Allow: GET, HEAD\r\n"));
}

TEST_F(DispatcherRole, EveryMethodButGetAndHeadIsToldWhatAFileAllows) {
  Begin();
  static_.files["/favicon.ico"] = "icon";
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"}) {
    const Fd client = Connect();
    for (const char* body : {"", "Content-Length: 3\r\n"}) {
      const std::string request = std::string(method) + " /favicon.ico HTTP/1.1\r\nHost: a\r\n" + body + "\r\n";
      const std::string answer = Ask(client, request + (*body ? "a=b" : ""));
      EXPECT_EQ(StatusOf(answer), 405) << method;
      EXPECT_TRUE(Holds(answer, "\r\nAllow: GET, HEAD\r\n")) << answer;
    }
    EXPECT_EQ(StatusOf(Ask(client, std::string(method) + " /nowhere HTTP/1.1\r\nHost: a\r\n\r\n")), 404) << method;
    Send(client, std::string(method) + " /zoobar/index.cgi HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  UntilHanded(6);  // for a page, app says which methods are allowed
  EXPECT_EQ(static_.calls, 0);
}

TEST_F(DispatcherRole, ManyWhoAskForOneFileAreAnsweredByOneCall) {
  Begin();
  static_.files["/zoobar/media/a.css"] = "body {}";
  static_.hold = true;
  std::vector<Fd> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(Connect(1 + i % 3));
    Send(clients.back(), "GET /zoobar/media/a.css HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  site_.RunUntil([&] { return static_.held.size() == 1 && Count("connections.accepted") == 100; });
  for (int i = 0; i < 20; ++i) site_.loop().RunOnce();
  EXPECT_EQ(static_.calls, 1);
  static_.LetOne();
  for (const Fd& client : clients) EXPECT_EQ(BodyOf(Receive(client)), "body {}");
  EXPECT_EQ(static_.calls, 1);
}

TEST_F(DispatcherRole, WhoAsksAfterAFileChangedGetsNoOlderAnswer) {
  Begin();
  static_.hold = true;
  const Fd early = Connect(), late = Connect();
  Send(early, "GET /zoobar/media/new HTTP/1.1\r\nHost: a\r\n\r\n");
  site_.RunUntil([&] { return static_.held.size() == 1; });
  const auto from_static = site_.CallAs(ROLE_STATIC, ROLE_DISPATCHER);
  FileChangedRequest change;
  change.set_path("/zoobar/media/new");
  from_static->Send(change);
  for (int i = 0; i < 10; ++i) site_.loop().RunOnce();
  Send(late, "GET /zoobar/media/new HTTP/1.1\r\nHost: a\r\n\r\n");
  site_.RunUntil([&] { return Count("connections.accepted") == 2; });
  for (int i = 0; i < 10; ++i) site_.loop().RunOnce();
  EXPECT_EQ(static_.calls, 1);
  static_.LetOne();
  EXPECT_EQ(StatusOf(Receive(early)), 404);
  static_.files["/zoobar/media/new"] = "there";
  site_.RunUntil([&] { return static_.held.size() == 1; });
  static_.hold = false;
  static_.LetOne();
  EXPECT_EQ(BodyOf(Receive(late)), "there");
}

TEST_F(DispatcherRole, WhatStaticCannotTellIsToldToAllWhoWaitAndNotRemembered) {
  Begin();
  static_.files["/zoobar/media/a.css"] = "body {}";
  static_.hold = static_.unavailable = true;
  std::vector<Fd> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(Connect());
    Send(clients.back(), "GET /zoobar/media/a.css HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  site_.RunUntil([&] { return static_.held.size() == 1 && Count("connections.accepted") == 10; });
  for (int i = 0; i < 20; ++i) site_.loop().RunOnce();
  static_.LetOne();
  static_.hold = false;
  for (const Fd& client : clients) {
    const std::string answer = Receive(client);
    EXPECT_EQ(StatusOf(answer), 503);
    EXPECT_TRUE(Holds(answer, "Retry-After: 1\r\n"));
    EXPECT_TRUE(Holds(answer, "Cache-Control: no-store\r\n"));
  }
  EXPECT_EQ(Count("files.missing"), 0);
  EXPECT_EQ(site_.lines.Named("files-unavailable").size(), 1u);
  EXPECT_TRUE(site_.lines.Named("static-file-refused").empty());
  static_.unavailable = false;
  EXPECT_EQ(BodyOf(Get("/zoobar/media/a.css")), "body {}");
}

TEST_F(DispatcherRole, OneAddressThatAsksForManyFilesDelaysNoOthers) {
  Begin(64 * 64);
  static_.files["/zoobar/media/a.css"] = "body {}";
  static_.hold = true;
  std::vector<Fd> flood;
  for (int i = 0; i < 200; ++i) {
    flood.push_back(Connect(2));
    Send(flood.back(), "GET /zoobar/media/none" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  site_.RunUntil([&] { return Count("queue.files.waiting") > 150; });
  const std::size_t at_static = static_.asked.size();
  const Fd honest = Connect(1);
  Send(honest, "GET /zoobar/media/a.css HTTP/1.1\r\nHost: a\r\n\r\n");
  // A turn is left for other addresses, or they get the next one that is free.
  site_.RunUntil([&] { return static_.asked.size() > at_static; });
  EXPECT_EQ(static_.asked.back(), "/zoobar/media/a.css");
  static_.hold = false;
  while (!static_.held.empty()) static_.LetOne();
  EXPECT_EQ(BodyOf(Receive(honest)), "body {}");
  for (const Fd& client : flood) EXPECT_EQ(StatusOf(Receive(client)), 404);
}

TEST_F(DispatcherRole, AFileNobodyWaitsForAnyMoreIsNotAskedFor) {
  Begin(127);  // one turn at static, and room for more than one connection
  static_.hold = true;
  const Fd first = Connect();
  Send(first, "GET /zoobar/media/first HTTP/1.1\r\nHost: a\r\n\r\n");
  site_.RunUntil([&] { return static_.held.size() == 1; });
  Fd second = Connect();
  Send(second, "GET /zoobar/media/second HTTP/1.1\r\nHost: a\r\n\r\n");
  site_.RunUntil([&] { return Count("queue.files.waiting") == 1; });
  const linger now{1, 0};
  setsockopt(second.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  second.Close();
  site_.RunUntil([&] { return Count("connections") == 1; });
  static_.hold = false;
  static_.LetOne();
  EXPECT_EQ(StatusOf(Receive(first)), 404);
  site_.RunUntil([&] { return Count("queue.files.waiting") == 0; });
  EXPECT_EQ(static_.asked, std::vector<std::string>{"/zoobar/media/first"});
}

TEST_F(DispatcherRole, PathsThatDoNotExistPushOutNoFile) {
  Begin();
  static_.files["/zoobar/media/a.css"] = "body {}";
  Get("/zoobar/media/a.css");
  const Fd client = Connect(2);
  for (std::size_t i = 0; i < StaticCache::kEntries + 100; ++i) {
    Ask(client, "GET /zoobar/media/none" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  EXPECT_EQ(Count("files.missing"), static_cast<std::int64_t>(StaticCache::kEntries));
  const int calls = static_.calls;
  EXPECT_EQ(BodyOf(Get("/zoobar/media/a.css")), "body {}");
  EXPECT_EQ(static_.calls, calls);
}

TEST(PathsThatAreMissing, AreSharedByWhoAskedForThem) {
  MissingPaths missing(10);
  missing.Add("/honest", "h");
  for (int i = 0; i < 100; ++i) missing.Add("/flood" + std::to_string(i), "f");
  EXPECT_EQ(missing.size(), 10u);
  EXPECT_TRUE(missing.Has("/honest"));
  EXPECT_TRUE(missing.Has("/flood99"));
  EXPECT_FALSE(missing.Has("/flood0"));
  for (int i = 0; i < 4; ++i) missing.Add("/new" + std::to_string(i), "n");
  EXPECT_TRUE(missing.Has("/new0"));
  EXPECT_TRUE(missing.Has("/honest"));
  EXPECT_EQ(missing.size(), 10u);
  missing.Remove("/honest");
  missing.Remove("/honest");
  EXPECT_FALSE(missing.Has("/honest"));
  EXPECT_EQ(missing.size(), 9u);
  missing.Clear();
  EXPECT_EQ(missing.size(), 0u);
}

}  // namespace
}  // namespace zoobar
