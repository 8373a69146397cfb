// Waits in a test for something that another process does.
#pragma once

#include <chrono>
#include <functional>

namespace zoobar {

// Calls `reached` every few milliseconds until it returns true. Returns false if that takes longer than `patience`,
// which is long, because a machine that is busy with other work must not fail a test.
bool Eventually(const std::function<bool()>& reached, std::chrono::milliseconds patience = std::chrono::seconds(60));

}  // namespace zoobar
