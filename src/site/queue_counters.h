// Registers the figures of a fair queue as counters, for Health.Report and `zoobar ctl status`.
#pragma once

#include <string>

#include "ipc/fair_queue.h"
#include "site/role.h"

namespace zoobar {

// Adds the counters "queue.NAME.waiting" and so on. The queue must live as long as the role.
inline void CountQueue(Site& site, const std::string& name, const FairQueue& queue) {
  const auto count = [&](const char* what, auto read) {
    site.Count("queue." + name + "." + what,
               [&queue, read] { return static_cast<std::int64_t>(read(queue.figures())); });
  };
  using Figures = FairQueue::Figures;
  count("running", [](const Figures& figures) { return figures.running; });
  count("waiting", [](const Figures& figures) { return figures.waiting; });
  count("principals", [](const Figures& figures) { return figures.principals; });
  count("most_waiting", [](const Figures& figures) { return figures.most_waiting; });
  count("granted", [](const Figures& figures) { return figures.granted; });
  count("refused.share", [](const Figures& figures) { return figures.share_full; });
  count("refused.full", [](const Figures& figures) { return figures.full; });
  count("refused.late", [](const Figures& figures) { return figures.late; });
  count("given_up", [](const Figures& figures) { return figures.gone; });
  count("mean_us", [](const Figures& figures) { return figures.mean_us; });
}

}  // namespace zoobar
