#include "site/store_counters.h"

#include "ipc/loop.h"
#include "store/environment.h"

namespace zoobar {
namespace {

constexpr std::int64_t kNoRoomPeriodMicros = 60'000'000;  // at most one log line about a full store in this time

}  // namespace

void CountStore(Site& site, Environment& environment) {
  site.SetStore(environment);
  auto count = [&](const char* name, std::uint64_t Environment::Usage::* field) {
    site.Count(name, [&environment, field] { return static_cast<std::int64_t>(environment.usage().*field); });
  };
  count("store.map_bytes", &Environment::Usage::map_bytes);
  count("store.used_bytes", &Environment::Usage::used_bytes);
  count("store.commits", &Environment::Usage::commits);
  count("store.writes", &Environment::Usage::writes);
  count("store.growths", &Environment::Usage::growths);
  count("store.no_room", &Environment::Usage::no_room);
  count("store.late", &Environment::Usage::late);
  environment.OnNoRoom([&site, next = std::int64_t{0}](const Error& why) mutable {
    const std::int64_t now = MonotonicMicros();
    if (now < next) return;
    next = now + kNoRoomPeriodMicros;
    site.log().Failure("store-has-no-room", {{"why", why.text}});
  });
}

}  // namespace zoobar
