// Makes a failed EXPECT in a helper of the tests end the run, as Require does. For targets that use such helpers.
#pragma once

#include <gtest/gtest.h>

namespace zoobar {

inline const bool kExpectsEndTheRun = [] {
  GTEST_FLAG_SET(break_on_failure, true);
  return true;
}();

}  // namespace zoobar
