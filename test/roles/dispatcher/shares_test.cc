// How addresses share the connections, and the turns at app.
#include "roles/dispatcher/fixture.h"

namespace zoobar {
namespace {

TEST_F(DispatcherRole, AtItsCapAnAddressGivesUpItsOldestConnectionThatWaits) {
  site_.settings.mutable_http()->set_connections_per_address(2);
  Begin();
  const Fd first = Connect();
  Send(first, "GET / HTT");
  const Fd second = Connect(), other = Connect(2), third = Connect();
  EXPECT_EQ(StatusOf(Ask(third, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), 302);
  EXPECT_EQ(Receive(first), "");
  EXPECT_EQ(StatusOf(Ask(second, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), 302);
  EXPECT_EQ(StatusOf(Ask(other, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), 302);
  EXPECT_EQ(Count("connections"), 3);
  EXPECT_EQ(Count("connections.gave_way"), 1);
}

TEST_F(DispatcherRole, OverTheAddressCapAClientIsToldTheLimit) {
  site_.settings.mutable_http()->set_connections_per_address(2);
  Begin();
  const Fd first = Connect(), second = Connect();
  Send(first, "GET /zoobar/index.cgi/ HTTP/1.1\r\nHost: a\r\n\r\n");
  Send(second, "GET /zoobar/index.cgi/ HTTP/1.1\r\nHost: a\r\n\r\n");
  UntilHanded(2);
  const Fd third = Connect(), other = Connect(2);
  const std::string answer = Receive(third);
  EXPECT_EQ(StatusOf(answer), 503);
  EXPECT_TRUE(Holds(answer, "limit of 2 connections"));
  EXPECT_TRUE(Holds(answer, "Retry-After: 5\r\n"));
  EXPECT_EQ(StatusOf(Ask(other, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), 302);
  EXPECT_EQ(Count("connections"), 3);
  EXPECT_EQ(Count("connections.turned_away"), 1);
}

TEST_F(DispatcherRole, AnAddressHasAQuarterOfAllAndRoomForAClass) {
  EXPECT_EQ(Acceptor::AddressShare(0, 12000), 3000u);
  EXPECT_GE(Acceptor::AddressShare(0, 1000), 60u * 6);
  EXPECT_EQ(Acceptor::AddressShare(0, 100), 100u);
  EXPECT_EQ(Acceptor::AddressShare(7, 12000), 7u);
  EXPECT_EQ(Acceptor::AddressShare(20000, 12000), 12000u);
}

TEST_F(DispatcherRole, WhenAllAreInUseTheAddressWithMostGivesOneUp) {
  site_.settings.mutable_http()->set_connections(6);
  Begin();
  const Fd honest = Connect(1);
  std::vector<Fd> many;
  for (int i = 0; i < 4; ++i) {
    many.push_back(Connect(2));
    Send(many.back(), "GET /");  // the rest is never sent
  }
  const Fd other = Connect(3), late = Connect(4), later = Connect(5);
  for (const Fd* client : {&honest, &other, &late, &later}) {
    EXPECT_EQ(StatusOf(Ask(*client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), 302);
  }
  EXPECT_EQ(Receive(many[0]), "");
  EXPECT_EQ(Receive(many[1]), "");
  EXPECT_EQ(StatusOf(Ask(many[2], " HTTP/1.1\r\nHost: a\r\n\r\n")), 302);
  EXPECT_EQ(Count("connections"), 6);
}

// An address that opens more and more connections loses its own older ones.
TEST_F(DispatcherRole, AnAddressThatHoldsMostTakesNothingFromOthers) {
  site_.settings.mutable_http()->set_connections(4);
  Begin();
  const Fd honest = Connect(1), quiet = Connect(3);
  std::vector<Fd> many;
  for (int i = 0; i < 20; ++i) {
    many.push_back(Connect(2));
    Send(many.back(), "GET /");
    site_.RunUntil([&] { return Count("connections.accepted") == i + 3; });
  }
  EXPECT_EQ(StatusOf(Ask(honest, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), 302);
  EXPECT_EQ(StatusOf(Ask(quiet, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), 302);
  EXPECT_EQ(Count("connections.gave_way"), 18);
}

// app is told to let the connection go; it finishes the response that it has begun, and then closes the connection.
TEST_F(DispatcherRole, AConnectionAtAppGivesWayWithoutLosingItsAnswer) {
  site_.settings.mutable_http()->set_connections(3);
  Begin();
  std::vector<Fd> many;
  for (std::size_t i = 0; i < 3; ++i) {
    many.push_back(Connect(2));
    Send(many.back(), "POST /zoobar/index.cgi/ HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
    UntilHanded(i + 1);
  }
  const Fd honest = Connect(1);
  EXPECT_EQ(StatusOf(Ask(honest, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), 302);
  site_.RunUntil([&] { return !app_.let_go.empty(); });
  EXPECT_EQ(app_.let_go, std::vector<std::uint64_t>{app_.handed[0].number});
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  ASSERT_EQ(send(app_.handed[0].socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(answer.size()));
  EXPECT_EQ(BodyOf(Receive(many[0])), "ok");
  GiveBack(app_.handed[0].number, true);
  for (int i = 0; i < 10; ++i) site_.loop().RunOnce();
  EXPECT_TRUE(site_.errors.empty());
  EXPECT_EQ(Count("connections"), 3);
}

TEST_F(DispatcherRole, ConnectionsThatAreResetGiveTheirPlacesBackAtOnce) {
  site_.settings.mutable_http()->set_connections(64);
  Begin();
  for (int round = 0; round < 4; ++round) {
    std::vector<Fd> clients;
    for (int i = 0; i < 40; ++i) {
      clients.push_back(Connect());
      if (i % 2 == 0) Send(clients.back(), "GET");
    }
    site_.RunUntil([&] { return Count("connections.accepted") == 40 * (round + 1); });
    for (Fd& client : clients) {
      const linger now{1, 0};
      setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
      client.Close();
    }
    const std::int64_t began = MonotonicMicros();
    site_.RunUntil([&] { return Count("connections") == 0; });
    EXPECT_LT(MonotonicMicros() - began, 8'000'000);  // a head may take 10 s
  }
}

TEST_F(DispatcherRole, OverTheCapTheOldestIdleConnectionMakesRoom) {
  site_.settings.mutable_http()->set_connections(2);
  Begin();
  const Fd first = Connect(), second = Connect(), third = Connect();
  EXPECT_EQ(StatusOf(Ask(third, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), 302);
  EXPECT_EQ(Receive(first), "");
  EXPECT_EQ(StatusOf(Ask(second, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), 302);
  EXPECT_EQ(Count("connections"), 2);
}

TEST_F(DispatcherRole, WhenNoneIsIdleANewClientIsToldTheCap) {
  site_.settings.mutable_http()->set_connections(1);
  Begin();
  const Fd busy = Connect();
  Send(busy, "GET /zoobar/index.cgi/ HTTP/1.1\r\nHost: a\r\n\r\n");
  UntilHanded(1);
  const std::string answer = Receive(Connect(2));
  EXPECT_EQ(StatusOf(answer), 503);
  EXPECT_TRUE(Holds(answer, "All 1 connections"));
}

TEST_F(DispatcherRole, DescriptorsAreSharedOutWithinTheirLimit) {
  const DescriptorPlan small = DescriptorPlan::For(12000, 1024), large = DescriptorPlan::For(12000, 16384),
                       tiny = DescriptorPlan::For(12000, 32);
  EXPECT_LT(small.connections + small.files + 2 * small.in_flight + 2 * small.loads, 1024u);
  EXPECT_LE(2 * small.in_flight, 1024u / 4) << "to app and to login together";
  EXPECT_EQ(large.connections, 12000u);
  EXPECT_GE(tiny.connections, 1u);
}

TEST_F(DispatcherRole, AllDispatchersTogetherLetInNoMoreThanAppAndLoginServe) {
  Config& settings = site_.settings;
  Config::RoleConfig& app = *settings.mutable_role(0);
  Config::RoleConfig& dispatcher = *settings.mutable_role(2);
  ASSERT_EQ(app.name() + dispatcher.name(), "appdispatcher");
  EXPECT_EQ(ConnectionsWanted(settings, 65536), 12000u) << "app serves 12544, and no more are configured";
  EXPECT_EQ(ConnectionsWanted(settings, 1024), 784u) << "app may open no more files either";
  dispatcher.set_instances(4);
  EXPECT_EQ(ConnectionsWanted(settings, 65536), 3136u);
  app.set_instances(2);
  EXPECT_EQ(ConnectionsWanted(settings, 65536), 3136u) << "login still has one";
  Config::RoleConfig& login = *settings.mutable_role(3);
  ASSERT_EQ(login.name(), "login");
  login.set_instances(2);
  EXPECT_EQ(ConnectionsWanted(settings, 65536), 6272u);
  app.set_max_open_files(8);
  dispatcher.set_instances(8);
  EXPECT_EQ(ConnectionsWanted(settings, 65536), 1u);
  dispatcher.clear_instances();
  app.set_max_open_files(800);
  EXPECT_EQ(ConnectionsWanted(settings, 65536), 1226u);
  settings.mutable_http()->set_connections(20);
  EXPECT_EQ(ConnectionsWanted(settings, 65536), 20u);
}

TEST_F(DispatcherRole, DescriptorsNotAcknowledgedAreBounded) {
  site_.Connect(ROLE_DISPATCHER, ROLE_APP, app_.service);
  Handover handover(site_, ROLE_APP, 2, 100, {.on_back = {}, .on_unserved = {}, .on_ended = [](const Client&) {}});
  app_.hold = true;
  std::vector<Fd> clients;
  for (std::uint64_t number = 1; number <= 5; ++number) {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    clients.emplace_back(pair[1]);
    Client client;
    client.number = number;
    handover.Send(client, Fd(pair[0]), {});
  }
  UntilHanded(2);
  for (int i = 0; i < 10; ++i) site_.loop().RunOnce();
  EXPECT_EQ(app_.handed.size(), 2u);
  EXPECT_EQ(handover.waiting(), 3u);
  app_.hold = false;
  while (!app_.held.empty()) {
    const auto acknowledged = app_.held.front();
    app_.held.pop_front();
    acknowledged->Set(true);
  }
  UntilHanded(5);
  EXPECT_EQ(handover.size(), 5u);
  for (int i = 0; i < 10; ++i) site_.loop().RunOnce();
}

// A hand-over of at most two connections at a time, to an app that acknowledges one only when the test says so.
class HandoverShares : public DispatcherRole {
 protected:
  void SetUp() override {
    DispatcherRole::SetUp();
    site_.Connect(ROLE_DISPATCHER, ROLE_APP, app_.service);
    app_.hold = true;
    handover_ = std::make_unique<Handover>(
        site_, ROLE_APP, 2, 1000,
        Handover::Events{.on_back = [](Client, Fd, Bytes) {},
                         .on_unserved = [this](Client client, Fd, std::int64_t) { unserved_.push_back(client.number); },
                         .on_ended = [this](const Client& client) { ended_.push_back(client.number); }});
  }
  void TearDown() override {
    app_.hold = false;
    while (!app_.held.empty()) Acknowledge();
    // No task of the hand-over's own is in progress.
    site_.RunUntil([&] { return handover_->queue().figures().running == 0 && handover_->waiting() == 0; });
    handover_.reset();
    DispatcherRole::TearDown();
  }
  // Hands a new connection over, and returns the client's end of it.
  Fd Send(std::uint64_t number, const std::string& address) {
    int pair[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    Client client;
    client.number = number;
    client.asker = *IpAddress::Parse(address);
    handover_->Send(client, Fd(pair[0]), {});
    return Fd(pair[1]);
  }
  void Acknowledge() {
    const auto acknowledged = app_.held.front();
    app_.held.pop_front();
    acknowledged->Set(true);
  }
  bool WasHanded(std::uint64_t number) const {
    return std::any_of(app_.handed.begin(), app_.handed.end(),
                       [number](const FakeApp::Handed& one) { return one.number == number; });
  }

  std::unique_ptr<Handover> handover_;
  std::vector<std::uint64_t> unserved_, ended_;
};

TEST_F(HandoverShares, OneAddressesFloodDoesNotHoldUpAnother) {
  std::vector<Fd> clients;
  for (std::uint64_t number = 1; number <= 200; ++number) clients.push_back(Send(number, "192.0.2.1"));
  UntilHanded(2);
  clients.push_back(Send(201, "192.0.2.2"));
  clients.push_back(Send(202, "2001:db8::1"));
  for (std::size_t turns = 0; turns < 4; ++turns) {
    Acknowledge();
    UntilHanded(3 + turns);
  }
  EXPECT_TRUE(WasHanded(201));
  EXPECT_TRUE(WasHanded(202));
}

TEST_F(HandoverShares, AClientThatLeavesWhileItWaitsIsNotHandedOver) {
  const Fd first = Send(1, "192.0.2.1"), second = Send(2, "192.0.2.1");
  UntilHanded(2);
  Fd leaving = Send(3, "192.0.2.1");
  const Fd staying = Send(4, "192.0.2.1");
  Timer pause(site_.loop());
  bool over = false;
  pause.Start(2 * Handover::kLastWord, [&over] { over = true; });
  site_.RunUntil([&over] { return over; });
  leaving.Close();
  site_.RunUntil([this] { return !ended_.empty(); });  // its place is free before its turn has come
  EXPECT_EQ(ended_, std::vector<std::uint64_t>{3});
  EXPECT_EQ(handover_->size(), 3u);
  Acknowledge();
  UntilHanded(3);
  EXPECT_FALSE(WasHanded(3));
  EXPECT_TRUE(WasHanded(4));
}

// Scripts do this: they send their request, shut down their sending side, and then read the response.
TEST_F(HandoverShares, AClientThatHasEndedItsSendingWithItsRequestIsHandedOver) {
  const Fd first = Send(1, "192.0.2.1"), second = Send(2, "192.0.2.1");
  UntilHanded(2);
  const Fd script = Send(3, "192.0.2.1");
  shutdown(script.get(), SHUT_WR);
  for (int i = 0; i < 10; ++i) site_.loop().RunOnce();
  Acknowledge();
  UntilHanded(3);
  EXPECT_TRUE(WasHanded(3));
  EXPECT_TRUE(ended_.empty());
}

TEST_F(HandoverShares, AConnectionThatWaitsMayBeLetGo) {
  const Fd first = Send(1, "192.0.2.1"), second = Send(2, "192.0.2.1"), third = Send(3, "192.0.2.1");
  UntilHanded(2);
  EXPECT_TRUE(handover_->LetGo(3));
  EXPECT_FALSE(handover_->LetGo(3));
  EXPECT_EQ(ended_, std::vector<std::uint64_t>{3});
  Acknowledge();
  for (int i = 0; i < 10; ++i) site_.loop().RunOnce();
  EXPECT_EQ(app_.handed.size(), 2u);
  EXPECT_EQ(handover_->waiting(), 0u);
}

TEST_F(HandoverShares, WhatWasLetGoIsAppsToGiveBackOnce) {
  app_.hold = true;
  const Fd first = Send(1, "192.0.2.1");
  UntilHanded(1);
  EXPECT_TRUE(handover_->LetGo(1));
  EXPECT_EQ(ended_.size(), 1u);
  for (int i = 0; i < 10; ++i) site_.loop().RunOnce();
  EXPECT_TRUE(app_.let_go.empty()) << "app was told before it acknowledged the connection";
  app_.hold = false;
  app_.held.front()->Set(true);
  app_.held.pop_front();
  site_.RunUntil([&] { return !app_.let_go.empty(); });
  EXPECT_EQ(app_.let_go[0], 1u);
  TakeBackRequest request;
  request.set_connection(1);
  request.set_closed(true);
  EXPECT_FALSE(handover_->TakeBack(1, request, {}));  // another instance of app never had it
  EXPECT_TRUE(handover_->TakeBack(0, request, {}));
  EXPECT_FALSE(handover_->TakeBack(0, request, {}));
  EXPECT_EQ(ended_.size(), 1u);
}

// The list of trusted proxies names whole addresses, but a share belongs to a /64.
TEST(PlacesOfAddresses, AShareKnowsAWholeAddressOfIts) {
  Places places;
  const IpAddress proxy = *IpAddress::Parse("2001:db8::5");
  places.Take(proxy, 1);
  EXPECT_EQ(places.Of(proxy)->peer, proxy);
  EXPECT_EQ(places.HeldBy(*IpAddress::Parse("2001:db8::6")), 1u);
}

TEST(PlacesOfAddresses, AreShownTheLargestFirst) {
  Places places;
  const IpAddress a = *IpAddress::Parse("192.0.2.1"), b = *IpAddress::Parse("2001:db8::1"),
                  same = *IpAddress::Parse("2001:db8::2"), c = *IpAddress::Parse("192.0.2.3");
  places.Take(a, 1);
  places.Take(b, 2);
  places.Take(same, 3);
  for (std::uint64_t number = 4; number < 9; ++number) places.Take(c, number);
  EXPECT_EQ(places.HeldBy(b), 2u);
  const auto sizes = [&](std::size_t more_than, std::size_t at_most = 10) {
    std::vector<std::size_t> found;
    places.LargestFirst(more_than, at_most, [&](const Places::Share& share) {
      found.push_back(share.numbers.size());
      return false;
    });
    return found;
  };
  EXPECT_EQ(sizes(0), (std::vector<std::size_t>{5, 2, 1}));
  EXPECT_EQ(sizes(1), (std::vector<std::size_t>{5, 2}));
  EXPECT_EQ(sizes(0, 1), (std::vector<std::size_t>{5}));
  places.Free(c, 99);  // it was never taken
  for (std::uint64_t number = 4; number < 9; ++number) places.Free(c, number);
  places.Free(b, 3);
  EXPECT_EQ(sizes(0), (std::vector<std::size_t>{1, 1}));
  EXPECT_EQ(places.size(), 2u);
}

}  // namespace
}  // namespace zoobar
