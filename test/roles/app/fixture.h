// What the tests of app and login share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "roles/app/world.h"

namespace zoobar {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

inline bool Matches(const std::string& text, const std::string& pattern) {
  return std::regex_search(text, std::regex(pattern));
}

// Sends many strange values in each field of these forms, alone and together. Whatever a client puts into a field, the
// form's page accepts or refuses it. The answer is never "A part of this site is being restarted" (503, with a warning in
// the log).
using Forms = std::vector<std::pair<std::string, std::vector<std::string>>>;
template <typename World>
void SendRubbish(World& world, const Forms& forms, const std::string& cookie) {
  const std::vector<std::string> values = {"",
                                           "zz",
                                           "0",
                                           "-1",
                                           "%ff%fe",
                                           "%00",
                                           "%0d%0a",
                                           "99999999999999999999",
                                           "%f0%9f%a6%93",
                                           std::string(5000, 'a'),
                                           "656c",
                                           "..%2f..%2f",
                                           "%3cb%3e"};
  for (const auto& [page, fields] : forms) {
    for (const std::string& field : fields) {
      for (const std::string& value : values) {
        // Once alone, and once with the same value in all other fields.
        std::string all = field + "=" + value;
        const std::string alone = all;
        for (const std::string& other : fields) {
          if (other != field) all += "&" + other + "=" + value;
        }
        for (const std::string& form : {alone, all}) {
          world.sessions.insert("sessionalice");
          const std::string answer = world.Post(page, form, cookie);
          EXPECT_FALSE(Matches(answer.substr(0, 12), "HTTP/1.1 5..")) << page << " " << form.substr(0, 100);
        }
      }
    }
  }
  EXPECT_TRUE(world.site.lines.Named("page-unavailable").empty());
}

template <typename World>
class PageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    world.AddMember("alice");
    world.AddMember("bob");
  }
  // The methods that a page allows, from the answer to one that it does not.
  std::string Allowed(const std::string& method, const std::string& page) {
    const std::string answer =
        world.Ask(method + " /zoobar/index.cgi" + page + " HTTP/1.1\r\nHost: zoobar\r\n" + alice + "\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method << page;
    const std::size_t at = answer.find("\r\nAllow: ");
    return at == std::string::npos ? "" : answer.substr(at + 9, answer.find("\r\n", at + 9) - at - 9);
  }
  World world;
  const std::string alice = World::CookieOf("alice");
};

using AppTest = PageTest<AppWorld>;
using LoginTest = PageTest<LoginWorld>;

}  // namespace zoobar
