// Two members who only use the site as they should, while others do what they like. Their requests must succeed.
#pragma once

#include <cstdint>
#include <string>

#include "live_site/browser.h"

namespace zoobar::fuzz_site {

class Control {
 public:
  Control(const std::string& address, std::uint64_t seed);

  // Registers both. Returns what went wrong; empty: nothing.
  std::string Join();
  // Logs in, looks at the other's program, pays, and compares both balances with what they must be. Returns as above.
  std::string Round();
  std::uint64_t rounds() const { return rounds_; }
  // How often a page came without the program's output.
  std::uint64_t not_shown() const { return not_shown_; }

 private:
  struct Person {
    std::string name;
    Browser browser;
    long zoobars = 0;
  };
  std::string Look(Person& visitor, const Person& owner);
  static std::string Told(const Person& person, const std::string& what, const Answer& answer);

  const std::string password_;
  Person one_, other_;
  std::uint64_t rounds_ = 0, not_shown_ = 0;
};

}  // namespace zoobar::fuzz_site
