#include "config/config.h"

#include <gmock/gmock.h>

#include "config/source.h"
#include "site/rows.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

// The error when this piece is merged over an empty file. Empty when there is none.
std::string Refused(const std::string& set) {
  ConfigSources sources;
  sources.file = "/nowhere/config/zoobar.textproto";
  sources.sets = {set};
  const Result<Config> config = CompleteConfig(sources);
  return config.ok() ? "" : config.error().text;
}

TEST(Config, NumbersOutOfBoundsAreRefusedWithTheirPlace) {
  const struct {
    const char* field;
    std::uint64_t least, greatest;
  } bounds[] = {
      {"max_source_bytes", 1, 65536},   {"timeout_ms", 100, 60000},    {"files_bytes", 4096, 3145728},
      {"files_inodes", 1, 1024},        {"output_bytes", 1024, 65536}, {"memory_bytes", 8388608, 4294967295},
      {"api_calls_per_run", 1, 100000}, {"parallel_runs", 1, 64},      {"waiting_visits", 1, 10000},
  };
  for (const auto& bound : bounds) {
    const auto with = [&](std::uint64_t value) {
      return Refused(fmt::format("profile {{\n  {}: {} }}", bound.field, value));
    };
    EXPECT_EQ(with(bound.least), "") << bound.field;
    EXPECT_EQ(with(bound.greatest), "") << bound.field;
    const std::string expected =
        fmt::format("--set:2:3: {} must be {} to {}", bound.field, bound.least, bound.greatest);
    EXPECT_EQ(with(bound.least - 1), expected);
    if (bound.greatest == 4294967295) continue;  // a uint32 cannot hold a greater number
    EXPECT_EQ(with(bound.greatest + 1), expected);
  }
}

TEST(Config, NamesOfModulesThatCouldBePathsAreRefusedWithTheirPlace) {
  EXPECT_EQ(Refused("profile { packages: \"numpy\" packages: \"PIL\" packages: \"_x1\" }"), "");
  for (const char* name :
       {"", "../x", "/etc", "a/b", ".", "..", "numpy.py", "a b", "1a", "a-b", "a\\000b", "\\303\\251"}) {
    EXPECT_THAT(Refused(fmt::format("profile {{ packages: \"numpy\"\n  packages: \"{}\" }}", name)),
                testing::StartsWith("--set:2:3: packages: \""))
        << name;
  }
  EXPECT_THAT(Refused("profile { packages: \"" + std::string(65, 'a') + "\" }"),
              HasSubstr("is not the name of a module"));
  std::string many = "profile {";
  for (int i = 0; i < 65; ++i) many += " packages: \"numpy\"";
  EXPECT_THAT(Refused(many + " }"), HasSubstr("packages: at most 64 modules"));
}

TEST(Config, AReservedNameIsAName) {
  EXPECT_EQ(Refused("auth { reserved_names: \"the dean\" reserved_names: \"\xc3\xa9\" }"), "");
  for (const std::string& name : {std::string(), std::string("a\\tb"), std::string(129, 'x')}) {
    EXPECT_EQ(Refused(fmt::format("auth {{ reserved_names: \"dean\"\n  reserved_names: \"{}\" }}", name)),
              "--set:2:3: reserved_names: a name has 1 to 128 bytes of UTF-8 and no control characters");
  }
}

TEST(Config, ListenersThatCouldNotWorkAreRefusedWithTheirPlace) {
  const std::string listen = "listen { address: \"127.0.0.1\" port: 0 ";
  EXPECT_EQ(Refused(listen + "redirect_to_https: true https_port: 8443 }"), "");
  EXPECT_THAT(Refused(listen + "tls: true\n  redirect_to_https: true }"),
              testing::StartsWith("--set:2:3: listen: redirect_to_https"));
  EXPECT_EQ(Refused(listen + "\n  https_port: 0 }"), "--set:2:3: listen: https_port is 1 to 65535");
  EXPECT_EQ(Refused(listen + "\n  https_port: 65536 }"), "--set:2:3: listen: https_port is 1 to 65535");
  EXPECT_THAT(Refused(listen + "proxy_protocol: true }"), HasSubstr("proxy_protocol needs trusted_proxies"));
  EXPECT_EQ(Refused(listen + "proxy_protocol: true } trusted_proxies: \"10.0.0.1\""), "");
}

