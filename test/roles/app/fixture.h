// What the tests of app share.
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

class AppTest : public ::testing::Test {
 protected:
  void SetUp() override {
    world.AddMember("alice");
    world.AddMember("bob");
  }
  AppWorld world;
  const std::string alice = AppWorld::CookieOf("alice");
};

}  // namespace zoobar
