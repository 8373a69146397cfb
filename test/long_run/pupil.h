// One seat of the class: a browser, and the member who sits there now.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>

#include "live_site/browser.h"
#include "long_run/classroom.h"

namespace zoobar::long_run {

class Pupil {
 public:
  Pupil(Classroom& classroom, std::size_t seat, std::uint64_t seed);

  bool Register();
  void Act();
  void CloseBrowser() { browser_.Disconnect(); }

 private:
  Answer Ask(Kind kind, const std::function<Answer(Browser&)>& ask);
  Answer Ask(Kind kind, const std::function<Answer(Browser&)>& ask, Browser& browser);
  void SeePage();
  void Pay();
  void Offer();
  void SettleOffers();
  void Save();
  void Download();
  void GuessPassword();
  void LogInAgain();
  void LogInElsewhere();
  void Leave();
  std::string Other() { return classroom_.Somebody(random_()); }
  // Every sixth seat is a programmer's, whose profile is a program.
  bool Programs() const { return seat_ % 6 == 0; }
  std::string Source(std::size_t draft);

  Classroom& classroom_;
  const std::size_t seat_;
  const std::string home_;  // the address that this browser connects from
  std::mt19937_64 random_;
  Browser browser_;
  std::string name_;
};

}  // namespace zoobar::long_run