// Roles read these too, and end if they cannot.
TEST(Config, ProxiesAndRoutesThatNoRoleCouldReadAreRefusedWithTheirPlace) {
  EXPECT_EQ(Refused("trusted_proxies: \"10.0.0.0/8\" trusted_proxies: \"fd00::/8\""), "");
  EXPECT_EQ(Refused("trusted_proxies: \"10.0.0.1\"\ntrusted_proxies: \"proxy.example\""),
            "--set:2:1: trusted_proxies: 'proxy.example' is neither an address nor a block");
  EXPECT_THAT(Refused("trusted_proxies: \"10.0.0.0/33\""), HasSubstr("neither an address nor a block"));
  EXPECT_EQ(Refused("role { name: \"app\" uid: 61012 gid: 61012 route: \"/zoobar/\" }"), "");
  EXPECT_EQ(Refused("role { name: \"bank\" uid: 61015 gid: 61015\n  route: \"/bank/\" }"),
            "--set:2:3: role \"bank\" serves no pages, so it can have no route");
}

// It goes to each role in one message (site/control.h).
TEST(Config, MoreThanARoleCanBeSentIsRefused) {
  const auto with = [](std::size_t tasks) {
    std::string text = "tasks {";
    for (std::size_t i = 0; i < tasks; ++i) {
      text += fmt::format(
          "\n task {{ id: \"t{}\" title: \"T\" text: \"{}\" points: 1 done {{ role: \"auth\" event: \"entered\" "
          "member: "
          "\"name\" }} }}",
          i, std::string(4000, 'x'));
    }
    return Refused(text + " }");
  };
  EXPECT_EQ(with(20), "");
  EXPECT_THAT(with(40), testing::MatchesRegex(".*: everything together has 16[0-9]+ bytes, at most 114688; .*"));
}

TEST(Config, AnEmptyPathAndOneWithAZeroByteAreRefusedWithTheirPlace) {
  for (const char* field : {"state_dir", "web_root"}) {
    for (const char* path : {"", "/srv\\000/x"}) {
      EXPECT_EQ(Refused(fmt::format("log_level: info\n{}: \"{}\"", field, path)),
                fmt::format("--set:2:1: {}: a path is not empty and has no zero byte", field));
    }
  }
}

TEST(Config, PasskeysNeedOriginsAsBrowsersWriteThem) {
  EXPECT_EQ(Refused("auth { passkeys { origin: \"https://bank.example\" origin: \"https://bank.example:8443\" } }"),
            "");
  EXPECT_EQ(
      Refused("auth {\n passkeys { origin: \"https://bank.example\" origin: \"https://bank.example/\" } }"),
      "--set:2:44: passkeys: \"https://bank.example/\" is not \"https://HOST\" or \"https://HOST:PORT\" with HOST in "
      "lower case");
  EXPECT_THAT(Refused("auth { passkeys { origin: \"https://127.0.0.1\" } }"), HasSubstr("is not \"https://HOST\""));
  EXPECT_THAT(Refused("auth { passkeys { origin: \"http://bank.example\" } }"), HasSubstr("is not \"https://HOST\""));
  std::string many;
  for (int i = 0; i < 17; ++i) many += "origin: \"https://bank.example\" ";
  EXPECT_THAT(Refused("auth { passkeys { " + many + "} }"), HasSubstr("at most 16 origins"));
}

