#include "fuzz_site/control.h"

#include <fmt/format.h>

#include "fuzz_site/judge.h"
#include "fuzz_site/random.h"
#include "live_site/eventually.h"
#include "live_site/page_text.h"

namespace zoobar::fuzz_site {
namespace {

constexpr const char* kProgram = "#!python\nprint('<p>the program of', api.call('get_self'))";
constexpr std::uint64_t kLoginEvery = 8;
constexpr std::chrono::seconds kProgramPatience{60};

}  // namespace

Control::Control(const std::string& address, std::uint64_t seed)
    : password_(Random(Random::Mix(seed, 0x636f6e74)).Letters(20)),
      one_{std::string(kControlPrefix) + "one-" + password_.substr(0, 8), Browser(address, "127.0.8.2")},
      other_{std::string(kControlPrefix) + "two-" + password_.substr(0, 8), Browser(address, "127.0.8.3")} {}

std::string Control::Told(const Person& person, const std::string& what, const Answer& answer) {
  const std::size_t heading = answer.body.find("<h1>");
  return fmt::format("{} cannot {}: status {} {}", person.name, what, answer.status,
                     heading == std::string::npos ? "" : answer.body.substr(heading, 300));
}

std::string Control::Join() {
  for (Person* const person : {&one_, &other_}) {
    const Answer joined = person->browser.Register(person->name, password_, kHome);
    if (joined.status != 303) return Told(*person, "register", joined);
    const Answer saved = person->browser.Save(kProgram);
    if (!saved.Has("Profile saved")) return Told(*person, "save a profile", saved);
    person->zoobars = person->browser.Balance();
  }
  return {};
}

// Programs run when the machine has nothing else to do, so on a busy machine a visitor may be told to try again.
std::string Control::Look(Person& visitor, const Person& owner) {
  Answer looked;
  const bool shown = Eventually(
      [&] {
        looked = visitor.browser.Look(owner.name);
        if (looked.Has("the program of")) return true;
        ++not_shown_;
        return false;
      },
      kProgramPatience);
  return shown ? std::string() : Told(visitor, "look at a program: " + ProfileText(looked.body).substr(0, 300), looked);
}

std::string Control::Round() {
  Person& payer = rounds_ % 2 == 0 ? one_ : other_;
  Person& payee = rounds_ % 2 == 0 ? other_ : one_;
  if (rounds_++ % kLoginEvery == 0) {
    const Answer entered = payer.browser.Login(payer.name, password_, kHome);
    if (entered.status != 303) return Told(payer, "log in", entered);
  }
  if (std::string fault = Look(payer, payee); !fault.empty()) return fault;
  const Answer paid = payer.browser.Pay(payee.name, "1");
  if (!paid.Has("Sent 1 zoobars")) return Told(payer, "pay", paid);
  --payer.zoobars;
  ++payee.zoobars;
  for (Person* const person : {&payer, &payee}) {
    const long shown = person->browser.Balance();
    if (shown != person->zoobars)
      return fmt::format("{} has {} zoobars and is shown {}", person->name, person->zoobars, shown);
  }
  return {};
}

}  // namespace zoobar::fuzz_site