TEST(Config, ARedirectLeadsToTheFirstListenerWithTls) {
  ConfigSources sources;
  sources.file = "/nowhere/config/zoobar.textproto";
  sources.listens = {"8080,redirect", "0.0.0.0:8443,tls", "8444,tls"};
  Result<Config> config = CompleteConfig(sources);
  ASSERT_TRUE(config.ok()) << config.error().text;
  EXPECT_EQ(config->listen(0).https_port(), 8443u);
  EXPECT_TRUE(config->listen(1).tls());
  sources.listens = {"8080,redirect"};
  config = CompleteConfig(sources);
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->listen(0).https_port(), 443u);
  for (const char* wrong : {"8080,", "8080,x", "8080,tls,x", "8080,tls,redirect", ",tls"}) {
    sources.listens = {wrong};
    EXPECT_FALSE(CompleteConfig(sources).ok()) << wrong;
  }
}

TEST(Config, MoreListenersOrCertificatesThanOneMessageHoldsAreRefused) {
  std::string listeners, certificates;
  for (int i = 0; i < 33; ++i) listeners += fmt::format("listen {{ address: \"127.0.0.1\" port: {} }} ", 20000 + i);
  for (int i = 0; i < 17; ++i) certificates += "tls { certificate: \"a\" key: \"b\" } ";
  EXPECT_THAT(Refused(listeners), HasSubstr("listen: 33 listeners, at most 32"));
  EXPECT_THAT(Refused(certificates), HasSubstr("tls: 17 certificates, at most 16"));
}

TEST(Config, TextThatIsNotUtf8IsRefusedWithItsPlace) {
  EXPECT_EQ(Refused("drain_seconds: 4\nweb_root: \"/\xff\""), "--set:2:13: not UTF-8");
  EXPECT_THAT(Refused("web_root: \"/\\377\""), HasSubstr("zoobar.Config.web_root is not UTF-8")) << "an escape";
}

TEST(Config, AnErrorIsOneLineWhateverItQuotes) {
  for (const char* set : {R"(role { name: "a\nb" })", R"(role { name: "bank" route: "x\033[2J\ny" })",
                          R"(profile { packages: "nu\nmpy" })", R"(listen { address: "1\n2" port: 1 })"}) {
    const std::string error = Refused(set);
    EXPECT_NE(error, "") << set;
    EXPECT_EQ(error.find_first_of("\n\033"), error.npos) << error;
  }
  for (const char* listen : {"a\nb", "127.0.0.1:80,\n", "1\n:1,tls,redirect"}) {
    const Result<Config::Listen> refused = ParseListen(listen);
    ASSERT_FALSE(refused.ok()) << listen;
    EXPECT_EQ(refused.error().text.find('\n'), std::string::npos) << refused.error().text;
  }
}

TEST(Config, EveryBoundOfAProgramIsFilledIn) {
  ConfigSources sources;
  sources.file = "/nowhere/config/zoobar.textproto";
  const Result<Config> config = CompleteConfig(sources);
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->profile().parallel_runs(), 8u);
  EXPECT_EQ(config->profile().waiting_visits(), 256u);
  EXPECT_EQ(RowOf(*config, ROLE_SANDBOX).uid(), 61017u);
}

TEST(Config, SandboxHasOneInstanceAndTheSameUidAndGid) {
  EXPECT_THAT(Refused("role { name: \"sandbox\" uid: 61017 gid: 61017 instances: 2 }"),
              HasSubstr("role \"sandbox\" can have only one instance"));
  EXPECT_THAT(Refused("role { name: \"sandbox\" uid: 61100 gid: 61100 }"), HasSubstr("uid 61100 is outside"))
      << "the ids from id_base + 100 are for runs";
  EXPECT_EQ(Refused("role { name: \"sandbox\" uid: 61017 gid: 61040 }"),
            "--set:1:35: role \"sandbox\": gid 61040 must be the same as its uid, 61017");
}

}  // namespace
}  // namespace zoobar
